import { describe, expect, it } from 'vitest';
import { RecordBatchBuilder } from '../../../../lib/format/record-batch-writer.ts';
import { decodeAnswer, requestFrame } from '../client.ts';
import { batchOf, bytesOf, fetchOne, produce, startGateway } from '../gateway.ts';

describe('Produce', () => {
  it('answers the offset of each batch and keeps the bytes as they were sent', async () => {
    const { client } = await startGateway();
    expect(await produce(client, 't', batchOf(['a', 'b']))).toMatchObject({
      errorCode: 0,
      baseOffset: 0,
      logStartOffset: 0,
      logAppendTimeMs: -1,
    });
    const sent = batchOf(['c'], { compression: 'gzip' });
    const untouched = Buffer.from(sent);
    expect(await produce(client, 't', sent)).toMatchObject({ errorCode: 0, baseOffset: 2 });
    const stored = bytesOf((await fetchOne(client, 't', 2)).records);
    expect(stored.readBigInt64BE(0)).toBe(2n);
    expect(stored.subarray(16)).toEqual(untouched.subarray(16));
  });

  it.each([3, 5, 7, 8, 9, 11])('is answered in version %i', async (version) => {
    const { client } = await startGateway();
    expect(await produce(client, 't', batchOf(['a']), { version })).toMatchObject({ errorCode: 0, baseOffset: 0 });
  });

  it('refuses each partition by itself, with the error a broker has', async () => {
    const { client } = await startGateway();
    const corrupt = batchOf(['a']);
    corrupt[66] = (corrupt[66] as number) ^ 0xff;
    const old = batchOf(['a']);
    old[16] = 1;
    const response = await client.call('Produce', 9, {
      acks: -1,
      timeoutMs: 1_000,
      topicData: [
        { name: 'nowhere', partitionData: [{ index: 0, records: batchOf(['a']) }] },
        {
          name: 't3',
          partitionData: [
            { index: 0, records: corrupt },
            { index: 1, records: batchOf(['a']) },
            { index: 2, records: Buffer.concat([batchOf(['a']), batchOf(['b'])]) },
            { index: 3, records: batchOf(['a']) },
            { index: -1, records: batchOf(['a']) },
            { index: 0, records: null },
            { index: 0, records: Buffer.alloc(0) },
            { index: 0, records: old },
            { index: 0, records: Buffer.alloc(30, 2) },
          ],
        },
      ],
    });
    const codes = response.responses.flatMap(({ partitionResponses }) => partitionResponses.map(({ errorCode }) => errorCode));
    expect(codes).toEqual([3, 2, 0, 87, 3, 3, 87, 87, 87, 2]);
  });

  it('refuses zstd before the version whose clients know it', async () => {
    const { client } = await startGateway();
    expect(await produce(client, 't', batchOf(['a'], { compression: 'zstd' }), { version: 6 })).toMatchObject({ errorCode: 76 });
    expect(await produce(client, 't', batchOf(['a'], { compression: 'zstd' }), { version: 7 })).toMatchObject({ errorCode: 0 });
  });

  it('refuses acks that there are not and batches that are too large', async () => {
    const { client } = await startGateway({ topics: [{ name: 't', configs: { 'max.message.bytes': '200' } }] });
    expect(await produce(client, 't', batchOf(['a']), { acks: 2 })).toMatchObject({ errorCode: 21, baseOffset: -1 });
    expect(await produce(client, 't', batchOf(['a'.repeat(300)]))).toMatchObject({ errorCode: 10 });
  });

  it('answers the time of the append where the topic says so', async () => {
    const { client } = await startGateway({ topics: [{ name: 't', configs: { 'message.timestamp.type': 'LogAppendTime' } }] });
    const before = Date.now();
    const { logAppendTimeMs } = await produce(client, 't', batchOf(['a']));
    expect(logAppendTimeMs).toBeGreaterThanOrEqual(before);
  });

  it('refuses a record without a key in a compacted topic', async () => {
    const { client } = await startGateway({ topics: [{ name: 't', configs: { 'cleanup.policy': 'compact' } }] });
    expect(await produce(client, 't', batchOf(['a']))).toMatchObject({ errorCode: 87 });
    expect(await produce(client, 't', batchOf(['a'], {}, 1_000, 'k'))).toMatchObject({ errorCode: 0 });
  });

  it('names every record at fault, so that a producer fails those alone', async () => {
    const { client } = await startGateway({
      topics: [
        { name: 'keyed', configs: { 'cleanup.policy': 'compact' } },
        { name: 'recent', configs: { 'message.timestamp.before.max.ms': '60000', 'message.timestamp.after.max.ms': '60000' } },
      ],
    });
    const now = Date.now();
    const batch = (records: readonly (readonly [key: string | null, timestamp: number])[]) => {
      const builder = new RecordBatchBuilder({ compression: 'gzip' });
      for (const [key, timestamp] of records) builder.tryAppend({ timestamp, key, value: 'v' });
      return builder.build();
    };
    const indexes = async (topic: string, records: Buffer, version = 8) => {
      const { errorCode, recordErrors = [] } = await produce(client, topic, records, { version });
      return [errorCode, ...recordErrors.map(({ batchIndex }) => batchIndex)];
    };
    const keyless = [['k', now] as const, [null, now] as const, ['k', now] as const, [null, now] as const];
    expect(await indexes('keyed', batch(keyless))).toEqual([87, 1, 3]);
    expect(await indexes('keyed', batch(keyless), 7)).toEqual([87]);
    const at = (...timestamps: number[]) => batch(timestamps.map((timestamp) => ['k', timestamp]));
    expect(await indexes('recent', at(now, now - 90_000, now, now - 90_000))).toEqual([32, 1, 3]);
    expect(await indexes('recent', at(now, now + 90_000, now))).toEqual([32, 1]);
    expect(await indexes('recent', at(now, now - 1_000))).toEqual([0]);
  });

  it('recognises a batch that an idempotent producer sends again, and a gap in its sequence', async () => {
    const { client } = await startGateway();
    const { producerId, errorCode } = await client.call('InitProducerId', 4, { transactionalId: null, transactionTimeoutMs: 60_000 });
    expect(errorCode).toBe(0);
    const batch = (baseSequence: number) => batchOf(['a'], { producerId: producerId ?? -1, producerEpoch: 0, baseSequence });
    expect(await produce(client, 't', batch(0))).toMatchObject({ errorCode: 0, baseOffset: 0 });
    expect(await produce(client, 't', batch(1))).toMatchObject({ errorCode: 0, baseOffset: 1 });
    expect(await produce(client, 't', batch(0))).toMatchObject({ errorCode: 0, baseOffset: 0 });
    expect(await produce(client, 't', batch(5))).toMatchObject({ errorCode: 45 });
  });

  it('sends no answer to acks=0, and closes the connection when such a request fails', async () => {
    const { client } = await startGateway();
    const request = (name: string) => ({
      acks: 0,
      timeoutMs: 1_000,
      topicData: [{ name, partitionData: [{ index: 0, records: batchOf(['a']) }] }],
    });
    client.send(Buffer.concat([requestFrame('Produce', 9, request('t'), 1), requestFrame('ApiVersions', 0, {}, 2)]));
    expect(decodeAnswer('ApiVersions', 0, await client.nextFrame()).correlationId).toBe(2);
    client.send(requestFrame('Produce', 9, request('nowhere'), 3));
    await client.untilClosed();
  });

  it('tells producers to hold back while the buffer is full, and takes in no more than that', async () => {
    const { client } = await startGateway({ engine: { appendBufferBytes: 2_000 } });
    const request = {
      acks: -1,
      timeoutMs: 5_000,
      topicData: [{ name: 't', partitionData: [{ index: 0, records: batchOf(['x'.repeat(1_900)]) }] }],
    };
    const answers = await Promise.all(Array.from({ length: 4 }, () => client.call('Produce', 9, request)));
    expect(answers.map(({ responses }) => responses[0]?.partitionResponses[0]?.errorCode)).toEqual([0, 0, 0, 0]);
    expect(answers[0]?.throttleTimeMs).toBeGreaterThan(0);
    expect(answers.at(-1)?.throttleTimeMs).toBe(0);
  });

  it('keeps the order of requests that are under way at once', async () => {
    const { client } = await startGateway();
    const request = (i: number) => ({
      acks: -1,
      timeoutMs: 1_000,
      topicData: [{ name: 't', partitionData: [{ index: 0, records: batchOf([`${i}`]) }] }],
    });
    client.send(Buffer.concat(Array.from({ length: 50 }, (_, i) => requestFrame('Produce', 9, request(i), i))));
    for (let i = 0; i < 50; i++) {
      const { correlationId, response } = decodeAnswer('Produce', 9, await client.nextFrame());
      expect([correlationId, response.responses[0]?.partitionResponses[0]?.baseOffset]).toEqual([i, i]);
    }
  });
});
