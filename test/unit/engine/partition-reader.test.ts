import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isStratalogError } from '../../../lib/core/errors.ts';
import type { Engine, EngineDeps } from '../../../lib/engine/engine.ts';
import type { Isolation } from '../../../lib/engine/fetch.ts';
import type { Clock } from '../../../lib/ports/clock.ts';
import { createMemoryEngine } from '../../../lib/runtime/memory.ts';
import { createWorld, HOUR, keysOf, produce, type World } from './maintenance/world.ts';

const KIB = 1024;

/** What waits for a reader, and what is known of the index, grows old by this clock alone, whatever the world's says: a tick is 600 ms. */
function patientClock(clock: Clock): { readonly clock: Clock; tick(): Promise<void> } {
  let wake: (() => void)[] = [];
  let monotonicMs = 0;
  return {
    clock: {
      now: () => clock.now(),
      monotonic: () => monotonicMs,
      sleep: (ms, signal) => {
        if (ms !== 600) return clock.sleep(ms, signal);
        return new Promise<void>((resolve) => {
          wake.push(resolve);
          signal?.addEventListener('abort', () => resolve());
        });
      },
    },
    async tick() {
      const due = wake;
      wake = [];
      monotonicMs += 600;
      for (const one of due) one();
      await settle();
    },
  };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Two processes over the stores of a world: one reads ahead, the other never. */
function createReaders(world: World, readAheadBytes: number, wrap: (deps: EngineDeps) => EngineDeps = (deps) => deps) {
  const { clock, tick } = patientClock(world.clock);
  const settings = { catalogMaxAgeMs: 0, readCacheBytes: 0 };
  const ahead = createMemoryEngine(wrap({ ...world.deps, clock, settings: { ...settings, readAheadBytes } }));
  const plain = createMemoryEngine({ ...world.deps, settings });
  return { ahead, plain, tick };
}

async function produceBatch(world: World, partition: number, records: number, bytes: number): Promise<void> {
  const values = Array.from({ length: records }, (_, i) => ({ key: `k${i % 3}`, value: `${i}`.padEnd(bytes, 'v') }));
  await produce(world, 't', partition, values);
}

interface Reader {
  offset: number;
  readonly partition: number;
  readonly maxBytes: number;
  readonly isolation: Isolation;
}

type Outcome = Awaited<ReturnType<Engine['fetch']>> | string;

async function outcomeOf(fetched: ReturnType<Engine['fetch']>): Promise<Outcome> {
  return fetched.catch((error: unknown) => {
    if (isStratalogError(error)) return error.code;
    throw error;
  });
}

/** Reads once with both, and holds the answer of one against what the other finds from there on. */
async function readOnce({ ahead, plain }: ReturnType<typeof createReaders>, reader: Reader): Promise<void> {
  const { offset, partition, maxBytes, isolation } = reader;
  const [got, all] = [
    await outcomeOf(ahead.fetch({ topic: 't', partition, offset, maxBytes, isolation })),
    await outcomeOf(plain.fetch({ topic: 't', partition, offset, maxBytes: 50_000 * KIB, isolation })),
  ];
  if (typeof got === 'string' || typeof all === 'string') {
    expect(got).toBe(all);
    reader.offset = 0;
    return;
  }
  const one = await plain.fetch({ topic: 't', partition, offset, maxBytes, isolation });
  const { highWatermark, lastStableOffset, logStartOffset } = all;
  expect(got).toMatchObject({ highWatermark, lastStableOffset, logStartOffset });
  const [bytes, following] = [Buffer.concat(got.batches), Buffer.concat(all.batches)];
  expect(got.bytes).toBe(bytes.length);
  expect(bytes.length).toBeGreaterThanOrEqual(Math.min(one.bytes, maxBytes));
  expect(bytes.length).toBeLessThanOrEqual(Math.max(one.bytes, maxBytes));
  if (!isEmptyBatch(bytes)) expect(bytes.equals(following.subarray(0, bytes.length))).toBe(true);
  if (one.bytes === bytes.length) expect(got.nextOffset).toBe(one.nextOffset);
  expect(got.nextOffset > offset).toBe(one.nextOffset > offset);
  reader.offset = got.nextOffset;
}

/** Stands for records that were compacted away, and is made for each answer. */
function isEmptyBatch(bytes: Buffer): boolean {
  return bytes.length === 61;
}

const command = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('produce' as const), records: fc.nat(9), bytes: fc.nat(900), p: fc.nat(1) }) },
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('read' as const), reader: fc.nat(4), hastily: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('merge' as const, 'compact' as const, 'sweep' as const, 'tick' as const, 'again' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const), share: fc.nat(100), p: fc.nat(1) }) },
);

describe('reading ahead', () => {
  it('answers as reading does, whatever happens to the log meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(command, { minLength: 20, maxLength: 80 }),
        fc.constantFrom(4, 40, 400),
        fc.constantFrom(0, 1 << 20),
        async (commands, roomKiB, inlineBytesMax) => {
          const world = createWorld({ inlineBytesMax, settings: { mergeEntriesMin: 2 } });
          const configs = { 'cleanup.policy': 'compact,delete', 'min.cleanable.dirty.ratio': '0' };
          await world.engine.topics.create({ name: 't', partitions: 2, configs });
          const readers = createReaders(world, roomKiB * KIB);
          for (let i = 0; i < 12; i++) await produceBatch(world, i % 2, 5, 400);
          const all = [1, 3 * KIB, 3 * KIB, 20 * KIB, 200 * KIB].map(
            (maxBytes, i): Reader => ({
              offset: 0,
              partition: i % 2,
              maxBytes,
              isolation: i % 2 === 0 ? 'read_uncommitted' : 'read_committed',
            }),
          );
          for (const one of commands) {
            if (one.kind === 'produce') await produceBatch(world, one.p, one.records + 1, one.bytes);
            else if (one.kind === 'read') {
              await readOnce(readers, all[one.reader] as Reader);
              if (!one.hastily) await settle();
            } else if (one.kind === 'tick') await readers.tick();
            else if (one.kind === 'cut') {
              const { next } = (await world.deps.leases.read([{ topicId: (await world.engine.topics.get('t')).id, partition: one.p }])).at(
                0,
              ) ?? { next: 0 };
              await world.engine
                .deleteRecords({ topic: 't', partition: one.p, before: Math.floor((next * one.share) / 100) })
                .catch(() => {});
            } else if (one.kind === 'again') {
              await world.engine.topics.delete('t');
              await world.engine.topics.create({ name: 't', partitions: 2, configs });
              await produceBatch(world, 0, 5, 100);
            } else {
              world.clock.nowMs += HOUR;
              await world.run(one.kind, { all: true });
              // What was read before a compaction has more than what is read after it, for a second.
              if (one.kind === 'compact') for (let i = 0; i < 3; i++) await readers.tick();
            }
          }
          await readers.ahead.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  /** A log of one partition in segments of some 4 KiB with two batches each, and what the reading process takes from the store. */
  async function logOf(segments: number, readAheadBytes: number) {
    const world = createWorld();
    await world.engine.topics.create({ name: 't' });
    for (let i = 0; i < segments; i++) await Promise.all([0, 1].map(() => produceBatch(world, 0, 4, 500)));
    const gets: string[] = [];
    const readers = createReaders(world, readAheadBytes, (deps) => ({
      ...deps,
      zones: deps.zones.map(({ name, objects }) => ({
        name,
        objects: Object.assign(Object.create(objects), {
          get: (key: string, position: number, length: number) => {
            gets.push(`${key} ${position}`);
            return objects.get(key, position, length);
          },
        }),
      })),
    }));
    return { world, gets, ...readers };
  }

  it('reads nothing twice, and what comes next while the reader works on what it has', async () => {
    const { gets, ahead } = await logOf(30, 1 << 20);
    const seen: number[] = [];
    let offset = 0;
    for (let bytes = 1; bytes > 0; ) {
      const before = gets.length;
      const answer = await ahead.fetch({ topic: 't', partition: 0, offset, maxBytes: 5 * KIB });
      seen.push(gets.length - before);
      ({ nextOffset: offset, bytes } = answer);
      await settle();
    }
    expect(new Set(gets).size).toBe(gets.length);
    expect(gets.length).toBeGreaterThanOrEqual(30);
    expect(offset).toBe(240);
  });

  it('goes by the page of the index that it was answered from last, until an object that the page names is not there', async () => {
    const { world, gets, ahead, plain } = await logOf(60, 1 << 20);
    const looks: number[] = [];
    const { at } = world.deps.pages;
    world.deps.pages.at = (key, offset) => {
      looks.push(offset);
      return at.call(world.deps.pages, key, offset);
    };
    const first = await ahead.fetch({ topic: 't', partition: 0, offset: 0, maxBytes: 5 * KIB });
    const second = await ahead.fetch({ topic: 't', partition: 0, offset: first.nextOffset, maxBytes: 5 * KIB });
    await settle();
    expect(looks).toEqual([0]);
    world.clock.nowMs += HOUR;
    await world.run('merge', { all: true });
    const [zone] = world.zones;
    await zone?.objects.delete(await keysOf(zone, 'wal/'));
    looks.length = gets.length = 0;
    let offset = second.nextOffset;
    const read: Buffer[] = [];
    for (let bytes = 1; bytes > 0; ) {
      const answer = await ahead.fetch({ topic: 't', partition: 0, offset, maxBytes: 5 * KIB });
      ({ nextOffset: offset, bytes } = answer);
      read.push(...answer.batches);
      await settle();
    }
    expect(offset).toBe(480);
    expect(looks.length).toBeGreaterThan(0);
    expect(gets.some((key) => key.startsWith('log/'))).toBe(true);
    const all = await plain.fetch({ topic: 't', partition: 0, offset: second.nextOffset, maxBytes: 50_000 * KIB });
    expect(Buffer.concat(read).equals(Buffer.concat(all.batches))).toBe(true);
  });

  it('begins with the second answer of a reader: the first may be all that is wanted', async () => {
    const { gets, ahead } = await logOf(30, 1 << 20);
    expect(ahead.isReadingUp).toBe(false);
    const first = await ahead.fetch({ topic: 't', partition: 0, offset: 0, maxBytes: 5 * KIB });
    await settle();
    const before = gets.length;
    expect(ahead.isReadingUp).toBe(true);
    const second = await ahead.fetch({ topic: 't', partition: 0, offset: first.nextOffset, maxBytes: 5 * KIB });
    await settle();
    expect(gets.length).toBeGreaterThan(before + 1);
    const known = gets.length;
    const third = await ahead.fetch({ topic: 't', partition: 0, offset: second.nextOffset, maxBytes: 5 * KIB });
    expect(third.bytes).toBeGreaterThan(4 * KIB);
    // What it answers was there; what follows it is on its way.
    expect(gets.length).toBeLessThanOrEqual(known + 1);
  });

  it('is not done for readers at the end of the log, nor where there is no room for it', async () => {
    const { ahead, plain } = await logOf(4, 1 << 20);
    const end = await ahead.fetch({ topic: 't', partition: 0, offset: 0 });
    expect([end.nextOffset, ahead.isReadingUp]).toEqual([32, false]);
    await plain.fetch({ topic: 't', partition: 0, offset: 0, maxBytes: 1 });
    expect(plain.isReadingUp).toBe(false);
  });

  it('that met a damaged object leaves the error to the fetch that asks for it', async () => {
    const { world, ahead, plain } = await logOf(12, 1 << 20);
    const [zone] = world.zones;
    const last = (await keysOf(zone, 'wal/')).at(-1) ?? '';
    const bytes = (await zone?.objects.get(last, 0, 100_000)) as Buffer;
    bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40);
    await zone?.objects.delete([last]);
    await zone?.objects.put(last, [bytes]);
    let offset = 0;
    const read = async () => {
      for (;;) {
        const { nextOffset } = await ahead.fetch({ topic: 't', partition: 0, offset, maxBytes: 5 * KIB });
        await settle();
        offset = nextOffset;
      }
    };
    await expect(read()).rejects.toMatchObject({ code: 'CORRUPT_OBJECT' });
    expect(offset).toBeGreaterThan(0);
    await expect(plain.fetch({ topic: 't', partition: 0, offset })).rejects.toMatchObject({ code: 'CORRUPT_OBJECT' });
  });
});
