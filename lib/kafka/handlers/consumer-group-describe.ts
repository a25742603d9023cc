import { heldBy, type MemberRecord } from '../../core/groups/group-record.ts';
import { byTopic, type PartitionSet } from '../../core/groups/partition-set.ts';
import { GROUP_OPERATIONS, NOT_ASKED } from '../authorized-operations.ts';
import { ERROR_NUMBERS, errorNumber, KAFKA_ERROR } from '../error-numbers.ts';
import type { Gateway } from '../gateway.ts';
import { storedGroup } from '../groups/group-kind.ts';
import { groupStateOf } from '../groups/group-state.ts';
import type { KafkaHandler } from '../handler.ts';
import type { Assignment, DescribedGroup, Member } from '../messages/consumer-group-describe.ts';
import { shownMessage } from '../shown-message.ts';

/** Kafka's numbers of the protocol that a member speaks. */
const MEMBER_TYPE = { classic: 0, consumer: 1 } as const;

/** Describes groups of the consumer protocol: epochs, members, what each owns and what it is meant to own. */
export function consumerGroupDescribeHandler(gateway: Gateway): KafkaHandler<'ConsumerGroupDescribe'> {
  const { engine, classicGroups } = gateway;
  return async (_context, { groupIds, includeAuthorizedOperations }) => {
    const authorizedOperations = includeAuthorizedOperations ? GROUP_OPERATIONS : NOT_ASKED;
    return { groups: await Promise.all(groupIds.map(async (group) => ({ ...(await one(group)), authorizedOperations }))) };
  };

  async function one(groupId: string): Promise<DescribedGroup> {
    try {
      const owner = await engine.groups.coordinatorOf(groupId);
      if (owner !== engine.groups.settings.owner)
        return without(groupId, ERROR_NUMBERS.NOT_COORDINATOR, 'This is not the correct coordinator.');
      const view = await storedGroup(gateway, groupId);
      if (view === undefined) return without(groupId, ERROR_NUMBERS.GROUP_ID_NOT_FOUND, `Group ${groupId} not found.`);
      if (view.group.kind !== 'consumer' || classicGroups.known(groupId) !== undefined) {
        return without(groupId, ERROR_NUMBERS.GROUP_ID_NOT_FOUND, `Group ${groupId} is not a consumer group.`);
      }
      const names = new Map((await engine.topics.list()).map(({ id, name }): [string, string] => [id, name]));
      const { epoch, assignmentEpoch, assignor } = view.group;
      return {
        errorCode: KAFKA_ERROR.NONE,
        groupId,
        groupState: groupStateOf(view, undefined),
        groupEpoch: epoch,
        assignmentEpoch,
        assignorName: assignor,
        members: [...view.members.values()].map((member) => described(member, names)),
      };
    } catch (error) {
      return without(groupId, errorNumber(error), shownMessage(error));
    }
  }
}

function described(member: MemberRecord, names: ReadonlyMap<string, string>): Member {
  return {
    memberId: member.memberId,
    instanceId: member.instanceId ?? null,
    rackId: member.zone ?? null,
    memberEpoch: member.epoch,
    clientId: member.clientId,
    clientHost: member.clientHost,
    subscribedTopicNames: member.topics,
    subscribedTopicRegex: member.pattern ?? '',
    assignment: assignmentOf(heldBy(member), names),
    targetAssignment: assignmentOf(member.target, names),
    memberType: member.classic === undefined ? MEMBER_TYPE.consumer : MEMBER_TYPE.classic,
  };
}

function assignmentOf(set: PartitionSet, names: ReadonlyMap<string, string>): Assignment {
  const topicPartitions = [...byTopic(set)].flatMap(([topicId, partitions]) => {
    const topicName = names.get(topicId);
    return topicName === undefined ? [] : [{ topicId, topicName, partitions }];
  });
  return { topicPartitions };
}

function without(groupId: string, errorCode: number, errorMessage: string): DescribedGroup {
  return { errorCode, errorMessage, groupId, groupState: '', groupEpoch: 0, assignmentEpoch: 0, assignorName: '', members: [] };
}
