import { describe, expect, test } from 'vitest';
import { StratalogError } from '../../../lib/core/errors.ts';
import { Consumer } from '../../../lib/sdk/consumer.ts';
import { Producer } from '../../../lib/sdk/producer.ts';
import { jsonSerde, stringSerde } from '../../../lib/sdk/serializers.ts';
import { ScriptedLog } from './scripted-log.ts';

const TEXT = { keyDeserializer: stringSerde.deserialize, valueDeserializer: stringSerde.deserialize } as const;

/** A log with `perPartition` records in each partition: values `p<partition>-<offset>`, timestamps 1,000 ms apart, ten a batch. */
async function filledLog(partitions: number, perPartition: number): Promise<ScriptedLog> {
  const log = new ScriptedLog({ t: partitions });
  await using producer = new Producer({ transport: log, lingerMs: 60_000, batchSize: 1_000_000 });
  for (let offset = 0; offset < perPartition; offset++) {
    for (let partition = 0; partition < partitions; partition++) {
      void producer.send({ topic: 't', value: `p${partition}-${offset}`, partition, timestamp: offset * 1000 });
    }
    if (offset % 10 === 9) await producer.flush();
  }
  await producer.flush();
  return log;
}

function range(from: number, to: number, partition = 0): string[] {
  return Array.from({ length: to - from }, (_, index) => `p${partition}-${from + index}`);
}

async function collect<Value>(consumer: Consumer<string, Value>): Promise<(Value | null)[]> {
  const values: (Value | null)[] = [];
  for await (const record of consumer) values.push(record.value);
  return values;
}

describe('a consumer', () => {
  test('reads every partition from the beginning to the end as it was, each in order', async () => {
    const log = await filledLog(3, 25);
    await using consumer = new Consumer({ transport: log, ...TEXT });
    await consumer.assign([{ topic: 't', from: 'earliest', until: 'latest' }]);
    const values = await collect(consumer);
    expect(values).toHaveLength(75);
    for (const partition of [0, 1, 2]) {
      expect(values.filter((value) => value?.startsWith(`p${partition}-`))).toEqual(range(0, 25, partition));
    }
    expect(await consumer.position({ topic: 't', partition: 1 })).toBe(25);
  });

  test.each([
    [{ from: 7 }, 7],
    [{ from: { time: 12_001 } }, 13],
    [{ from: { time: 99_000_000 } }, 25],
    [{ from: 'latest' as const }, 25],
    [{}, 25],
  ])('begins where %j says', async (start, expected) => {
    const log = await filledLog(1, 25);
    await using consumer = new Consumer({ transport: log, ...TEXT });
    await consumer.assign([{ topic: 't', partition: 0, until: 'latest', ...start }]);
    expect(await collect(consumer)).toEqual(range(expected, 25));
  });

  test('stops before the offset given as until, also within a batch', async () => {
    const log = await filledLog(1, 25);
    await using consumer = new Consumer({ transport: log, ...TEXT });
    await consumer.assign([{ topic: 't', partition: 0, from: 3, until: 14 }]);
    expect(await collect(consumer)).toEqual(range(3, 14));
    expect(await consumer.position({ topic: 't', partition: 0 })).toBe(14);
  });

  test('follows the log until it is closed', async () => {
    const log = await filledLog(1, 5);
    const consumer = new Consumer({ transport: log, ...TEXT });
    await consumer.assign([{ topic: 't', from: 'earliest' }]);
    const seen: (string | null)[] = [];
    const reading = consumer.run((batch) => {
      seen.push(...batch.records.map((record) => record.value));
    });
    await expect.poll(() => seen.length).toBe(5);
    await using producer = new Producer({ transport: log, lingerMs: 0 });
    await producer.send({ topic: 't', value: 'later' });
    await expect.poll(() => seen.at(-1)).toBe('later');
    await consumer.close();
    await reading;
  });

  test('goes on elsewhere after a seek in the middle of a batch', async () => {
    const log = await filledLog(1, 25);
    await using consumer = new Consumer({ transport: log, ...TEXT });
    await consumer.assign([{ topic: 't', partition: 0, from: 'earliest', until: 'latest' }]);
    const seen: (string | null)[] = [];
    for await (const { value, offset } of consumer) {
      seen.push(value);
      if (offset === 4 && seen.length === 5) consumer.seek({ topic: 't', partition: 0 }, 20);
    }
    expect(seen).toEqual([...range(0, 5), ...range(20, 25)]);
  });

  test('goes on behind the last record when a loop was left', async () => {
    const log = await filledLog(1, 25);
    await using consumer = new Consumer({ transport: log, ...TEXT });
    await consumer.assign([{ topic: 't', partition: 0, from: 'earliest', until: 'latest' }]);
    for await (const { offset } of consumer) if (offset === 6) break;
    expect(await collect(consumer)).toEqual(range(7, 25));
  });

  test('hands out nothing of a paused partition until it is resumed', async () => {
    const log = await filledLog(2, 10);
    await using consumer = new Consumer({ transport: log, ...TEXT });
    await consumer.assign([{ topic: 't', from: 'earliest', until: 'latest' }]);
    consumer.pause([{ topic: 't', partition: 0 }]);
    expect(consumer.paused()).toEqual([{ topic: 't', partition: 0 }]);
    const seen: (string | null)[] = [];
    for await (const { value } of consumer) {
      seen.push(value);
      if (seen.length === 10) consumer.resume();
    }
    expect(seen).toEqual([...range(0, 10, 1), ...range(0, 10, 0)]);
  });

  test('tells who waits for a position of a seek that came in between, and of the end of reading', async () => {
    const log = await filledLog(1, 10);
    const consumer = new Consumer({ transport: log, ...TEXT });
    await consumer.assign([{ topic: 't', partition: 0, from: 'earliest' }]);
    const waiting = consumer.position({ topic: 't', partition: 0 });
    consumer.seek({ topic: 't', partition: 0 }, 7);
    expect(await waiting).toBe(7);
    consumer.seek({ topic: 't', partition: 0 }, 'earliest');
    const last = consumer.position({ topic: 't', partition: 0 });
    const ended = expect(last).rejects.toMatchObject({ code: 'CLOSED' });
    await consumer.close();
    await ended;
  });

  test('reads no further ahead than its bounds', async () => {
    const log = await filledLog(1, 200);
    await using consumer = new Consumer({ transport: log, ...TEXT, maxPartitionFetchBytes: 1, maxBufferedBytes: 1 });
    await consumer.assign([{ topic: 't', partition: 0, from: 'earliest', until: 'latest' }]);
    const iterator = consumer.records();
    await iterator.next();
    const requests = log.fetched.length;
    expect(requests).toBeLessThanOrEqual(2);
    let count = 1;
    for await (const _ of iterator) count++;
    expect(count).toBe(200);
  });

  test('passes over ranges that hold no records any more', async () => {
    const log = await filledLog(1, 25);
    log.onFetch = async (request, proceed) => {
      if (request.offset >= 10 && request.offset < 20)
        return { batches: new Uint8Array(), nextOffset: 20, highWatermark: 25, logStartOffset: 0 };
      const answer = await proceed({ ...request, maxBytes: 1 });
      return answer;
    };
    await using consumer = new Consumer({ transport: log, ...TEXT });
    await consumer.assign([{ topic: 't', partition: 0, from: 'earliest', until: 'latest' }]);
    expect(await collect(consumer)).toEqual([...range(0, 10), ...range(20, 25)]);
  });

  test('asks again only after retryAfterMs when a server cannot wait', async () => {
    const log = await filledLog(1, 1);
    const times: number[] = [];
    log.onFetch = async (request, proceed) => {
      if (request.offset < 1) return proceed(request);
      times.push(performance.now());
      if (times.length === 3) void new Producer({ transport: log, lingerMs: 0 }).send({ topic: 't', value: 'more' });
      if (log.partition('t', 0).next > 1) return proceed(request);
      return { batches: new Uint8Array(), nextOffset: 1, highWatermark: 1, logStartOffset: 0, retryAfterMs: 20 };
    };
    await using consumer = new Consumer({ transport: log, ...TEXT });
    await consumer.assign([{ topic: 't', partition: 0, from: 'earliest', until: 2 }]);
    expect(await collect(consumer)).toEqual(['p0-0', 'more']);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(19);
  });
});

describe('a consumer whose requests fail', () => {
  test('tries again what may succeed later', async () => {
    const log = await filledLog(1, 25);
    log.onFetch = async (request, proceed) => {
      if (log.fetched.length < 4) throw new StratalogError('UNAVAILABLE', 'away');
      return proceed(request);
    };
    await using consumer = new Consumer({ transport: log, ...TEXT, retryBackoffMs: 1 });
    await consumer.assign([{ topic: 't', from: 'earliest', until: 'latest' }]);
    expect(await collect(consumer)).toHaveLength(25);
  });

  test('ends with the error after giveUpAfterMs', async () => {
    const log = await filledLog(1, 1);
    log.onFetch = async () => {
      throw new StratalogError('UNAVAILABLE', 'away for good');
    };
    await using consumer = new Consumer({ transport: log, ...TEXT, retryBackoffMs: 1, giveUpAfterMs: 5 });
    await consumer.assign([{ topic: 't', from: 'earliest', until: 'latest' }]);
    await expect(collect(consumer)).rejects.toThrow('away for good');
  });

  test.each([
    ['earliest', range(10, 25)],
    ['latest', []],
  ] as const)('moves to the %s offset when its own is gone', async (offsetReset, expected) => {
    const log = await filledLog(1, 25);
    await log.deleteRecords('t', 0, 10);
    await using consumer = new Consumer({ transport: log, ...TEXT, offsetReset });
    await consumer.assign([{ topic: 't', from: 3, until: 'latest' }]);
    expect(await collect(consumer)).toEqual(expected);
  });

  test('ends with OFFSET_OUT_OF_RANGE when offsetReset is error', async () => {
    const log = await filledLog(1, 5);
    await using consumer = new Consumer({ transport: log, ...TEXT, offsetReset: 'error' });
    await expect(consumer.assign([{ topic: 't' }])).rejects.toThrow(/from must be given/);
    await consumer.assign([{ topic: 't', from: 99 }]);
    await expect(collect(consumer)).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
  });

  test('names the offset of a record that cannot be read, and can be moved past it', async () => {
    const log = await filledLog(1, 5);
    await using producer = new Producer({ transport: log, lingerMs: 0 });
    await producer.send({ topic: 't', value: '{"fine":true}' });
    await using consumer = new Consumer({ transport: log, valueDeserializer: jsonSerde<{ fine: boolean }>().deserialize });
    await consumer.assign([{ topic: 't', from: 'earliest', until: 'latest' }]);
    const iterator = consumer.records();
    await expect(iterator.next()).rejects.toMatchObject({ code: 'INVALID_RECORD', details: { offset: 0, partition: 0 } });
    consumer.seek({ topic: 't', partition: 0 }, 5);
    const left = [];
    for await (const record of consumer) left.push(record.value);
    expect(left).toEqual([{ fine: true }]);
  });

  test('refuses bytes that are not what was stored', async () => {
    const log = await filledLog(1, 5);
    const stored = log.partition('t', 0).batches[0];
    if (stored) stored.bytes[stored.bytes.length - 1] = 0xff;
    await using consumer = new Consumer({ transport: log, ...TEXT });
    await consumer.assign([{ topic: 't', from: 'earliest', until: 'latest' }]);
    await expect(collect(consumer)).rejects.toMatchObject({ code: 'CORRUPT_MESSAGE' });
  });

  test('ends with the reason of the signal', async () => {
    const log = await filledLog(1, 1);
    await using consumer = new Consumer({ transport: log, ...TEXT });
    await consumer.assign([{ topic: 't', from: 'latest' }]);
    const next = consumer.records({ signal: AbortSignal.timeout(5) }).next();
    await expect(next).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});

describe('an assignment', () => {
  test('is refused when a topic or partition is not there, or named twice', async () => {
    await using consumer = new Consumer({ transport: await filledLog(2, 1) });
    await expect(consumer.assign([{ topic: 'nope' }])).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' });
    await expect(consumer.assign([{ topic: 't', partition: 2 }])).rejects.toThrow(/has 2 partitions/);
    await expect(consumer.assign([{ topic: 't' }, { topic: 't', partition: 0 }])).rejects.toThrow(/assigned twice/);
    await expect(consumer.assign([{ topic: 't', from: -1 }])).rejects.toThrow(/from is -1/);
    expect(() => consumer.seek({ topic: 't', partition: 0 }, 1)).toThrow(/not assigned/);
  });

  test('replaces the one before', async () => {
    await using consumer = new Consumer({ transport: await filledLog(2, 3), ...TEXT });
    await consumer.assign([{ topic: 't', partition: 0, from: 'earliest' }]);
    await consumer.assign([{ topic: 't', partition: 1, from: 'earliest', until: 'latest' }]);
    expect(consumer.assigned()).toEqual([{ topic: 't', partition: 1 }]);
    expect(await collect(consumer)).toEqual(range(0, 3, 1));
  });
});
