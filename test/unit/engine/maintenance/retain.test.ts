import { describe, expect, it } from 'vitest';
import type { Topic } from '../../../../lib/core/topic.ts';
import { createWorld, DAY, HOUR, inlineLeases, keysOf, MINUTE, maintenanceOver, produce, readAll, settle, type World } from './world.ts';

async function fillHours(world: World, hours: number, partition = 0): Promise<void> {
  for (let hour = 0; hour < hours; hour++) {
    for (let i = 0; i < 6; i++) {
      world.clock.nowMs += 10 * MINUTE;
      await produce(world, 't', partition, [{ value: `${hour}-${i}` }]);
    }
  }
}

async function startOf(world: World): Promise<number> {
  return (await world.engine.listOffset({ topic: 't', partition: 0, at: 'earliest' })).offset;
}

describe('retention', () => {
  it('tells how late it comes for what is due, counted from the run before, and so does sweep', async () => {
    const world = createWorld();
    await world.engine.topics.create({ name: 't', configs: { 'retention.ms': String(HOUR) } });
    for (let i = 0; i < 70; i++) await produce(world, 't', 0, [{ value: `v${i}` }]);
    world.clock.nowMs += 11 * MINUTE;
    await world.run('merge', { all: true });
    expect((await world.run('retain', { all: true })).lagMs).toBe(0);
    // Due after 49 minutes; 61 minutes late, and half an hour after the run before.
    world.clock.nowMs += 80 * MINUTE;
    expect((await world.run('retain', { all: true, dryRun: true })).lagMs).toBeGreaterThan(30 * MINUTE);
    const report = await world.run('retain', { all: true });
    expect(report.did.startsRaised).toBe(1);
    expect(Math.round(report.lagMs / MINUTE)).toBe(31);
    expect((await world.run('retain', { all: true })).lagMs).toBe(0);
    await world.run('sweep');
    // What merge replaces may go a minute later.
    for (let i = 0; i < 70; i++) await produce(world, 't', 0, [{ value: `w${i}` }]);
    world.clock.nowMs += 11 * MINUTE;
    await world.run('merge', { all: true });
    world.clock.nowMs += 126 * MINUTE;
    expect(Math.round((await world.run('sweep')).lagMs / MINUTE)).toBe(125);
  });

  it('lets go what is older than retention.ms, whole segments only, and sweep deletes what they were', async () => {
    for (const inlineBytesMax of [0, 8192]) {
      const world = createWorld({ inlineBytesMax });
      await world.engine.topics.create({ name: 't', configs: { 'retention.ms': String(5 * HOUR) } });
      await fillHours(world, 20);
      const report = await world.run('retain');
      expect(report.errors).toEqual([]);
      // A record that is exactly five hours old stays, as in Kafka.
      expect(await startOf(world)).toBe(89);
      expect(await readAll(world.deps, 't', 0)).toHaveLength(31);
      await expect(world.engine.fetch({ topic: 't', partition: 0, offset: 88 })).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
      world.clock.nowMs += HOUR;
      await world.run('sweep');
      const left = (await keysOf(world.zones[0], 'wal/')).length + (await inlineLeases(world.deps)).length;
      expect(left).toBeLessThan(46);
      expect(await readAll(world.deps, 't', 0)).toHaveLength(31);
    }
  });

  it('leaves a stub where it drops a page, so that a writer that slept cannot put the page back; a day later it goes', async () => {
    const world = createWorld();
    const topic = await world.engine.topics.create({ name: 't', configs: { 'retention.ms': String(5 * HOUR) } });
    const key = { topicId: topic.id, partition: 0 };
    await fillHours(world, 20);
    const [page] = await world.deps.pages.range(key, 0, 1);
    await world.run('retain');
    expect(await world.deps.pages.range(key, 0, 1)).toMatchObject([{ firstOffset: 0, version: 1, entries: [], mergedInto: 0 }]);
    expect(await world.deps.pages.put(key, page as NonNullable<typeof page>)).toMatchObject({ kind: 'exists' });
    expect(await readAll(world.deps, 't', 0)).toHaveLength(31);
    world.clock.nowMs += 2 * DAY;
    await world.run('retain');
    await world.run('retain');
    expect((await world.deps.pages.range(key, 0, 1))[0]?.firstOffset ?? 1).toBeGreaterThan(0);
  });

  it('keeps retention.bytes, and less than a segment more', async () => {
    const world = createWorld();
    await world.engine.topics.create({ name: 't', configs: { 'retention.ms': '-1', 'retention.bytes': '3000' } });
    for (let i = 0; i < 100; i++) await produce(world, 't', 0, [{ value: 'x'.repeat(30) }]);
    await world.run('retain');
    const records = await readAll(world.deps, 't', 0);
    expect(records.length).toBe(Math.ceil(3000 / 99));
    expect(records.at(-1)?.offset).toBe(99);
    await world.run('retain');
    expect(await readAll(world.deps, 't', 0)).toEqual(records);
    await world.run('merge', { all: true });
    await world.run('retain');
    expect(await readAll(world.deps, 't', 0)).toEqual(records);
  });

  it('keeps everything with both limits at -1, and without a cleanup policy', async () => {
    const world = createWorld();
    await world.engine.topics.create({ name: 't', configs: { 'retention.ms': '-1' } });
    await fillHours(world, 3);
    world.clock.nowMs += 400 * DAY;
    await settle(world, ['retain', 'merge', 'sweep']);
    expect(await readAll(world.deps, 't', 0)).toHaveLength(18);
    await world.engine.topics.alter('t', { set: { 'retention.ms': '1000', 'cleanup.policy': '' } });
    await world.run('retain');
    expect(await readAll(world.deps, 't', 0)).toHaveLength(18);
  });

  it('obeys settings that change while it runs, down to an empty log whose offsets go on', async () => {
    const world = createWorld();
    await world.engine.topics.create({ name: 't' });
    await fillHours(world, 4);
    await world.run('retain');
    expect(await startOf(world)).toBe(0);
    await world.engine.topics.alter('t', { set: { 'retention.ms': '60000' } });
    world.clock.nowMs += HOUR;
    await settle(world);
    expect(await startOf(world)).toBe(24);
    expect(await keysOf(world.zones[0])).toEqual([]);
    expect(await produce(world, 't', 0, [{ value: 'next' }])).toBe(24);
    expect(await readAll(world.deps, 't', 0)).toEqual([{ offset: 24, key: null, value: 'next' }]);
  });

  it('takes the bytes of deleted records away, and a merge that slept puts none of them back', async () => {
    const world = createWorld();
    const topic = await world.engine.topics.create({ name: 't', configs: { 'retention.ms': '-1' } });
    for (let i = 0; i < 100; i++) await produce(world, 't', 0, [{ value: `v${i}` }]);
    await world.run('merge');
    await world.engine.deleteRecords({ topic: 't', partition: 0, before: -1 });
    for (let i = 0; i < 40; i++) await produce(world, 't', 0, [{ value: `w${i}` }]);
    await settle(world, ['retain', 'merge', 'sweep']);
    expect(await startOf(world)).toBe(100);
    expect((await readAll(world.deps, 't', 0)).map(({ value }) => value)).toEqual(Array.from({ length: 40 }, (_, i) => `w${i}`));
    const pages = await world.deps.pages.range({ topicId: topic.id, partition: 0 }, 0, 1_000);
    expect(pages.every((page) => page.mergedInto !== undefined || page.firstOffset >= 96)).toBe(true);
  });

  it('is the same for two schedulers at once whose clocks are an hour off', async () => {
    const world = createWorld();
    await world.engine.topics.create({ name: 't', configs: { 'retention.ms': String(5 * HOUR) } });
    await fillHours(world, 20);
    const fast = maintenanceOver({ ...world.deps, clock: shifted(world, HOUR) });
    const slow = maintenanceOver({ ...world.deps, clock: shifted(world, -HOUR) });
    await Promise.all([fast.run('retain'), slow.run('retain'), world.run('retain')]);
    // Ages are taken by the store's clock.
    expect(await startOf(world)).toBe(89);
  });
});

function shifted(world: World, byMs: number) {
  return {
    now: () => world.clock.now() + byMs,
    monotonic: () => world.clock.monotonic(),
    sleep: (ms: number, signal?: AbortSignal) => world.clock.sleep(ms, signal),
  };
}

describe('the clean-up of deleted topics', () => {
  it('leaves nothing of them, and a topic of the same name sees nothing of the old one', async () => {
    for (const inlineBytesMax of [0, 8192]) {
      const world = createWorld({ inlineBytesMax });
      const old = await world.engine.topics.create({ name: 't', partitions: 2 });
      for (let i = 0; i < 80; i++) await produce(world, 't', i % 2, [{ value: `old${i}` }]);
      await world.run('merge', { all: true });
      await world.engine.topics.delete('t');
      await world.engine.topics.create({ name: 't', partitions: 2 });
      expect(await readAll(world.deps, 't', 0)).toEqual([]);
      await produce(world, 't', 0, [{ value: 'new' }]);
      world.clock.nowMs += 2 * MINUTE;
      const report = await world.run('retain');
      expect(report.did).toMatchObject({ partitionsCleaned: 2 });
      world.clock.nowMs += DAY + HOUR;
      expect((await world.run('retain')).did).toMatchObject({ topicsCleaned: 1 });
      await settle(world);
      expect(await readAll(world.deps, 't', 0)).toEqual([{ offset: 0, key: null, value: 'new' }]);
      const objects = [...(await keysOf(world.zones[0])), ...(await inlineLeases(world.deps))];
      expect(objects.length).toBeLessThanOrEqual(2);
      expect(objects.join()).not.toContain(old.id);
      expect(await world.deps.leases.read([{ topicId: old.id, partition: 0 }])).toEqual([undefined]);
      expect(await world.deps.pages.range({ topicId: old.id, partition: 0 }, 0, 10)).toEqual([]);
      expect(await world.engine.topics.deleted()).toEqual([]);
    }
  });

  it('finishes a deletion that was cut short after any of its steps', async () => {
    const mark = async ({ deps, clock }: World, topic: Topic) =>
      deps.topics.update({ ...topic, version: topic.version + 1, deletedAtMs: clock.nowMs }, topic.version);
    const bury = async ({ deps, clock }: World, topic: Topic) =>
      deps.topics.create({ ...topic, name: `~deleted/${topic.id}`, version: 0, deletedAtMs: clock.nowMs });
    for (const steps of [[mark], [mark, bury]]) {
      const world = createWorld();
      const topic = await world.engine.topics.create({ name: 't' });
      await produce(world, 't', 0, [{ value: 'v' }]);
      for (const step of steps) await step(world, topic);
      expect((await world.run('retain', { dryRun: true })).did).toMatchObject({ namesToFree: 1 });
      await world.run('retain');
      await gone(world, topic);
    }
  });

  it('takes away a topic that a lost request created again after it had been deleted', async () => {
    const world = createWorld();
    const topic = await world.engine.topics.create({ name: 't' });
    await produce(world, 't', 0, [{ value: 'v' }]);
    await world.engine.topics.delete('t');
    expect(await world.deps.topics.create(topic)).toBe('created');
    await world.run('retain');
    await gone(world, topic);
  });
});

/** Neither the name nor any data of a topic is left after a day. */
async function gone(world: World, topic: Topic): Promise<void> {
  expect(await world.deps.topics.get(topic.name)).toBeUndefined();
  await expect(produce(world, topic.name, 0, [{ value: 'w' }])).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' });
  world.clock.nowMs += DAY + HOUR;
  await settle(world);
  expect(await keysOf(world.zones[0])).toEqual([]);
  expect(await world.engine.topics.deleted()).toEqual([]);
}
