import { describe, expect, it, vi } from 'vitest';
import { iterateBatches } from '../../../../lib/format/record-batch.ts';
import type { RawClient } from '../client.ts';
import { batchOf, bytesOf, fetchOne, produce, startGateway } from '../gateway.ts';

function offsetsIn(records: Parameters<typeof bytesOf>[0]): number[] {
  return [...iterateBatches(bytesOf(records))].map(({ header }) => header.baseOffset);
}

async function topicId(client: RawClient, name: string): Promise<string> {
  const response = await client.call('Metadata', 12, { topics: [{ name }], allowAutoTopicCreation: false });
  return response.topics[0]?.topicId ?? '';
}

describe('Fetch', () => {
  it.each([4, 7, 11, 12])('answers whole batches with their offsets in version %i', async (version) => {
    const { client } = await startGateway();
    await produce(client, 't', batchOf(['a', 'b']));
    await produce(client, 't', batchOf(['c']));
    const data = await fetchOne(client, 't', 0, { version });
    expect(data).toMatchObject({ errorCode: 0, highWatermark: 3, lastStableOffset: 3, abortedTransactions: null });
    expect(offsetsIn(data.records)).toEqual([0, 2]);
    expect(offsetsIn((await fetchOne(client, 't', 1, { version })).records)).toEqual([0, 2]);
    expect(bytesOf((await fetchOne(client, 't', 3, { version })).records)).toHaveLength(0);
  });

  it('goes by topic id from version 13 on', async () => {
    const { client } = await startGateway();
    await produce(client, 't', batchOf(['a']));
    const id = await topicId(client, 't');
    const unknown = '00000000-0000-0000-0000-000000000001';
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000 }];
    const response = await client.call('Fetch', 16, {
      maxBytes: 1_000,
      topics: [id, unknown].map((one) => ({ topicId: one, partitions })),
    });
    expect(response.responses).toMatchObject([
      { topicId: id, partitions: [{ errorCode: 0, highWatermark: 1 }] },
      { topicId: unknown, partitions: [{ errorCode: 100 }] },
    ]);
  });

  it('answers each error where it belongs', async () => {
    const { client } = await startGateway();
    await produce(client, 't', batchOf(['a']));
    expect(await fetchOne(client, 't', 2)).toMatchObject({ errorCode: 1, highWatermark: -1 });
    expect(await fetchOne(client, 't', -1)).toMatchObject({ errorCode: 1 });
    expect(await fetchOne(client, 'nowhere', 0)).toMatchObject({ errorCode: 3 });
    expect(await fetchOne(client, 't', 0, { partition: 9 })).toMatchObject({ errorCode: 3 });
    const epochs = await client.call('Fetch', 12, {
      topics: [{ topic: 't', partitions: [{ partition: 0, currentLeaderEpoch: 5, fetchOffset: 0, partitionMaxBytes: 100 }] }],
    });
    expect(epochs.responses[0]?.partitions[0]?.errorCode).toBe(75);
  });

  it('lets the first batch exceed the limit, and no other', async () => {
    const { client } = await startGateway();
    for (const value of ['a', 'b', 'c']) await produce(client, 't', batchOf([value.repeat(500)]));
    expect(offsetsIn((await fetchOne(client, 't', 0, { maxBytes: 1 })).records)).toEqual([0]);
    expect(offsetsIn((await fetchOne(client, 't', 0, { maxBytes: 1_200 })).records)).toEqual([0, 1]);
  });

  it('waits for data, and is woken by an append', async () => {
    const { client, connect } = await startGateway();
    const other = await connect();
    const waiting = fetchOne(client, 't', 0, { maxWaitMs: 20_000 });
    await produce(other, 't', batchOf(['a']));
    expect(await waiting).toMatchObject({ errorCode: 0, highWatermark: 1 });
  });

  it('answers without data when the time is up', async () => {
    const { client } = await startGateway();
    expect(await fetchOne(client, 't', 0, { maxWaitMs: 30 })).toMatchObject({ errorCode: 0, highWatermark: 0 });
  });

  it('lets go of a wait whose client has gone', async () => {
    const { broker, connect } = await startGateway();
    const client = await connect();
    void fetchOne(client, 't', 0, { maxWaitMs: 60_000 }).catch(() => undefined);
    client.close();
    await vi.waitFor(() => expect(client.closed).toBe(true));
    await broker.close();
  });
});

describe('a fetch session', () => {
  const partitions = (offset: number) => [{ partition: 0, fetchOffset: offset, partitionMaxBytes: 10_000 }];

  it('tells only what is new, and forgets what it is told to forget', async () => {
    const { client } = await startGateway();
    const first = await client.call('Fetch', 12, {
      maxBytes: 10_000,
      sessionEpoch: 0,
      topics: [
        { topic: 't', partitions: partitions(0) },
        { topic: 't3', partitions: partitions(0) },
      ],
    });
    expect(first.responses.map(({ topic }) => topic)).toEqual(['t', 't3']);
    const sessionId = first.sessionId ?? 0;
    expect(sessionId).toBeGreaterThan(0);
    const silent = await client.call('Fetch', 12, { maxBytes: 10_000, sessionId, sessionEpoch: 1, topics: [] });
    expect(silent).toMatchObject({ errorCode: 0, sessionId, responses: [] });
    await produce(client, 't3', batchOf(['a']));
    const news = await client.call('Fetch', 12, { maxBytes: 10_000, sessionId, sessionEpoch: 2, topics: [] });
    expect(news.responses).toMatchObject([{ topic: 't3', partitions: [{ highWatermark: 1 }] }]);
    const forgottenTopicsData = [{ topic: 't3', partitions: [0] }];
    const left = await client.call('Fetch', 12, { maxBytes: 10_000, sessionId, sessionEpoch: 3, topics: [], forgottenTopicsData });
    expect(left.responses).toEqual([]);
  });

  it('is refused when it is unknown or its epoch is not the next', async () => {
    const { client } = await startGateway();
    const opened = await client.call('Fetch', 12, { sessionEpoch: 0, topics: [{ topic: 't', partitions: partitions(0) }] });
    const sessionId = opened.sessionId ?? 0;
    expect(await client.call('Fetch', 12, { sessionId: sessionId === 1 ? 2 : 1, sessionEpoch: 1, topics: [] })).toMatchObject({
      errorCode: 70,
    });
    expect(await client.call('Fetch', 12, { sessionId, sessionEpoch: 7, topics: [] })).toMatchObject({ errorCode: 71 });
    expect(await client.call('Fetch', 13, { sessionId, sessionEpoch: 1, topics: [] })).toMatchObject({ errorCode: 106 });
    const closing = await client.call('Fetch', 12, { sessionId, sessionEpoch: -1, topics: [{ topic: 't', partitions: partitions(0) }] });
    expect(closing).toMatchObject({ errorCode: 0, sessionId: 0, responses: [{ topic: 't' }] });
    expect(await client.call('Fetch', 12, { sessionId, sessionEpoch: 1, topics: [] })).toMatchObject({ errorCode: 70 });
  });
});
