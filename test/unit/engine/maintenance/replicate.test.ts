import { describe, expect, it } from 'vitest';
import type { Zone } from '../../../../lib/ports/object-store.ts';
import { createWorld, HOUR, keysOf, MINUTE, maintenanceOver, produce, readAll, type World } from './world.ts';

async function fill(world: World, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await produce(world, 't', i % 2, [{ value: `v${i}` }]);
  world.clock.nowMs += MINUTE;
}

async function same(world: World): Promise<boolean> {
  const keys = await Promise.all(world.zones.map((zone) => keysOf(zone)));
  return keys.every((list) => list.join() === keys[0]?.join());
}

async function clear(zone: Zone | undefined): Promise<void> {
  await zone?.objects.delete(await keysOf(zone));
}

describe('replication', () => {
  it('gives every zone a copy of every object, and fills a zone that comes back empty', async () => {
    const world = createWorld({ zones: 3 });
    await world.engine.topics.create({ name: 't', partitions: 2, configs: { 'min.insync.replicas': '2' } });
    await fill(world, 160);
    expect(await same(world)).toBe(false);
    expect((await world.run('replicate')).errors).toEqual([]);
    expect(await same(world)).toBe(true);
    await world.run('merge', { all: true });
    world.clock.nowMs += MINUTE;
    await world.run('replicate');
    expect(await same(world)).toBe(true);
    for (const gone of [0, 1, 2]) {
      await clear(world.zones[gone]);
      expect(await readAll(world.deps, 't', 0)).toHaveLength(80);
      world.clock.nowMs += MINUTE;
      const report = await world.run('replicate');
      expect(report.did.copiesMade).toBeGreaterThan(4);
      expect(await same(world)).toBe(true);
    }
    expect(world.maintenance.status().underReplicated).toEqual([]);
  });

  it('finds a damaged copy by its checksum and puts a whole one in its place', async () => {
    const world = createWorld({ zones: 2 });
    await world.engine.topics.create({ name: 't', partitions: 2, configs: { 'min.insync.replicas': '2' } });
    await fill(world, 150);
    await world.run('merge', { all: true });
    world.clock.nowMs += MINUTE;
    await world.run('replicate');
    const [zone] = world.zones;
    const keys = await keysOf(zone);
    const damaged = [
      keys.find((key) => key.endsWith('.log')),
      keys.find((key) => key.endsWith('.index')),
      keys.find((key) => key.startsWith('wal/')),
    ];
    const before = await Promise.all(damaged.map((key) => zone?.objects.get(key ?? '', 0, 1e9)));
    for (const [i, key] of damaged.entries()) {
      const bytes = Buffer.from(before[i] ?? []);
      bytes.writeUInt8(bytes.readUInt8(bytes.length - 7) ^ 1, bytes.length - 7);
      await zone?.objects.delete([key ?? '']);
      await zone?.objects.put(key ?? '', [bytes]);
    }
    world.clock.nowMs += MINUTE;
    expect((await world.run('replicate')).did.copiesRepaired ?? 0).toBe(0);
    world.clock.nowMs += 24 * HOUR;
    expect((await world.run('replicate')).did).toMatchObject({ copiesRepaired: 3 });
    expect(await Promise.all(damaged.map((key) => zone?.objects.get(key ?? '', 0, 1e9)))).toEqual(before);
  });

  it('mends a damaged copy in one step, since a delete may come late and take away what was mended by others', async () => {
    const world = createWorld({ zones: 3 });
    await world.engine.topics.create({ name: 't', partitions: 2, configs: { 'min.insync.replicas': '2' } });
    await fill(world, 20);
    await world.run('replicate');
    const [first, second, third] = world.zones as readonly [Zone, Zone, Zone];
    const [key = ''] = await keysOf(first);
    const whole = await first.objects.get(key, 0, 1e9);
    await first.objects.replace(key, [Buffer.from('damaged')]);
    await second.objects.replace(key, [Buffer.alloc(whole?.length ?? 0)]);
    let deletes = 0;
    let reads = 0;
    const watched = ({ name, objects }: Zone, isSilent: boolean): Zone => ({
      name,
      objects: new Proxy(objects, {
        get: (target, method) => {
          if (method === 'delete') deletes++;
          const call = (target as unknown as Record<string | symbol, (...args: unknown[]) => unknown>)[method];
          return (...args: unknown[]) => {
            // One copy cannot be read: it is there all the same, and a put would change nothing.
            if (isSilent && method === 'get' && args[0] === key && reads++ === 0) throw new Error('no answer');
            return Reflect.apply(call as never, target, args);
          };
        },
      }),
    });
    const zones = [watched(first, false), watched(second, true), third];
    world.clock.nowMs += MINUTE;
    await maintenanceOver({ ...world.deps, zones }).run('replicate');
    // The one is of the object that tells the store's time.
    expect(deletes).toBe(1);
    for (const zone of world.zones) expect(await zone.objects.get(key, 0, 1e9)).toEqual(whole);
  });

  it('tells which partitions miss a copy while a zone is gone, and fills it when it is back', async () => {
    const world = createWorld({ zones: 2 });
    const topic = await world.engine.topics.create({ name: 't', partitions: 2 });
    await fill(world, 4);
    let gone = true;
    const fails = async (): Promise<never> => {
      throw new Error('the zone is gone');
    };
    const second = world.zones[1] as Zone;
    const objects = new Proxy(second.objects, {
      get: (target, name) => (gone ? fails : (target as unknown as Record<string | symbol, () => void>)[name]?.bind(target)),
    });
    const maintenance = maintenanceOver({ ...world.deps, zones: [world.zones[0] as Zone, { name: 'zone-1', objects }] });
    await maintenance.run('replicate');
    expect(maintenance.status().underReplicated).toEqual([`${topic.id}/0`, `${topic.id}/1`]);
    gone = false;
    await maintenance.run('replicate');
    expect(maintenance.status().underReplicated).toEqual([]);
    expect(await same(world)).toBe(true);
  });

  it('brings back nothing that sweep deletes at the same time', async () => {
    const world = createWorld({ zones: 2 });
    await world.engine.topics.create({ name: 't', partitions: 2, configs: { 'retention.ms': '1000' } });
    await fill(world, 40);
    for (let i = 0; i < 5; i++) {
      world.clock.nowMs += 2 * HOUR;
      await Promise.all([world.run('retain'), world.run('merge', { all: true }), world.run('sweep'), world.run('replicate')]);
    }
    world.clock.nowMs += 2 * HOUR;
    await world.run('sweep');
    expect(await Promise.all(world.zones.map((zone) => keysOf(zone)))).toEqual([[], []]);
  });

  it('lists nothing while the one process that writes has written nothing, and notices a zone that was emptied', async () => {
    const world = createWorld({ zones: 2 });
    const alone = maintenanceOver({ ...world.deps, settings: { ...world.deps.settings, soleWriter: true } });
    await world.engine.topics.create({ name: 't', partitions: 2 });
    await fill(world, 4);
    await alone.run('replicate');
    world.clock.nowMs += MINUTE;
    expect((await alone.run('replicate')).requests).toMatchObject({ lists: 4, gets: 0, puts: 0 });
    await clear(world.zones[1]);
    expect((await alone.run('replicate')).did.copiesMade).toBe(4);
    expect(await same(world)).toBe(true);
    world.clock.nowMs += 25 * HOUR;
    expect((await alone.run('replicate')).did.copiesChecked).toBe(8);
  });

  it('has nothing to do with one zone', async () => {
    const world = createWorld();
    expect((await world.run('replicate')).requests.lists).toBe(0);
  });

  it('does not copy a merged file whose base offset is damaged, which no checksum covers', async () => {
    const world = createWorld({ zones: 3 });
    const topic = await world.engine.topics.create({ name: 't', configs: { 'min.insync.replicas': '2' } });
    await produce(
      world,
      't',
      0,
      Array.from({ length: 3 }, (_, i) => ({ value: `v${i}` })),
    );
    world.clock.nowMs += HOUR;
    await world.run('merge', { all: true });
    world.clock.nowMs += MINUTE;
    await world.run('replicate');
    const key = (await keysOf(world.zones[0], `log/${topic.id}/`)).find((name) => name.endsWith('.log')) ?? '';
    const whole = await world.zones[0]?.objects.get(key, 0, 1e9);
    const damaged = Buffer.from(whole ?? []);
    damaged.writeUInt8(64, 7);
    await world.zones[0]?.objects.delete([key]);
    await world.zones[0]?.objects.put(key, [damaged]);
    await world.zones[2]?.objects.delete([key]);
    world.clock.nowMs += MINUTE;
    expect((await world.run('replicate', { anew: true })).errors).toEqual([]);
    for (const zone of world.zones) expect(await zone.objects.get(key, 0, 1e9)).toEqual(whole);
  });
});
