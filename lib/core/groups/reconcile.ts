/**
 * How a member moves from what it owns to what it is meant to own: revoked before assigned, partition by partition.
 * The rules are those of Kafka's `CurrentAssignmentBuilder` (KIP-848), as one pure function.
 */
import type { MemberRecord, MemberState } from './group-record.ts';
import { type PartitionName, type PartitionSet, union, within, without } from './partition-set.ts';

export interface ReconcileInput {
  readonly member: MemberRecord;
  /** The epoch the target was computed for. */
  readonly targetEpoch: number;
  /** What the member says it owns; undefined when the heartbeat does not say. */
  readonly owned: PartitionSet | undefined;
  /** Whether nobody but this member holds the partition. */
  readonly isFree: (partition: PartitionName) => boolean;
  readonly nowMs: number;
}

/** What a heartbeat tells about the member's own work; the columns of the table below. */
export type Progress = 'up-to-date' | 'target-moved' | 'still-revoking' | 'revoked';
export type Move = 'keep' | 'advance';

/**
 * A member that still holds what it must give up waits, whatever else happens; every other one goes towards the newest
 * target. A stable member at the newest epoch has nothing to do. An absent static member is never moved.
 */
export const MEMBER_MOVES: Readonly<Record<MemberState, Readonly<Record<Progress, Move>>>> = {
  stable: { 'up-to-date': 'keep', 'target-moved': 'advance', 'still-revoking': 'keep', revoked: 'keep' },
  unrevoked: { 'up-to-date': 'keep', 'target-moved': 'keep', 'still-revoking': 'keep', revoked: 'advance' },
  unreleased: { 'up-to-date': 'advance', 'target-moved': 'advance', 'still-revoking': 'advance', revoked: 'advance' },
  away: { 'up-to-date': 'keep', 'target-moved': 'keep', 'still-revoking': 'keep', revoked: 'keep' },
};

export function progressOf(input: Pick<ReconcileInput, 'member' | 'owned' | 'targetEpoch'>): Progress {
  const { member, owned } = input;
  if (member.state === 'unrevoked') return ownsAny(owned, member.revoking) ? 'still-revoking' : 'revoked';
  return member.epoch === input.targetEpoch ? 'up-to-date' : 'target-moved';
}

/** The member's next record content; the same object when nothing changes. */
export function reconcile(input: ReconcileInput): MemberRecord {
  return MEMBER_MOVES[input.member.state][progressOf(input)] === 'keep' ? input.member : advance(input);
}

function advance({ member, targetEpoch, owned, isFree, nowMs }: ReconcileInput): MemberRecord {
  const assigned = within(member.assigned, member.target);
  const dropped = without(member.assigned, assigned);
  if (dropped.length > 0 && ownsAny(owned, dropped)) {
    // The epoch stays: the member commits what it gives up under the epoch it has.
    return { ...member, state: 'unrevoked', assigned, revoking: dropped, revokeByMs: nowMs + member.rebalanceTimeoutMs };
  }
  const wanted = without(member.target, assigned);
  const free = wanted.filter(isFree);
  const next: MemberRecord = {
    ...member,
    state: free.length === wanted.length ? 'stable' : 'unreleased',
    epoch: targetEpoch,
    previousEpoch: member.epoch === targetEpoch ? member.previousEpoch : member.epoch,
    assigned: union(assigned, free),
    revoking: [],
    revokeByMs: null,
  };
  return sameMember(member, next) ? member : next;
}

/** A member that does not say what it owns is taken to own everything it was given. */
function ownsAny(owned: PartitionSet | undefined, partitions: PartitionSet): boolean {
  if (partitions.length === 0) return false;
  return owned === undefined || within(partitions, owned).length > 0;
}

function sameMember(a: MemberRecord, b: MemberRecord): boolean {
  return (
    a.state === b.state &&
    a.epoch === b.epoch &&
    a.previousEpoch === b.previousEpoch &&
    a.assigned.length === b.assigned.length &&
    a.revoking.length === 0
  );
}
