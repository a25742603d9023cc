import { beforeAll, describe, expect, it } from 'vitest';
import { readLarge } from '../../../../lib/engine/maintenance/large-copies.ts';
import { Run } from '../../../../lib/engine/maintenance/run.ts';
import { MAINTENANCE_DEFAULTS } from '../../../../lib/engine/maintenance/settings.ts';
import { crc32c } from '../../../../lib/format/crc32c.ts';
import type { Zone } from '../../../../lib/ports/object-store.ts';
import { createWorld, DAY, keysOf, MINUTE, maintenanceOver, produce, readAll, type World } from './world.ts';

const SETTINGS = { uploadPartBytes: 2_000 };
const RECORDS = 40;

async function merged(): Promise<World> {
  const world = createWorld({ zones: 3, settings: SETTINGS });
  await world.engine.topics.create({ name: 't', configs: { 'min.insync.replicas': '2', 'retention.ms': '-1' } });
  for (let i = 0; i < RECORDS; i++) await produce(world, 't', 0, [{ value: `${i}`.padEnd(300, 'x') }]);
  world.clock.nowMs += 11 * MINUTE;
  await world.run('merge', { all: true });
  return world;
}

async function logOf(zone: Zone | undefined): Promise<{ readonly key: string; readonly bytes: Buffer }> {
  const key = (await keysOf(zone, 'log/')).find((name) => name.endsWith('.log')) ?? '';
  return { key, bytes: (await zone?.objects.get(key, 0, 1e9)) as Buffer };
}

describe('a large file of several zones', () => {
  it('is copied in parts to the zone that lacks it', async () => {
    const world = await merged();
    world.clock.nowMs += MINUTE;
    const report = await world.run('replicate', { all: true });
    expect(report.errors).toEqual([]);
    const [first, , third] = world.zones;
    expect((await logOf(third)).bytes.equals((await logOf(first)).bytes)).toBe(true);
    // Six parts, begin and end, where the file would be one put; its index, and an empty object that tells the time.
    const wal = (await keysOf(first, 'wal/')).length;
    expect(report.requests.puts).toBeGreaterThanOrEqual(wal + 1 + 1 + 7);
  });

  it('is mended in its place, in one step, where a byte is wrong, an end is missing, or an offset is another', async () => {
    for (const harm of ['byte', 'end', 'offset', 'size'] as const) {
      const world = await merged();
      world.clock.nowMs += MINUTE;
      await world.run('replicate', { all: true });
      const [first, second] = world.zones;
      const { key, bytes } = await logOf(first);
      const bad = Buffer.from(harm === 'end' ? bytes.subarray(0, -7) : bytes);
      if (harm === 'byte') bad[bytes.length - 20] = (bad[bytes.length - 20] ?? 0) ^ 1;
      if (harm === 'offset') bad[7] = 1;
      if (harm === 'size') bad[8] = 0x30;
      await second?.objects.replace(key, [bad]);
      const deletes: string[] = [];
      const zones = world.deps.zones.map(({ name, objects }) => ({
        name,
        objects: new Proxy(objects, {
          get(target, property) {
            const value = Reflect.get(target, property) as (...args: unknown[]) => unknown;
            if (property !== 'delete') return value.bind(target);
            return (keys: readonly string[]) => {
              deletes.push(...keys);
              return target.delete(keys);
            };
          },
        }),
      }));
      world.clock.nowMs += 2 * DAY;
      const maintenance = maintenanceOver({ ...world.deps, zones }, { settings: SETTINGS });
      const report = await maintenance.run('replicate', { all: true, anew: true });
      expect(report.errors, harm).toEqual([]);
      expect(report.did, harm).toMatchObject({ copiesRepaired: 1 });
      expect((await logOf(second)).bytes.equals(bytes), harm).toBe(true);
      expect(deletes, harm).not.toContain(key);
      expect(await readAll(world.deps, 't', 0)).toHaveLength(RECORDS);
    }
  });

  it('is told of when two whole copies differ, or none is whole', async () => {
    const world = await merged();
    world.clock.nowMs += MINUTE;
    await world.run('replicate', { all: true });
    const { key, bytes } = await logOf(world.zones[0]);
    for (const zone of world.zones) await zone.objects.replace(key, [Buffer.alloc(bytes.length)]);
    world.clock.nowMs += MINUTE;
    const report = await world.run('replicate', { all: true, anew: true });
    expect(report.errors.join()).toContain('no zone has a whole one');
  });

  it('is looked for by an operator who asks for every byte to be read', async () => {
    const world = await merged();
    const { key, bytes } = await logOf(world.zones[0]);
    const look = () => world.maintenance.repair({ topic: 't', read: true });
    expect((await look()).lost).toEqual([]);
    bytes[bytes.length - 3] = 1;
    for (const zone of world.zones) await zone.objects.replace(key, [bytes]);
    expect((await look()).lost).toMatchObject([{ state: 'damaged', records: RECORDS }]);
    for (const zone of world.zones) await zone.objects.delete([key]);
    expect((await look()).lost).toMatchObject([{ state: 'missing' }]);
  });
});

describe('reading a large file', () => {
  let world: World;
  let file: { readonly key: string; readonly bytes: Buffer };
  beforeAll(async () => {
    world = await merged();
    file = await logOf(world.zones[0]);
  });
  const run = () => new Run('replicate', {}, { ...world.deps, settings: MAINTENANCE_DEFAULTS });

  it('gives every byte once, in whole batches, and a checksum of all', async () => {
    const { objects } = world.zones[0] as Zone;
    const seen: Buffer[] = [];
    const checksum = await readLarge(
      { settings: { ...MAINTENANCE_DEFAULTS, ...SETTINGS } },
      run(),
      objects,
      { key: file.key, size: file.bytes.length, placed: undefined },
      async (batches) => {
        seen.push(batches);
      },
    );
    expect(Buffer.concat(seen).equals(file.bytes)).toBe(true);
    expect(checksum).toBe(crc32c(file.bytes));
  });

  it('knows a copy that is not there, or is another size than it should be', async () => {
    const { objects } = world.zones[0] as Zone;
    expect(
      await readLarge({ settings: { ...MAINTENANCE_DEFAULTS, ...SETTINGS } }, run(), objects, {
        key: `${file.key}x`,
        size: 5,
        placed: undefined,
      }),
    ).toBeUndefined();
    for (const size of [file.bytes.length + 1, file.bytes.length - 1]) {
      expect(
        await readLarge({ settings: { ...MAINTENANCE_DEFAULTS, ...SETTINGS } }, run(), objects, { key: file.key, size, placed: undefined }),
      ).toBeUndefined();
    }
  });
});
