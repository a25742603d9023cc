import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Engine, type EngineDeps } from '../../../../lib/engine/engine.ts';
import { createMaintenance } from '../../../../lib/engine/maintenance/maintenance.ts';
import { RecordBatchBuilder } from '../../../../lib/format/record-batch-writer.ts';
import type { InlineStore } from '../../../../lib/ports/inline-store.ts';
import { openLocalEngine } from '../../../../lib/runtime/local.ts';
import { createWorld, MINUTE, readAll } from './world.ts';

const PARTITIONS = 8;
const VALUE_BYTES = 60_000;
const MIB = 1024 * 1024;

/** Segments of half a megabyte, each with a batch of every partition. */
async function fill(engine: Engine, segments: number): Promise<number> {
  let bytes = 0;
  for (let i = 0; i < segments; i++) {
    await Promise.all(
      Array.from({ length: PARTITIONS }, (_, partition) => {
        const builder = new RecordBatchBuilder();
        builder.tryAppend({ timestamp: 1, key: null, value: `${partition}-${i}-`.padEnd(VALUE_BYTES, String(i % 10)) });
        const batches = builder.build();
        bytes += batches.length;
        return engine.append({ topic: 't', partition, batches, acks: -1 });
      }),
    );
  }
  return bytes;
}

/** What was read of segments, and how many memories it was read into. */
function counted(deps: EngineDeps) {
  const inline = deps.inline as InlineStore;
  const seen = { bytes: 0, memories: new Set<ArrayBufferLike>() };
  const counting: InlineStore = {
    maxBytes: inline.maxBytes,
    put: (lease, chunks) => inline.put(lease, chunks),
    delete: (leases) => inline.delete(leases),
    list: (after, beforeMs, limit) => inline.list(after, beforeMs, limit),
    async get(lease, position, length, allocate) {
      const bytes = await inline.get(lease, position, length, allocate);
      seen.bytes += bytes?.length ?? 0;
      if (bytes !== undefined) seen.memories.add(bytes.buffer);
      return bytes;
    },
  };
  return { deps: { ...deps, inline: counting }, seen };
}

describe('reading segments to merge them', () => {
  it('reads a byte at most twice when the partitions of a segment are merged one after the other', async () => {
    const world = createWorld({ inlineBytesMax: 8 * MIB });
    await world.engine.topics.create({ name: 't', partitions: PARTITIONS, configs: { 'max.message.bytes': '2000000' } });
    const written = await fill(world.engine, 30);
    world.clock.nowMs += 11 * MINUTE;
    const { deps, seen } = counted(world.deps);
    // Memory for little more than one partition's part of them.
    const maintenance = createMaintenance(new Engine(deps), { settings: { mergeMemoryBytes: 2 * MIB, fileBytesMax: 2 * MIB } });
    const report = await maintenance.run('merge', { all: true });
    expect(report.errors).toEqual([]);
    expect(report.did.bytesWritten).toBe(written);
    expect(seen.bytes).toBeLessThan(2.2 * written);
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const records = await readAll(world.deps, 't', partition);
      expect(records.map(({ value }) => value?.slice(0, 5))).toEqual(records.map((_, i) => `${partition}-${i}-`.padEnd(5, String(i % 10))));
      expect(records).toHaveLength(30);
    }
  });

  it('reads into the same memory again and again in a folder, and merges what was written', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stratalog-room-'));
    const local = await openLocalEngine({ folder, onFatal: () => undefined, settings: { readCacheBytes: 0 } });
    try {
      await local.engine.topics.create({ name: 't', partitions: PARTITIONS });
      const written = await fill(local.engine, 60);
      const late = { ...local.deps.clock, now: () => Date.now() + 11 * MINUTE };
      const { deps, seen } = counted({ ...local.deps, clock: late });
      const maintenance = createMaintenance(new Engine(deps), {
        sweepWaits: false,
        reusesMemory: true,
        settings: { mergeMemoryBytes: 4 * MIB, fileBytesMax: 4 * MIB, parallel: 2 },
      });
      const report = await maintenance.run('merge', { all: true });
      expect(report.errors).toEqual([]);
      expect(report.did.bytesWritten).toBe(written);
      expect(seen.memories.size).toBeLessThan(10);
      const reader = new Engine(local.deps);
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const { records } = await reader.readRecords({ topic: 't', partition, offset: 0, maxBytes: 100 * MIB });
        const values = records.map(({ value }) => Buffer.from(value ?? []).toString());
        expect(values.every((value, i) => value === `${partition}-${i}-`.padEnd(VALUE_BYTES, String(i % 10)))).toBe(true);
        expect(values).toHaveLength(60);
      }
      await reader.close();
    } finally {
      await local.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
