import { describe, expect, it } from 'vitest';
import { FLOOR_NONE, leaseIdFrom } from '../../../../lib/core/ids.ts';
import { logIndexKey, logKey, walKey } from '../../../../lib/core/segment-key.ts';
import { RecordBatchBuilder } from '../../../../lib/format/record-batch-writer.ts';
import { buildSegment } from '../../../../lib/format/segment.ts';
import type { Zone } from '../../../../lib/ports/object-store.ts';
import { createWorld, HOUR, keysOf, MINUTE, maintenanceOver, produce, readAll, START_MS, type World } from './world.ts';

/** Uploads a segment for partitions of a topic as a writer does before its grant. */
async function upload(world: World, partitions: readonly number[], ageMs = 0, random = 7) {
  const topic = await world.engine.topics.get('t');
  const lease = leaseIdFrom(world.clock.nowMs - ageMs, new Uint8Array(6).fill(random));
  const builder = new RecordBatchBuilder();
  const slices = partitions.map((partition) => {
    builder.tryAppend({ timestamp: 1, key: null, value: 'lost' });
    return { topicId: topic.id, partition, span: 1, records: 1, minTimestamp: 1, maxTimestamp: 1, chunks: [builder.build()] };
  });
  await world.zones[0]?.objects.put(walKey(lease), buildSegment(slices).chunks);
  return lease;
}

describe('sweep', () => {
  it('deletes a segment that nothing names, an hour and a minute later, and fences its writer', async () => {
    const world = createWorld();
    const topic = await world.engine.topics.create({ name: 't', partitions: 3 });
    const lease = await upload(world, [0, 2]);
    await produce(world, 't', 1, [{ value: 'kept' }]);
    world.clock.nowMs += 59 * MINUTE;
    await world.run('sweep');
    expect(await keysOf(world.zones[0], 'wal/')).toHaveLength(2);
    world.clock.nowMs += 2 * MINUTE;
    const report = await world.run('sweep');
    expect(report.did).toMatchObject({ floorsRaised: 3, objectsDeleted: 1, segmentsNamed: 1, segmentsUnnamed: 1 });
    expect((await keysOf(world.zones[0], 'wal/')).includes(walKey(lease))).toBe(false);
    const records = await world.deps.leases.read([0, 1, 2].map((partition) => ({ topicId: topic.id, partition })));
    expect(records[0]?.floor).toBe(lease);
    expect(records[2]?.floor).toBe(lease);
    // A writer whose clock stands still passes at its second try.
    expect(await produce(world, 't', 0, [{ value: 'after' }])).toBe(0);
    expect(await readAll(world.deps, 't', 1)).toHaveLength(1);
  });

  it('never touches what a tail or a page names, however old', async () => {
    const world = createWorld();
    await world.engine.topics.create({ name: 't', partitions: 2 });
    for (let i = 0; i < 60; i++) await produce(world, 't', i % 2, [{ value: `v${i}` }]);
    const before = await keysOf(world.zones[0], 'wal/');
    world.clock.nowMs += 100 * HOUR;
    await world.run('sweep');
    expect(await keysOf(world.zones[0], 'wal/')).toEqual(before);
    expect(await readAll(world.deps, 't', 0)).toHaveLength(30);
  });

  it('raises no floor for the id of a fast clock, and takes the segment when its time has come', async () => {
    const world = createWorld();
    const topic = await world.engine.topics.create({ name: 't' });
    const lease = await upload(world, [0], -5 * HOUR);
    world.clock.nowMs += 2 * HOUR;
    expect((await world.run('sweep')).did).toMatchObject({ segmentsOfTheFuture: 1 });
    expect((await world.deps.leases.read([{ topicId: topic.id, partition: 0 }]))[0]?.floor).toBe(FLOOR_NONE);
    world.clock.nowMs += 4 * HOUR;
    await world.run('sweep');
    expect(await keysOf(world.zones[0], 'wal/')).toEqual([]);
    expect(lease > leaseIdFrom(START_MS, new Uint8Array(6))).toBe(true);
  });

  it('deletes merged files that no page names, and stops the merge that wrote one and sleeps', async () => {
    const world = createWorld();
    const topic = await world.engine.topics.create({ name: 't' });
    const key = { topicId: topic.id, partition: 0 };
    for (let i = 0; i < 70; i++) await produce(world, 't', 0, [{ value: `v${i}` }]);
    const pages = await world.deps.pages.range(key, 0, 10);
    const sleeper = leaseIdFrom(world.clock.nowMs, new Uint8Array(6).fill(3));
    for (const name of [logKey(key, 0, sleeper), logIndexKey(key, 0, sleeper)]) await world.zones[0]?.objects.put(name, [Buffer.from('x')]);
    world.clock.nowMs += 2 * HOUR;
    expect((await world.run('sweep')).did).toMatchObject({ filesUnnamed: 2, objectsDeleted: 2 });
    const [first] = pages;
    if (first === undefined) throw new Error('no page');
    expect(await world.deps.pages.replace(key, [first], [{ ...first, version: 1 }])).toBe('refused');
    await world.run('merge', { all: true });
    world.clock.nowMs += 2 * HOUR;
    await world.run('sweep');
    expect(await keysOf(world.zones[0], 'log/')).toHaveLength(2);
    expect(await readAll(world.deps, 't', 0)).toHaveLength(70);
  });

  it('deletes what a crash left of a segment, after it has asked and fenced every partition', async () => {
    const world = createWorld();
    const topics = await Promise.all(['a', 'b'].map((name) => world.engine.topics.create({ name, partitions: 2 })));
    const lease = leaseIdFrom(world.clock.nowMs, new Uint8Array(6));
    await world.zones[0]?.objects.put(walKey(lease), [Buffer.alloc(300, 1)]);
    await world.zones[0]?.objects.put(walKey(leaseIdFrom(world.clock.nowMs, new Uint8Array(6).fill(1))), []);
    world.clock.nowMs += 59 * MINUTE;
    await world.run('sweep');
    expect(await keysOf(world.zones[0], 'wal/')).toHaveLength(2);
    world.clock.nowMs += 2 * MINUTE;
    const report = await world.run('sweep');
    expect(report.errors).toEqual([]);
    expect(report.did).toMatchObject({ floorsRaised: 4, objectsDeleted: 2, segmentsBroken: 2, segmentsUnnamed: 2 });
    expect(await keysOf(world.zones[0], 'wal/')).toEqual([]);
    const records = await world.deps.leases.read(topics.map(({ id }) => ({ topicId: id, partition: 1 })));
    for (const record of records) expect((record?.floor ?? '') > lease).toBe(true);
  });

  it('keeps a segment without a footer that a tail or a page names, and says so', async () => {
    const world = createWorld();
    await world.engine.topics.create({ name: 't' });
    for (let i = 0; i < 14; i++) await produce(world, 't', 0, [{ value: `v${i}` }]);
    const objects = world.zones[0]?.objects;
    for (const key of await keysOf(world.zones[0], 'wal/')) {
      const bytes = Buffer.from((await objects?.get(key, 0, 1e9)) ?? []);
      bytes.fill(0, bytes.length - 8);
      await objects?.delete([key]);
      await objects?.put(key, [bytes]);
    }
    world.clock.nowMs += 2 * HOUR;
    const report = await world.run('sweep');
    expect(report.errors).toHaveLength(10);
    expect(report.errors[0]).toContain('a partition names it');
    expect(await readAll(world.deps, 't', 0)).toHaveLength(14);
    // The batches are whole: a merge saves them, and then nothing names what is broken.
    await world.run('merge', { all: true });
    world.clock.nowMs += 25 * HOUR;
    expect((await world.run('sweep')).errors).toEqual([]);
    expect(await keysOf(world.zones[0], 'wal/')).toEqual([]);
    expect(await readAll(world.deps, 't', 0)).toHaveLength(14);
  });

  it('believes the footer of any zone, and takes nothing for broken while a zone cannot be asked', async () => {
    const world = createWorld({ zones: 2 });
    const topic = await world.engine.topics.create({ name: 't', partitions: 3 });
    const lease = await upload(world, [1]);
    const whole = (await world.zones[0]?.objects.get(walKey(lease), 0, 1e9)) ?? Buffer.alloc(0);
    await world.zones[0]?.objects.delete([walKey(lease)]);
    await world.zones[0]?.objects.put(walKey(lease), [whole.subarray(0, 20)]);
    world.clock.nowMs += 2 * HOUR;
    const second = world.zones[1] as Zone;
    const fails = async (): Promise<never> => {
      throw new Error('the zone is gone');
    };
    const objects = new Proxy(second.objects, { get: () => fails });
    const blind = maintenanceOver({ ...world.deps, zones: [world.zones[0] as Zone, { name: 'zone-1', objects }] });
    await blind.run('sweep', { anew: true });
    expect(await keysOf(world.zones[0], 'wal/')).toHaveLength(1);
    await second.objects.put(walKey(lease), [whole]);
    expect((await world.run('sweep')).did).toMatchObject({ floorsRaised: 1, segmentsUnnamed: 1 });
    const records = await world.deps.leases.read([0, 1].map((partition) => ({ topicId: topic.id, partition })));
    expect(records.map((record) => record?.floor)).toEqual([FLOOR_NONE, lease]);
    expect(await Promise.all(world.zones.map((zone) => keysOf(zone, 'wal/')))).toEqual([[], []]);
  });

  it('of two runs at once harms nothing', async () => {
    const world = createWorld();
    await world.engine.topics.create({ name: 't', partitions: 2 });
    for (let i = 0; i < 40; i++) await produce(world, 't', i % 2, [{ value: `v${i}` }]);
    for (let i = 0; i < 10; i++) await upload(world, [0, 1], 0, i + 10);
    world.clock.nowMs += 2 * HOUR;
    const other = maintenanceOver(world.deps);
    await Promise.all([world.run('sweep'), other.run('sweep'), world.run('merge', { all: true })]);
    expect(await readAll(world.deps, 't', 0)).toHaveLength(20);
    expect(await readAll(world.deps, 't', 1)).toHaveLength(20);
    world.clock.nowMs += 2 * HOUR;
    await world.run('sweep');
    expect(await keysOf(world.zones[0], 'wal/')).toEqual([]);
  });

  it('refuses settings that would delete under readers and writers', async () => {
    const world = createWorld();
    expect(() => maintenanceOver(world.deps, { settings: { sweepAgeMs: 1_000 } })).toThrow(
      'sweepAgeMs is 1000, it must be at least 900000',
    );
    expect(() => maintenanceOver(world.deps, { settings: { deleteDelayMs: 1 } })).toThrow('deleteDelayMs is 1');
  });
});
