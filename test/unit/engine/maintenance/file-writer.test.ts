import { describe, expect, it } from 'vitest';
import type { EngineDeps } from '../../../../lib/engine/engine.ts';
import { iterateBatches } from '../../../../lib/format/record-batch.ts';
import { SegmentIndex } from '../../../../lib/format/segment-index.ts';
import type { Zone } from '../../../../lib/ports/object-store.ts';
import { createWorld, keysOf, MINUTE, maintenanceOver, produce, readAll, type World } from './world.ts';

const PART_BYTES = 2_000;
const RECORDS = 60;

async function written(zones: number, configs: Readonly<Record<string, string>> = {}): Promise<World> {
  const world = createWorld({ zones });
  await world.engine.topics.create({ name: 't', configs });
  for (let i = 0; i < RECORDS; i++) await produce(world, 't', 0, [{ key: `k${i % 50}`, value: `${i}`.padEnd(300, 'x') }]);
  world.clock.nowMs += 11 * MINUTE;
  return world;
}

async function objectsOf(zone: Zone | undefined): Promise<{ readonly log: Buffer; readonly index: Buffer }> {
  const keys = await keysOf(zone, 'log/');
  const read = async (end: string) => (await zone?.objects.get(keys.find((key) => key.endsWith(end)) ?? '', 0, 1e9)) as Buffer;
  return { log: await read('.log'), index: await read('.index') };
}

/** Deps whose zone fails from the n-th call of a method on. */
function failing(world: World, zone: number, method: keyof Zone['objects'], from: number): EngineDeps {
  let calls = 0;
  const zones = world.deps.zones.map(({ name, objects }, i) => ({
    name,
    objects: new Proxy(objects, {
      get(target, property) {
        const value = Reflect.get(target, property) as (...args: unknown[]) => unknown;
        if (i !== zone || property !== method) return value.bind(target);
        return async (...args: unknown[]) => {
          if (++calls >= from) throw new Error('the zone is gone');
          return value.apply(target, args);
        };
      },
    }),
  }));
  return { ...world.deps, zones };
}

describe('a merged file', () => {
  it('is the same bytes in parts as at once, and is counted in requests', async () => {
    const [atOnce, inParts] = [await written(1), await written(1)];
    const first = await maintenanceOver(atOnce.deps).run('merge', { all: true });
    const second = await maintenanceOver(inParts.deps, { settings: { uploadPartBytes: PART_BYTES } }).run('merge', { all: true });
    expect([first.errors, second.errors]).toEqual([[], []]);
    const whole = await objectsOf(atOnce.zones[0]);
    const parts = await objectsOf(inParts.zones[0]);
    expect(parts.log.equals(whole.log)).toBe(true);
    expect(parts.index.equals(whole.index)).toBe(true);
    expect(new SegmentIndex(parts.index).logBytes).toBe(whole.log.length);
    expect([...iterateBatches(parts.log)].map(({ header }) => header.baseOffset)).toEqual(Array.from({ length: RECORDS }, (_, i) => i));
    // Index and file, and an empty object that tells the time.
    expect(first.requests.puts).toBe(3);
    // The first part has what two may have, since until then it could have been a small file.
    const batchBytes = whole.log.length / RECORDS;
    const rest = Math.ceil((RECORDS - Math.ceil((2 * PART_BYTES) / batchBytes)) / Math.ceil(PART_BYTES / batchBytes));
    expect(second.requests.puts).toBe(3 + 1 + (1 + rest));
  });

  it('goes to as many zones as min.insync.replicas asks for', async () => {
    const world = await written(3, { 'min.insync.replicas': '2' });
    const report = await maintenanceOver(world.deps, { settings: { uploadPartBytes: PART_BYTES } }).run('merge', { all: true });
    expect(report.errors).toEqual([]);
    const there = await Promise.all(world.zones.map(async (zone) => (await keysOf(zone, 'log/')).length));
    expect(there).toEqual([2, 2, 0]);
  });

  it.each([
    ['beginUpload', 1],
    ['uploadPart', 1],
    ['uploadPart', 3],
  ] as const)('goes to the next zone where %s fails at call %i, and leaves nothing of it in the first', async (method, from) => {
    const world = await written(2);
    const deps = failing(world, 0, method, from);
    const report = await maintenanceOver(deps, { settings: { uploadPartBytes: PART_BYTES } }).run('merge', { all: true });
    expect(report.errors).toEqual([]);
    expect(report.did).toMatchObject({ filesWritten: 1, zonesPassedOver: 1 });
    expect((await keysOf(world.zones[0], 'log/')).filter((key) => key.endsWith('.log'))).toEqual([]);
    expect((await objectsOf(world.zones[1])).log.length).toBeGreaterThan(RECORDS * 300);
    expect(await readAll(world.deps, 't', 0)).toHaveLength(RECORDS);
  });

  it('is not there, and names nothing, when its only zone fails in the middle', async () => {
    for (const method of ['beginUpload', 'uploadPart', 'finishUpload'] as const) {
      const world = await written(1);
      const before = await readAll(world.deps, 't', 0);
      const deps = failing(world, 0, method, 1);
      const report = await maintenanceOver(deps, { settings: { uploadPartBytes: PART_BYTES } }).run('merge', { all: true });
      expect(report.errors).toHaveLength(1);
      expect(await keysOf(world.zones[0], 'log/')).toEqual([]);
      expect(await readAll(world.deps, 't', 0)).toEqual(before);
    }
  });

  it('is given up when the run is told to end', async () => {
    const world = await written(1);
    const stop = new AbortController();
    const zones = world.deps.zones.map(({ name, objects }) => ({
      name,
      objects: new Proxy(objects, {
        get(target, property) {
          if (property === 'uploadPart') stop.abort();
          return (Reflect.get(target, property) as (...args: unknown[]) => unknown).bind(target);
        },
      }),
    }));
    const maintenance = maintenanceOver({ ...world.deps, zones }, { settings: { uploadPartBytes: PART_BYTES } });
    const report = await maintenance.run('merge', { all: true, signal: stop.signal });
    expect(report).toMatchObject({ complete: false, errors: [] });
    expect(await keysOf(world.zones[0], 'log/')).toEqual([]);
    expect((await maintenanceOver(world.deps).run('merge', { all: true })).did.filesWritten).toBe(1);
    expect(await readAll(world.deps, 't', 0)).toHaveLength(RECORDS);
  });
});
