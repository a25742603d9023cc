/** Produce, Fetch and ListOffsets beyond the plain case: rules of topics, producers, old formats, topic ids. */
import { batch, type Case, fetch, list, one, produce, topic } from './cases.ts';

const keyed = (values: readonly string[], options: Parameters<typeof batch>[1] = {}) => batch(values, options, 'k');
const producer = (baseSequence: number, producerEpoch = 0) => batch(['p'], { producerId: 4_000, producerEpoch, baseSequence });

/** A message of format 0 or 1, as producers before 0.11 sent them; nobody looks at its checksum. */
function oldMessage(magic: 0 | 1): Buffer {
  const value = Buffer.from('old');
  const body = Buffer.alloc(4 + 1 + 1 + (magic === 1 ? 8 : 0) + 4 + 4 + value.length);
  body.writeInt8(magic, 4);
  body.writeInt32BE(-1, body.length - value.length - 8);
  body.writeInt32BE(value.length, body.length - value.length - 4);
  value.copy(body, body.length - value.length);
  const head = Buffer.alloc(12);
  head.writeInt32BE(body.length, 8);
  return Buffer.concat([head, body]);
}

const byId = (known: ReadonlyMap<string, string>, name: string, fetchOffset: number, partition = 0) => ({
  maxWaitMs: 0,
  minBytes: 1,
  maxBytes: 1_000_000,
  topics: [{ topicId: known.get(name) ?? '', partitions: [{ partition, fetchOffset, partitionMaxBytes: 1_000_000 }] }],
});
const NO_ID = '11111111-1111-4111-8111-111111111111';
const setting = (name: string, value: string) => ({ configs: [{ name, value }] });

export const RECORD_CASES: readonly Case[] = [
  one('create topics with rules', 'CreateTopics', 4, {
    topics: [
      topic('r-plain'),
      topic('r-time', setting('message.timestamp.type', 'LogAppendTime')),
      topic('r-compact', setting('cleanup.policy', 'compact')),
      topic('r-small', setting('max.message.bytes', '100')),
      topic('r-late', setting('message.timestamp.before.max.ms', '1000')),
      topic('r-gzip', setting('compression.type', 'gzip')),
    ],
  }),
  one(
    'ids of topics',
    'Metadata',
    12,
    { topics: [{ name: 'r-plain' }], allowAutoTopicCreation: false },
    { until: ({ topics }) => topics[0]?.errorCode === 0, keep: ({ topics }, known) => void known.set('r-plain', topics[0]?.topicId ?? '') },
  ),
  one('produce under LogAppendTime', 'Produce', 9, produce('r-time', batch(['a', 'b']))),
  one('fetch what got the time of its append', 'Fetch', 12, fetch('r-time', 0), {
    differs: { fields: ['records'], reason: 'each server has its own time' },
  }),
  one('produce without a key to a compacted topic', 'Produce', 9, produce('r-compact', batch(['a', 'b']))),
  one(
    'produce without a key to a compacted topic, in a version without errors of records',
    'Produce',
    7,
    produce('r-compact', batch(['a'])),
  ),
  one('produce with a key to a compacted topic', 'Produce', 9, produce('r-compact', keyed(['a']))),
  one('produce what is too large', 'Produce', 9, produce('r-small', batch(['x'.repeat(200)]))),
  one('produce what is too old', 'Produce', 9, produce('r-late', batch(['a', 'b']))),
  one('produce a message of format 0', 'Produce', 3, produce('r-plain', oldMessage(0))),
  one('produce a message of format 1', 'Produce', 7, produce('r-plain', oldMessage(1))),
  one('produce no bytes', 'Produce', 9, produce('r-plain', Buffer.alloc(0))),
  one('produce a control batch', 'Produce', 9, produce('r-plain', batch(['a'], { isControl: true }))),
  one('produce as an idempotent producer', 'Produce', 9, produce('r-plain', producer(0))),
  one('produce the same again', 'Produce', 9, produce('r-plain', producer(0))),
  one('produce with a gap', 'Produce', 9, produce('r-plain', producer(5))),
  one('produce in a new epoch that does not begin at 0', 'Produce', 9, produce('r-plain', producer(3, 1))),
  one('produce in a new epoch', 'Produce', 9, produce('r-plain', producer(0, 2))),
  one('produce in an epoch that is over', 'Produce', 9, produce('r-plain', producer(1, 0))),
  one('produce with acks=1', 'Produce', 8, produce('r-plain', batch(['a']), { acks: 1 })),
  one('produce in version 3', 'Produce', 3, produce('r-plain', batch(['a']))),
  one('produce to two topics, of which one is not there', 'Produce', 9, {
    acks: -1,
    timeoutMs: 5_000,
    topicData: ['r-plain', 'r-none'].map((name) => ({ name, partitionData: [{ index: 0, records: batch(['two']) }] })),
  }),
  one('produce transactionally without a transaction', 'Produce', 9, produce('r-plain', batch(['a'], { isTransactional: true }))),
  one('produce to a topic that stores gzip', 'Produce', 9, produce('r-gzip', batch(['a', 'b']))),
  ...[4, 7, 10, 12].map((version) => one(`fetch in version ${version}`, 'Fetch', version, fetch('r-plain', 0))),
  one('fetch by topic id', 'Fetch', 13, (known) => byId(known, 'r-plain', 0)),
  one('fetch by topic id in version 16', 'Fetch', 16, (known) => byId(known, 'r-plain', 1)),
  one('fetch by an unknown topic id', 'Fetch', 16, () => byId(new Map([['x', NO_ID]]), 'x', 0)),
  one('fetch an unknown partition by topic id', 'Fetch', 16, (known) => byId(known, 'r-plain', 0, 7)),
  one('fetch beyond the end by topic id', 'Fetch', 16, (known) => byId(known, 'r-plain', 999)),
  one('fetch less than a batch', 'Fetch', 12, fetch('r-plain', 0, { maxBytes: 1 })),
  one('fetch less than a batch of a partition', 'Fetch', 12, {
    ...fetch('r-plain', 0),
    topics: [{ topic: 'r-plain', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 }] }],
  }),
  one('fetch under an old leader epoch', 'Fetch', 12, {
    ...fetch('r-plain', 0),
    topics: [{ topic: 'r-plain', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000, currentLeaderEpoch: 7 }] }],
  }),
  one('fetch with a rack that nobody is in', 'Fetch', 12, fetch('r-plain', 0, { rackId: 'nowhere' })),
  ...[1, 2, 5, 8].map((version) => one(`earliest offset in version ${version}`, 'ListOffsets', version, list('r-plain', -2))),
  one('earliest local offset', 'ListOffsets', 8, list('r-plain', -4)),
  one('offset of the largest timestamp where the server gives the time', 'ListOffsets', 7, list('r-time', -3), {
    differs: { fields: ['timestamp'], reason: 'each server has its own time' },
  }),
  one('offset of a special time that there is not', 'ListOffsets', 7, list('r-plain', -9)),
  one('latest offset of committed records', 'ListOffsets', 7, { ...list('r-plain', -1), isolationLevel: 1 }),
  one('end of a leader epoch under a leader epoch to come', 'OffsetForLeaderEpoch', 3, {
    replicaId: -1,
    topics: [{ topic: 'r-plain', partitions: [{ partition: 0, currentLeaderEpoch: 5, leaderEpoch: 0 }] }],
  }),
  one('end of a leader epoch of an unknown topic', 'OffsetForLeaderEpoch', 2, {
    topics: [{ topic: 'r-none', partitions: [{ partition: 0, leaderEpoch: 0 }] }],
  }),
  one('delete records of a compacted topic', 'DeleteRecords', 2, {
    topics: [{ name: 'r-compact', partitions: [{ partitionIndex: 0, offset: 1 }] }],
    timeoutMs: 5_000,
  }),
  one('delete all records', 'DeleteRecords', 2, {
    topics: [{ name: 'r-late', partitions: [{ partitionIndex: 0, offset: -1 }] }],
    timeoutMs: 5_000,
  }),
  one(
    'sizes of logs',
    'DescribeLogDirs',
    5,
    {
      topics: [
        { topic: 'r-plain', partitions: [0, 9] },
        { topic: 'r-none', partitions: [0] },
      ],
    },
    { differs: { fields: ['logDir', 'totalBytes', 'usableBytes', 'isCordoned'], reason: 'there is no disk, and so no size of one' } },
  ),
];
