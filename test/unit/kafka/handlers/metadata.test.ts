import { describe, expect, it } from 'vitest';
import { startGateway } from '../gateway.ts';

describe('Metadata', () => {
  it('names one gateway, which is the controller and leads everything', async () => {
    const { broker, client } = await startGateway();
    const response = await client.call('Metadata', 12, { topics: null });
    expect(response).toMatchObject({
      controllerId: 1,
      clusterId: expect.stringMatching(/^[\w-]{22}$/),
      brokers: [{ nodeId: 1, host: '127.0.0.1', port: broker.kafka.port, rack: null }],
    });
    expect(response.topics.map(({ name, partitions }) => [name, partitions.length])).toEqual([
      ['t', 1],
      ['t3', 3],
    ]);
    expect(response.topics[1]?.partitions[2]).toMatchObject({
      partitionIndex: 2,
      leaderId: 1,
      leaderEpoch: 0,
      replicaNodes: [1],
      isrNodes: [1],
    });
  });

  it('means all topics by none in version 0 only', async () => {
    const { client } = await startGateway();
    expect((await client.call('Metadata', 0, { topics: [] })).topics).toHaveLength(2);
    expect((await client.call('Metadata', 1, { topics: [] })).topics).toHaveLength(0);
  });

  it('creates a topic that is asked for if client and deployment allow it', async () => {
    const { client } = await startGateway();
    const ask = (name: string, allowAutoTopicCreation: boolean) =>
      client.call('Metadata', 9, { topics: [{ name }], allowAutoTopicCreation });
    expect((await ask('new', false)).topics).toMatchObject([{ name: 'new', errorCode: 3 }]);
    expect((await ask('new', true)).topics).toMatchObject([{ name: 'new', errorCode: 0, partitions: [{ leaderId: 1 }] }]);
    expect((await ask('not/a/name', true)).topics).toMatchObject([{ errorCode: 17 }]);
    const strict = await startGateway({ autoCreateTopics: false });
    const response = await strict.client.call('Metadata', 9, { topics: [{ name: 'new' }], allowAutoTopicCreation: true });
    expect(response.topics).toMatchObject([{ errorCode: 3 }]);
  });

  it('finds topics by id from version 12 on', async () => {
    const { client } = await startGateway();
    const { topics } = await client.call('Metadata', 12, { topics: [{ name: 't' }] });
    const topicId = topics[0]?.topicId ?? '';
    const found = await client.call('Metadata', 12, { topics: [{ name: null, topicId }] });
    expect(found.topics).toMatchObject([{ name: 't', errorCode: 0 }]);
    const unknown = await client.call('Metadata', 12, { topics: [{ name: null, topicId: '00000000-0000-4000-8000-000000000001' }] });
    expect(unknown.topics).toMatchObject([{ name: null, errorCode: 100 }]);
    expect((await client.call('Metadata', 10, { topics: [{ name: null, topicId }] })).topics).toMatchObject([{ errorCode: 42 }]);
  });

  it('tells what a client may do when it asks', async () => {
    const { client } = await startGateway();
    const asked = await client.call('Metadata', 9, {
      topics: [{ name: 't' }],
      includeClusterAuthorizedOperations: true,
      includeTopicAuthorizedOperations: true,
    });
    expect([asked.clusterAuthorizedOperations, asked.topics[0]?.topicAuthorizedOperations]).toEqual([8_096, 3_576]);
  });
});

describe('DescribeCluster', () => {
  it('names the gateways, and refuses to speak for controllers', async () => {
    const { client } = await startGateway();
    expect(await client.call('DescribeCluster', 1, { endpointType: 1 })).toMatchObject({
      errorCode: 0,
      controllerId: 1,
      brokers: [{ brokerId: 1 }],
    });
    expect(await client.call('DescribeCluster', 1, { endpointType: 2 })).toMatchObject({ errorCode: 114 });
    expect(await client.call('DescribeCluster', 1, { endpointType: 9 })).toMatchObject({ errorCode: 115 });
  });
});

describe('DescribeTopicPartitions', () => {
  it('answers a page at a time', async () => {
    const { client } = await startGateway();
    const first = await client.call('DescribeTopicPartitions', 0, {
      topics: [{ name: 't3' }, { name: 't' }],
      responsePartitionLimit: 3,
      cursor: null,
    });
    expect(first.topics.map(({ name, partitions }) => [name, partitions.length])).toEqual([
      ['t', 1],
      ['t3', 2],
    ]);
    expect(first.nextCursor).toEqual({ topicName: 't3', partitionIndex: 2 });
    const second = await client.call('DescribeTopicPartitions', 0, {
      topics: [{ name: 't3' }, { name: 't' }],
      responsePartitionLimit: 3,
      cursor: first.nextCursor ?? null,
    });
    expect(second.topics).toMatchObject([{ name: 't3', partitions: [{ partitionIndex: 2 }] }]);
    expect(second.nextCursor ?? null).toBeNull();
  });

  it('names topics that are not there', async () => {
    const { client } = await startGateway();
    const { topics } = await client.call('DescribeTopicPartitions', 0, {
      topics: [{ name: 'nowhere' }],
      responsePartitionLimit: 10,
      cursor: null,
    });
    expect(topics).toMatchObject([{ name: 'nowhere', errorCode: 3 }]);
  });
});

describe('FindCoordinator', () => {
  it('names this gateway for a group, in each form of the request', async () => {
    const { broker, client } = await startGateway();
    const { port } = broker.kafka;
    expect(await client.call('FindCoordinator', 2, { key: 'g', keyType: 0 })).toMatchObject({ errorCode: 0, nodeId: 1, port });
    const batch = await client.call('FindCoordinator', 4, { keyType: 0, coordinatorKeys: ['g', 'h'] });
    expect(batch.coordinators).toMatchObject([
      { key: 'g', nodeId: 1, port },
      { key: 'h', nodeId: 1, port },
    ]);
    expect(await client.call('FindCoordinator', 2, { key: 'g', keyType: 7 })).toMatchObject({ errorCode: 42, nodeId: -1 });
  });
});
