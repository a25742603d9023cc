/**
 * What is stored of a consumer group: one record for the group and one for each member. The model is KIP-848.
 *
 * Every record counts its writes in `version`, and every write names the version it was decided on.
 */
import { StratalogError } from '../errors.ts';
import { GROUP_ID_LENGTH_MAX, GROUP_MEMBER_ID_LENGTH_MAX } from '../limits.ts';
import type { PartitionSet } from './partition-set.ts';

export type AssignorName = 'uniform' | 'range' | 'roundrobin';
export const ASSIGNOR_NAMES: readonly AssignorName[] = ['uniform', 'range', 'roundrobin'];

/**
 * `stable`: the member has its whole target. `unrevoked`: it must give partitions up first. `unreleased`: it has given
 * up what it must and waits for others to do so. `away`: a static member that said it will be back.
 */
export type MemberState = 'stable' | 'unrevoked' | 'unreleased' | 'away';

/** `consumer`: KIP-848. `classic`: JoinGroup and SyncGroup. `simple`: only offsets, never had a member. */
export type GroupKind = 'consumer' | 'classic' | 'simple';

/** KIP-848's names, in lower case; a group without record is `dead`. */
export type GroupPhase = 'empty' | 'assigning' | 'reconciling' | 'stable';

/** What a classic group needs besides; the server does not look into the bytes. */
export interface ClassicGroup {
  readonly protocolType: string;
  readonly protocol: string;
  readonly leader: string;
  /** Whether the members of this generation have their assignments. */
  readonly synced: boolean;
}

/**
 * A member that speaks the classic protocol. In a classic group the leader's assignment is its own; in a consumer group it means
 * nothing, and the member owns what its record says, as all others do.
 */
export interface ClassicMember {
  readonly protocols: readonly { readonly name: string; readonly metadata: string /* base64 */ }[];
  /** base64; what the leader gave it in this generation. */
  readonly assignment: string;
}

export interface GroupRecord {
  readonly group: string;
  readonly version: number;
  /** Epoch of the work lease under which the group was last written; a coordinator with a lower one is fenced. */
  readonly coordinatorEpoch: number;
  readonly kind: GroupKind;
  /** Rises with every change of members, subscriptions or partitions. Classic: the generation. */
  readonly epoch: number;
  /** The epoch that the members' targets were computed for. Lower than `epoch` while they are being written. */
  readonly assignmentEpoch: number;
  /** Topics, partition counts, subscriptions and assignor that the targets were computed for, as a hash. */
  readonly inputs: string;
  readonly assignor: AssignorName;
  /** All names and patterns that members subscribe to, so that new partitions are noticed without reading the members. */
  readonly topics: readonly string[];
  readonly patterns: readonly string[];
  readonly members: number;
  /** Since when the group has had no member; null while it has one. Offsets expire from here on. */
  readonly emptySinceMs: number | null;
  readonly createdAtMs: number;
  readonly classic?: ClassicGroup;
}

export interface MemberRecord {
  readonly memberId: string;
  readonly version: number;
  readonly instanceId?: string;
  readonly clientId: string;
  readonly clientHost: string;
  readonly zone?: string;
  readonly topics: readonly string[];
  /** A regular expression over topic names, matched whole. */
  readonly pattern?: string;
  readonly assignor?: AssignorName;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly epoch: number;
  /** The epoch before, accepted from a member that did not get the last answer. */
  readonly previousEpoch: number;
  readonly state: MemberState;
  /** What the member owns and keeps. */
  readonly assigned: PartitionSet;
  /** What it owns and has been told to give up. */
  readonly revoking: PartitionSet;
  readonly target: PartitionSet;
  /** When it must have given up `revoking`, else it is removed; null while there is nothing to give up. */
  readonly revokeByMs: number | null;
  readonly joinedAtMs: number;
  /** Last heartbeat that was written; the true last one is in the coordinator's memory when `keeper` says so. */
  readonly seenAtMs: number;
  /** Who knows whether the member lives: this record, or the process that holds the group's work lease. */
  readonly keeper: 'record' | 'coordinator';
  readonly classic?: ClassicMember;
}

/** A group as one process sees it. */
export interface GroupView {
  readonly group: GroupRecord;
  readonly members: ReadonlyMap<string, MemberRecord>;
}

/** A record that is created gets versions no earlier record of the same name had, so that a write meant for that one fails. */
const VERSIONS_PER_GROUP_VERSION = 2 ** 22;

export function firstMemberVersion(group: GroupRecord): number {
  return (group.version + 1) * VERSIONS_PER_GROUP_VERSION;
}

export function newGroup(group: string, kind: GroupKind, nowMs: number): GroupRecord {
  return {
    group,
    version: 0,
    coordinatorEpoch: 0,
    kind,
    epoch: 0,
    assignmentEpoch: 0,
    inputs: '',
    assignor: 'uniform',
    topics: [],
    patterns: [],
    members: 0,
    emptySinceMs: nowMs,
    createdAtMs: nowMs,
  };
}

/** KIP-848's state of a group. */
export function phaseOf(view: GroupView): GroupPhase {
  if (view.members.size === 0) return 'empty';
  if (view.group.epoch > view.group.assignmentEpoch) return 'assigning';
  for (const member of view.members.values()) {
    if (member.state !== 'away' && (member.state !== 'stable' || member.epoch !== view.group.assignmentEpoch)) return 'reconciling';
  }
  return 'stable';
}

/** Everything the member holds: what it keeps and what it has not given up yet. */
export function heldBy(member: MemberRecord): PartitionSet {
  return member.revoking.length === 0 ? member.assigned : [...member.assigned, ...member.revoking];
}

/** The id itself when it is legal; INVALID_GROUP_ID otherwise. */
export function checkGroupId(group: string): string {
  const shown = group.length > 80 ? `${group.slice(0, 80)}...` : group;
  if (group.length === 0) throw new StratalogError('INVALID_GROUP_ID', 'group is empty', { field: 'group', value: '' });
  if (group.length > GROUP_ID_LENGTH_MAX) {
    throw new StratalogError(
      'INVALID_GROUP_ID',
      `group '${shown}' has ${group.length} characters, at most ${GROUP_ID_LENGTH_MAX} are allowed`,
      { field: 'group', value: shown, limit: GROUP_ID_LENGTH_MAX },
    );
  }
  // Control characters cannot be shown and break keys and logs; everything else is allowed, as Kafka does.
  if (/\p{Cc}/u.test(group)) {
    throw new StratalogError('INVALID_GROUP_ID', `group '${shown.replace(/\p{Cc}/gu, '?')}' holds a control character`, { field: 'group' });
  }
  return group;
}

/** The id itself when it can be a member's; INVALID_REQUEST otherwise. */
export function checkMemberId(memberId: string, field = 'memberId'): string {
  if (memberId.length >= 1 && memberId.length <= GROUP_MEMBER_ID_LENGTH_MAX && !/\p{Cc}/u.test(memberId)) return memberId;
  const shown = memberId.slice(0, 80).replace(/\p{Cc}/gu, '?');
  throw new StratalogError(
    'INVALID_REQUEST',
    `${field} '${shown}' must have 1 to ${GROUP_MEMBER_ID_LENGTH_MAX} characters and no control character`,
    { field, value: shown, limit: GROUP_MEMBER_ID_LENGTH_MAX },
  );
}

export function unknownGroup(group: string): StratalogError {
  return new StratalogError(
    'GROUP_ID_NOT_FOUND',
    `group '${group.slice(0, 80)}' does not exist; it begins with its first member or commit`,
    {
      field: 'group',
      value: group.slice(0, 80),
    },
  );
}

export function unknownMember(group: string, memberId: string): StratalogError {
  return new StratalogError(
    'UNKNOWN_MEMBER_ID',
    `group '${group}' has no member '${memberId}': its session ended or it left; give up all partitions and join again with epoch 0`,
    { field: 'memberId', value: memberId },
  );
}

export function fencedEpoch(member: MemberRecord, received: number): StratalogError {
  return new StratalogError(
    'FENCED_MEMBER_EPOCH',
    `member '${member.memberId}' is at epoch ${member.epoch}, the request has ${received}: give up all partitions and join again with epoch 0`,
    { field: 'memberEpoch', value: received, limit: member.epoch },
  );
}
