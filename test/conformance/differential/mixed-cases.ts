/** Groups with members of both protocols: up with the first member of the consumer protocol, down with the last. */
import type { JoinGroupResponse } from '../../../lib/kafka/messages/join-group.ts';
import { assignmentOf, subscriptionOf } from '../../unit/kafka/groups/group-clients.ts';
import { type Case, commit, join, type Known, one, topic } from './cases.ts';

const TOPIC = 'x-topic';
const MEMBER = 'mixed member';
const GENERATION = 'mixed generation';
const EPOCH = 'mixed epoch';
const memberOf = (known: Known) => known.get(MEMBER) ?? '';
const generationOf = (known: Known) => Number(known.get(GENERATION) ?? -1);
const ids = { fields: ['memberId', 'leader', 'members', 'generationId'], reason: 'ids of members; generations count steps' };
const steps = {
  fields: ['assignment', 'memberEpoch', 'heartbeatIntervalMs'],
  reason: 'epochs count steps; a member whose partitions move is asked back sooner',
};

const reading = [{ name: 'range', metadata: subscriptionOf(TOPIC) }];
const joining = (memberId: string, over: object = {}) => join({ groupId: 'g-mixed', memberId, protocols: reading, ...over });
const keepJoin = (answer: JoinGroupResponse, known: Known): void => {
  known.set(MEMBER, answer.memberId ?? '');
  known.set(GENERATION, String(answer.generationId ?? -1));
};
const syncing = (known: Known, over: object = {}) => ({
  groupId: 'g-mixed',
  generationId: generationOf(known),
  memberId: memberOf(known),
  protocolType: 'consumer',
  protocolName: 'range',
  assignments: [{ memberId: memberOf(known), assignment: assignmentOf(TOPIC, [0, 1]) }],
  ...over,
});
const beating = (known: Known, over: object = {}) => ({
  groupId: 'g-mixed',
  generationId: generationOf(known),
  memberId: memberOf(known),
  ...over,
});
const committing = (known: Known, over: object = {}) =>
  commit({ groupId: 'g-mixed', generationIdOrMemberEpoch: generationOf(known), memberId: memberOf(known), ...over }, TOPIC);
const consuming = (over: object = {}) => ({
  groupId: 'g-mixed',
  memberId: 'x-one',
  memberEpoch: 0,
  rebalanceTimeoutMs: 10_000,
  topicPartitions: [],
  subscribedTopicNames: [TOPIC],
  ...over,
});

/** A classic group that becomes a consumer group, and what its classic member is answered. */
const upgrade: readonly Case[] = [
  one('mixed: create a topic', 'CreateTopics', 4, { topics: [topic(TOPIC, { numPartitions: 2 })] }),
  one('mixed: join a classic group', 'JoinGroup', 5, joining(''), { differs: ids, keep: keepJoin }),
  one('mixed: join with the id', 'JoinGroup', 5, (known) => joining(memberOf(known)), { differs: ids, keep: keepJoin }),
  one('mixed: sync', 'SyncGroup', 5, (known) => syncing(known)),
  one(
    'mixed: a member of the consumer protocol in an epoch to come',
    'ConsumerGroupHeartbeat',
    1,
    consuming({ memberEpoch: 3, topicPartitions: null }),
  ),
  one('mixed: a member of the consumer protocol with a wrong assignor', 'ConsumerGroupHeartbeat', 1, consuming({ serverAssignor: 'none' })),
  one('mixed: still classic', 'ListGroups', 5, { typesFilter: ['classic'], statesFilter: ['Stable'] }),
  one('mixed: a member of the consumer protocol joins', 'ConsumerGroupHeartbeat', 1, consuming(), {
    differs: steps,
    keep: ({ memberEpoch = 0 }, known) => void known.set(EPOCH, String(memberEpoch)),
  }),
  one(
    'mixed: it is a consumer group',
    'ListGroups',
    5,
    { typesFilter: ['consumer'] },
    {
      differs: { fields: ['groupState'], reason: 'the group may be at work still' },
    },
  ),
  one('mixed: describe it as a classic group', 'DescribeGroups', 5, { groups: ['g-mixed'] }),
  one('mixed: the classic member is sent to join again', 'Heartbeat', 4, (known) => beating(known)),
  one('mixed: it syncs instead', 'SyncGroup', 5, (known) => syncing(known)),
  one('mixed: it commits first', 'OffsetCommit', 8, (known) => committing(known)),
  one('mixed: heartbeat of nobody', 'Heartbeat', 4, (known) => beating(known, { memberId: 'nobody' })),
  one('mixed: heartbeat as the other member', 'Heartbeat', 4, (known) => beating(known, { memberId: 'x-one' })),
  one('mixed: heartbeat under an instance that there is not', 'Heartbeat', 4, (known) => beating(known, { groupInstanceId: 'none' })),
  one('mixed: it joins again', 'JoinGroup', 5, (known) => joining(memberOf(known)), { differs: ids, keep: keepJoin }),
  one('mixed: it has joined an old generation', 'Heartbeat', 4, (known) => beating(known, { generationId: 1 })),
  one('mixed: sync by another protocol', 'SyncGroup', 5, (known) => syncing(known, { protocolName: 'sticky' })),
  one('mixed: sync by another type', 'SyncGroup', 5, (known) => syncing(known, { protocolType: 'connect' })),
  one('mixed: sync in another generation', 'SyncGroup', 5, (known) => syncing(known, { generationId: 77 })),
  one('mixed: it syncs', 'SyncGroup', 5, (known) => syncing(known), {
    differs: { fields: ['assignment'], reason: "which of the partitions each has is the assignor's choice" },
  }),
  one('mixed: it is where it should be', 'Heartbeat', 4, (known) => beating(known)),
];

const asked: readonly Case[] = [
  one('mixed: commit in a generation to come', 'OffsetCommit', 8, (known) => committing(known, { generationIdOrMemberEpoch: 77 })),
  one('mixed: commit of nobody', 'OffsetCommit', 8, (known) => committing(known, { memberId: 'nobody' })),
  one('mixed: commit beside the members', 'OffsetCommit', 8, (known) => committing(known, { memberId: '', generationIdOrMemberEpoch: -1 })),
  one('mixed: commit in an old version by the other member', 'OffsetCommit', 8, (known) =>
    committing(known, { memberId: 'x-one', generationIdOrMemberEpoch: Number(known.get(EPOCH)) }),
  ),
  one('mixed: offsets in a wrong generation', 'OffsetFetch', 9, (known) => ({
    groups: [{ groupId: 'g-mixed', memberId: memberOf(known), memberEpoch: 77, topics: [{ name: TOPIC, partitionIndexes: [0] }] }],
  })),
  one('mixed: a newcomer needs an id', 'JoinGroup', 5, joining(''), { differs: ids }),
  one(
    'mixed: a newcomer with another protocol',
    'JoinGroup',
    5,
    joining('', { protocols: [{ name: 'odd', metadata: subscriptionOf(TOPIC) }] }),
  ),
  one('mixed: a newcomer of another type', 'JoinGroup', 5, joining('', { protocolType: 'connect' })),
  one('mixed: a newcomer without protocols', 'JoinGroup', 5, joining('', { protocols: [] })),
  one('mixed: an instance that there is not, by id', 'JoinGroup', 5, joining('x', { groupInstanceId: 'none' })),
  one('mixed: delete it', 'DeleteGroups', 2, { groupsNames: ['g-mixed'] }),
  one('mixed: leave as nobody', 'LeaveGroup', 4, {
    groupId: 'g-mixed',
    members: [{ memberId: 'nobody' }, { memberId: '', groupInstanceId: 'none' }],
  }),
  one(
    'mixed: describe it',
    'ConsumerGroupDescribe',
    1,
    { groupIds: ['g-mixed'] },
    {
      differs: {
        fields: ['groupEpoch', 'assignmentEpoch', 'members', 'groupState', 'assignorName'],
        reason: 'members stand in any order; epochs count steps; the classic member does not count as one that asked for an assignor',
      },
    },
  ),
];

/** Back again, with a static member too. */
const downgrade: readonly Case[] = [
  one(
    'mixed: the member of the consumer protocol leaves',
    'ConsumerGroupHeartbeat',
    1,
    consuming({ memberEpoch: -1, topicPartitions: null }),
  ),
  one('mixed: it is a classic group again', 'ListGroups', 5, { typesFilter: ['classic'], statesFilter: ['PreparingRebalance'] }),
  one(
    'mixed: describe it as what it is',
    'DescribeGroups',
    5,
    { groups: ['g-mixed'] },
    {
      differs: { fields: ['memberId', 'clientHost', 'memberMetadata', 'memberAssignment'], reason: 'ids of members' },
    },
  ),
  one('mixed: describe it as what it was', 'ConsumerGroupDescribe', 1, { groupIds: ['g-mixed'] }),
  one('mixed: the classic member is sent to lead', 'Heartbeat', 4, (known) => beating(known), {
    differs: { fields: ['errorCode'], reason: 'a broker may have taken another step meanwhile, and says that the generation is gone' },
  }),
  one('mixed: it joins to lead', 'JoinGroup', 5, (known) => joining(memberOf(known)), {
    differs: { fields: ['memberId', 'leader', 'generationId'], reason: ids.reason },
    keep: keepJoin,
  }),
  one('mixed: it divides', 'SyncGroup', 5, (known) => syncing(known)),
  one('mixed: it is stable', 'ListGroups', 5, { typesFilter: ['classic'], statesFilter: ['Stable'] }),
  one('mixed: what was committed is there', 'OffsetFetch', 7, { groupId: 'g-mixed', topics: [{ name: TOPIC, partitionIndexes: [0, 1] }] }),
  one('mixed: it leaves', 'LeaveGroup', 4, (known) => ({ groupId: 'g-mixed', members: [{ memberId: memberOf(known) }] }), { differs: ids }),
];

const other = (over: object) => ({ groupId: 'g-other', ...over });

const others: readonly Case[] = [
  one('mixed: join a group of workers', 'JoinGroup', 3, joining('', other({ protocolType: 'connect' })), { differs: ids, keep: keepJoin }),
  one('mixed: a consumer does not join workers', 'ConsumerGroupHeartbeat', 1, consuming(other({}))),
  one('mixed: workers leave', 'LeaveGroup', 4, (known) => ({ groupId: 'g-other', members: [{ memberId: memberOf(known) }] }), {
    differs: ids,
  }),
  one(
    'mixed: join with words of its own',
    'JoinGroup',
    3,
    joining('', other({ protocols: [{ name: 'range', metadata: Buffer.from('x') }] })),
    {
      differs: ids,
      keep: keepJoin,
    },
  ),
  one('mixed: a consumer does not join whom nobody understands', 'ConsumerGroupHeartbeat', 1, consuming(other({}))),
  one(
    'mixed: who is not understood leaves',
    'LeaveGroup',
    4,
    (known) => ({ groupId: 'g-other', members: [{ memberId: memberOf(known) }] }),
    {
      differs: ids,
    },
  ),
  one(
    'mixed: a static member of the consumer protocol',
    'ConsumerGroupHeartbeat',
    1,
    consuming(other({ instanceId: 'i', memberId: 's-one' })),
    {
      differs: steps,
    },
  ),
  one('mixed: another in its place', 'ConsumerGroupHeartbeat', 1, consuming(other({ instanceId: 'i', memberId: 's-two' }))),
  one('mixed: a classic one in its place', 'JoinGroup', 5, joining('', other({ groupInstanceId: 'i' })), { differs: ids, keep: keepJoin }),
  one('mixed: the group is classic', 'ListGroups', 5, { typesFilter: ['classic'], statesFilter: ['Stable'] }),
  one('mixed: its partitions', 'SyncGroup', 5, (known) => syncing(known, other({ groupInstanceId: 'i', assignments: [] }))),
  one(
    'mixed: the one before is fenced',
    'ConsumerGroupHeartbeat',
    1,
    consuming(other({ memberId: 's-one', memberEpoch: 1, topicPartitions: null })),
  ),
  one(
    'mixed: a consumer in the place of the classic one',
    'ConsumerGroupHeartbeat',
    1,
    consuming(other({ instanceId: 'i', memberId: 's-three' })),
    {
      differs: steps,
    },
  ),
  one('mixed: the classic one is fenced', 'Heartbeat', 4, (known) => beating(known, other({ groupInstanceId: 'i' }))),
  one(
    'mixed: the last one leaves',
    'ConsumerGroupHeartbeat',
    1,
    consuming(other({ instanceId: 'i', memberId: 's-three', memberEpoch: -1 })),
  ),
];

export const MIXED_CASES: readonly Case[] = [...upgrade, ...asked, ...downgrade, ...others];
