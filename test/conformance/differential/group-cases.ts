/** Groups with members of either protocol, step by step, and what is asked of a group from outside while they are in it. */
import { batch, type Case, commit, join, type Known, one, produce, topic } from './cases.ts';

const MEMBER = 'member';
const memberOf = (known: Known) => known.get(MEMBER) ?? '';
const newId = { fields: ['memberId', 'leader'], reason: 'a new id' };
const itself = { fields: ['memberId', 'leader', 'members'], reason: 'ids of members' };

/** A subscription of Kafka's consumers (ConsumerProtocolSubscription, version 0). */
function subscription(name: string): Buffer {
  const text = Buffer.from(name);
  const bytes = Buffer.alloc(2 + 4 + 2 + text.length + 4);
  bytes.writeInt32BE(1, 2);
  bytes.writeInt16BE(text.length, 6);
  text.copy(bytes, 8);
  bytes.writeInt32BE(-1, 8 + text.length);
  return bytes;
}

const reading = [{ name: 'range', metadata: subscription('g-topic') }];
const joining = (memberId: string, over: object = {}) => join({ groupId: 'g-classic', memberId, protocols: reading, ...over });
const syncing = (known: Known, over: object = {}) => ({
  groupId: 'g-classic',
  generationId: 1,
  memberId: memberOf(known),
  protocolType: 'consumer',
  protocolName: 'range',
  assignments: [{ memberId: memberOf(known), assignment: Buffer.from('mine') }],
  ...over,
});
const beating = (known: Known, over: object = {}) => ({ groupId: 'g-classic', generationId: 1, memberId: memberOf(known), ...over });
const committing = (known: Known, over: object = {}) =>
  commit({ groupId: 'g-classic', generationIdOrMemberEpoch: 1, memberId: memberOf(known), ...over }, 'g-topic');
const consuming = (over: object = {}) => ({
  groupId: 'g-consumer',
  memberId: 'c-one',
  memberEpoch: 0,
  rebalanceTimeoutMs: 10_000,
  topicPartitions: [],
  subscribedTopicNames: ['g-topic'],
  ...over,
});

const classic: readonly Case[] = [
  one('create a topic for groups', 'CreateTopics', 4, { topics: [topic('g-topic', { numPartitions: 2 })] }),
  one('produce for groups', 'Produce', 9, produce('g-topic', batch(['a', 'b']))),
  one('join for the first time', 'JoinGroup', 5, joining(''), {
    differs: newId,
    keep: ({ memberId = '' }, known) => void known.set(MEMBER, memberId),
  }),
  one('join with the id that was given', 'JoinGroup', 5, (known) => joining(memberOf(known)), { differs: itself }),
  one('heartbeat before the sync', 'Heartbeat', 4, (known) => beating(known)),
  one('commit before the sync', 'OffsetCommit', 8, (known) => committing(known)),
  one('sync in a generation there is not', 'SyncGroup', 5, (known) => syncing(known, { generationId: 9 })),
  one('sync with another protocol', 'SyncGroup', 5, (known) => syncing(known, { protocolName: 'other' })),
  one('sync', 'SyncGroup', 5, (known) => syncing(known)),
  one('sync again', 'SyncGroup', 3, (known) => syncing(known, { assignments: [] })),
  one('heartbeat', 'Heartbeat', 4, (known) => beating(known)),
  one('heartbeat in an old generation', 'Heartbeat', 0, (known) => beating(known, { generationId: 0 })),
  one('heartbeat under an instance id that nobody has', 'Heartbeat', 4, (known) => beating(known, { groupInstanceId: 'nobody' })),
  ...[2, 5, 6, 8].map((version) => one(`commit in version ${version}`, 'OffsetCommit', version, (known) => committing(known))),
  one('commit in another generation', 'OffsetCommit', 8, (known) => committing(known, { generationIdOrMemberEpoch: 7 })),
  one('commit as a member there is not', 'OffsetCommit', 8, (known) => committing(known, { memberId: 'nobody' })),
  one('commit beside the members', 'OffsetCommit', 8, (known) => committing(known, { memberId: '', generationIdOrMemberEpoch: -1 })),
  one('commit with much text', 'OffsetCommit', 8, (known) =>
    committing(known, {
      topics: [
        {
          name: 'g-topic',
          partitions: [{ partitionIndex: 0, committedOffset: 1, committedLeaderEpoch: -1, committedMetadata: 'x'.repeat(5_000) }],
        },
      ],
    }),
  ),
  one('offsets of many groups', 'OffsetFetch', 8, {
    groups: ['g-classic', 'g-none', 'd-new'].map((groupId) => ({ groupId, topics: [{ name: 'g-topic', partitionIndexes: [0, 1, 9] }] })),
    requireStable: true,
  }),
  one('offsets of a group as an unknown member', 'OffsetFetch', 9, {
    groups: [{ groupId: 'g-classic', memberId: 'nobody', memberEpoch: 3, topics: [{ name: 'g-topic', partitionIndexes: [0] }] }],
  }),
  ...[1, 2, 5].map((version) =>
    one(`offsets of a group in version ${version}`, 'OffsetFetch', version, {
      groupId: 'g-classic',
      topics: [{ name: 'g-topic', partitionIndexes: [0] }],
    }),
  ),
  one('offsets under an empty group id', 'OffsetFetch', 7, { groupId: '', topics: [{ name: 'g-topic', partitionIndexes: [0] }] }),
  one('join with another type of protocol', 'JoinGroup', 5, joining('', { protocolType: 'other' })),
  one(
    'join with a protocol that nobody has',
    'JoinGroup',
    5,
    joining('', { protocols: [{ name: 'odd', metadata: subscription('g-topic') }] }),
  ),
  one(
    'consumer heartbeat of an unknown member in a classic group',
    'ConsumerGroupHeartbeat',
    1,
    consuming({ groupId: 'g-classic', memberEpoch: 3, topicPartitions: null }),
  ),
  one(
    'describe a classic group',
    'DescribeGroups',
    5,
    { groups: ['g-classic'] },
    { differs: { fields: ['memberId', 'clientHost'], reason: 'ids of members' } },
  ),
  one('describe a classic group as a consumer group', 'ConsumerGroupDescribe', 0, { groupIds: ['g-classic'] }),
  one('delete a group with members', 'DeleteGroups', 2, { groupsNames: ['g-classic'] }),
  one('delete offsets of a topic that is read', 'OffsetDelete', 0, {
    groupId: 'g-classic',
    topics: [{ name: 'g-topic', partitions: [{ partitionIndex: 0 }] }],
  }),
  one('list classic groups with members', 'ListGroups', 5, { statesFilter: ['Stable'], typesFilter: ['classic'] }),
  one('list groups of a state that there is not', 'ListGroups', 4, { statesFilter: ['NoSuchState'] }),
  one('leave', 'LeaveGroup', 4, (known) => ({ groupId: 'g-classic', members: [{ memberId: memberOf(known) }, { memberId: 'nobody' }] }), {
    differs: newId,
  }),
  one('delete offsets', 'OffsetDelete', 0, {
    groupId: 'g-classic',
    topics: [{ name: 'g-topic', partitions: [{ partitionIndex: 0 }, { partitionIndex: 9 }] }],
  }),
  one(
    'list empty groups',
    'ListGroups',
    4,
    { statesFilter: ['Empty'] },
    { differs: { fields: ['groups'], reason: 'a broker keeps a group that nobody ever came into' } },
  ),
];

const staticMember: readonly Case[] = [
  one('join as a static member', 'JoinGroup', 5, joining('', { groupId: 'g-static', groupInstanceId: 'i-one' }), {
    differs: itself,
    keep: ({ memberId = '' }, known) => void known.set(MEMBER, memberId),
  }),
  one('sync as a static member', 'SyncGroup', 5, (known) => syncing(known, { groupId: 'g-static', groupInstanceId: 'i-one' })),
  one('heartbeat under the wrong instance', 'Heartbeat', 4, (known) => beating(known, { groupId: 'g-static', groupInstanceId: 'i-two' })),
  one(
    'join again as a static member whose process is new',
    'JoinGroup',
    5,
    joining('', { groupId: 'g-static', groupInstanceId: 'i-one' }),
    {
      differs: itself,
    },
  ),
  one('heartbeat as the process that was replaced', 'Heartbeat', 4, (known) =>
    beating(known, { groupId: 'g-static', groupInstanceId: 'i-one' }),
  ),
  one(
    'leave by instance id',
    'LeaveGroup',
    4,
    { groupId: 'g-static', members: [{ memberId: '', groupInstanceId: 'i-one' }] },
    { differs: newId },
  ),
];

const consumer: readonly Case[] = [
  one('consumer heartbeat that joins', 'ConsumerGroupHeartbeat', 1, consuming(), {
    differs: {
      fields: ['assignment', 'memberEpoch', 'heartbeatIntervalMs'],
      reason: 'epochs count steps; a member whose partitions move is asked back sooner',
    },
  }),
  one(
    'consumer heartbeat in an epoch to come',
    'ConsumerGroupHeartbeat',
    1,
    consuming({ memberEpoch: 50, topicPartitions: null, subscribedTopicNames: null, rebalanceTimeoutMs: -1 }),
  ),
  one(
    'consumer heartbeat of an instance that is taken by nobody',
    'ConsumerGroupHeartbeat',
    1,
    consuming({ memberId: 'c-two', memberEpoch: -2, instanceId: 'i-none' }),
  ),
  one(
    'commit as a member of the consumer protocol in a wrong epoch',
    'OffsetCommit',
    9,
    commit({ groupId: 'g-consumer', memberId: 'c-one', generationIdOrMemberEpoch: 44 }, 'g-topic'),
  ),
  one(
    'commit as a member of the consumer protocol in an old version',
    'OffsetCommit',
    8,
    commit({ groupId: 'g-consumer', memberId: 'c-one', generationIdOrMemberEpoch: 1 }, 'g-topic'),
  ),
  one('classic heartbeat in a consumer group', 'Heartbeat', 4, { groupId: 'g-consumer', generationId: 1, memberId: 'nobody' }),
  one('describe a consumer group as a classic one', 'DescribeGroups', 6, { groups: ['g-consumer'] }),
  one(
    'list consumer groups',
    'ListGroups',
    5,
    { typesFilter: ['consumer'] },
    { differs: { fields: ['groupState'], reason: 'the group may be at work still' } },
  ),
  one('consumer heartbeat that leaves', 'ConsumerGroupHeartbeat', 1, consuming({ memberEpoch: -1 })),
  one(
    'describe an empty consumer group',
    'ConsumerGroupDescribe',
    1,
    { groupIds: ['g-consumer'] },
    {
      differs: { fields: ['groupEpoch', 'assignmentEpoch'], reason: 'epochs count steps, which each server takes in its own way' },
    },
  ),
  one('classic join to a group that consumers have left', 'JoinGroup', 5, joining('', { groupId: 'g-consumer' }), { differs: newId }),
];

export const GROUP_CASES: readonly Case[] = [...classic, ...staticMember, ...consumer];
