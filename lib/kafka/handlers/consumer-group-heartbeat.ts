import { isStratalogError, StratalogError } from '../../core/errors.ts';
import type { AssignorName } from '../../core/groups/group-record.ts';
import type { TopicId } from '../../core/ids.ts';
import { GROUP_HEARTBEAT_INTERVAL_MS } from '../../core/limits.ts';
import { isTopicName } from '../../core/topic.ts';
import type { GroupHeartbeat, HeartbeatAnswer } from '../../engine/groups/group-request.ts';
import { ERROR_NUMBERS, errorNumber, KAFKA_ERROR } from '../error-numbers.ts';
import type { Gateway } from '../gateway.ts';
import { groupTimesOf } from '../group-configs.ts';
import { storedGroup } from '../groups/group-kind.ts';
import type { KafkaHandler, RequestContext } from '../handler.ts';
import type { ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse } from '../messages/consumer-group-heartbeat.ts';
import { shownMessage } from '../shown-message.ts';

const JOIN = 0;
const LEAVE = -1;
const CLIENT_CHOOSES_ID_FROM_VERSION = 1;
/** Members whose last told assignment is remembered; past it some are told once more than they need. */
const TOLD_MAX = 100_000;

/** A heartbeat of the consumer protocol (KIP-848): joins, stays, gives partitions up, leaves. */
export function consumerGroupHeartbeatHandler(gateway: Gateway): KafkaHandler<'ConsumerGroupHeartbeat'> {
  const { engine, classicGroups } = gateway;
  /** What each member was told last: it is told again only what is new, or when it tells everything itself. */
  const told = new Map<string, string>();

  return async (context, request, version) => {
    try {
      check(request, version);
      if (request.memberEpoch !== JOIN && (classicGroups.known(request.groupId)?.members.size ?? 0) > 0) throw notConsumer(request.groupId);
      if (request.memberEpoch < JOIN && !(await isMember(request))) throw unknownMember(request);
      const times = groupTimesOf(await engine.topics.settingsOf(`group/${request.groupId}`));
      return answered(request, await beat({ ...(await asked(context, request)), ...sessionOf(times) }), times.heartbeatIntervalMs);
    } catch (error) {
      const errorCode = errorNumber(error);
      // A member of a group that is not there is told so, and not that it is the one who is unknown.
      if (errorCode === ERROR_NUMBERS.UNKNOWN_MEMBER_ID && (await storedGroup(gateway, request.groupId)) === undefined) {
        return refused(ERROR_NUMBERS.GROUP_ID_NOT_FOUND, `Group ${request.groupId} not found.`);
      }
      if (isStratalogError(error, 'INVALID_REQUEST') && error.details.field === 'pattern') {
        return refused(KAFKA_ERROR.INVALID_REGULAR_EXPRESSION, shownMessage(error));
      }
      const classic = errorCode === ERROR_NUMBERS.INCONSISTENT_GROUP_PROTOCOL;
      return refused(classic ? ERROR_NUMBERS.GROUP_ID_NOT_FOUND : errorCode, shownMessage(error));
    }
  };

  /** A join of a group that classic members lead has it go over to this protocol. */
  async function beat(request: GroupHeartbeat): Promise<HeartbeatAnswer> {
    const { group, memberEpoch } = request;
    if (memberEpoch !== JOIN || classicGroups.known(group) === undefined) {
      try {
        return await engine.groups.heartbeat(request);
      } catch (error) {
        if (memberEpoch !== JOIN || !isStratalogError(error, 'INCONSISTENT_GROUP_PROTOCOL')) throw error;
      }
    }
    try {
      return await classicGroups.upgrade(group, (prepare) => engine.groups.heartbeat(request, prepare));
    } catch (error) {
      // Another member was faster: it is a consumer group now.
      if (!isStratalogError(error, 'INCONSISTENT_GROUP_PROTOCOL')) throw error;
      return engine.groups.heartbeat(request);
    }
  }

  async function asked({ clientId, client }: RequestContext, request: ConsumerGroupHeartbeatRequest): Promise<GroupHeartbeat> {
    const { groupId: group, memberId, memberEpoch, instanceId, rackId, rebalanceTimeoutMs, serverAssignor } = request;
    const owned = request.topicPartitions === null ? undefined : await named(request.topicPartitions);
    return {
      group,
      memberId,
      memberEpoch,
      clientId: clientId ?? '',
      clientHost: `/${client.host}`,
      onInstanceConflict: 'refuse' as const,
      ...(instanceId === null ? {} : { instanceId }),
      ...(rackId === null || rackId === '' ? {} : { zone: rackId }),
      ...(rebalanceTimeoutMs < 0 ? {} : { rebalanceTimeoutMs }),
      // A name that no topic can have is one of a topic that is not there.
      ...(request.subscribedTopicNames === null ? {} : { topics: request.subscribedTopicNames.filter(isTopicName) }),
      ...(request.subscribedTopicRegex === null ? {} : { pattern: request.subscribedTopicRegex }),
      // Checked by the engine, which knows the assignors.
      ...(serverAssignor === null ? {} : { assignor: serverAssignor as AssignorName }),
      ...(owned === undefined ? {} : { owned }),
    };
  }

  /** Partitions of topics that are gone are left out: nobody can own them any more. */
  async function named(owned: readonly { readonly topicId: string; readonly partitions: readonly number[] }[]) {
    const found = await Promise.all(
      owned.map(async ({ topicId, partitions }) => ({ topic: await engine.topics.byId(topicId as TopicId), partitions })),
    );
    return found.flatMap(({ topic, partitions }) => (topic === undefined ? [] : [{ topic: topic.name, partitions }]));
  }

  /** Whether there is one who could leave; the engine takes a second leave for a repetition of the first. */
  async function isMember({ groupId, memberId, instanceId }: ConsumerGroupHeartbeatRequest): Promise<boolean> {
    const view = await storedGroup(gateway, groupId);
    if (view === undefined) return false;
    const member = view.members.get(memberId);
    return instanceId === null
      ? member !== undefined
      : member?.instanceId === instanceId || [...view.members.values()].some((one) => one.instanceId === instanceId);
  }

  function answered(
    request: ConsumerGroupHeartbeatRequest,
    answer: HeartbeatAnswer,
    intervalMs: number | undefined,
  ): ConsumerGroupHeartbeatResponse {
    const { memberId, memberEpoch } = answer;
    // Members whose partitions move are asked back sooner, whatever the group's own interval is.
    const isSteady = answer.heartbeatIntervalMs >= GROUP_HEARTBEAT_INTERVAL_MS;
    const heartbeatIntervalMs = isSteady ? (intervalMs ?? answer.heartbeatIntervalMs) : answer.heartbeatIntervalMs;
    const key = `${request.groupId}\n${memberId}`;
    const head = { errorCode: KAFKA_ERROR.NONE, memberId, memberEpoch, heartbeatIntervalMs };
    if (memberEpoch < JOIN) {
      told.delete(key);
      return { ...head, heartbeatIntervalMs: 0, assignment: null };
    }
    const topicPartitions = answer.assignment.map(({ topicId, partitions }) => ({ topicId, partitions }));
    const now = JSON.stringify(topicPartitions);
    const full = request.topicPartitions !== null && request.subscribedTopicNames !== null && request.rebalanceTimeoutMs >= 0;
    if (!full && told.get(key) === now) return { ...head, assignment: null };
    if (told.size >= TOLD_MAX) told.clear();
    told.set(key, now);
    return { ...head, assignment: { topicPartitions } };
  }
}

function sessionOf({ sessionTimeoutMs }: ReturnType<typeof groupTimesOf>): Pick<GroupHeartbeat, 'sessionTimeoutMs'> {
  return sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs };
}

/** Rules of Kafka's own check (GroupCoordinatorService.throwIfConsumerGroupHeartbeatRequestIsInvalid). */
function check(request: ConsumerGroupHeartbeatRequest, version: number): void {
  const refuse = (field: string, why: string) => {
    throw new StratalogError('INVALID_REQUEST', `${field} ${why}`, { field });
  };
  const { groupId, memberId, memberEpoch, instanceId } = request;
  if (groupId.trim() === '') refuse('GroupId', "can't be empty.");
  if ((memberEpoch !== JOIN || version >= CLIENT_CHOOSES_ID_FROM_VERSION) && memberId === '') refuse('MemberId', "can't be empty.");
  if (instanceId !== null && instanceId.trim() === '') refuse('InstanceId', "can't be empty.");
  if (request.rackId !== null && request.rackId.trim() === '') refuse('RackId', "can't be empty.");
  if (memberEpoch < LEAVE - 1) refuse('MemberEpoch', `is ${memberEpoch}, it must be at least -2.`);
  if (memberEpoch < LEAVE && instanceId === null) refuse('InstanceId', "can't be null.");
  if (memberEpoch !== JOIN) return;
  if (request.rebalanceTimeoutMs === -1) refuse('RebalanceTimeoutMs', 'must be provided in first request.');
  if (request.topicPartitions === null || request.topicPartitions.length > 0) refuse('TopicPartitions', 'must be empty when (re-)joining.');
  if (request.subscribedTopicNames === null && request.subscribedTopicRegex === null) {
    refuse('SubscribedTopicNames', 'or SubscribedTopicRegex must be set in first request.');
  }
}

function unknownMember({ groupId, memberId }: ConsumerGroupHeartbeatRequest): StratalogError {
  return new StratalogError('UNKNOWN_MEMBER_ID', `Member ${memberId} is not a member of group ${groupId}.`, {
    field: 'memberId',
    value: memberId,
  });
}

function notConsumer(group: string): StratalogError {
  return new StratalogError('GROUP_ID_NOT_FOUND', `Group ${group} is not a consumer group.`, { field: 'group', value: group });
}

function refused(errorCode: number, errorMessage: string): ConsumerGroupHeartbeatResponse {
  return { errorCode, errorMessage, memberId: null, memberEpoch: 0, heartbeatIntervalMs: 0, assignment: null };
}
