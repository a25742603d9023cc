import { describe, expect, test } from 'vitest';
import { StratalogError } from '../../../lib/core/errors.ts';
import { iterateBatches } from '../../../lib/format/record-batch.ts';
import { roundRobinPartitioner } from '../../../lib/sdk/partitioner.ts';
import { Producer } from '../../../lib/sdk/producer.ts';
import { jsonSerde } from '../../../lib/sdk/serializers.ts';
import { partitionOfText, ScriptedLog } from './scripted-log.ts';

const QUICK = { lingerMs: 0, retryBackoffMs: 1, retryBackoffMaxMs: 2 } as const;

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `v${index}`);
}

async function sendAll(producer: Producer, topic: string, values: readonly string[]) {
  return Promise.all(values.map((value) => producer.send({ topic, value })));
}

describe('a producer', () => {
  test('answers each record with its partition, offset and timestamp', async () => {
    const log = new ScriptedLog({ t: 3 });
    await using producer = new Producer({ transport: log, ...QUICK });
    const key = 'customer-7';
    const results = await Promise.all([1, 2, 3].map((n) => producer.send({ topic: 't', key, value: `v${n}`, timestamp: n * 1000 })));
    const partition = partitionOfText(key, 3);
    expect(results).toEqual([0, 1, 2].map((offset) => ({ topic: 't', partition, offset, timestamp: (offset + 1) * 1000 })));
    expect(producer.stats).toMatchObject({ sent: 3, acknowledged: 3, failed: 0, bufferedBytes: 0 });
  });

  test('gathers records that wait together into one batch, with sequences that follow on', async () => {
    const log = new ScriptedLog({ t: 1 });
    await using producer = new Producer({ transport: log, lingerMs: 1 });
    await sendAll(producer, 't', numbered(50));
    await sendAll(producer, 't', numbered(30));
    const headers = log.produced.flatMap(({ batches }) => [...iterateBatches(batches)].map(({ header }) => header));
    expect(
      headers.map(({ recordsCount, baseSequence, producerId, producerEpoch }) => [recordsCount, baseSequence, producerId, producerEpoch]),
    ).toEqual([
      [50, 0, 0, 0],
      [30, 50, 0, 0],
    ]);
  });

  test('sends headers, nulls and serialized values as they were given', async () => {
    const log = new ScriptedLog({ t: 1 });
    await using producer = new Producer<string, { n: number }>({
      transport: log,
      ...QUICK,
      valueSerializer: jsonSerde<{ n: number }>().serialize,
    });
    await producer.send({ topic: 't', key: 'k', value: { n: 1 }, headers: { trace: 'abc', none: null } });
    await producer.send({ topic: 't', key: 'k', value: null });
    const [first, second] = log.records('t', 0);
    expect(Buffer.from(first?.value ?? []).toString()).toBe('{"n":1}');
    expect(first?.headers.map(({ key, value }) => [key, value === null ? null : Buffer.from(value).toString()])).toEqual([
      ['trace', 'abc'],
      ['none', null],
    ]);
    expect(second?.value).toBeNull();
  });

  test.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('compresses with %s', async (compression) => {
    const log = new ScriptedLog({ t: 1 });
    await using producer = new Producer({ transport: log, compression, lingerMs: 1 });
    await sendAll(producer, 't', numbered(200));
    expect(log.values('t')).toEqual(numbered(200));
    expect([...iterateBatches(log.produced[0]?.batches ?? new Uint8Array())][0]?.header.compression).toBe(compression);
  });

  test('spreads records round robin when told to', async () => {
    const log = new ScriptedLog({ t: 3 });
    await using producer = new Producer({ transport: log, ...QUICK, partitioner: roundRobinPartitioner });
    await sendAll(producer, 't', numbered(9));
    expect([0, 1, 2].map((partition) => log.records('t', partition).length)).toEqual([3, 3, 3]);
  });

  test('resolves with offset -1 when acks is 0', async () => {
    const log = new ScriptedLog({ t: 1 });
    await using producer = new Producer({ transport: log, acks: 0, ...QUICK });
    expect((await producer.send({ topic: 't', value: 'v' })).offset).toBe(-1);
    expect(log.produced[0]?.acks).toBe(0);
    expect(log.producerIds).toBe(0);
  });
});

describe('a producer whose requests fail', () => {
  test('sends again what was not answered, without storing anything twice and in order', async () => {
    const log = new ScriptedLog({ t: 1 });
    let count = 0;
    log.onProduce = async (request, proceed) => {
      count++;
      if (count % 3 === 1) throw new StratalogError('UNAVAILABLE', 'lost on the way there');
      const answer = await proceed(request);
      if (count % 3 === 2) throw new StratalogError('UNAVAILABLE', 'lost on the way back');
      return answer;
    };
    await using producer = new Producer({ transport: log, ...QUICK, batchSize: 100 });
    const values = numbered(300);
    const results = await sendAll(producer, 't', values);
    expect(log.values('t')).toEqual(values);
    expect(results.map(({ offset }) => offset)).toEqual(values.map((_, index) => index));
    expect(producer.stats.retries).toBeGreaterThan(0);
  });

  test('keeps order when overlapping requests arrive the wrong way round', async () => {
    const log = new ScriptedLog({ t: 1 });
    const overtaken = Promise.withResolvers<void>();
    log.onProduce = async (request, proceed) => {
      if (request === log.produced[1]) await overtaken.promise;
      const answer = await proceed(request);
      if (log.produced.length > 1) overtaken.resolve();
      return answer;
    };
    await using producer = new Producer({ transport: log, ...QUICK, batchSize: 100 });
    await producer.send({ topic: 't', value: 'known' });
    const first = producer.send({ topic: 't', value: 'first' });
    await expect.poll(() => log.produced.length).toBe(2);
    const values = numbered(60);
    await Promise.all([first, sendAll(producer, 't', values)]);
    expect(log.values('t')).toEqual(['known', 'first', ...values]);
  });

  test('fails a record after deliveryTimeoutMs with the last reason, and the next one goes through', async () => {
    const log = new ScriptedLog({ t: 1 });
    let down = true;
    log.onProduce = async (request, proceed) => {
      if (down) throw new StratalogError('UNAVAILABLE', 'cannot reach it');
      return proceed(request);
    };
    await using producer = new Producer({ transport: log, ...QUICK, deliveryTimeoutMs: 30 });
    await expect(producer.send({ topic: 't', value: 'lost' })).rejects.toMatchObject({
      code: 'REQUEST_TIMED_OUT',
      message: expect.stringContaining('cannot reach it'),
    });
    down = false;
    await producer.send({ topic: 't', value: 'kept' });
    expect(log.values('t')).toEqual(['kept']);
  });

  test('raises its epoch after a gap of its own making and stores the rest once', async () => {
    const log = new ScriptedLog({ t: 1 });
    log.onProduce = async (request, proceed) => {
      if (log.produced.length === 2) throw new StratalogError('POLICY_VIOLATION', 'not this one');
      return proceed(request);
    };
    await using producer = new Producer({ transport: log, ...QUICK });
    await producer.send({ topic: 't', value: 'a' });
    await expect(producer.send({ topic: 't', value: 'b' })).rejects.toMatchObject({ code: 'POLICY_VIOLATION' });
    await producer.send({ topic: 't', value: 'c' });
    await producer.send({ topic: 't', value: 'd' });
    expect(log.values('t')).toEqual(['a', 'c', 'd']);
    expect(log.partition('t', 0).producers.get(0)?.epoch).toBe(1);
  });

  test('tells of a sequence that the log refuses without a reason of ours, and goes on', async () => {
    const log = new ScriptedLog({ t: 1 });
    await using producer = new Producer({ transport: log, ...QUICK });
    await producer.send({ topic: 't', value: 'a' });
    const entry = log.partition('t', 0).producers.get(0);
    if (entry) entry.nextSequence = 0;
    await expect(producer.send({ topic: 't', value: 'b' })).rejects.toMatchObject({ code: 'OUT_OF_ORDER_SEQUENCE_NUMBER' });
    await producer.send({ topic: 't', value: 'c' });
    expect(log.values('t')).toEqual(['a', 'c']);
  });

  test('splits a batch that the topic finds too large', async () => {
    const log = new ScriptedLog({ t: 1 });
    log.maxMessageBytes = 300;
    await using producer = new Producer({ transport: log, lingerMs: 1, retryBackoffMs: 1 });
    const values = numbered(100);
    await sendAll(producer, 't', values);
    expect(log.values('t')).toEqual(values);
    await expect(producer.send({ topic: 't', value: 'x'.repeat(400) })).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
  });

  test('halves what something on the way takes no request of, until it fits', async () => {
    const log = new ScriptedLog({ t: 1 });
    const sizes: number[] = [];
    log.onProduce = async (request, proceed) => {
      sizes.push(request.batches.length);
      if (request.batches.length > 500) throw new StratalogError('REQUEST_TOO_LARGE', 'the server answered 413');
      return proceed(request);
    };
    await using producer = new Producer({ transport: log, ...QUICK, lingerMs: 20, batchSize: 10_000 });
    const sent = await Promise.all(Array.from({ length: 16 }, () => producer.send({ topic: 't', value: 'x'.repeat(100) })));
    expect(sent.map(({ offset }) => offset)).toEqual(Array.from({ length: 16 }, (_, i) => i));
    expect(Math.max(...sizes)).toBeGreaterThan(500);
    await expect(producer.send({ topic: 't', value: 'x'.repeat(600) })).rejects.toMatchObject({ code: 'REQUEST_TOO_LARGE' });
  });

  test('refuses records for a topic that is not there', async () => {
    await using producer = new Producer({ transport: new ScriptedLog(), ...QUICK });
    await expect(producer.send({ topic: 'nope', value: 'v' })).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' });
  });

  test('refuses a partition that is not there', async () => {
    await using producer = new Producer({ transport: new ScriptedLog({ t: 2 }), ...QUICK });
    await expect(producer.send({ topic: 't', value: 'v', partition: 2 })).rejects.toThrow(/has 2 partitions, there is no partition 2/);
  });
});

describe('a full buffer', () => {
  const value = 'x'.repeat(600);

  function stuckLog() {
    const log = new ScriptedLog({ t: 1 });
    const gate = Promise.withResolvers<void>();
    log.onProduce = async (request, proceed) => {
      await gate.promise;
      return proceed(request);
    };
    return { log, open: gate.resolve };
  }

  test('lets send wait for room and keeps the order', async () => {
    const { log, open } = stuckLog();
    await using producer = new Producer({ transport: log, ...QUICK, bufferMemory: 1024 });
    const all = Promise.all([0, 1, 2, 3].map((n) => producer.send({ topic: 't', value: `${n}${value}` })));
    expect(producer.stats.bufferedBytes).toBeLessThanOrEqual(1024);
    open();
    await all;
    expect(log.values('t').map((text) => text[0])).toEqual(['0', '1', '2', '3']);
  });

  test('fails after maxBlockMs, or when the signal aborts', async () => {
    const { log, open } = stuckLog();
    await using producer = new Producer({ transport: log, ...QUICK, bufferMemory: 1024, maxBlockMs: 10 });
    const first = producer.send({ topic: 't', value });
    await expect(producer.send({ topic: 't', value })).rejects.toThrow(/bufferMemory \(1024 bytes\) was full for maxBlockMs/);
    const abort = new AbortController();
    const second = producer.send({ topic: 't', value }, { signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(second).rejects.toThrow('enough');
    open();
    await first;
  });

  test('drops and counts, or refuses, as onFull says', async () => {
    const { log, open } = stuckLog();
    const dropping = new Producer({ transport: log, ...QUICK, bufferMemory: 1024, onFull: 'drop' });
    const first = dropping.send({ topic: 't', value });
    expect(await dropping.send({ topic: 't', value })).toMatchObject({ dropped: true, offset: -1 });
    expect(dropping.stats.dropped).toBe(1);
    const refusing = new Producer({ transport: log, ...QUICK, bufferMemory: 1024, onFull: 'error' });
    const other = refusing.send({ topic: 't', value });
    await expect(refusing.send({ topic: 't', value })).rejects.toMatchObject({ code: 'THROTTLED' });
    open();
    await Promise.all([first, other]);
    await dropping.close();
    await refusing.close();
  });
});

describe('flush and close', () => {
  test('flush sends what lingers and waits for its answer', async () => {
    const log = new ScriptedLog({ t: 2 });
    await using producer = new Producer({ transport: log, lingerMs: 60_000 });
    const results = [0, 1].map((partition) => producer.send({ topic: 't', value: 'v', partition }));
    await producer.flush();
    expect(log.records('t', 0).length + log.records('t', 1).length).toBe(2);
    await Promise.all(results);
  });

  test('close sends what lingers, then refuses', async () => {
    const log = new ScriptedLog({ t: 1 });
    const producer = new Producer({ transport: log, lingerMs: 60_000 });
    const sent = producer.send({ topic: 't', value: 'v' });
    await producer.close();
    expect((await sent).offset).toBe(0);
    await expect(producer.send({ topic: 't', value: 'v' })).rejects.toMatchObject({ code: 'CLOSED' });
  });

  test('close gives up what is not answered when its signal aborts', async () => {
    const log = new ScriptedLog({ t: 1 });
    log.onProduce = () => new Promise(() => undefined);
    const producer = new Producer({ transport: log, lingerMs: 0 });
    const sent = producer.send({ topic: 't', value: 'v' });
    await Promise.all([expect(sent).rejects.toMatchObject({ code: 'CLOSED' }), producer.close({ signal: AbortSignal.timeout(5) })]);
  });
});

test.each([
  [{ acks: 2 }, /acks is 2, it must be one of all, -1, 1, 0/],
  [{ lingerMs: -1 }, /lingerMs is -1, it must be a whole number from 0 to 60000/],
  [{ maxInFlight: 6 }, /maxInFlight is 6/],
  [{ idempotence: true, acks: 1 }, /idempotence needs acks 'all'/],
  [{ compression: 'brotli' }, /compression is 'brotli'/],
  [{ compressionLevel: 3 }, /has no levels/],
  [{ linger: 5 }, /has no option 'linger'/],
  [{ url: 'ftp://x' }, /url is 'ftp:\/\/x'/],
  [{ partitioner: 'sticky' }, /partitioner is 'sticky', it must be a function/],
])('a producer refuses the options %j', (options, message) => {
  expect(() => new Producer(options as never)).toThrow(message);
});
