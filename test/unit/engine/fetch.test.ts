import { describe, expect, it } from 'vitest';
import { iterateBatches } from '../../../lib/format/record-batch.ts';
import type { LeaseStore } from '../../../lib/ports/lease-store.ts';
import { createMemoryEngine } from '../../../lib/runtime/memory.ts';
import { createWorld, HOUR, produce } from './maintenance/world.ts';

describe('a fetch whose process slept between the record and the pages', () => {
  it('gives nothing beyond the high watermark that it states, though the page names more by now', async () => {
    const world = createWorld();
    const topic = await world.engine.topics.create({ name: 't' });
    const key = { topicId: topic.id, partition: 0 };
    for (let i = 0; i < 14; i++) await produce(world, 't', 0, [{ value: `early${i}` }]);
    const [old] = await world.deps.leases.read([key]);
    for (let i = 0; i < 66; i++) await produce(world, 't', 0, [{ value: `late${i}` }]);
    world.clock.nowMs += HOUR;
    await world.run('merge', { all: true });
    const [page] = await world.deps.pages.range(key, 0, 1);
    expect(page?.entries[0]?.span).toBeGreaterThan(14);

    const { leases } = world.deps;
    const stale: LeaseStore = {
      capacity: leases.capacity,
      create: (keys, record) => leases.create(keys, record),
      read: async () => [old],
      write: (writes) => leases.write(writes),
      remove: (keys) => leases.remove(keys),
    };
    const sleeper = createMemoryEngine({ ...world.deps, leases: stale });
    for (const offset of [0, 5, 13]) {
      const answer = await sleeper.fetch({ topic: 't', partition: 0, offset, maxBytes: 1_000_000 });
      expect(answer.highWatermark).toBe(14);
      expect(answer.nextOffset).toBe(14);
      const offsets = answer.batches.flatMap((bytes) => [...iterateBatches(bytes)].map(({ header }) => header.baseOffset));
      expect(offsets).toEqual(Array.from({ length: 14 - offset }, (_, i) => offset + i));
    }
    expect((await sleeper.fetch({ topic: 't', partition: 0, offset: 14 })).batches).toEqual([]);
  });
});

describe('an answer from what was written last', () => {
  it('stays as it is when its memory is used for other segments', async () => {
    const world = createWorld();
    const engine = createMemoryEngine({ ...world.deps, settings: { readCacheBytes: 2_000 } });
    await engine.topics.create({ name: 't' });
    const append = (value: string) => engine.produceRecords({ topic: 't', records: [{ key: null, value: Buffer.from(value) }], acks: -1 });
    await append('a'.repeat(500));
    const { batches } = await engine.fetch({ topic: 't', partition: 0, offset: 0 });
    const before = Buffer.concat(batches);
    expect(before.includes('a'.repeat(500))).toBe(true);
    for (let i = 0; i < 8; i++) await append('b'.repeat(500));
    expect(Buffer.concat(batches).equals(before)).toBe(true);
  });
});
