import { describe, expect, it } from 'vitest';
import type { Offset } from '../../../../lib/core/ids.ts';
import { createWorld, keysOf, MINUTE, produce, readAll, type World } from './world.ts';

const MIB = 1024 * 1024;

/** A compacted topic whose one file is several times what is read at once, with a batch that is larger than that. */
async function largeFile(): Promise<World> {
  const world = createWorld();
  const configs = { 'cleanup.policy': 'compact', 'max.message.bytes': String(16 * MIB), 'min.cleanable.dirty.ratio': '0' };
  await world.engine.topics.create({ name: 't', configs });
  for (let i = 0; i < 30; i++) await produce(world, 't', 0, [{ key: `k${i % 20}`, value: `${i}`.padEnd(i === 15 ? 10 * MIB : MIB, 'x') }]);
  world.clock.nowMs += 11 * MINUTE;
  await world.run('merge', { all: true });
  return world;
}

describe('the batches of a large file', () => {
  it('are read in parts, none twice and none left out, however large a batch is', async () => {
    const world = await largeFile();
    const before = await readAll(world.deps, 't', 0);
    const report = await world.run('compact', { all: true });
    expect(report.errors).toEqual([]);
    expect(report.requests.gets).toBeGreaterThan(8);
    expect(report.did).toMatchObject({ recordsRemoved: 10, recordsKept: 20 });
    expect(await readAll(world.deps, 't', 0)).toEqual(before.slice(10));
  });

  it('end a pass without harm when the file is not there', async () => {
    const world = await largeFile();
    const [topic] = await world.engine.topics.list();
    const key = { topicId: topic?.id as never, partition: 0 };
    const pages = await world.deps.pages.range(key, 0 as Offset, 10);
    await world.zones[0]?.objects.delete((await keysOf(world.zones[0])).filter((name) => name.endsWith('.log')));
    const report = await world.run('compact', { all: true });
    expect(report.did).toEqual({ passesOvertaken: 1 });
    expect(await world.deps.pages.range(key, 0 as Offset, 10)).toEqual(pages);
  });
});
