/** What a consumer group at rest asks of the table, a second. The same numbers are counted on the group coordinator by a test. */
import {
  GROUP_HEARTBEAT_INTERVAL_FUNCTION_MS,
  GROUP_HEARTBEAT_INTERVAL_MS,
  GROUP_LAG_SAMPLE_MS,
  GROUP_OFFSETS_PER_BLOCK,
  GROUP_SESSION_TIMEOUT_MS,
  LAG_LOOK_MS_MAX,
  WORK_LEASE_MS,
} from '../limits.ts';
import type { CostDoor } from './workload.ts';

export interface GroupLoad {
  readonly members: number;
  /** Of all topics of the group together; members share them evenly, in neighbours. */
  readonly partitions: number;
  /** Seconds between two commits of a member, each with progress in all its partitions; 0: nothing is committed. */
  readonly commitSeconds: number;
}

export interface GroupCost {
  readonly readUnits: number;
  readonly writeUnits: number;
  /** Heartbeats and commits, each of which is a call where functions are the door. */
  readonly heartbeats: number;
  readonly commits: number;
}

/** A member's record with its key; measured. */
const MEMBER_BYTES = 590;
const READ_UNIT_BYTES = 4_096;
/** Where nobody coordinates, so many members look for those that are gone in a third of a session. */
const LOOKS = 2;
const SESSION_THIRD = GROUP_SESSION_TIMEOUT_MS / 3_000;

/** Requests a second of one stable group. A gateway coordinates its groups; behind the other doors nothing is kept between requests. */
export function groupCost({ members, partitions, commitSeconds }: GroupLoad, door: CostDoor): GroupCost {
  const heartbeats = members / ((door === 'lambda' ? GROUP_HEARTBEAT_INTERVAL_FUNCTION_MS : GROUP_HEARTBEAT_INTERVAL_MS) / 1_000);
  // A member without partitions has nothing to commit.
  const commits = commitSeconds === 0 ? 0 : Math.min(members, partitions) / commitSeconds;
  const blocks = commitSeconds === 0 ? 0 : blocksCommitted(Math.min(members, partitions), partitions) / commitSeconds;
  if (door === 'gateway') {
    const lagLooksEvery = Math.max(GROUP_LAG_SAMPLE_MS / 1_000, Math.min(partitions, LAG_LOOK_MS_MAX / 1_000));
    const lagReads = (partitions + Math.ceil(partitions / GROUP_OFFSETS_PER_BLOCK)) / lagLooksEvery;
    // It compares the group's version with the table each heartbeat interval, and renews its lease at a third.
    const compared = 2_000 / GROUP_HEARTBEAT_INTERVAL_MS;
    return { heartbeats, commits, readUnits: compared + lagReads, writeUnits: 3_000 / WORK_LEASE_MS + blocks };
  }
  const looks = (Math.min(members, LOOKS) / SESSION_THIRD) * Math.ceil(((members + 1) * MEMBER_BYTES) / READ_UNIT_BYTES);
  return {
    heartbeats,
    commits,
    // The group's record and the member's for each heartbeat and commit, and the block that a commit is decided on.
    readUnits: 2 * (heartbeats + commits) + blocks + looks,
    writeUnits: members / SESSION_THIRD + blocks,
  };
}

/** Blocks that all members together write when each commits once: as many as there are members, and one more for each edge that cuts a share. */
function blocksCommitted(members: number, partitions: number): number {
  let count = members;
  for (let edge = GROUP_OFFSETS_PER_BLOCK; edge < partitions; edge += GROUP_OFFSETS_PER_BLOCK) {
    // An edge of blocks that is also one of members cuts nothing.
    if ((edge * members) % partitions !== 0) count++;
  }
  return count;
}
