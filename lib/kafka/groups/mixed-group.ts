/**
 * A consumer group with members of the classic protocol in it, as rules without waiting: what those members ask, by what Kafka answers
 * them (`GroupMetadataManager.classicGroupJoinToConsumerGroup` and its neighbours). They own partitions as all members do; a heartbeat
 * sends them to join again when theirs have changed, and what they own is the answer to their sync.
 */
import type { GroupView, MemberRecord, ClassicMember as StoredClassic } from '../../core/groups/group-record.ts';
import type { HeartbeatRequest } from '../../core/groups/member-request.ts';
import type { MigrationPolicy } from '../../core/groups/migration.ts';
import { without } from '../../core/groups/partition-set.ts';
import type { StepInput } from '../../core/groups/retarget.ts';
import { holders } from '../../core/groups/step.ts';
import { GROUP_MEMBERS_MAX } from '../../core/limits.ts';
import { ERROR_NUMBERS, KAFKA_ERROR } from '../error-numbers.ts';
import type { SyncGroupRequest } from '../messages/sync-group.ts';
import type { JoinRequest } from './classic-group.ts';
import { storedProtocols } from './classic-store.ts';
import { CONSUMER, readSubscription, setOf } from './consumer-protocol.ts';

/** Whether classic members' requests are for these rules: the group is a consumer group and somebody is in it. */
export function isMixed({ group, members }: GroupView): boolean {
  return group.kind === 'consumer' && members.size > 0;
}

/** The member that a request names, or the error of the request. */
export function memberNamed(view: GroupView, memberId: string, instanceId: string | null): MemberRecord | number {
  if (instanceId === null) return view.members.get(memberId) ?? ERROR_NUMBERS.UNKNOWN_MEMBER_ID;
  const holder = holderOf(view, instanceId);
  if (holder === undefined) return ERROR_NUMBERS.UNKNOWN_MEMBER_ID;
  return holder.memberId === memberId ? holder : ERROR_NUMBERS.FENCED_INSTANCE_ID;
}

export function holderOf(view: GroupView, instanceId: string): MemberRecord | undefined {
  for (const member of view.members.values()) if (member.instanceId === instanceId) return member;
  return undefined;
}

/** The same for what only members of the classic protocol ask, in the generation that they have, which is their epoch. */
export function classicMemberNamed(
  view: GroupView,
  memberId: string,
  instanceId: string | null,
  generation: number,
): MemberRecord | number {
  const member = memberNamed(view, memberId, instanceId);
  if (typeof member === 'number') return member;
  if (member.classic === undefined) return ERROR_NUMBERS.UNKNOWN_MEMBER_ID;
  return member.epoch === generation ? member : ERROR_NUMBERS.ILLEGAL_GENERATION;
}

/** Whether the member has to join again: there is a new target, it must give partitions up, or what it waited for has become free. */
export function mustRejoin(view: GroupView, member: MemberRecord): boolean {
  if (member.epoch < view.group.epoch || member.state === 'unrevoked') return true;
  if (member.state !== 'unreleased') return false;
  const held = holders(view.members);
  return !without(member.target, member.assigned).some((partition) => (held.get(partition) ?? member.memberId) !== member.memberId);
}

export function heartbeatAnswer(view: GroupView, member: MemberRecord): number {
  return mustRejoin(view, member) ? ERROR_NUMBERS.REBALANCE_IN_PROGRESS : KAFKA_ERROR.NONE;
}

/** A sync by a protocol that was not answered to the join, or while the member should join again, is refused. */
export function syncError(view: GroupView, member: MemberRecord, { protocolType, protocolName }: SyncGroupRequest): number {
  if (protocolType !== null && protocolType !== CONSUMER) return ERROR_NUMBERS.INCONSISTENT_GROUP_PROTOCOL;
  if (protocolName !== null && protocolName !== member.classic?.protocols[0]?.name) return ERROR_NUMBERS.INCONSISTENT_GROUP_PROTOCOL;
  // Who has partitions to give up has joined for the new epoch already; it gives them up after this answer.
  const behind = view.group.epoch > member.epoch && member.state !== 'unrevoked';
  return behind ? ERROR_NUMBERS.REBALANCE_IN_PROGRESS : KAFKA_ERROR.NONE;
}

/** Whether the group can take the member in at all; its id is looked at afterwards. */
export function joinError(view: GroupView, { memberId, protocolType, protocols }: JoinRequest, policy: MigrationPolicy): number {
  if (policy === 'disabled') return ERROR_NUMBERS.INCONSISTENT_GROUP_PROTOCOL;
  if (view.members.size >= GROUP_MEMBERS_MAX && !view.members.has(memberId)) return ERROR_NUMBERS.GROUP_MAX_SIZE_REACHED;
  const classic = [...view.members.values()].flatMap((member) => (member.classic === undefined ? [] : [member.classic]));
  const knownToAll = protocols.some(({ name }) => classic.every((one) => one.protocols.some((protocol) => protocol.name === name)));
  const readable = readSubscription(protocols[0]?.metadata ?? Buffer.alloc(0)) !== undefined;
  return protocolType === CONSUMER && knownToAll && readable ? KAFKA_ERROR.NONE : ERROR_NUMBERS.INCONSISTENT_GROUP_PROTOCOL;
}

/** The join as the consumer protocol has it: what the member owns is in its subscription, whose words all its protocols share. */
export function joinAsHeartbeat(view: GroupView, memberId: string, asked: JoinRequest, { topics }: StepInput): HeartbeatRequest {
  const member = view.members.get(memberId);
  const { instanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs, protocols } = asked;
  const subscription = readSubscription(protocols[0]?.metadata ?? Buffer.alloc(0));
  const zone = subscription?.rackId ?? '';
  const classic: StoredClassic = { protocols: storedProtocols(protocols), assignment: '' };
  return {
    memberId,
    memberEpoch: member?.epoch ?? 0,
    ...(instanceId === null ? {} : { instanceId }),
    clientId,
    clientHost,
    sessionTimeoutMs,
    rebalanceTimeoutMs,
    topics: subscription?.topics ?? [],
    pattern: '',
    ...(zone === '' ? {} : { zone }),
    owned: setOf(subscription?.ownedPartitions ?? [], topics),
    onInstanceConflict: 'fence',
    classic,
  };
}
