import { describe, expect, it } from 'vitest';
import { appendCost } from '../../../../lib/core/cost/append-cost.ts';
import { createMemoryEngine, memoryPorts } from '../../../../lib/runtime/memory.ts';
import { batchOf } from '../../http/door.ts';

/** Counts what the engine asks of its ports while it appends `flushes` segments, each for all partitions. */
async function counted(recordBytes: number, partitions: number, zoneCount: number, flushes: number) {
  const counts = { puts: 0, inlinePuts: 0, leaseWrites: 0, rollWrites: 0, segmentBytes: 0 };
  const ports = memoryPorts({ zoneCount });
  const { leases, pages, inline, zones } = ports;
  const bytesOf = (chunks: readonly Uint8Array[]) => chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  for (const { objects } of zones) {
    const put = objects.put.bind(objects);
    objects.put = (key, chunks) => {
      counts.puts++;
      counts.segmentBytes += bytesOf(chunks) / zoneCount;
      return put(key, chunks);
    };
  }
  if (inline) {
    const put = inline.put.bind(inline);
    inline.put = (lease, chunks) => {
      counts.inlinePuts++;
      counts.segmentBytes += bytesOf(chunks);
      return put(lease, chunks);
    };
  }
  const write = leases.write.bind(leases);
  leases.write = (writes) => {
    counts.leaseWrites += writes.length;
    return write(writes);
  };
  const put = pages.put.bind(pages);
  pages.put = (key, page) => {
    counts.rollWrites++;
    return put(key, page);
  };
  const engine = createMemoryEngine({ ...ports, onRolled: () => void counts.rollWrites++, settings: { flushesInFlight: 1 } });
  await engine.topics.create({ name: 't', partitions, configs: { 'min.insync.replicas': String(zoneCount) } });
  const batch = () => batchOf('x'.repeat(recordBytes));
  const append = (partition: number) => engine.append({ topic: 't', partition, batches: batch(), acks: -1 });
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  // The first append finds nothing in flight and goes alone, those that come meanwhile share the next segment.
  for (let i = 0; i < flushes; i++) await Promise.all(all.map(append));
  await engine.close();
  return counts;
}

describe('the cost of an append', () => {
  it.each([
    [20_000, 1, 1],
    [20_000, 1, 3],
    [1_000, 1, 1],
    [100, 1, 1],
  ])('of a record of %i bytes to %i partition in %i zones is what the engine asks for', async (recordBytes, partitions, zones) => {
    const flushes = 120;
    const engine = await counted(recordBytes, partitions, zones, flushes);
    const model = appendCost(engine.segmentBytes / flushes - 160, partitions, zones);
    expect(engine.puts / flushes).toBe(model.puts);
    expect(engine.inlinePuts / flushes).toBe(model.inlinePuts);
    expect(engine.leaseWrites / flushes).toBe(model.leaseWrites);
    expect(Math.abs(engine.rollWrites / flushes - model.rollWrites)).toBeLessThan(0.02);
    // The footer and the header of the batch are within what the model adds to the records.
    expect(engine.segmentBytes / flushes - recordBytes).toBeLessThanOrEqual(300);
  });

  it('counts a write of the lease record for each partition, however they share segments', async () => {
    const flushes = 60;
    const engine = await counted(20_000, 4, 1, flushes);
    expect(engine.leaseWrites).toBe(appendCost(80_000, 4, 1).leaseWrites * flushes);
    expect(engine.puts).toBeLessThanOrEqual(2 * flushes);
  });

  it('of 1 KB by a function is at most four write units and no PUT', () => {
    const cost = appendCost(1_000, 1, 1);
    expect(cost.puts).toBe(0);
    expect(cost.writeUnits).toBeLessThanOrEqual(4);
  });
});
