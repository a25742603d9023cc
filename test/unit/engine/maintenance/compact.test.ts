import { describe, expect, it } from 'vitest';
import { iterateBatches } from '../../../../lib/format/record-batch.ts';
import { createWorld, DAY, HOUR, keysOf, MINUTE, produce, readAll, settle, type World } from './world.ts';

const COMPACT = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0', 'delete.retention.ms': String(DAY) };

async function put(world: World, key: string, value: string | null): Promise<number> {
  return produce(world, 't', 0, [{ key, value }]);
}

/** Everything so far is below the tail. */
async function roll(world: World): Promise<void> {
  world.clock.nowMs += 11 * MINUTE;
  await world.run('merge', { all: true });
}

describe('compaction', () => {
  it('keeps the last value of each key at its offset, in order', async () => {
    const world = createWorld();
    await world.engine.topics.create({ name: 't', configs: COMPACT });
    for (let i = 0; i < 300; i++) await put(world, `k${i % 7}`, `v${i}`);
    await roll(world);
    const report = await world.run('compact');
    expect(report.errors).toEqual([]);
    expect(report.did).toMatchObject({ partitionsCompacted: 1, recordsKept: 7, recordsRemoved: 293 });
    const expected = Array.from({ length: 7 }, (_, i) => ({ offset: 293 + i, key: `k${(293 + i) % 7}`, value: `v${293 + i}` }));
    expect(await readAll(world.deps, 't', 0)).toEqual(expected);
    expect(await readAll(world.deps, 't', 0, 100)).toEqual(expected);
    expect(await put(world, 'k0', 'next')).toBe(300);
    expect((await world.engine.listOffset({ topic: 't', partition: 0, at: 'earliest' })).offset).toBe(0);
  });

  it('keeps a tombstone for delete.retention.ms after it was compacted, then lets it go', async () => {
    const world = createWorld();
    await world.engine.topics.create({ name: 't', configs: COMPACT });
    for (let i = 0; i < 20; i++) await put(world, `k${i}`, `v${i}`);
    for (let i = 0; i < 10; i++) await put(world, `k${i}`, null);
    await roll(world);
    await world.run('compact');
    expect((await readAll(world.deps, 't', 0)).map(({ offset }) => offset)).toEqual(Array.from({ length: 20 }, (_, i) => 10 + i));
    world.clock.nowMs += DAY - HOUR;
    await put(world, 'other', 'x');
    await roll(world);
    await world.run('compact');
    expect((await readAll(world.deps, 't', 0)).filter(({ value }) => value === null)).toHaveLength(10);
    world.clock.nowMs += 2 * HOUR;
    await put(world, 'another', 'y');
    await roll(world);
    await world.run('compact');
    expect((await readAll(world.deps, 't', 0)).map(({ offset }) => offset)).toEqual([
      ...Array.from({ length: 10 }, (_, i) => 10 + i),
      30,
      31,
    ]);
  });

  it('waits for the dirty ratio and for min.compaction.lag.ms, but not beyond max.compaction.lag.ms', async () => {
    const world = createWorld();
    await world.engine.topics.create({ name: 't', configs: { 'cleanup.policy': 'compact', 'min.compaction.lag.ms': String(HOUR) } });
    for (let i = 0; i < 60; i++) await put(world, 'k', `v${i}`);
    await roll(world);
    expect((await world.run('compact')).did).toEqual({});
    world.clock.nowMs += HOUR;
    expect((await world.run('compact')).did).toMatchObject({ partitionsCompacted: 1, recordsRemoved: 59 });
    for (let i = 0; i < 60; i++) await produce(world, 't', 0, [{ key: `big${i}`, value: 'x'.repeat(3_000) }]);
    await roll(world);
    world.clock.nowMs += 2 * HOUR;
    expect((await world.run('compact')).did.partitionsCompacted).toBe(1);
    await put(world, 'k', 'later');
    await roll(world);
    world.clock.nowMs += 2 * HOUR;
    expect((await world.run('compact')).did).toEqual({});
    await world.engine.topics.alter('t', { set: { 'max.compaction.lag.ms': String(HOUR) } });
    expect((await world.run('compact')).did.partitionsCompacted).toBe(1);
  });

  it('comes to what stands in the tail once segment.ms, max.compaction.lag.ms or segment.bytes asks for it, without another append', async () => {
    const world = createWorld();
    for (const [name, configs] of Object.entries({
      bytes: { 'segment.bytes': String(2 ** 20) },
      lag: { 'max.compaction.lag.ms': '500' },
      span: { 'segment.ms': '500' },
      week: {},
    })) {
      await world.engine.topics.create({ name, configs: { ...COMPACT, ...configs } });
      const value = 'x'.repeat(name === 'bytes' ? 300_000 : 10);
      for (let i = 0; i < 5; i++) await produce(world, name, 0, [{ key: 'k', value }]);
    }
    const offsets = async (name: string) => (await readAll(world.deps, name, 0)).map(({ offset }) => offset);
    // The first run looks at everything there is.
    expect((await world.run('compact')).did).toMatchObject({ partitionsCompacted: 1 });
    world.clock.nowMs += 1_000;
    expect((await world.run('compact')).did).toMatchObject({ partitionsCompacted: 2 });
    for (const name of ['bytes', 'lag', 'span']) expect(await offsets(name)).toEqual([4]);
    expect(await offsets('week')).toEqual([0, 1, 2, 3, 4]);
    expect(await produce(world, 'lag', 0, [{ key: 'k', value: 'next' }])).toBe(5);
    world.clock.nowMs += 1_000;
    expect((await world.run('compact')).did).toMatchObject({ partitionsCompacted: 1 });
    expect(await offsets('lag')).toEqual([5]);
    world.clock.nowMs += 8 * DAY;
    await world.run('compact', { all: true });
    expect(await offsets('week')).toEqual([4]);
  });

  it('takes several passes when the keys do not fit its memory, and loses none', async () => {
    const world = createWorld({ settings: { compactionMemoryBytes: 24 * 20 } });
    await world.engine.topics.create({ name: 't', configs: COMPACT });
    for (let i = 0; i < 400; i++) await put(world, `k${(i * 37) % 100}`, `v${i}`);
    await roll(world);
    const report = await world.run('compact');
    expect(report.did.passes).toBeGreaterThan(5);
    const records = await readAll(world.deps, 't', 0);
    expect(records).toHaveLength(100);
    expect(records.every(({ offset }) => offset >= 300)).toBe(true);
    expect((await world.run('compact')).did).toEqual({});
  });

  it('keeps codec, producer and headers of what it rewrites, and the end of the log as an empty batch', async () => {
    const world = createWorld();
    const topic = await world.engine.topics.create({ name: 't', configs: COMPACT });
    const { producerId } = await world.engine.initProducerId();
    for (const [i, compression] of (['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const).entries()) {
      const options = { compression, producerId, producerEpoch: 0, baseSequence: i * 3 };
      await produce(
        world,
        't',
        0,
        [
          { key: 'a', value: `a${i}` },
          { key: `own${i}`, value: null },
          { key: 'b', value: `b${i}` },
        ],
        options,
      );
    }
    await produce(world, 't', 0, [
      { key: 'c', value: '1' },
      { key: 'c', value: '2' },
    ]);
    await roll(world);
    await world.run('compact');
    const [, fileKey] = await keysOf(world.zones[0], `log/${topic.id}/0/`);
    const files = await Promise.all(
      (await keysOf(world.zones[0], `log/${topic.id}/0/`))
        .filter((key) => key.endsWith('.log'))
        .map((key) => world.zones[0]?.objects.get(key, 0, 1e9)),
    );
    const headers = [...iterateBatches(files.at(-1) as Buffer)].map(({ header }) => header);
    expect(fileKey).toBeDefined();
    expect(
      headers.map(({ compression, recordsCount, producerId: id, baseSequence }) => [compression, recordsCount, id, baseSequence]),
    ).toEqual([
      ['none', 1, producerId, 0],
      ['gzip', 1, producerId, 3],
      ['snappy', 1, producerId, 6],
      ['lz4', 1, producerId, 9],
      ['zstd', 3, producerId, 12],
      ['none', 1, -1, -1],
    ]);
    expect(headers.map(({ hasDeleteHorizon }) => hasDeleteHorizon)).toEqual([true, true, true, true, true, false]);
    const records = await readAll(world.deps, 't', 0);
    expect(records.map(({ key }) => key)).toEqual(['own0', 'own1', 'own2', 'own3', 'a', 'own4', 'b', 'c']);
    // The producer's next batch follows, and a repeated one is known.
    await produce(world, 't', 0, [{ key: 'z', value: 'z' }], { producerId, producerEpoch: 0, baseSequence: 15 });
  });

  it('lets readers pass over what is gone, to the end and by time', async () => {
    const world = createWorld();
    await world.engine.topics.create({ name: 't', configs: { ...COMPACT, 'delete.retention.ms': '0' } });
    for (let i = 0; i < 50; i++) await put(world, 'k', null);
    await roll(world);
    await world.run('compact');
    for (let i = 0; i < 2; i++) {
      world.clock.nowMs += HOUR;
      await put(world, 'other', `${i}`);
      await roll(world);
      await world.run('compact');
    }
    expect(await readAll(world.deps, 't', 0)).toEqual([{ offset: 51, key: 'other', value: '1' }]);
    const answer = await world.engine.fetch({ topic: 't', partition: 0, offset: 10 });
    expect(answer.nextOffset).toBeGreaterThan(10);
    expect((await world.engine.listOffset({ topic: 't', partition: 0, at: 0 })).offset).toBe(51);
    expect((await world.engine.listOffset({ topic: 't', partition: 0, at: 'max-timestamp' })).offset).toBe(51);
  });

  it('with compact,delete lets old records go too, and leaves no object behind', async () => {
    const world = createWorld();
    await world.engine.topics.create({
      name: 't',
      configs: { ...COMPACT, 'cleanup.policy': 'compact,delete', 'retention.ms': String(2 * DAY) },
    });
    for (let i = 0; i < 100; i++) await put(world, `k${i % 5}`, `v${i}`);
    await settle(world, undefined, 3);
    expect(await readAll(world.deps, 't', 0)).toHaveLength(5);
    world.clock.nowMs += 3 * DAY;
    await settle(world);
    expect(await readAll(world.deps, 't', 0)).toEqual([]);
    expect(await keysOf(world.zones[0])).toEqual([]);
  });
});
