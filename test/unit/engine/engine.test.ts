import { describe, expect, it } from 'vitest';
import { StratalogError } from '../../../lib/core/errors.ts';
import type { Engine } from '../../../lib/engine/engine.ts';
import { RecordBatchBuilder } from '../../../lib/format/record-batch-writer.ts';
import { createMemoryEngine, memoryPorts } from '../../../lib/runtime/memory.ts';

function batch(values: readonly string[], options: ConstructorParameters<typeof RecordBatchBuilder>[0] = {}, timestamp = 1_000): Buffer {
  const builder = new RecordBatchBuilder(options);
  for (const [i, value] of values.entries()) builder.tryAppend({ timestamp: timestamp + i, key: null, value });
  return builder.build();
}

async function produce(engine: Engine, partition: number, bytes: Buffer): Promise<number> {
  const answer = await engine.append({ topic: 't', partition, batches: bytes, acks: -1 });
  const [result] = answer.batches;
  if (result?.kind !== 'appended') throw result?.error ?? new Error('no result');
  return result.baseOffset;
}

async function valuesFrom(engine: Engine, partition: number, offset: number): Promise<string[]> {
  const values: string[] = [];
  for (let next = offset; ; ) {
    const answer = await engine.readRecords({ topic: 't', partition, offset: next, maxBytes: 10_000 });
    for (const record of answer.records) values.push(`${record.offset}:${Buffer.from(record.value ?? []).toString()}`);
    if (answer.nextOffset === next) return values;
    next = answer.nextOffset;
  }
}

describe('the engine over memory', () => {
  it('gives records offsets without holes and reads every one of them back, through many index pages', async () => {
    const engine = createMemoryEngine();
    await engine.topics.create({ name: 't', partitions: 2 });
    for (let i = 0; i < 200; i++) expect(await produce(engine, i % 2, batch([`a${i}`, `b${i}`, `c${i}`]))).toBe(Math.floor(i / 2) * 3);
    const values = await valuesFrom(engine, 1, 0);
    expect(values.length).toBe(300);
    expect(values[0]).toBe('0:a1');
    expect(values.at(-1)).toBe('299:c199');
    expect(await valuesFrom(engine, 1, 151)).toEqual(values.slice(151));
    await engine.close();
  });

  it('grants appends that arrive together in the order they arrived', async () => {
    const engine = createMemoryEngine();
    await engine.topics.create({ name: 't', partitions: 1 });
    const offsets = await Promise.all(Array.from({ length: 100 }, (_, i) => produce(engine, 0, batch([`v${i}`]))));
    expect(offsets).toEqual(Array.from({ length: 100 }, (_, i) => i));
    const values = await valuesFrom(engine, 0, 0);
    expect(values).toEqual(Array.from({ length: 100 }, (_, i) => `${i}:v${i}`));
  });

  it('answers a repeated idempotent batch with its first offset and appends nothing', async () => {
    const engine = createMemoryEngine();
    await engine.topics.create({ name: 't' });
    const { producerId } = await engine.initProducerId();
    const send = (sequence: number) => produce(engine, 0, batch(['x', 'y'], { producerId, producerEpoch: 0, baseSequence: sequence }));
    expect(await send(0)).toBe(0);
    expect(await send(2)).toBe(2);
    expect(await send(0)).toBe(0);
    await expect(send(8)).rejects.toMatchObject({ code: 'OUT_OF_ORDER_SEQUENCE_NUMBER' });
    expect((await engine.listOffset({ topic: 't', partition: 0, at: 'latest' })).offset).toBe(4);
  });

  it('remembers idempotent producers that were moved out of the lease record', async () => {
    const engine = createMemoryEngine();
    await engine.topics.create({ name: 't' });
    const send = (producerId: number, sequence: number) =>
      produce(engine, 0, batch(['x'], { producerId, producerEpoch: 0, baseSequence: sequence }));
    const first = [];
    for (let id = 0; id < 60; id++) first.push(await send(id, 0));
    for (let id = 0; id < 60; id++) expect(await send(id, 0)).toBe(first[id]);
    for (let id = 0; id < 60; id++) expect(await send(id, 1)).toBe(60 + id);
  });

  it('lets several processes write one partition, each record at one offset', async () => {
    const ports = memoryPorts();
    const engines = Array.from({ length: 4 }, () => createMemoryEngine(ports));
    await engines[0]?.topics.create({ name: 't' });
    const offsets = await Promise.all(
      engines.flatMap((engine, e) => Array.from({ length: 50 }, (_, i) => produce(engine, 0, batch([`${e}-${i}`])))),
    );
    expect(new Set(offsets).size).toBe(200);
    expect(Math.max(...offsets)).toBe(199);
    const values = await valuesFrom(engines[3] as Engine, 0, 0);
    expect(new Set(values.map((value) => value.split(':')[1])).size).toBe(200);
  });

  it('finds offsets by time exactly to the record', async () => {
    const engine = createMemoryEngine();
    await engine.topics.create({ name: 't' });
    for (let i = 0; i < 100; i++) await produce(engine, 0, batch(['a', 'b', 'c'], {}, 10_000 + i * 10));
    const at = async (time: number | 'max-timestamp') => engine.listOffset({ topic: 't', partition: 0, at: time });
    expect(await at(0)).toEqual({ offset: 0, timestamp: 10_000 });
    expect(await at(10_501)).toEqual({ offset: 151, timestamp: 10_501 });
    expect(await at(10_503)).toEqual({ offset: 153, timestamp: 10_510 });
    expect(await at(10_993)).toEqual({ offset: -1, timestamp: -1 });
    expect(await at('max-timestamp')).toEqual({ offset: 299, timestamp: 10_992 });
  });

  it('wakes a reader at the end of the log when a record arrives', async () => {
    const engine = createMemoryEngine();
    await engine.topics.create({ name: 't' });
    const waiting = engine.fetch({ topic: 't', partition: 0, offset: 0, maxWaitMs: 10_000 });
    await produce(engine, 0, batch(['x']));
    expect((await waiting).nextOffset).toBe(1);
  });

  it('moves the log start and refuses reads below it', async () => {
    const engine = createMemoryEngine();
    await engine.topics.create({ name: 't' });
    for (let i = 0; i < 30; i++) await produce(engine, 0, batch(['x', 'y']));
    expect(await engine.deleteRecords({ topic: 't', partition: 0, before: 21 })).toEqual({ logStartOffset: 21 });
    await expect(engine.fetch({ topic: 't', partition: 0, offset: 20 })).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
    expect((await valuesFrom(engine, 0, 21)).length).toBe(39);
    await expect(engine.deleteRecords({ topic: 't', partition: 0, before: 61 })).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
  });

  it('deletes a topic for every writer and starts afresh under the same name', async () => {
    const ports = memoryPorts({ settings: { catalogMaxAgeMs: 60_000 } });
    const one = createMemoryEngine(ports);
    const other = createMemoryEngine(ports);
    await one.topics.create({ name: 't' });
    await produce(other, 0, batch(['old']));
    await one.topics.delete('t');
    await one.topics.create({ name: 't' });
    await expect(produce(other, 0, batch(['lost']))).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' });
    expect(await produce(other, 0, batch(['new']))).toBe(0);
    expect(await valuesFrom(one, 0, 0)).toEqual(['0:new']);
  });

  it('lists topics from its copy, and those of others where the list is to be of now', async () => {
    const ports = memoryPorts({ settings: { catalogMaxAgeMs: 60_000 } });
    const one = createMemoryEngine(ports);
    const other = createMemoryEngine(ports);
    expect(await other.topics.list()).toEqual([]);
    await one.topics.create({ name: 'a' });
    expect(await other.topics.list()).toEqual([]);
    const looking = other.topics.list({ fresh: true });
    await one.topics.create({ name: 'b' });
    // The look that is under way may have begun before the second topic was there.
    const [, again] = await Promise.all([looking, other.topics.list({ fresh: true })]);
    expect(again.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(await other.topics.list()).toBe(again);
  });

  it('refuses a wrong CRC, a cut off batch and an unknown partition, and goes on', async () => {
    const engine = createMemoryEngine();
    await engine.topics.create({ name: 't' });
    const wrong = batch(['x']);
    wrong[wrong.length - 1] = (wrong.at(-1) ?? 0) ^ 1;
    await expect(produce(engine, 0, wrong)).rejects.toMatchObject({ code: 'CORRUPT_MESSAGE' });
    await expect(produce(engine, 0, batch(['x']).subarray(0, 40))).rejects.toMatchObject({ code: 'CORRUPT_MESSAGE' });
    await expect(produce(engine, 1, batch(['x']))).rejects.toBeInstanceOf(StratalogError);
    expect(await produce(engine, 0, batch(['x']))).toBe(0);
  });
});

describe('a full buffer', () => {
  it('refuses with a time to come back, or lets those who wait in, in order', async () => {
    const engine = createMemoryEngine({ settings: { appendBufferBytes: 300 } });
    await engine.topics.create({ name: 't' });
    const bytes = () => batch(['x'.repeat(100)]);
    const append = (onFull: 'refuse' | 'wait') => engine.append({ topic: 't', partition: 0, batches: bytes(), acks: -1, onFull });
    const first = append('refuse');
    const waiting = Array.from({ length: 10 }, () => append('wait'));
    await expect(append('refuse')).rejects.toMatchObject({ code: 'THROTTLED', details: { retryAfterMs: expect.any(Number) } });
    const answers = await Promise.all([first, ...waiting]);
    expect(answers.map(({ batches }) => (batches[0]?.kind === 'appended' ? batches[0].baseOffset : -1))).toEqual(
      Array.from({ length: 11 }, (_, i) => i),
    );
    expect(engine.acceptedBytes).toBe(0);
  });
});

describe('a store that does not answer', () => {
  it('does not keep a producer past its deadline, and the records are there once it answers', async () => {
    const ports = memoryPorts();
    let answer: () => void = () => undefined;
    const silent = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const { leases } = ports;
    const slow = {
      ...ports,
      leases: Object.assign(Object.create(leases), {
        capacity: leases.capacity,
        create: leases.create.bind(leases),
        read: leases.read.bind(leases),
        write: async (writes: Parameters<typeof leases.write>[0]) => silent.then(() => leases.write(writes)),
      }),
    };
    const engine = createMemoryEngine(slow);
    await engine.topics.create({ name: 't' });
    await expect(engine.append({ topic: 't', partition: 0, batches: batch(['x']), acks: -1, timeoutMs: 50 })).rejects.toMatchObject({
      code: 'REQUEST_TIMED_OUT',
    });
    answer();
    await engine.close();
    expect(await valuesFrom(createMemoryEngine(ports), 0, 0)).toEqual(['0:x']);
  });
});

describe('deleting a topic', () => {
  it('seals a partition that was added while it was being deleted, or refuses to add it', async () => {
    const ports = memoryPorts();
    const one = createMemoryEngine(ports);
    await one.topics.create({ name: 't' });
    // The other process adds a partition between what delete reads and what it writes.
    const { topics } = ports;
    let interfered = false;
    const raced = Object.assign(Object.create(topics), {
      create: topics.create.bind(topics),
      list: topics.list.bind(topics),
      remove: topics.remove.bind(topics),
      version: topics.version.bind(topics),
      update: topics.update.bind(topics),
      get: async (name: string) => {
        const read = await topics.get(name);
        if (!interfered) {
          interfered = true;
          await one.topics.alter('t', { partitions: 2 });
        }
        return read;
      },
    });
    await createMemoryEngine({ ...ports, topics: raced }).topics.delete('t');
    await expect(one.topics.alter('t', { partitions: 3 })).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' });
    const [deleted] = await one.topics.deleted();
    expect(deleted?.partitions).toBe(2);
    await expect(produce(one, 1, batch(['x']))).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' });
  });

  it('that stopped half-way is finished by whoever deletes or creates the name again', async () => {
    const ports = memoryPorts();
    const engine = createMemoryEngine(ports);
    const topic = await engine.topics.create({ name: 't' });
    await ports.topics.update({ ...topic, version: topic.version + 1, deletedAtMs: 1 }, topic.version);
    const again = await createMemoryEngine(ports).topics.create({ name: 't' });
    expect(again.id).not.toBe(topic.id);
    expect((await engine.topics.deleted()).map(({ id }) => id)).toEqual([topic.id]);
    expect(await valuesFrom(createMemoryEngine(ports), 0, 0)).toEqual([]);
  });
});
