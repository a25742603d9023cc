import { describe, expect, it } from 'vitest';
import type { RawClient } from '../client.ts';
import { batchOf, produce, startGateway } from '../gateway.ts';

async function list(client: RawClient, timestamp: number, over: object = {}, version = 8) {
  const partitions = [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp, ...over }];
  const { topics } = await client.call('ListOffsets', version, { replicaId: -1, isolationLevel: 0, topics: [{ name: 't', partitions }] });
  return topics[0]?.partitions[0];
}

describe('ListOffsets', () => {
  it('answers offsets by name and by time', async () => {
    const { client } = await startGateway();
    await produce(client, 't', batchOf(['a', 'b'], {}, 1_000));
    await produce(client, 't', batchOf(['c'], {}, 5_000));
    expect(await list(client, -1)).toMatchObject({ errorCode: 0, offset: 3, timestamp: -1, leaderEpoch: 0 });
    expect(await list(client, -2)).toMatchObject({ errorCode: 0, offset: 0, timestamp: -1 });
    expect(await list(client, -3)).toMatchObject({ errorCode: 0, offset: 2, timestamp: 5_000 });
    expect(await list(client, -4)).toMatchObject({ errorCode: 0, offset: 0 });
    expect(await list(client, 1_001)).toMatchObject({ errorCode: 0, offset: 1, timestamp: 1_001 });
    expect(await list(client, 2_000)).toMatchObject({ errorCode: 0, offset: 2, timestamp: 5_000 });
    expect(await list(client, 9_000)).toMatchObject({ errorCode: 0, offset: -1, timestamp: -1, leaderEpoch: -1 });
  });

  it('refuses times its version does not know, epochs there are not, and partitions named twice', async () => {
    const { client } = await startGateway();
    expect(await list(client, -3, {}, 6)).toMatchObject({ errorCode: 35 });
    expect(await list(client, -9)).toMatchObject({ errorCode: 35 });
    expect(await list(client, -1, { currentLeaderEpoch: 3 })).toMatchObject({ errorCode: 75 });
    expect(await list(client, -1, { partitionIndex: 7 })).toMatchObject({ errorCode: 3 });
    const partitions = [0, 0].map((partitionIndex) => ({ partitionIndex, currentLeaderEpoch: -1, timestamp: -1 }));
    const { topics } = await client.call('ListOffsets', 5, { replicaId: -1, topics: [{ name: 't', partitions }] });
    expect(topics[0]?.partitions.map(({ errorCode }) => errorCode)).toEqual([42, 42]);
  });
});

describe('OffsetForLeaderEpoch', () => {
  it('knows one epoch, which ends where the log ends', async () => {
    const { client } = await startGateway();
    await produce(client, 't', batchOf(['a']));
    const ask = async (leaderEpoch: number, currentLeaderEpoch = -1, partition = 0) => {
      const topics = [{ topic: 't', partitions: [{ partition, currentLeaderEpoch, leaderEpoch }] }];
      return (await client.call('OffsetForLeaderEpoch', 4, { replicaId: -1, topics })).topics[0]?.partitions[0];
    };
    expect(await ask(0)).toMatchObject({ errorCode: 0, leaderEpoch: 0, endOffset: 1 });
    expect(await ask(4)).toMatchObject({ errorCode: 0, leaderEpoch: -1, endOffset: -1 });
    expect(await ask(0, 2)).toMatchObject({ errorCode: 75 });
    expect(await ask(0, -1, 8)).toMatchObject({ errorCode: 3 });
  });
});

describe('InitProducerId', () => {
  it('gives each producer an id of its own and refuses transactions for good', async () => {
    const { client } = await startGateway();
    const ask = (transactionalId: string | null) => client.call('InitProducerId', 5, { transactionalId, transactionTimeoutMs: 1_000 });
    const [a, b] = [await ask(null), await ask(null)];
    expect(a).toMatchObject({ errorCode: 0, producerEpoch: 0 });
    expect(b.producerId).not.toBe(a.producerId);
    expect(await ask('tx')).toMatchObject({ errorCode: 53, producerId: -1 });
    expect(await ask('')).toMatchObject({ errorCode: 42 });
  });
});
