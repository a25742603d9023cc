/** Requests whose answers are compared: each is sent to Apache Kafka and to the gateway in the same state. */
import { RecordBatchBuilder } from '../../../lib/format/record-batch-writer.ts';
import type { ApiName, Messages } from '../../../lib/kafka/messages/registry.ts';
import type { Draft } from '../../../lib/kafka/wire/writer.ts';

/** What one server has answered: ids by name. */
export type Known = Map<string, string>;

export interface Case<N extends ApiName = ApiName> {
  readonly title: string;
  readonly api: N;
  readonly version: number;
  /** What is asked; or how to make it of what the same server has answered before. */
  readonly request: Draft<Messages[N]['request']> | ((known: Known) => Draft<Messages[N]['request']>);
  /** What of the answer later requests need. */
  /** Asked again until this holds: news come to all parts of a server one after the other. */
  readonly until?: (answer: Messages[N]['response']) => boolean;
  readonly keep?: (answer: Messages[N]['response'], known: Known) => void;
  /** Why the answers may differ, in the named fields; these are left out of the comparison. */
  readonly differs?: { readonly fields: readonly string[]; readonly reason: string };
}

export function batch(
  values: readonly string[],
  options: ConstructorParameters<typeof RecordBatchBuilder>[0] = {},
  key: string | null = null,
): Buffer {
  const builder = new RecordBatchBuilder(options);
  for (const [i, value] of values.entries()) builder.tryAppend({ timestamp: 1_700_000_000_000 + i, key, value });
  return builder.build();
}

export function one<N extends ApiName>(
  title: string,
  api: N,
  version: number,
  request: Case<N>['request'],
  more: Partial<Pick<Case<N>, 'differs' | 'keep' | 'until'>> = {},
): Case {
  return { title, api, version, request, ...more } as unknown as Case;
}

export const topic = (name: string, over: object = {}) => ({
  name,
  numPartitions: 1,
  replicationFactor: 1,
  assignments: [],
  configs: [],
  ...over,
});
export const produce = (name: string, records: Buffer | null, over: object = {}, index = 0) => ({
  acks: -1,
  timeoutMs: 5_000,
  topicData: [{ name, partitionData: [{ index, records }] }],
  ...over,
});
export const fetch = (name: string, fetchOffset: number, over: object = {}, partition = 0) => ({
  maxWaitMs: 0,
  minBytes: 1,
  maxBytes: 1_000_000,
  topics: [{ topic: name, partitions: [{ partition, fetchOffset, partitionMaxBytes: 1_000_000 }] }],
  ...over,
});
export const list = (name: string, timestamp: number, over: object = {}) => ({
  replicaId: -1,
  topics: [{ name, partitions: [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp, ...over }] }],
});
export const join = (over: object = {}) => ({
  groupId: 'd-group',
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 10_000,
  memberId: '',
  protocolType: 'consumer',
  protocols: [{ name: 'range', metadata: Buffer.from('m') }],
  ...over,
});
export const commit = (over: object = {}, name = 'd-one', partitionIndex = 0) => ({
  groupId: 'd-simple',
  generationIdOrMemberEpoch: -1,
  memberId: '',
  topics: [{ name, partitions: [{ partitionIndex, committedOffset: 1, committedLeaderEpoch: -1, committedMetadata: 'm' }] }],
  ...over,
});
const alter = (name: string, value: string | null, configOperation = 0) => ({
  resources: [{ resourceType: 2, resourceName: 'd-one', configs: [{ name, configOperation, value }] }],
});
const corrupt = (() => {
  const bytes = batch(['corrupt']);
  bytes[63] = (bytes[63] as number) ^ 0xff;
  return bytes;
})();

/** In this order: later ones rest on what earlier ones did. */
export const CASES: readonly Case[] = [
  one(
    'create topics',
    'CreateTopics',
    5,
    { topics: [topic('d-one'), topic('d-three', { numPartitions: 3 })] },
    { differs: { fields: ['configs'], reason: 'brokers list settings that are new in each release' } },
  ),
  one('create a topic again', 'CreateTopics', 4, { topics: [topic('d-one')] }),
  one('create a topic with a bad name', 'CreateTopics', 4, { topics: [topic('bad/name'), topic(''), topic('..')] }),
  one('create a topic with no partitions', 'CreateTopics', 4, { topics: [topic('d-zero', { numPartitions: 0 })] }),
  one('create a topic with a negative count', 'CreateTopics', 4, { topics: [topic('d-minus', { numPartitions: -2 })] }),
  one('create a topic without replicas', 'CreateTopics', 4, { topics: [topic('d-replicas', { replicationFactor: 0 })] }),
  one('create a topic with a hundred replicas', 'CreateTopics', 4, { topics: [topic('d-replicas', { replicationFactor: 100 })] }),
  one('create a topic with an unknown setting', 'CreateTopics', 4, {
    topics: [topic('d-setting', { configs: [{ name: 'no.such', value: '1' }] })],
  }),
  one('create a topic with a bad value', 'CreateTopics', 4, {
    topics: [topic('d-setting', { configs: [{ name: 'retention.ms', value: 'x' }] })],
  }),
  one('create a topic twice in one request', 'CreateTopics', 4, { topics: [topic('d-twice'), topic('d-twice')] }),
  one('create a topic at a broker that is not there', 'CreateTopics', 4, {
    topics: [topic('d-at', { numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 0, brokerIds: [99] }] })],
  }),
  one('metadata of known and unknown topics', 'Metadata', 9, {
    topics: [{ name: 'd-three' }, { name: 'd-none' }],
    allowAutoTopicCreation: false,
    includeTopicAuthorizedOperations: true,
    includeClusterAuthorizedOperations: true,
  }),
  one('metadata of a bad name', 'Metadata', 9, { topics: [{ name: 'bad/name' }], allowAutoTopicCreation: false }),
  one('metadata of an unknown id', 'Metadata', 12, {
    topics: [{ name: null, topicId: '11111111-1111-4111-8111-111111111111' }],
    allowAutoTopicCreation: false,
  }),
  one('produce', 'Produce', 9, produce('d-one', batch(['a', 'b']))),
  one('produce compressed', 'Produce', 9, produce('d-one', batch(['c'], { compression: 'gzip' }))),
  one('produce to an unknown topic', 'Produce', 9, produce('d-none', batch(['a']))),
  one('produce to an unknown partition', 'Produce', 9, produce('d-one', batch(['a']), {}, 7)),
  one('produce a corrupt batch', 'Produce', 9, produce('d-one', corrupt)),
  one('produce two batches', 'Produce', 9, produce('d-one', Buffer.concat([batch(['a']), batch(['b'])]))),
  one('produce with acks=5', 'Produce', 9, produce('d-one', batch(['a']), { acks: 5 })),
  one('produce zstd in an old version', 'Produce', 6, produce('d-one', batch(['a'], { compression: 'zstd' }))),
  one('fetch', 'Fetch', 11, fetch('d-one', 0)),
  one('fetch within a batch', 'Fetch', 12, fetch('d-one', 1)),
  one('fetch at the end', 'Fetch', 12, fetch('d-one', 3)),
  one('fetch beyond the end', 'Fetch', 12, fetch('d-one', 4)),
  one('fetch committed records', 'Fetch', 12, fetch('d-one', 0, { isolationLevel: 1 })),
  one('fetch an unknown topic', 'Fetch', 12, fetch('d-none', 0)),
  one('fetch an unknown partition', 'Fetch', 12, fetch('d-one', 0, {}, 9)),
  one('fetch in an unknown session', 'Fetch', 12, fetch('d-one', 0, { sessionId: 123_456, sessionEpoch: 3 })),
  one('latest offset', 'ListOffsets', 7, list('d-one', -1)),
  one('earliest offset', 'ListOffsets', 7, list('d-one', -2)),
  one('offset of the largest timestamp', 'ListOffsets', 7, list('d-one', -3)),
  one('offset by time', 'ListOffsets', 7, list('d-one', 1_700_000_000_001)),
  one('offset by a time to come', 'ListOffsets', 7, list('d-one', 1_900_000_000_000)),
  one('offset of an unknown topic', 'ListOffsets', 7, list('d-none', -1)),
  one('offset under a future epoch', 'ListOffsets', 7, list('d-one', -1, { currentLeaderEpoch: 9 })),
  one('end of a leader epoch', 'OffsetForLeaderEpoch', 4, {
    replicaId: -1,
    topics: [{ topic: 'd-one', partitions: [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch: 0 }] }],
  }),
  one('end of a leader epoch to come', 'OffsetForLeaderEpoch', 4, {
    replicaId: -1,
    topics: [{ topic: 'd-one', partitions: [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch: 8 }] }],
  }),
  one('add partitions', 'CreatePartitions', 2, { topics: [{ name: 'd-three', count: 5, assignments: null }], timeoutMs: 5_000 }),
  one('take partitions away', 'CreatePartitions', 2, { topics: [{ name: 'd-three', count: 2, assignments: null }], timeoutMs: 5_000 }),
  one('add partitions to an unknown topic', 'CreatePartitions', 2, {
    topics: [{ name: 'd-none', count: 2, assignments: null }],
    timeoutMs: 5_000,
  }),
  one('set a setting', 'IncrementalAlterConfigs', 1, alter('retention.ms', '5000')),
  one('set an unknown setting', 'IncrementalAlterConfigs', 1, alter('no.such', '1')),
  one('set a bad value', 'IncrementalAlterConfigs', 1, alter('retention.ms', 'x')),
  one('set null', 'IncrementalAlterConfigs', 1, alter('retention.ms', null)),
  one('append to a list', 'IncrementalAlterConfigs', 1, alter('cleanup.policy', 'compact', 2)),
  one('append to a number', 'IncrementalAlterConfigs', 1, alter('retention.ms', '1', 2)),
  one('subtract from a list', 'IncrementalAlterConfigs', 1, alter('cleanup.policy', 'compact', 3)),
  one('describe settings of a topic', 'DescribeConfigs', 4, {
    resources: [
      {
        resourceType: 2,
        resourceName: 'd-one',
        configurationKeys: ['retention.ms', 'cleanup.policy', 'max.message.bytes', 'segment.bytes', 'compression.type', 'flush.ms'],
      },
    ],
    includeSynonyms: true,
  }),
  one('describe settings of an unknown topic', 'DescribeConfigs', 4, {
    resources: [{ resourceType: 2, resourceName: 'd-none', configurationKeys: null }],
  }),
  one('describe settings of an unknown broker', 'DescribeConfigs', 4, {
    resources: [{ resourceType: 4, resourceName: '77', configurationKeys: null }],
  }),
  one('delete records', 'DeleteRecords', 2, {
    topics: [{ name: 'd-one', partitions: [{ partitionIndex: 0, offset: 1 }] }],
    timeoutMs: 5_000,
  }),
  one('delete records beyond the end', 'DeleteRecords', 2, {
    topics: [{ name: 'd-one', partitions: [{ partitionIndex: 0, offset: 99 }] }],
    timeoutMs: 5_000,
  }),
  one('delete records of an unknown topic', 'DeleteRecords', 2, {
    topics: [{ name: 'd-none', partitions: [{ partitionIndex: 0, offset: 1 }] }],
    timeoutMs: 5_000,
  }),
  one('elect a leader', 'ElectLeaders', 2, { topicPartitions: [{ topic: 'd-one', partitions: [0] }], timeoutMs: 5_000 }),
  one('find a coordinator', 'FindCoordinator', 4, { keyType: 0, coordinatorKeys: ['d-group'] }),
  one('commit without a group', 'OffsetCommit', 8, commit({ groupId: '' })),
  one('commit as nobody', 'OffsetCommit', 8, commit()),
  one('commit to an unknown topic', 'OffsetCommit', 8, commit({}, 'd-none')),
  one('commit to an unknown partition', 'OffsetCommit', 8, commit({}, 'd-one', 7)),
  one('commit in a generation there is not', 'OffsetCommit', 8, commit({ groupId: 'd-new', generationIdOrMemberEpoch: 3, memberId: 'x' })),
  one('fetch committed offsets', 'OffsetFetch', 7, { groupId: 'd-simple', topics: [{ name: 'd-one', partitionIndexes: [0, 1] }] }),
  one('fetch all committed offsets', 'OffsetFetch', 8, { groups: [{ groupId: 'd-simple', topics: null }] }),
  one('fetch committed offsets of an unknown group', 'OffsetFetch', 8, {
    groups: [{ groupId: 'd-none', topics: [{ name: 'd-one', partitionIndexes: [0] }] }],
  }),
  one('join without a group', 'JoinGroup', 7, join({ groupId: '' })),
  one('join with a short session', 'JoinGroup', 7, join({ sessionTimeoutMs: 10 })),
  one('join as an unknown member', 'JoinGroup', 7, join({ memberId: 'x' })),
  one('join without a protocol', 'JoinGroup', 7, join({ protocols: [] })),
  one('join', 'JoinGroup', 7, join(), { differs: { fields: ['memberId'], reason: 'a new id' } }),
  one('heartbeat of an unknown member', 'Heartbeat', 4, { groupId: 'd-group', generationId: 1, memberId: 'x' }),
  one('heartbeat in an unknown group', 'Heartbeat', 4, { groupId: 'd-none', generationId: 1, memberId: 'x' }),
  one('sync of an unknown member', 'SyncGroup', 5, { groupId: 'd-group', generationId: 1, memberId: 'x', assignments: [] }),
  one('leave as an unknown member', 'LeaveGroup', 4, { groupId: 'd-group', members: [{ memberId: 'x' }] }),
  one('leave an unknown group', 'LeaveGroup', 4, { groupId: 'd-none', members: [{ memberId: 'x' }] }),
  one('describe groups', 'DescribeGroups', 5, { groups: ['d-simple', 'd-none'], includeAuthorizedOperations: true }),
  one('delete groups', 'DeleteGroups', 2, { groupsNames: ['d-simple', 'd-none'] }),
  one('delete offsets of an unknown group', 'OffsetDelete', 0, { groupId: 'd-none', topics: [] }),
  one('consumer heartbeat of an unknown member', 'ConsumerGroupHeartbeat', 1, {
    groupId: 'd-new',
    memberId: 'x',
    memberEpoch: 4,
    rebalanceTimeoutMs: -1,
  }),
  one('consumer heartbeat that joins without topics', 'ConsumerGroupHeartbeat', 1, {
    groupId: 'd-new',
    memberId: 'x',
    memberEpoch: 0,
    rebalanceTimeoutMs: 1_000,
    topicPartitions: [],
  }),
  one('consumer heartbeat with an unknown assignor', 'ConsumerGroupHeartbeat', 1, {
    groupId: 'd-new',
    memberId: 'x',
    memberEpoch: 0,
    rebalanceTimeoutMs: 1_000,
    topicPartitions: [],
    subscribedTopicNames: ['d-one'],
    serverAssignor: 'no',
  }),
  one('consumer group that is not there', 'ConsumerGroupDescribe', 0, { groupIds: ['d-none'] }),
  one('describe the cluster', 'DescribeCluster', 1, { endpointType: 1, includeClusterAuthorizedOperations: true }),
  one('describe topic partitions', 'DescribeTopicPartitions', 0, {
    topics: [{ name: 'd-three' }, { name: 'd-none' }],
    responsePartitionLimit: 2,
    cursor: null,
  }),
  one('reassignments', 'ListPartitionReassignments', 0, { topics: null, timeoutMs: 1_000 }),
  one(
    'a producer id',
    'InitProducerId',
    4,
    { transactionalId: null, transactionTimeoutMs: 1_000 },
    { differs: { fields: ['producerId'], reason: 'a new id' } },
  ),
  one('a producer id for an empty transactional id', 'InitProducerId', 4, { transactionalId: '', transactionTimeoutMs: 1_000 }),
  one('delete topics', 'DeleteTopics', 5, { topicNames: ['d-one', 'd-three', 'd-none'], timeoutMs: 5_000 }),
];
