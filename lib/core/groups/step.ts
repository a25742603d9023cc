/**
 * One step of a group: what a handful of events does to it, as a pure function. Events that arrive together are one step,
 * so fifty members that join at once cause one new epoch and one assignment.
 */
import { StratalogError } from '../errors.ts';
import { GROUP_MEMBERS_MAX, GROUP_REBALANCE_TIMEOUT_MS, GROUP_SESSION_TIMEOUT_MS } from '../limits.ts';
import { fencedEpoch, firstMemberVersion, type GroupView, heldBy, type MemberRecord, unknownMember } from './group-record.ts';
import {
  EPOCH_LEAVE,
  EPOCH_LEAVE_FOR_A_WHILE,
  eventOf,
  type HeartbeatRequest,
  MEMBER_ACTIONS,
  type MemberEventKind,
} from './member-request.ts';
import { downgraded, isLeftToClassic } from './migration.ts';
import { NO_PARTITIONS, type PartitionName, type PartitionSet, within } from './partition-set.ts';
import { reconcile } from './reconcile.ts';
import { retarget, type StepInput } from './retarget.ts';

export type GroupEvent =
  | { readonly kind: 'request'; readonly request: HeartbeatRequest }
  | { readonly kind: 'expire'; readonly memberId: string }
  /** Looks at topics and subscriptions again, and changes nothing when they are as they were. */
  | { readonly kind: 'refresh' };

export type StepAnswer =
  | {
      readonly kind: 'heartbeat';
      readonly memberEpoch: number;
      readonly assigned: PartitionSet;
      readonly state: MemberRecord['state'];
      readonly sessionTimeoutMs: number;
    }
  | { readonly kind: 'refused'; readonly error: StratalogError }
  | { readonly kind: 'done' };

export interface StepResult {
  readonly view: GroupView;
  /** One for each event, in order. */
  readonly answers: readonly StepAnswer[];
}

/** What the step works on; it never leaves this file. */
interface Draft {
  readonly before: GroupView;
  readonly members: Map<string, MemberRecord>;
  readonly input: StepInput;
  force: boolean;
}

export function step(before: GroupView, events: readonly GroupEvent[], input: StepInput): StepResult {
  const draft: Draft = { before, members: new Map(before.members), input, force: false };
  const early = events.map((event) => applyEvent(draft, event));
  if (input.downgrade === true && isLeftToClassic(before, draft.members)) {
    const view = downgraded({ group: before.group, members: draft.members });
    return { view, answers: early.map((answer) => answer ?? { kind: 'done' }) };
  }
  const view = retarget(before.group, draft.members, input, draft.force);
  const members = new Map(view.members);
  const held = holders(members);
  const answers = events.map((event, i): StepAnswer => {
    const answer = early[i];
    if (answer) return answer;
    if (event.kind !== 'request') return { kind: 'done' };
    const member = members.get(event.request.memberId);
    if (!member) return { kind: 'refused', error: unknownMember(before.group.group, event.request.memberId) };
    const next = reconcile({
      member,
      targetEpoch: view.group.assignmentEpoch,
      owned: event.request.memberEpoch === 0 ? NO_PARTITIONS : event.request.owned,
      isFree: (partition) => (held.get(partition) ?? member.memberId) === member.memberId,
      nowMs: input.nowMs,
    });
    if (next !== member) {
      members.set(next.memberId, next);
      for (const partition of heldBy(member)) held.delete(partition);
      for (const partition of heldBy(next)) held.set(partition, next.memberId);
    }
    return {
      kind: 'heartbeat',
      memberEpoch: next.epoch,
      assigned: next.assigned,
      state: next.state,
      sessionTimeoutMs: next.sessionTimeoutMs,
    };
  });
  return { view: { group: view.group, members }, answers };
}

/** Who holds each partition, given up or not. */
export function holders(members: ReadonlyMap<string, MemberRecord>): Map<PartitionName, string> {
  const held = new Map<PartitionName, string>();
  for (const member of members.values()) for (const partition of heldBy(member)) held.set(partition, member.memberId);
  return held;
}

/** Changes members and subscriptions; answers at once where nothing is left to decide. */
function applyEvent(draft: Draft, event: GroupEvent): StepAnswer | undefined {
  if (event.kind === 'refresh') return { kind: 'done' };
  const memberId = event.kind === 'expire' ? event.memberId : event.request.memberId;
  const member = draft.members.get(memberId);
  const kind: MemberEventKind = event.kind === 'expire' ? 'expire' : eventOf(event.request);
  const action = MEMBER_ACTIONS[member?.state ?? 'absent'][kind];
  switch (action) {
    case 'create':
      return event.kind === 'request' ? admit(draft, event.request) : undefined;
    case 'rejoin':
      return event.kind === 'request' && member ? rejoin(draft, member, event.request) : undefined;
    case 'advance':
      return event.kind === 'request' && member ? accept(draft, member, event.request) : undefined;
    case 'remove':
      draft.members.delete(memberId);
      return event.kind === 'expire' ? { kind: 'done' } : gone(EPOCH_LEAVE);
    case 'park':
      if (member) draft.members.set(memberId, { ...member, state: 'away', revoking: [], revokeByMs: null, seenAtMs: draft.input.nowMs });
      return gone(EPOCH_LEAVE_FOR_A_WHILE);
    case 'refuse-unknown':
      return { kind: 'refused', error: refusalOfUnknown(draft, event) };
    default:
      return event.kind === 'expire' ? { kind: 'done' } : gone(EPOCH_LEAVE);
  }
}

function gone(memberEpoch: number): StepAnswer {
  return { kind: 'heartbeat', memberEpoch, assigned: NO_PARTITIONS, state: 'stable', sessionTimeoutMs: GROUP_SESSION_TIMEOUT_MS };
}

function refusalOfUnknown(draft: Draft, event: GroupEvent): StratalogError {
  const { group } = draft.before.group;
  if (event.kind !== 'request') return new StratalogError('INTERNAL', 'only requests can be refused');
  const { memberId, instanceId } = event.request;
  const other = instanceId === undefined ? undefined : holderOfInstance(draft, instanceId);
  if (!other || other.memberId === memberId) return unknownMember(group, memberId);
  return new StratalogError(
    'FENCED_INSTANCE_ID',
    `instance '${instanceId}' of group '${group}' is now member '${other.memberId}'; this process must stop consuming`,
    { field: 'instanceId', value: instanceId ?? null },
  );
}

function holderOfInstance(draft: Draft, instanceId: string): MemberRecord | undefined {
  for (const member of draft.members.values()) if (member.instanceId === instanceId) return member;
  return undefined;
}

function described(member: MemberRecord, request: HeartbeatRequest, input: Pick<StepInput, 'nowMs' | 'keeper'>): MemberRecord {
  const { instanceId, clientId, clientHost, zone, topics, pattern, assignor, sessionTimeoutMs, rebalanceTimeoutMs, classic } = request;
  const { pattern: _old, classic: _was, ...rest } = member;
  const kept = pattern === undefined ? member.pattern : pattern === '' ? undefined : pattern;
  return {
    ...rest,
    ...(kept === undefined ? {} : { pattern: kept }),
    ...(instanceId === undefined ? {} : { instanceId }),
    ...(clientId === undefined ? {} : { clientId }),
    ...(clientHost === undefined ? {} : { clientHost }),
    ...(zone === undefined ? {} : { zone }),
    ...(topics === undefined ? {} : { topics: [...new Set(topics)].sort() }),
    ...(assignor === undefined ? {} : { assignor }),
    ...(sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs }),
    ...(rebalanceTimeoutMs === undefined ? {} : { rebalanceTimeoutMs }),
    ...(classic === undefined ? {} : { classic }),
    seenAtMs: input.nowMs,
    keeper: input.keeper,
  };
}

function blank(draft: Draft, request: HeartbeatRequest): MemberRecord {
  const member: MemberRecord = {
    memberId: request.memberId,
    version: firstMemberVersion(draft.before.group) - 1,
    clientId: '',
    clientHost: '',
    topics: [],
    sessionTimeoutMs: GROUP_SESSION_TIMEOUT_MS,
    rebalanceTimeoutMs: GROUP_REBALANCE_TIMEOUT_MS,
    epoch: 0,
    previousEpoch: 0,
    state: 'stable',
    assigned: [],
    revoking: [],
    target: [],
    revokeByMs: null,
    joinedAtMs: draft.input.nowMs,
    seenAtMs: draft.input.nowMs,
    keeper: draft.input.keeper,
  };
  return described(member, request, draft.input);
}

function admit(draft: Draft, request: HeartbeatRequest): StepAnswer | undefined {
  const { group, kind } = draft.before.group;
  if (kind === 'classic' && draft.before.members.size > 0) {
    const message = `group '${group}' is used by members of the classic protocol, whose coordinator alone can take in others; all must leave first`;
    return { kind: 'refused', error: new StratalogError('INCONSISTENT_GROUP_PROTOCOL', message, { field: 'group', value: group }) };
  }
  const other = request.instanceId === undefined ? undefined : holderOfInstance(draft, request.instanceId);
  if (other) return takeOver(draft, other, request);
  if (draft.members.size >= GROUP_MEMBERS_MAX) {
    const message = `group '${group}' has ${draft.members.size} members, at most ${GROUP_MEMBERS_MAX} are allowed`;
    return {
      kind: 'refused',
      error: new StratalogError('GROUP_MAX_SIZE_REACHED', message, { field: 'group', value: group, limit: GROUP_MEMBERS_MAX }),
    };
  }
  draft.members.set(request.memberId, blank(draft, request));
  return undefined;
}

/**
 * A static member's new process: it gets the place of the old one, partitions and target included. One that was of the classic protocol
 * cannot say that it will be back, so its place is free at any time.
 */
function takeOver(draft: Draft, other: MemberRecord, request: HeartbeatRequest): StepAnswer | undefined {
  if (other.state !== 'away' && other.classic === undefined && request.onInstanceConflict === 'refuse') {
    const message = `instance '${request.instanceId}' is still member '${other.memberId}'; it must leave, or its session of ${other.sessionTimeoutMs} ms must end`;
    return {
      kind: 'refused',
      error: new StratalogError('UNRELEASED_INSTANCE_ID', message, { field: 'instanceId', value: request.instanceId ?? null }),
    };
  }
  draft.members.delete(other.memberId);
  const heir = { ...blank(draft, request), joinedAtMs: other.joinedAtMs };
  draft.members.set(request.memberId, {
    ...heir,
    epoch: other.epoch,
    previousEpoch: other.epoch,
    // A higher epoch would look like progress; the state sends it through the assignment once more.
    state: 'unreleased',
    assigned: within(other.assigned, other.target),
    target: other.target,
  });
  return undefined;
}

/** A member that joins again owns nothing any more. A new epoch keeps out what it sent in its earlier life. */
function rejoin(draft: Draft, member: MemberRecord, request: HeartbeatRequest): StepAnswer | undefined {
  draft.force = true;
  const fresh = { ...member, state: 'stable' as const, epoch: 0, previousEpoch: 0, assigned: [], revoking: [], revokeByMs: null };
  draft.members.set(member.memberId, described(fresh, request, draft.input));
  return undefined;
}

function accept(draft: Draft, member: MemberRecord, request: HeartbeatRequest): StepAnswer | undefined {
  const received = request.memberEpoch;
  const answerLost = received < member.epoch && received === member.previousEpoch && ownsOnly(member, request.owned);
  if (received !== member.epoch && !answerLost) return { kind: 'refused', error: fencedEpoch(member, received) };
  const next = described(member, request, draft.input);
  // When it was seen is written only where no process remembers it; anything else said again changes nothing.
  draft.members.set(member.memberId, saysNothingNew(member, next) ? member : next);
  return undefined;
}

function ownsOnly(member: MemberRecord, owned: PartitionSet | undefined): boolean {
  return owned === undefined || within(owned, heldBy(member)).length === owned.length;
}

function saysNothingNew(a: MemberRecord, b: MemberRecord): boolean {
  return (
    a.pattern === b.pattern &&
    a.instanceId === b.instanceId &&
    a.clientId === b.clientId &&
    a.clientHost === b.clientHost &&
    a.zone === b.zone &&
    a.assignor === b.assignor &&
    a.sessionTimeoutMs === b.sessionTimeoutMs &&
    a.rebalanceTimeoutMs === b.rebalanceTimeoutMs &&
    a.keeper === b.keeper &&
    a.classic === b.classic &&
    a.topics.length === b.topics.length &&
    a.topics.every((topic, i) => topic === b.topics[i]) &&
    (b.keeper === 'coordinator' || b.seenAtMs - a.seenAtMs < b.sessionTimeoutMs / 3)
  );
}

/**
 * The answer to a heartbeat that changes nothing, without a step: the member is where it should be and says nothing new.
 * Undefined when a step must decide.
 */
export function steadyAnswer(
  view: { readonly group: GroupView['group']; readonly member: MemberRecord | undefined },
  request: HeartbeatRequest,
  input: Pick<StepInput, 'nowMs' | 'keeper'>,
): StepAnswer | undefined {
  const { group, member } = view;
  if (member?.state !== 'stable' || request.memberEpoch !== member.epoch) return undefined;
  if (member.epoch !== group.assignmentEpoch || group.epoch !== group.assignmentEpoch) return undefined;
  if (!saysNothingNew(member, described(member, request, input))) return undefined;
  return {
    kind: 'heartbeat',
    memberEpoch: member.epoch,
    assigned: member.assigned,
    state: member.state,
    sessionTimeoutMs: member.sessionTimeoutMs,
  };
}
