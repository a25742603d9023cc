/** What reaches a group from its members, and what the group does with it in each state, as one total table. */
import { StratalogError } from '../errors.ts';
import { GROUP_SESSION_TIMEOUT_MS_MAX, GROUP_SESSION_TIMEOUT_MS_MIN, GROUP_TOPICS_PER_MEMBER_MAX } from '../limits.ts';
import { checkTopicName } from '../topic.ts';
import { ASSIGNOR_NAMES, type AssignorName, type ClassicMember, checkMemberId, type MemberState } from './group-record.ts';
import type { PartitionSet } from './partition-set.ts';
import { compileTopicPattern } from './topic-pattern.ts';

/** KIP-848's special epochs. */
export const EPOCH_JOIN = 0;
export const EPOCH_LEAVE = -1;
export const EPOCH_LEAVE_FOR_A_WHILE = -2;

/** What a member may change with any heartbeat; what is left out stays as it was. */
export interface MemberDescription {
  readonly instanceId?: string;
  readonly clientId?: string;
  readonly clientHost?: string;
  readonly zone?: string;
  readonly topics?: readonly string[];
  /** Empty text takes the pattern away. */
  readonly pattern?: string;
  readonly assignor?: AssignorName;
  readonly sessionTimeoutMs?: number;
  readonly rebalanceTimeoutMs?: number;
}

export interface HeartbeatRequest extends MemberDescription {
  readonly memberId: string;
  /** 0 joins, -1 leaves, -2 leaves for a while (static members); else the epoch of the last answer. */
  readonly memberEpoch: number;
  /** What the member owns now; must be given to join (empty) and when it has given partitions up. */
  readonly owned?: PartitionSet;
  /**
   * What happens to a live member with the same instance id when this one joins: `fence` puts the new one in its place
   * (KIP-345), `refuse` answers UNRELEASED_INSTANCE_ID until the old one's session has ended (KIP-848). Default `fence`.
   */
  readonly onInstanceConflict?: 'fence' | 'refuse';
  /** What a member of the classic protocol has joined with; left out by one of the consumer protocol, which may take the former's place. */
  readonly classic?: ClassicMember;
}

/** `replace`: another member has this one's instance id. `expire`: the session or the time to revoke has run out. */
export type MemberEventKind = 'join' | 'heartbeat' | 'leave' | 'leave-for-a-while' | 'expire' | 'replace';

/** What a group does; every pair of state and event has exactly one. */
export type MemberAction = 'create' | 'rejoin' | 'advance' | 'remove' | 'park' | 'take-over' | 'refuse-unknown' | 'ignore';

type StateOrAbsent = MemberState | 'absent';

const PRESENT = {
  join: 'rejoin',
  heartbeat: 'advance',
  leave: 'remove',
  'leave-for-a-while': 'park',
  expire: 'remove',
  replace: 'take-over',
} as const satisfies Record<MemberEventKind, MemberAction>;

export const MEMBER_ACTIONS: Readonly<Record<StateOrAbsent, Readonly<Record<MemberEventKind, MemberAction>>>> = {
  absent: {
    join: 'create',
    heartbeat: 'refuse-unknown',
    leave: 'ignore',
    'leave-for-a-while': 'ignore',
    expire: 'ignore',
    replace: 'create',
  },
  stable: PRESENT,
  unrevoked: PRESENT,
  unreleased: PRESENT,
  // Who left for a while has given its partitions up already and must join again before it may say anything else.
  away: { ...PRESENT, heartbeat: 'refuse-unknown', 'leave-for-a-while': 'ignore' },
};

export function eventOf(request: HeartbeatRequest): MemberEventKind {
  if (request.memberEpoch === EPOCH_JOIN) return 'join';
  if (request.memberEpoch === EPOCH_LEAVE) return 'leave';
  return request.memberEpoch === EPOCH_LEAVE_FOR_A_WHILE ? 'leave-for-a-while' : 'heartbeat';
}

function refuse(field: string, value: string | number, rule: string, limit?: number): never {
  throw new StratalogError('INVALID_REQUEST', `${field} is ${value}, ${rule}`, {
    field,
    value,
    ...(limit === undefined ? {} : { limit }),
  });
}

/** The request itself when everything in it can be; typed errors with field, value and limit otherwise. */
export function checkHeartbeat(request: HeartbeatRequest): HeartbeatRequest {
  checkMemberId(request.memberId);
  const { memberEpoch, topics, sessionTimeoutMs, rebalanceTimeoutMs, assignor } = request;
  if (!Number.isSafeInteger(memberEpoch) || memberEpoch < EPOCH_LEAVE_FOR_A_WHILE) {
    refuse('memberEpoch', memberEpoch, 'it must be a whole number from -2');
  }
  if (request.instanceId !== undefined) checkMemberId(request.instanceId, 'instanceId');
  if (memberEpoch === EPOCH_LEAVE_FOR_A_WHILE && request.instanceId === undefined) {
    refuse('memberEpoch', memberEpoch, 'which only a member with an instanceId may send');
  }
  if (topics && topics.length > GROUP_TOPICS_PER_MEMBER_MAX) {
    refuse('topics', topics.length, `at most ${GROUP_TOPICS_PER_MEMBER_MAX} are allowed; use a pattern`, GROUP_TOPICS_PER_MEMBER_MAX);
  }
  for (const topic of topics ?? []) checkTopicName(topic);
  if (request.pattern) compileTopicPattern(request.pattern);
  // Who says that it reads nothing is a member without partitions, as on a broker; who says nothing has forgotten to.
  if (memberEpoch === EPOCH_JOIN && request.pattern === undefined && topics === undefined) {
    throw new StratalogError('INVALID_REQUEST', 'topics is missing, and so is pattern: a member joins with one of them', {
      field: 'topics',
    });
  }
  if (memberEpoch === EPOCH_JOIN && (request.owned?.length ?? 0) > 0) {
    refuse('owned', request.owned?.length ?? 0, 'a member joins without partitions; give them up first');
  }
  if (assignor !== undefined && !ASSIGNOR_NAMES.includes(assignor)) {
    throw new StratalogError('UNSUPPORTED_ASSIGNOR', `assignor is '${assignor}', it must be one of ${ASSIGNOR_NAMES.join(', ')}`, {
      field: 'assignor',
      value: assignor,
    });
  }
  // Who leaves may say anything else: there are clients that then send times of 0 (@platformatic/kafka 2.12).
  if (memberEpoch >= EPOCH_JOIN) checkTimeouts(sessionTimeoutMs, rebalanceTimeoutMs);
  return request;
}

function checkTimeouts(sessionTimeoutMs: number | undefined, rebalanceTimeoutMs: number | undefined): void {
  const low = GROUP_SESSION_TIMEOUT_MS_MIN;
  const high = GROUP_SESSION_TIMEOUT_MS_MAX;
  if (sessionTimeoutMs !== undefined && !(sessionTimeoutMs >= low && sessionTimeoutMs <= high)) {
    throw new StratalogError('INVALID_SESSION_TIMEOUT', `sessionTimeoutMs is ${sessionTimeoutMs}, it must be from ${low} to ${high}`, {
      field: 'sessionTimeoutMs',
      value: sessionTimeoutMs,
      limit: sessionTimeoutMs < low ? low : high,
    });
  }
  if (rebalanceTimeoutMs !== undefined && !(rebalanceTimeoutMs >= 1 && rebalanceTimeoutMs <= 24 * 3_600_000)) {
    refuse('rebalanceTimeoutMs', rebalanceTimeoutMs, 'it must be from 1 to 86400000');
  }
}
