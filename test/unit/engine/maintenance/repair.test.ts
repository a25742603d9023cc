import { describe, expect, it } from 'vitest';
import type { Zone } from '../../../../lib/ports/object-store.ts';
import { createMemoryEngine } from '../../../../lib/runtime/memory.ts';
import { createWorld, HOUR, keysOf, MINUTE, maintenanceOver, produce, readAll, type World } from './world.ts';

async function filled(zones = 2): Promise<World> {
  const world = createWorld({ zones });
  await world.engine.topics.create({ name: 't', partitions: 2, configs: { 'retention.ms': '-1' } });
  for (let i = 0; i < 80; i++) await produce(world, 't', 0, [{ value: `v${i}` }]);
  world.clock.nowMs += 11 * MINUTE;
  await world.run('merge', { all: true });
  for (let i = 80; i < 84; i++) await produce(world, 't', 0, [{ value: `v${i}` }]);
  world.clock.nowMs += 2 * MINUTE;
  await world.run('sweep');
  return world;
}

async function lose(world: World, wanted: (key: string) => boolean): Promise<string> {
  const keys = await keysOf(world.zones[0]);
  const key = keys.find(wanted) ?? '';
  for (const zone of world.zones) await zone.objects.delete([key]);
  return key;
}

describe('repair', () => {
  it('finds nothing where nothing is lost', async () => {
    const world = await filled();
    expect(await world.maintenance.repair({ topic: 't', read: true })).toEqual({ lost: [], complete: true, errors: [] });
  });

  it('tells what is lost and changes nothing; told to, it marks it, and readers pass over it', async () => {
    const world = await filled();
    const before = await readAll(world.deps, 't', 0);
    const object = await lose(world, (key) => key.endsWith('.log'));
    await expect(readAll(world.deps, 't', 0)).rejects.toThrow('is missing');
    const dry = await world.maintenance.repair({ topic: 't' });
    const range = { topic: 't', partition: 0, firstOffset: 0, endOffset: 80, records: 80, object, bytes: expect.any(Number) };
    expect(dry.lost).toEqual([{ ...range, state: 'missing' }]);
    await expect(readAll(world.deps, 't', 0)).rejects.toThrow('is missing');
    expect((await world.maintenance.repair({ topic: 't', apply: true })).lost).toEqual([{ ...range, state: 'marked' }]);
    expect(await readAll(world.deps, 't', 0)).toEqual(before.slice(80));
    expect(await createMemoryEngine({ ...world.deps }).listOffset({ topic: 't', partition: 0, at: 'latest' })).toMatchObject({
      offset: 84,
    });
    expect((await world.maintenance.repair({ topic: 't' })).lost).toMatchObject([{ state: 'marked earlier', records: 80 }]);
    for (let i = 0; i < 3; i++) {
      world.clock.nowMs += HOUR;
      for (const job of ['merge', 'retain', 'replicate', 'sweep'] as const)
        expect((await world.run(job, { all: true })).errors).toEqual([]);
    }
    expect(await readAll(world.deps, 't', 0)).toEqual(before.slice(80));
  });

  it('marks an entry of the tail, while its producers go on', async () => {
    const world = await filled();
    const object = await lose(world, (key) => key.startsWith('wal/'));
    const [{ lost }] = await Promise.all([
      world.maintenance.repair({ topic: 't', partition: 0, apply: true }),
      produce(world, 't', 0, [{ value: 'x' }]),
    ]);
    expect(lost).toMatchObject([{ object, state: 'marked', records: 1 }]);
    expect(await readAll(world.deps, 't', 0)).toHaveLength(84);
    expect(await produce(world, 't', 0, [{ value: 'y' }])).toBe(85);
  });

  it('finds a damaged object only when it reads, and only when no zone has a whole one', async () => {
    const world = await filled();
    const key = (await keysOf(world.zones[0])).find((name) => name.endsWith('.log')) ?? '';
    const damage = async (zone: Zone | undefined) => {
      const bytes = Buffer.from((await zone?.objects.get(key, 0, 1e9)) ?? Buffer.alloc(200));
      bytes.writeUInt8(bytes.readUInt8(70) ^ 1, 70);
      await zone?.objects.delete([key]);
      await zone?.objects.put(key, [bytes]);
    };
    await world.run('replicate', { all: true });
    await damage(world.zones[0]);
    expect((await world.maintenance.repair({ topic: 't', read: true })).lost).toEqual([]);
    await damage(world.zones[1]);
    expect((await world.maintenance.repair({ topic: 't' })).lost).toEqual([]);
    expect((await world.maintenance.repair({ topic: 't', read: true })).lost).toMatchObject([{ state: 'damaged', object: key }]);
  });

  it('keeps what a zone may have that cannot be asked, unless that zone is given up', async () => {
    const world = await filled();
    await lose(world, (key) => key.endsWith('.log'));
    const fails = async (): Promise<never> => {
      throw new Error('the zone is gone');
    };
    const objects = new Proxy((world.zones[1] as Zone).objects, { get: () => fails });
    const half = maintenanceOver({ ...world.deps, zones: [world.zones[0] as Zone, { name: 'zone-1', objects }] });
    const kept = await half.repair({ topic: 't', apply: true });
    expect(kept.lost).toMatchObject([{ state: 'kept' }]);
    expect(kept.errors[0]).toContain('zone-1');
    expect((await half.repair({ topic: 't', apply: true, withoutZones: ['zone-1'] })).lost).toMatchObject([{ state: 'marked' }]);
    await expect(half.repair({ topic: 't', withoutZones: ['zone-9'] })).rejects.toThrow("there is no zone 'zone-9'");
    await expect(half.repair({ topic: 't', partition: 2 })).rejects.toThrow('2');
  });
});
