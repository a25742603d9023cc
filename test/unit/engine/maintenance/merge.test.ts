import { describe, expect, it } from 'vitest';
import { partitionName } from '../../../../lib/core/ids.ts';
import { iterateBatches } from '../../../../lib/format/record-batch.ts';
import { SegmentIndex } from '../../../../lib/format/segment-index.ts';
import { createWorld, DAY, HOUR, inlineLeases, keysOf, MINUTE, maintenanceOver, produce, readAll, type World } from './world.ts';

async function fill(world: World, partitions: number, rounds: number): Promise<void> {
  for (let i = 0; i < rounds; i++) {
    world.clock.nowMs += 100;
    await Promise.all(
      Array.from({ length: partitions }, (_, p) => produce(world, 't', p, [{ value: `a${i}-${p}` }, { value: `b${i}-${p}` }])),
    );
  }
}

describe('merge', () => {
  it('makes files of one partition from segments of many, and every record stays where it was', async () => {
    const world = createWorld();
    await world.engine.topics.create({ name: 't', partitions: 3 });
    await fill(world, 3, 100);
    const before = await Promise.all([0, 1, 2].map((p) => readAll(world.deps, 't', p)));
    expect(before[0]).toHaveLength(200);
    const report = await world.run('merge');
    expect(report.errors).toEqual([]);
    expect(report.did.filesWritten).toBe(3);
    expect(await Promise.all([0, 1, 2].map((p) => readAll(world.deps, 't', p)))).toEqual(before);
    for (const offset of [0, 1, 57, 150, 199]) {
      expect((await readAll(world.deps, 't', 1, offset))[0]?.offset).toBe(offset);
    }
    // Each segment was read once for all three partitions.
    expect(report.requests.gets).toBeLessThanOrEqual(100);
  });

  it('writes files with real offsets and an index that finds every one of them', async () => {
    const world = createWorld();
    const topic = await world.engine.topics.create({ name: 't', configs: { 'index.interval.bytes': '0' } });
    await fill(world, 1, 120);
    await world.run('merge');
    const [indexKey, fileKey] = await keysOf(world.zones[0], `log/${topic.id}/0/`);
    const file = (await world.zones[0]?.objects.get(fileKey ?? '', 0, 1e9)) as Buffer;
    const batches = [...iterateBatches(file)];
    expect(batches.map(({ header }) => header.baseOffset)).toEqual(batches.map((_, i) => i * 2));
    const index = new SegmentIndex((await world.zones[0]?.objects.get(indexKey ?? '', 0, 1e9)) as Buffer);
    for (const { position, header } of batches.slice(3)) expect(index.positionOf(header.lastOffset)).toBe(position);
  });

  it('rolls the old tail of a partition that nobody writes to any more', async () => {
    const world = createWorld();
    await world.engine.topics.create({ name: 't' });
    await fill(world, 1, 3);
    expect((await world.run('merge', { all: true })).did).toEqual({});
    world.clock.nowMs += 11 * MINUTE;
    const report = await world.run('merge', { all: true });
    expect(report.did).toMatchObject({ tailsRolled: 1, filesWritten: 1 });
    expect(await readAll(world.deps, 't', 0)).toHaveLength(6);
    await produce(world, 't', 0, [{ value: 'later' }]);
    expect((await readAll(world.deps, 't', 0)).at(-1)).toMatchObject({ offset: 6, value: 'later' });
  });

  it('takes the segments away a minute after all their partitions were merged, rows and objects', async () => {
    for (const inlineBytesMax of [0, 8192]) {
      const world = createWorld({ inlineBytesMax });
      await world.engine.topics.create({ name: 't', partitions: 2 });
      await fill(world, 2, 48);
      world.clock.nowMs += 11 * MINUTE;
      await world.run('merge', { all: true });
      const left = async () => (await keysOf(world.zones[0], 'wal/')).length + (await inlineLeases(world.deps)).length;
      expect(await left()).toBe(48);
      await world.run('sweep');
      expect(await left()).toBe(0);
      expect(await readAll(world.deps, 't', 0)).toHaveLength(96);
      // No floor was raised for them: that they were granted and replaced in all their partitions was known.
      const [record] = await world.deps.leases.read([{ topicId: (await world.engine.topics.get('t')).id, partition: 0 }]);
      expect(record?.floor).toBe('0'.repeat(24));
    }
  });

  it('leaves stubs so that a writer that slept cannot put a replaced page back, and takes them away a day later', async () => {
    const world = createWorld();
    const topic = await world.engine.topics.create({ name: 't' });
    await fill(world, 1, 100);
    const key = { topicId: topic.id, partition: 0 };
    const pages = await world.deps.pages.range(key, 0, 100);
    await world.run('merge');
    const second = pages[1];
    if (second === undefined) throw new Error('one page only');
    expect(await world.deps.pages.put(key, second)).toMatchObject({ kind: 'exists', page: { mergedInto: 0 } });
    expect(await readAll(world.deps, 't', 0, second.firstOffset + 1)).toHaveLength(200 - second.firstOffset - 1);
    world.clock.nowMs += DAY + HOUR;
    expect((await world.run('sweep')).did.stubsDropped).toBe(pages.length - 1);
    expect(await readAll(world.deps, 't', 0)).toHaveLength(200);
    expect(await world.deps.pages.range(key, 0, 100)).toHaveLength(1);
  });

  it('keeps the number of files small while the log grows, and rewrites each byte at most twice', async () => {
    const world = createWorld({ settings: { mergeFanIn: 8, mergeEntriesMin: 12, fileBytesMax: 1024 * 1024 } });
    const topic = await world.engine.topics.create({ name: 't' });
    const value = 'x'.repeat(8_000);
    let appended = 0;
    let written = 0;
    for (let i = 0; i < 600; i++) {
      world.clock.nowMs += 1_000;
      await produce(world, 't', 0, [{ value }]);
      appended += 8_000;
      if (i % 13 === 0) written += (await world.run('merge')).did.bytesWritten ?? 0;
    }
    const pages = await world.deps.pages.range({ topicId: topic.id, partition: 0 }, 0, 10_000);
    const files = pages.filter((page) => page.mergedInto === undefined);
    expect(files.length).toBeLessThan(25);
    expect(written / appended).toBeLessThanOrEqual(2.05);
    expect((await readAll(world.deps, 't', 0)).length).toBe(600);
  });

  it('makes one file of many piece by piece, and leaves that as it is', async () => {
    const world = createWorld({ settings: { mergeFanIn: 4, mergeEntriesMin: 12, uploadPartBytes: 20_000 } });
    const topic = await world.engine.topics.create({ name: 't' });
    const value = 'x'.repeat(2_000);
    const pages = async () => {
      const all = await world.deps.pages.range({ topicId: topic.id, partition: 0 }, 0, 10_000);
      return all.filter((page) => page.mergedInto === undefined);
    };
    const round = async () => {
      for (let i = 0; i < 13; i++) await produce(world, 't', 0, [{ value }]);
      world.clock.nowMs += 11 * MINUTE;
      return world.run('merge');
    };
    for (let i = 0; i < 4; i++) await round();
    expect((await pages()).map(({ final, entries }) => [final, entries.length])).toEqual([
      [undefined, 1],
      [undefined, 1],
      [undefined, 1],
      [undefined, 1],
    ]);
    const report = await round();
    expect(report.did).toMatchObject({ filesWritten: 2, pagesMerged: 4 + 2 });
    expect(report.errors).toEqual([]);
    expect((await pages()).map(({ final }) => final)).toEqual([true, undefined]);
    for (let i = 0; i < 15; i++) await round();
    expect((await pages()).map(({ final }) => final)).toEqual([true, true, true, true, undefined, undefined, undefined, undefined]);
    expect(await readAll(world.deps, 't', 0)).toHaveLength(20 * 13);
    expect((await readAll(world.deps, 't', 0, 77))[0]?.offset).toBe(77);
    world.clock.nowMs += 2 * HOUR;
    await world.run('sweep');
    expect((await keysOf(world.zones[0], 'log/')).length).toBe(2 * 8);
  });

  it('makes final files of all, however files of two sizes alternate', async () => {
    const world = createWorld({ settings: { mergeFanIn: 8, mergeEntriesMin: 12 } });
    const topic = await world.engine.topics.create({ name: 't' });
    for (let i = 0; i < 40; i++) {
      for (let n = 0; n < 12; n++) await produce(world, 't', 0, [{ value: 'x'.repeat(i % 2 === 0 ? 10_000 : 100) }]);
      world.clock.nowMs += 11 * MINUTE;
      await world.run('merge');
    }
    const pages = await world.deps.pages.range({ topicId: topic.id, partition: 0 }, 0, 10_000);
    expect(pages.filter((page) => page.mergedInto === undefined && page.final !== true).length).toBeLessThanOrEqual(8);
  });

  it('is refused where another run was quicker, and the file that it wrote is swept', async () => {
    const world = createWorld();
    await world.engine.topics.create({ name: 't' });
    await fill(world, 1, 100);
    const other = maintenanceOver(world.deps);
    const reports = await Promise.all([world.run('merge', { all: true }), other.run('merge', { all: true })]);
    expect(reports.map(({ did }) => did.filesWritten ?? 0).sort()).toEqual([0, 1]);
    expect(await readAll(world.deps, 't', 0)).toHaveLength(200);
    world.clock.nowMs += 2 * HOUR;
    await world.run('sweep');
    expect(await keysOf(world.zones[0], 'log/')).toHaveLength(2);
    expect(await readAll(world.deps, 't', 0)).toHaveLength(200);
  });

  it('changes nothing in a dry run, and says what it would do', async () => {
    const world = createWorld();
    const topic = await world.engine.topics.create({ name: 't' });
    await fill(world, 1, 100);
    const report = await world.run('merge', { dryRun: true });
    expect(report.did).toMatchObject({ filesToWrite: 1 });
    expect(await keysOf(world.zones[0], 'log/')).toEqual([]);
    expect((await world.deps.pages.range({ topicId: topic.id, partition: 0 }, 0, 100)).length).toBeGreaterThan(5);
    await expect(world.run('merge', { topic: 'nope' })).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' });
    expect(partitionName({ topicId: topic.id, partition: 0 })).toContain(topic.id);
  });
});
