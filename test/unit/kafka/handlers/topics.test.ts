import { describe, expect, it } from 'vitest';
import { batchOf, produce, startGateway } from '../gateway.ts';

const topic = (name: string, over: object = {}) => ({
  name,
  numPartitions: 2,
  replicationFactor: 1,
  assignments: [],
  configs: [],
  ...over,
});

describe('CreateTopics', () => {
  it('creates what can be created and refuses the rest, each by itself', async () => {
    const { client } = await startGateway();
    const { topics } = await client.call('CreateTopics', 7, {
      topics: [
        topic('a'),
        topic('b', { numPartitions: -1, replicationFactor: -1, configs: [{ name: 'retention.ms', value: '1000' }] }),
        topic('t'),
        topic('bad/name'),
        topic('none', { numPartitions: 0 }),
        topic('many', { replicationFactor: 9 }),
        topic('zero', { replicationFactor: 0 }),
        topic('config', { configs: [{ name: 'no.such', value: '1' }] }),
        topic('value', { configs: [{ name: 'retention.ms', value: 'x' }] }),
        topic('null', { configs: [{ name: 'retention.ms', value: null }] }),
        topic('twice'),
        topic('twice'),
      ],
    });
    expect(topics.map(({ name, errorCode }) => [name, errorCode])).toEqual([
      ['a', 0],
      ['b', 0],
      ['t', 36],
      ['bad/name', 17],
      ['none', 37],
      ['many', 38],
      ['zero', 38],
      ['config', 40],
      ['value', 40],
      ['null', 40],
      ['twice', 42],
    ]);
    expect(topics[1]).toMatchObject({ numPartitions: 1, replicationFactor: 1 });
    expect(topics[1]?.configs?.find(({ name }) => name === 'retention.ms')).toMatchObject({ value: '1000', configSource: 1 });
  });

  it('stores nothing when it only validates', async () => {
    const { client } = await startGateway();
    const { topics } = await client.call('CreateTopics', 5, { topics: [topic('a'), topic('t')], validateOnly: true });
    expect(topics.map(({ errorCode }) => errorCode)).toEqual([0, 36]);
    expect((await client.call('Metadata', 9, { topics: [{ name: 'a' }], allowAutoTopicCreation: false })).topics[0]?.errorCode).toBe(3);
  });

  it('takes assignments to gateways that are there', async () => {
    const { client } = await startGateway();
    const at = (...ids: number[]) => ids.map((id, partitionIndex) => ({ partitionIndex, brokerIds: [id] }));
    const byHand = (name: string, assignments: object[], over: object = {}) =>
      topic(name, { numPartitions: -1, replicationFactor: -1, assignments, ...over });
    const { topics } = await client.call('CreateTopics', 7, {
      topics: [
        byHand('a', at(1, 1, 1)),
        byHand('b', at(1, 2)),
        byHand('c', [{ partitionIndex: 1, brokerIds: [1] }]),
        byHand('d', [{ partitionIndex: 0, brokerIds: [1, 1] }]),
        byHand('e', [{ partitionIndex: 0, brokerIds: [] }]),
        byHand('f', at(1), { numPartitions: 1 }),
      ],
    });
    expect(topics.map(({ errorCode, numPartitions }) => [errorCode, numPartitions])).toEqual([
      [0, 3],
      [39, -1],
      [39, -1],
      [39, -1],
      [39, -1],
      [42, -1],
    ]);
  });
});

describe('DeleteTopics', () => {
  it('deletes by name and by id', async () => {
    const { client } = await startGateway();
    expect((await client.call('DeleteTopics', 5, { topicNames: ['t', 'nowhere'] })).responses).toMatchObject([
      { name: 't', errorCode: 0 },
      { name: 'nowhere', errorCode: 3 },
    ]);
    const { topics } = await client.call('Metadata', 12, { topics: [{ name: 't3' }] });
    const topicId = topics[0]?.topicId ?? '';
    const asked = [
      { name: null, topicId },
      { name: null, topicId },
      { name: 't3', topicId },
    ];
    const { responses } = await client.call('DeleteTopics', 6, { topics: asked });
    expect(responses.map(({ errorCode }) => errorCode)).toEqual([0, 100, 42]);
  });
});

describe('CreatePartitions', () => {
  it('adds partitions and never takes any away', async () => {
    const { client } = await startGateway();
    const ask = async (over: object, validateOnly = false) => {
      const { results } = await client.call('CreatePartitions', 3, {
        topics: [{ name: 't', count: 3, assignments: null, ...over }],
        validateOnly,
      });
      return results.map(({ errorCode }) => errorCode);
    };
    expect(await ask({}, true)).toEqual([0]);
    expect(await ask({ assignments: [{ brokerIds: [1] }] })).toEqual([39]);
    expect(await ask({ assignments: [{ brokerIds: [1] }, { brokerIds: [7] }] })).toEqual([39]);
    expect(await ask({ assignments: [{ brokerIds: [1] }, { brokerIds: [1] }] })).toEqual([0]);
    expect(await ask({})).toEqual([37]);
    expect(await ask({ count: 1 })).toEqual([37]);
    expect(await ask({ name: 'nowhere' })).toEqual([3]);
  });
});

describe('DeleteRecords', () => {
  it('moves the log start, to the end by -1', async () => {
    const { client } = await startGateway();
    await produce(client, 't', batchOf(['a', 'b', 'c']));
    const ask = async (offset: number, partitionIndex = 0) => {
      const { topics } = await client.call('DeleteRecords', 2, {
        topics: [{ name: 't', partitions: [{ partitionIndex, offset }] }],
        timeoutMs: 1_000,
      });
      return topics[0]?.partitions[0];
    };
    expect(await ask(1)).toMatchObject({ lowWatermark: 1, errorCode: 0 });
    expect(await ask(9)).toMatchObject({ lowWatermark: -1, errorCode: 1 });
    expect(await ask(-1)).toMatchObject({ lowWatermark: 3, errorCode: 0 });
    expect(await ask(0, 5)).toMatchObject({ errorCode: 3 });
  });
});

describe('DescribeLogDirs', () => {
  it('tells how much was written', async () => {
    const { client } = await startGateway();
    const batch = batchOf(['a']);
    await produce(client, 't', Buffer.from(batch));
    const response = await client.call('DescribeLogDirs', 4, {
      topics: [
        { topic: 't', partitions: [0, 9] },
        { topic: 'nowhere', partitions: [0] },
      ],
    });
    expect(response.results).toMatchObject([
      { errorCode: 0, topics: [{ name: 't', partitions: [{ partitionIndex: 0, partitionSize: batch.length }] }] },
    ]);
    expect((await client.call('DescribeLogDirs', 4, { topics: null })).results[0]?.topics).toHaveLength(2);
  });

  it.each(['delete', 'compact'])('tells the bytes that are left when records were deleted (cleanup.policy %s)', async (policy) => {
    const { client } = await startGateway({ topics: [{ name: 't', configs: { 'cleanup.policy': policy } }] });
    const batch = batchOf(['a'], {}, Date.now(), 'k');
    const size = async () => {
      const { results } = await client.call('DescribeLogDirs', 4, { topics: [{ topic: 't', partitions: [0] }] });
      return results[0]?.topics?.[0]?.partitions?.[0]?.partitionSize;
    };
    // Enough to roll pages, so that the sum is one of pages and tail.
    for (let i = 0; i < 40; i++) await produce(client, 't', Buffer.from(batch));
    expect(await size()).toBe(40 * batch.length);
    const deleteTo = async (offset: number) => {
      const topics = [{ name: 't', partitions: [{ partitionIndex: 0, offset }] }];
      expect((await client.call('DeleteRecords', 2, { topics, timeoutMs: 1_000 })).topics[0]?.partitions[0]?.errorCode).toBe(
        policy === 'delete' ? 0 : 44,
      );
    };
    await deleteTo(15);
    expect(await size()).toBe((policy === 'delete' ? 25 : 40) * batch.length);
    await deleteTo(-1);
    expect(await size()).toBe((policy === 'delete' ? 0 : 40) * batch.length);
  });
});

describe('ElectLeaders and ListPartitionReassignments', () => {
  it('have nothing to do', async () => {
    const { client } = await startGateway();
    const { replicaElectionResults } = await client.call('ElectLeaders', 2, { topicPartitions: [{ topic: 't', partitions: [0, 1] }] });
    expect(replicaElectionResults[0]?.partitionResult.map(({ errorCode }) => errorCode)).toEqual([84, 3]);
    expect(await client.call('ElectLeaders', 2, { topicPartitions: null })).toMatchObject({
      errorCode: 0,
      replicaElectionResults: [{ topic: 't' }, { topic: 't3' }],
    });
    expect(await client.call('ElectLeaders', 2, { electionType: 7, topicPartitions: [] })).toMatchObject({ errorCode: 42 });
    expect(await client.call('ListPartitionReassignments', 0, { topics: null })).toMatchObject({ errorCode: 0, topics: [] });
  });
});
