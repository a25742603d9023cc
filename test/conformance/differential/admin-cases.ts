/** Settings, elections, topics a page at a time, and what comes in from tools. */
import { BROKER_CONFIG_TABLE } from '../../../lib/kafka/broker-config-table.ts';
import { type Case, one, topic } from './cases.ts';

const describing = (resourceType: number, resourceName: string, configurationKeys: readonly string[] | null = null) => ({
  resources: [{ resourceType, resourceName, configurationKeys }],
  includeSynonyms: true,
});
const TOPIC = 2;
const BROKER = 4;
const GROUP = 32;
const altering = (resourceType: number, resourceName: string, name: string, value: string | null, configOperation = 0) => ({
  resources: [{ resourceType, resourceName, configs: [{ name, configOperation, value }] }],
});

/** Settings that the two are told each for itself, or that are limits of ours. */
const GIVEN = new Set(
  (
    'advertised.listeners listeners log.dirs node.id broker.id process.roles controller.listener.names controller.quorum.bootstrap.servers ' +
    'offsets.topic.replication.factor offsets.topic.num.partitions transaction.state.log.replication.factor transaction.state.log.min.isr ' +
    'share.coordinator.state.topic.replication.factor share.coordinator.state.topic.min.isr min.insync.replicas fetch.max.bytes ' +
    'group.consumer.assignors group.coordinator.rebalance.protocols group.max.size max.connections max.incremental.fetch.session.cache.slots ' +
    'queued.max.request.bytes group.consumer.assignment.interval.ms listener.security.protocol.map producer.id.expiration.ms'
  ).split(' '),
);
const SAME = BROKER_CONFIG_TABLE.map(([name]) => name).filter((name) => !GIVEN.has(name));

export const ADMIN_CASES: readonly Case[] = [
  one('create topics for tools', 'CreateTopics', 4, {
    topics: [topic('a-one'), topic('a-two', { numPartitions: 3 }), topic('a-default', { numPartitions: -1, replicationFactor: -1 })],
  }),
  one('only validate a topic', 'CreateTopics', 4, { topics: [topic('a-not')], validateOnly: true }),
  one('create a topic with assignments that skip a partition', 'CreateTopics', 4, {
    topics: [topic('a-bad', { numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 1, brokerIds: [1] }] })],
  }),
  one('create a topic with assignments and a count', 'CreateTopics', 4, {
    topics: [topic('a-bad', { numPartitions: 1, replicationFactor: -1, assignments: [{ partitionIndex: 0, brokerIds: [1] }] })],
  }),
  one('create a topic whose name differs in a dot', 'CreateTopics', 4, { topics: [topic('a.same_name')] }),
  one('create one whose name differs in a dot', 'CreateTopics', 4, { topics: [topic('a_same.name')] }),
  one('only validate more partitions', 'CreatePartitions', 3, {
    topics: [{ name: 'a-one', count: 4, assignments: null }],
    validateOnly: true,
    timeoutMs: 5_000,
  }),
  one('add partitions at brokers that are not there', 'CreatePartitions', 3, {
    topics: [{ name: 'a-one', count: 2, assignments: [{ brokerIds: [77] }] }],
    timeoutMs: 5_000,
  }),
  one('as many partitions as there are', 'CreatePartitions', 3, {
    topics: [{ name: 'a-one', count: 1, assignments: null }],
    timeoutMs: 5_000,
  }),
  one('all settings of a topic', 'DescribeConfigs', 4, describing(TOPIC, 'a-one'), {
    differs: { fields: ['configSource', 'synonyms'], reason: 'min.insync.replicas is set for the whole cluster when a cluster is made' },
  }),
  one(
    'all settings of a topic but one, with sources',
    'DescribeConfigs',
    4,
    describing(TOPIC, 'a-one', [
      'cleanup.policy',
      'compression.type',
      'compression.gzip.level',
      'compression.lz4.level',
      'compression.zstd.level',
      'delete.retention.ms',
      'file.delete.delay.ms',
      'flush.messages',
      'flush.ms',
      'follower.replication.throttled.replicas',
      'index.interval.bytes',
      'leader.replication.throttled.replicas',
      'local.retention.bytes',
      'local.retention.ms',
      'max.compaction.lag.ms',
      'max.message.bytes',
      'message.timestamp.after.max.ms',
      'message.timestamp.before.max.ms',
      'message.timestamp.type',
      'min.cleanable.dirty.ratio',
      'min.compaction.lag.ms',
      'preallocate',
      'remote.log.copy.disable',
      'remote.log.delete.on.disable',
      'remote.storage.enable',
      'retention.bytes',
      'retention.ms',
      'segment.bytes',
      'segment.index.bytes',
      'segment.jitter.ms',
      'segment.ms',
      'unclean.leader.election.enable',
    ]),
  ),
  one('names and types of all settings of a broker', 'DescribeConfigs', 4, describing(BROKER, '1'), {
    differs: {
      fields: ['value', 'configSource', 'synonyms', 'readOnly'],
      reason: 'each is told its own, and a gateway keeps what it listens to; the values are compared below',
    },
  }),
  one('all settings of a broker that are not its own', 'DescribeConfigs', 4, describing(BROKER, '1', SAME)),
  ...[1, 2, 3].map((version) =>
    one(`settings in version ${version}`, 'DescribeConfigs', version, describing(TOPIC, 'a-one', ['retention.ms', 'no.such'])),
  ),
  one(
    'settings of a group',
    'DescribeConfigs',
    4,
    describing(GROUP, 'g', ['consumer.heartbeat.interval.ms', 'consumer.session.timeout.ms']),
  ),
  one('settings of a broker that is no number', 'DescribeConfigs', 4, describing(BROKER, 'x')),
  one('settings of nothing that is known', 'DescribeConfigs', 4, describing(77, 'x')),
  one('set a fixed setting of a broker', 'IncrementalAlterConfigs', 1, altering(BROKER, '1', 'log.dirs', '/x')),
  one('set an unknown setting of a broker', 'IncrementalAlterConfigs', 1, altering(BROKER, '1', 'no.such', '1')),
  one('take it back', 'IncrementalAlterConfigs', 1, altering(BROKER, '1', 'no.such', null, 1)),
  one('set a setting of a broker that is not there', 'IncrementalAlterConfigs', 1, altering(BROKER, '77', 'num.io.threads', '9')),
  one('set a setting of an unknown topic', 'IncrementalAlterConfigs', 1, altering(TOPIC, 'a-none', 'retention.ms', '1')),
  one('reset a setting that was not set', 'IncrementalAlterConfigs', 1, altering(TOPIC, 'a-one', 'retention.ms', null, 1)),
  one('an operation there is not', 'IncrementalAlterConfigs', 1, altering(TOPIC, 'a-one', 'retention.ms', '1', 9), {
    differs: { fields: ['errorCode'], reason: 'a broker fails on it, a gateway refuses it' },
  }),
  one('replace all settings', 'AlterConfigs', 2, {
    resources: [{ resourceType: TOPIC, resourceName: 'a-one', configs: [{ name: 'retention.ms', value: '9' }] }],
  }),
  one('replace all settings by a wrong one', 'AlterConfigs', 2, {
    resources: [{ resourceType: TOPIC, resourceName: 'a-one', configs: [{ name: 'retention.ms', value: 'x' }] }],
  }),
  one('replace all settings by null', 'AlterConfigs', 2, {
    resources: [{ resourceType: TOPIC, resourceName: 'a-one', configs: [{ name: 'retention.ms', value: null }] }],
  }),
  one('what has settings', 'ListConfigResources', 1, { resourceTypes: [BROKER] }),
  one('what has settings of a type there is not', 'ListConfigResources', 1, { resourceTypes: [99] }),
  one(
    'elect leaders of all partitions',
    'ElectLeaders',
    2,
    { electionType: 0, topicPartitions: null, timeoutMs: 5_000 },
    { differs: { fields: ['replicaElectionResults'], reason: 'a broker has topics of its own' } },
  ),
  one('elect leaders of partitions that are not there', 'ElectLeaders', 2, {
    electionType: 0,
    topicPartitions: [
      { topic: 'a-two', partitions: [0, 2, 9] },
      { topic: 'a-none', partitions: [0] },
    ],
    timeoutMs: 5_000,
  }),
  one('elect leaders uncleanly', 'ElectLeaders', 1, {
    electionType: 1,
    topicPartitions: [{ topic: 'a-two', partitions: [0] }],
    timeoutMs: 5_000,
  }),
  one('elect leaders in a way there is not', 'ElectLeaders', 2, {
    electionType: 7,
    topicPartitions: [{ topic: 'a-two', partitions: [0] }],
    timeoutMs: 5_000,
  }),
  one(
    'sizes of empty logs',
    'DescribeLogDirs',
    1,
    { topics: [{ topic: 'a-two', partitions: [0, 1, 2] }] },
    {
      differs: { fields: ['logDir'], reason: 'there is no folder' },
    },
  ),
  one('topics from a cursor on', 'DescribeTopicPartitions', 0, {
    topics: [{ name: 'a-one' }, { name: 'a-two' }],
    responsePartitionLimit: 2,
    cursor: { topicName: 'a-two', partitionIndex: 1 },
  }),
  one('topics in pages', 'DescribeTopicPartitions', 0, {
    topics: [{ name: 'a-one' }, { name: 'a-two' }],
    responsePartitionLimit: 2,
    cursor: null,
  }),
  one('topics with a bad name', 'DescribeTopicPartitions', 0, { topics: [{ name: 'bad/name' }], responsePartitionLimit: 2, cursor: null }),
  one('topics with a negative limit', 'DescribeTopicPartitions', 0, {
    topics: [{ name: 'a-two' }],
    responsePartitionLimit: -1,
    cursor: null,
  }),
  one('the cluster as a controller', 'DescribeCluster', 1, { endpointType: 2 }),
  one('the cluster as nothing known', 'DescribeCluster', 1, { endpointType: 9 }),
  one('a coordinator in version 0', 'FindCoordinator', 0, { key: 'a-group' }),
  one('a coordinator of an empty group', 'FindCoordinator', 3, { key: '', keyType: 0 }),
  one('a coordinator of nothing known', 'FindCoordinator', 3, { key: 'x', keyType: 9 }),
  one(
    'a producer id that goes on',
    'InitProducerId',
    4,
    { transactionalId: null, transactionTimeoutMs: 1_000, producerId: 5_000, producerEpoch: 3 },
    { differs: { fields: ['producerId'], reason: 'a new id' } },
  ),
  one('all topics', 'Metadata', 0, { topics: [] }, { differs: { fields: ['topics'], reason: 'a broker keeps topics of its own' } }),
  one('delete topics by names that are twice', 'DeleteTopics', 5, { topicNames: ['a-one', 'a-one'], timeoutMs: 5_000 }),
];
