/** Kafka's guarantees for readers, held against a plain model while jobs run between random writes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JobName } from '../../../../lib/engine/maintenance/run.ts';
import { createWorld, DAY, HOUR, keysOf, MINUTE, maintenanceOver, produce, readAll, type SeenRecord, type World } from './world.ts';

type Command =
  | {
      readonly kind: 'produce';
      readonly records: readonly { readonly key: number; readonly value: number | null }[];
      readonly codec: 'none' | 'gzip' | 'zstd';
    }
  | { readonly kind: 'job'; readonly job: JobName; readonly twice: boolean }
  | { readonly kind: 'wait'; readonly minutes: number }
  | { readonly kind: 'deleteRecords'; readonly share: number }
  | { readonly kind: 'retention'; readonly ms: number };

const record = fc.record({ key: fc.nat(5), value: fc.option(fc.nat(99), { freq: 4 }) });
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('produce' as const),
      records: fc.array(record, { minLength: 1, maxLength: 5 }),
      codec: fc.constantFrom('none', 'gzip', 'zstd'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('job' as const),
      job: fc.constantFrom<JobName>('retain', 'merge', 'compact', 'sweep', 'replicate'),
      twice: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), minutes: fc.constantFrom(1, 12, 70, 26 * 60) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('deleteRecords' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('retention' as const), ms: fc.constantFrom(-1, HOUR, 3 * DAY) }) },
);

interface Written extends SeenRecord {
  readonly atMs: number;
}

/** Every command in turn; after each, what readers see is held against all that was ever written. */
async function play(policy: string, commands: readonly Command[], zones: number): Promise<void> {
  const world = createWorld({ zones, settings: { mergeEntriesMin: 8, mergeFanIn: 3, compactionMemoryBytes: 24 * 8 } });
  const other = maintenanceOver(world.deps, { settings: { mergeEntriesMin: 8, mergeFanIn: 3 } });
  const configs = {
    'cleanup.policy': policy,
    'min.cleanable.dirty.ratio': '0.2',
    'delete.retention.ms': String(DAY),
    'retention.ms': '-1',
  };
  await world.engine.topics.create({ name: 't', configs });
  const log: Written[] = [];
  const tail = { next: 0, seen: [] as SeenRecord[] };
  for (const next of commands) {
    await apply(world, other, next, log);
    await readTail(world, tail);
    await check(world, policy, log, tail.seen);
  }
  world.clock.nowMs += 3 * HOUR;
  for (let i = 0; i < 3; i++) {
    world.clock.nowMs += 2 * HOUR;
    for (const job of ['retain', 'merge', 'compact', 'sweep'] as const) expect((await world.run(job, { all: true })).errors).toEqual([]);
  }
  await check(world, policy, log, tail.seen);
  const [topic] = await world.engine.topics.list();
  const pages = await world.deps.pages.range({ topicId: topic?.id as never, partition: 0 }, 0, 1_000);
  const [state] = await world.deps.leases.read([{ topicId: topic?.id as never, partition: 0 }]);
  const named = new Set([...pages.flatMap((page) => page.entries), ...(state?.tail ?? [])].map(({ lease }) => lease as string));
  for (const zone of world.zones) {
    for (const key of await keysOf(zone))
      expect(
        [...named].some((lease) => key.includes(lease)),
        `${key} is named`,
      ).toBe(true);
  }
}

async function apply(world: World, other: ReturnType<typeof maintenanceOver>, next: Command, log: Written[]): Promise<void> {
  switch (next.kind) {
    case 'produce': {
      const records = next.records.map(({ key, value }) => ({ key: `k${key}`, value: value === null ? null : `v${value}` }));
      const base = await produce(world, 't', 0, records, { compression: next.codec });
      expect(base).toBe(log.length);
      for (const [i, one] of records.entries()) log.push({ offset: base + i, ...one, atMs: world.clock.nowMs });
      return;
    }
    case 'job': {
      const reports = await Promise.all([world.run(next.job, { all: true }), ...(next.twice ? [other.run(next.job, { all: true })] : [])]);
      for (const { errors } of reports) expect(errors).toEqual([]);
      return;
    }
    case 'wait':
      world.clock.nowMs += next.minutes * MINUTE;
      return;
    case 'deleteRecords':
      await world.engine.deleteRecords({ topic: 't', partition: 0, before: Math.floor(log.length * next.share) });
      return;
    case 'retention':
      await world.engine.topics.alter('t', { set: { 'retention.ms': String(next.ms) } });
  }
}

/** A consumer that never falls behind. */
async function readTail(world: World, tail: { next: number; seen: SeenRecord[] }): Promise<void> {
  const start = (await world.engine.listOffset({ topic: 't', partition: 0, at: 'earliest' })).offset;
  const from = Math.max(tail.next, start);
  tail.seen.push(...(await readAll(world.deps, 't', 0, from)));
  tail.next = (await world.engine.listOffset({ topic: 't', partition: 0, at: 'latest' })).offset;
}

async function check(world: World, policy: string, log: readonly Written[], tail: readonly SeenRecord[]): Promise<void> {
  const start = (await world.engine.listOffset({ topic: 't', partition: 0, at: 'earliest' })).offset;
  const end = (await world.engine.listOffset({ topic: 't', partition: 0, at: 'latest' })).offset;
  expect(end).toBe(log.length);
  const seen = await readAll(world.deps, 't', 0);
  // Order and offsets never change, and nothing is read that was not written there.
  let before = start - 1;
  for (const { offset, key, value } of seen) {
    expect(offset).toBeGreaterThan(before);
    before = offset;
    expect({ key, value }).toEqual({ key: log[offset]?.key, value: log[offset]?.value });
  }
  const offsets = new Set(seen.map(({ offset }) => offset));
  const live = log.slice(start);
  if (!policy.includes('compact')) expect(seen.length).toBe(live.length);
  const last = new Map(live.map((one) => [one.key, one]));
  for (const one of last.values()) {
    // The final value of each key is there; a tombstone for a day at least.
    const mayBeGone = one.value === null && policy.includes('compact') && world.clock.nowMs - one.atMs > DAY;
    if (!mayBeGone) expect(offsets.has(one.offset), `${one.key} at ${one.offset}`).toBe(true);
    // Without its tombstone no older value may come back.
    else if (!offsets.has(one.offset)) expect(seen.some(({ key }) => key === one.key)).toBe(false);
  }
  // Whoever reads at the tail sees every record, once and in order.
  const missed = tail.map(({ offset }) => offset);
  expect(missed).toEqual([...new Set(missed)].sort((a, b) => a - b));
}

describe('what readers see while the log looks after itself', () => {
  for (const policy of ['delete', 'compact', 'compact,delete']) {
    it(`keeps Kafka's guarantees with cleanup.policy=${policy}`, { timeout: 120_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(command, { minLength: 20, maxLength: 80 }), fc.constantFrom(1, 2), (commands, zones) =>
          play(policy, commands, zones),
        ),
        { numRuns: 15 },
      );
    });
  }
});
