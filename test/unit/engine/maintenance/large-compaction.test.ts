import { describe, expect, it } from 'vitest';
import type { MaintenanceSettings } from '../../../../lib/engine/maintenance/settings.ts';
import { iterateBatches } from '../../../../lib/format/record-batch.ts';
import { createWorld, DAY, keysOf, MINUTE, produce, readAll, type World } from './world.ts';

const COMPACT = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0' };
const KEYS = 60;

/** A compacted topic whose only file is uploaded in parts. */
async function compacted(settings: Partial<MaintenanceSettings>): Promise<World> {
  const world = createWorld({ settings });
  await world.engine.topics.create({ name: 't', configs: COMPACT });
  for (let i = 0; i < KEYS; i++) await produce(world, 't', 0, [{ key: `k${i}`, value: `${i}`.padEnd(300, 'x') }]);
  await roll(world);
  expect((await world.run('compact')).errors).toEqual([]);
  return world;
}

async function roll(world: World): Promise<void> {
  world.clock.nowMs += 11 * MINUTE;
  await world.run('merge', { all: true });
}

const valuesOf = async (world: World) => (await readAll(world.deps, 't', 0)).map(({ offset, key }) => `${offset} ${key}`);

describe('compaction of a large file', () => {
  it('sends nothing of one that is clean and stays as it is', async () => {
    const world = await compacted({ uploadPartBytes: 2_000, fileBytesMax: 23_000 });
    const before = await keysOf(world.zones[0], 'log/');
    // Too many to go into the same file.
    for (let i = 0; i < 5; i++) await produce(world, 't', 0, [{ key: `new${i}`, value: 'v'.repeat(300) }]);
    await roll(world);
    const report = await world.run('compact');
    expect(report.errors).toEqual([]);
    expect(report.did).toMatchObject({ partitionsCompacted: 1, recordsKept: KEYS + 5 });
    expect(report.did.recordsRemoved).toBeUndefined();
    expect((await keysOf(world.zones[0], 'log/')).filter((key) => before.includes(key))).toEqual(before);
    expect(report.requests.bytesPut).toBeLessThan(3_000);
    expect(await valuesOf(world)).toHaveLength(KEYS + 5);
  });

  it('comes to the same records in parts as at once, with the same holes', async () => {
    const seen: string[][] = [];
    for (const uploadPartBytes of [2_000, 1_000_000]) {
      const world = await compacted({ uploadPartBytes });
      for (const i of [3, 17, 59]) await produce(world, 't', 0, [{ key: `k${i}`, value: i === 17 ? null : 'later' }]);
      await roll(world);
      const report = await world.run('compact');
      expect(report.did).toMatchObject({ partitionsCompacted: 1, recordsRemoved: 3 });
      seen.push(await valuesOf(world));
      world.clock.nowMs += 2 * DAY;
      await world.run('sweep');
      const [, log = ''] = await keysOf(world.zones[0], 'log/');
      const file = (await world.zones[0]?.objects.get(log, 0, 1e9)) as Buffer;
      expect([...iterateBatches(file)].map(({ header }) => header.baseOffset)).not.toContain(17);
      expect((await world.run('replicate', { all: true, anew: true })).errors).toEqual([]);
      expect((await world.maintenance.repair({ topic: 't', read: true })).lost).toEqual([]);
    }
    expect(seen[0]).toEqual(seen[1]);
    expect(seen[0]).toHaveLength(KEYS);
  });

  it('leaves nothing when it is told to end, and the next run does all of it', async () => {
    const world = await compacted({ uploadPartBytes: 2_000 });
    for (let i = 0; i < KEYS; i += 2) await produce(world, 't', 0, [{ key: `k${i}`, value: 'later' }]);
    await roll(world);
    const before = await keysOf(world.zones[0], 'log/');
    const stop = new AbortController();
    stop.abort();
    expect(await world.run('compact', { signal: stop.signal })).toMatchObject({ complete: false, errors: [] });
    expect(await keysOf(world.zones[0], 'log/')).toEqual(before);
    expect((await world.run('compact', { all: true })).did).toMatchObject({ recordsRemoved: KEYS / 2 });
    expect(await valuesOf(world)).toHaveLength(KEYS);
  });
});
