import { describe, expect, it } from 'vitest';
import { Run } from '../../../../lib/engine/maintenance/run.ts';
import { MAINTENANCE_DEFAULTS } from '../../../../lib/engine/maintenance/settings.ts';
import { SILENT } from '../../../../lib/ports/telemetry.ts';
import { createWorld, HOUR, keysOf, MINUTE, produce, readAll } from './world.ts';

describe('a run', () => {
  it('ends at its bound of items and says that it is not complete', async () => {
    const world = createWorld({ settings: { runItems: 3 } });
    await world.engine.topics.create({ name: 't', partitions: 12 });
    for (let i = 0; i < 60; i++) await produce(world, 't', i % 12, [{ value: `v${i}` }]);
    world.clock.nowMs += 11 * MINUTE;
    const first = await world.run('merge', { all: true });
    expect(first.complete).toBe(false);
    expect(first.did.filesWritten).toBeLessThanOrEqual(4);
    expect(await Promise.all([0, 11].map(async (partition) => (await readAll(world.deps, 't', partition)).length))).toEqual([5, 5]);
  });

  it('that ended at a bound is taken up where it ended, so that every partition has its turn', async () => {
    const world = createWorld({ settings: { runItems: 0 } });
    const names = ['a', 'b', 'c', 'd'];
    for (const name of names) {
      await world.engine.topics.create({ name, partitions: 100, configs: { 'retention.bytes': '0' } });
      await produce(world, name, 0, [{ value: 'v' }]);
    }
    const expired = async () =>
      (await Promise.all(names.map((name) => readAll(world.deps, name, 0)))).filter((seen) => seen.length === 0).length;
    for (let i = 0; i < 400 && (await expired()) < 4; i++) await world.run('retain');
    expect(await expired()).toBe(4);
  });

  it('stops at once when it is told to, having harmed nothing', async () => {
    const world = createWorld();
    await world.engine.topics.create({ name: 't', partitions: 2 });
    for (let i = 0; i < 200; i++) await produce(world, 't', i % 2, [{ value: `v${i}` }]);
    const before = await keysOf(world.zones[0]);
    for (const job of ['merge', 'compact', 'retain', 'sweep', 'replicate'] as const) {
      const report = await world.run(job, { all: true, signal: AbortSignal.abort() });
      expect(report.errors).toEqual([]);
      expect(report.did).toEqual({});
    }
    expect(await keysOf(world.zones[0])).toEqual(before);
    expect(await readAll(world.deps, 't', 0)).toHaveLength(100);
  });

  it('of one job waits for the one before it, and both are reported', async () => {
    const world = createWorld();
    await world.engine.topics.create({ name: 't' });
    for (let i = 0; i < 100; i++) await produce(world, 't', 0, [{ value: `v${i}` }]);
    const [first, second] = await Promise.all([world.run('merge'), world.run('merge')]);
    expect(first?.did.filesWritten).toBe(1);
    expect(second?.did).toEqual({});
    expect(world.maintenance.status().running).toEqual([]);
  });

  it('tells of the oldest work that is left as its lag', async () => {
    const world = createWorld({ settings: { mergeAgeMs: 10 * HOUR } });
    await world.engine.topics.create({ name: 't' });
    for (let i = 0; i < 20; i++) await produce(world, 't', 0, [{ value: `v${i}` }]);
    world.clock.nowMs += HOUR;
    expect((await world.run('merge', { all: true })).lagMs).toBeGreaterThanOrEqual(HOUR);
  });

  it('goes on with other partitions when one has a damaged segment, and says which', async () => {
    const world = createWorld();
    await world.engine.topics.create({ name: 't', partitions: 2 });
    for (let i = 0; i < 160; i++) await produce(world, 't', i % 2, [{ value: `v${i}` }]);
    const [zone] = world.zones;
    const [damaged] = await keysOf(zone, 'wal/');
    const bytes = (await zone?.objects.get(damaged ?? '', 0, 1_000)) as Buffer;
    bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40);
    await zone?.objects.delete([damaged ?? '']);
    await zone?.objects.put(damaged ?? '', [bytes]);
    const report = await world.run('merge');
    expect(report.did.filesWritten).toBeGreaterThanOrEqual(1);
    expect(report.errors[0]).toContain('no zone has whole bytes');
    expect(report.complete).toBe(false);
  });

  /** A clock that goes on only while somebody works or sleeps. */
  function workClock() {
    const state = { now: 0, slept: [] as number[] };
    const clock = {
      now: () => state.now,
      monotonic: () => state.now,
      async sleep(ms: number) {
        state.slept.push(ms);
        state.now += ms;
      },
    };
    return { state, clock };
  }

  it('works a small part of the time while others wait, more the later it is, and all when nobody waits or it is behind', async () => {
    const { state, clock } = workClock();
    let busy = true;
    const run = new Run('merge', {}, { clock, telemetry: SILENT, settings: MAINTENANCE_DEFAULTS, isBusy: () => busy });
    const work = async (ms: number) => {
      state.now += ms;
      await run.pause();
      return state.slept.at(-1);
    };
    expect(await work(0.125)).toBeUndefined();
    expect(await work(2.875)).toBe(12);
    expect(await work(30)).toBe(120);
    expect(await work(700)).toBe(2_000);
    busy = false;
    expect(await work(3)).toBe(2_000);
    expect(await work(27)).toBe(0);
    busy = true;
    run.behind(29_000);
    expect(await work(30)).toBe(450);
    // Late under way, without being told again.
    state.now += 1_000;
    expect(await work(30)).toBe(2_000);
    expect(await work(30)).toBe(120);
    run.behind(89_000);
    expect(await work(30)).toBe(120);
    run.behind(179_000);
    expect(await work(30)).toBe(30);
    run.behind(181_000);
    expect(await work(30)).toBe(0);
  });

  it('rests in all that it does at once', async () => {
    const { state, clock } = workClock();
    const run = new Run('merge', {}, { clock, telemetry: SILENT, settings: MAINTENANCE_DEFAULTS, isBusy: () => true });
    state.now += 30;
    await Promise.all([run.pause(), run.pause(), run.pause()]);
    expect(state.slept).toEqual([120]);
    state.now += 10;
    await Promise.all([run.pause(), run.pause()]);
    expect(state.slept).toEqual([120, 40]);
  });

  it('gives way to nobody where somebody asked for it', async () => {
    const { state, clock } = workClock();
    const run = new Run('merge', { anew: true }, { clock, telemetry: SILENT, settings: MAINTENANCE_DEFAULTS, isBusy: () => true });
    state.now += 30;
    await run.pause();
    expect(state.slept).toEqual([0]);
  });
});
