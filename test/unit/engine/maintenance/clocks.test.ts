/** Two schedulers over one log, one with a clock that jumps an hour ahead or back while both run every job. */
import { describe, expect, it } from 'vitest';
import { MaintenanceScheduler } from '../../../../lib/engine/maintenance/scheduler.ts';
import type { Clock } from '../../../../lib/ports/clock.ts';
import {
  createWorld,
  type HandClock,
  HOUR,
  keysOf,
  MINUTE,
  maintenanceOver,
  produce,
  readAll,
  type SeenRecord,
  settle,
  type World,
} from './world.ts';

/** The world's time with an error that can be changed. Who sleeps wakes when the test has moved the time past it. */
class WrongClock implements Clock {
  errorMs = 0;
  readonly #world: HandClock;
  readonly #asleep = new Set<{ readonly at: number; readonly wake: () => void }>();

  constructor(world: HandClock) {
    this.#world = world;
  }

  now(): number {
    return this.#world.now() + this.errorMs;
  }

  monotonic(): number {
    return this.#world.monotonic();
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (ms <= 0 || signal?.aborted === true) return;
    await new Promise<void>((resolve) => {
      const sleeper = { at: this.monotonic() + ms, wake: resolve };
      this.#asleep.add(sleeper);
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  wakeDue(): void {
    for (const sleeper of this.#asleep) {
      if (sleeper.at > this.monotonic()) continue;
      this.#asleep.delete(sleeper);
      sleeper.wake();
    }
  }
}

const JUMPS = [
  ['an hour ahead', [HOUR]],
  ['an hour back', [-HOUR]],
  ['an hour ahead and back again', [HOUR, 0]],
  ['an hour back and ahead again', [-HOUR, HOUR, -HOUR, 0]],
] as const;

const EVERY_JOB = { retain: MINUTE, merge: 10_000, compact: 15_000, replicate: 30_000, sweep: MINUTE };

/** Half an hour in steps of some seconds, with turns of the event loop in between. */
async function pass(world: World, clocks: readonly WrongClock[]): Promise<void> {
  for (let i = 0; i < 240; i++) {
    world.clock.nowMs += 7_500;
    for (const clock of clocks) clock.wakeDue();
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
}

async function write(world: World, round: number): Promise<void> {
  for (let i = 0; i < 40; i++) {
    await produce(world, 'plain', i % 2, [{ value: `${round}/${i}` }]);
    await produce(world, 'compacted', 0, [{ key: `k${i % 5}`, value: `${round}/${i}` }]);
  }
}

function lastOfKeys(records: readonly SeenRecord[]): Record<string, string | null> {
  return Object.fromEntries(records.map(({ key, value }) => [key, value]));
}

describe('two schedulers at once', () => {
  it.each(JUMPS)('lose nothing when the clock of one jumps %s', { timeout: 60_000 }, async (_, jumps) => {
    const world = createWorld({ zones: 2 });
    await world.engine.topics.create({ name: 'plain', partitions: 2, configs: { 'retention.ms': '-1' } });
    await world.engine.topics.create({ name: 'compacted', configs: { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0.1' } });
    const clocks = [new WrongClock(world.clock), new WrongClock(world.clock)];
    const both = clocks.map((clock) => maintenanceOver({ ...world.deps, clock }));
    const schedulers = both.map(
      (maintenance, i) =>
        new MaintenanceScheduler(maintenance, { clock: clocks[i] as Clock, random: world.deps.random, everyMs: EVERY_JOB }),
    );
    let round = 0;
    for (const jump of [0, ...jumps]) {
      (clocks[1] as WrongClock).errorMs = jump;
      await write(world, round++);
      await pass(world, clocks);
    }
    await Promise.all(schedulers.map((scheduler) => scheduler.stop()));
    const ran = both.map((maintenance) => maintenance.status().jobs.map(({ job }) => job));
    for (const jobs of ran) expect(jobs).toEqual(['retain', 'merge', 'compact', 'replicate', 'sweep']);
    for (const maintenance of both) for (const { errors } of maintenance.status().jobs) expect(errors).toEqual([]);
    // Everybody may still write, and every record is there.
    await write(world, round);
    const plain = await Promise.all([0, 1].map((partition) => readAll(world.deps, 'plain', partition)));
    for (const [partition, records] of plain.entries()) {
      const wanted = Array.from({ length: round + 1 }, (_, r) => Array.from({ length: 20 }, (_, i) => `${r}/${2 * i + partition}`)).flat();
      expect(records.map(({ value }) => value)).toEqual(wanted);
    }
    const compacted = await readAll(world.deps, 'compacted', 0);
    expect(lastOfKeys(compacted)).toEqual(Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`k${i}`, `${round}/${35 + i}`])));
    await settle(world);
    expect(await readAll(world.deps, 'plain', 0)).toEqual(plain[0]);
    expect((await keysOf(world.zones[0], 'wal/')).length).toBe(0);
    expect(lastOfKeys(await readAll(world.deps, 'compacted', 0))).toEqual(lastOfKeys(compacted));
  });
});
