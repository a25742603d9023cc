import { describe, expect, it } from 'vitest';
import { itemOf } from '../../lib/adapters/dynamodb/item.ts';
import { toItem } from '../../lib/adapters/dynamodb/lease-item.ts';
import { MemoryLeaseStore } from '../../lib/adapters/memory/lease-store.ts';
import { FLOOR_NONE, type PartitionKey } from '../../lib/core/ids.ts';
import { emptyLeaseRecord, type LeaseRecord } from '../../lib/core/lease-record.ts';
import { RecordBatchBuilder } from '../../lib/format/record-batch-writer.ts';
import type { LeaseWrite } from '../../lib/ports/lease-store.ts';
import { createMemoryEngine, memoryPorts } from '../../lib/runtime/memory.ts';
import { entryOf, freshKey } from '../contract/partition-key.ts';

/** What DynamoDB bills for an item: names and values, numbers at about half a byte a digit and one more. */
function itemBytes(key: PartitionKey, record: LeaseRecord): number {
  const { key: itemKey, attributes } = toItem(key, record);
  let bytes = 0;
  for (const [name, value] of Object.entries(itemOf(itemKey, attributes))) {
    bytes += name.length + (value.S?.length ?? value.B?.length ?? Math.ceil((value.N?.length ?? 0) / 2) + 1);
  }
  return bytes;
}

/** A lease store that notes the largest item written. */
class MeasuredLeaseStore extends MemoryLeaseStore {
  largest = 0;
  writes = 0;
  refused = 0;

  override async write(writes: readonly LeaseWrite[]) {
    for (const { key, record } of writes) this.largest = Math.max(this.largest, itemBytes(key, record));
    // Another process may come in between, as over a network.
    await new Promise((resolve) => setImmediate(resolve));
    const outcomes = await super.write(writes);
    this.writes += outcomes.length;
    this.refused += outcomes.filter(({ kind }) => kind === 'refused').length;
    return outcomes;
  }
}

function idempotentBatch(producerId: number, baseSequence: number): Buffer {
  const builder = new RecordBatchBuilder({ compression: 'none', producerId, producerEpoch: 0, baseSequence });
  builder.tryAppend({ timestamp: 1_700_000_000_000, key: null, value: `${producerId}/${baseSequence}` }, 10_000);
  return builder.build();
}

describe('the lease record as an item', () => {
  it('is one write unit with a full tail and no idempotent producer', () => {
    const record: LeaseRecord = {
      ...emptyLeaseRecord(FLOOR_NONE),
      version: 2 ** 40,
      next: 2 ** 45,
      start: 2 ** 44,
      bytesBelow: 2 ** 50,
      maxTimestampBelow: 1_700_000_000_000,
      tail: Array.from({ length: 12 }, () => entryOf(1_000, { position: 2 ** 23, length: 2 ** 23, records: 1_000, zones: 7 })),
    };
    expect(itemBytes({ ...freshKey(), partition: 9_999 }, record)).toBeLessThanOrEqual(1_024);
  });

  it('stays within four write units under 10,000 producers and 200 writers, all of which get on', { timeout: 120_000 }, async () => {
    const leases = new MeasuredLeaseStore();
    const ports = memoryPorts({ leases });
    const engines = Array.from({ length: 200 }, () => createMemoryEngine({ ...ports, settings: { appendTimeoutMs: 100_000 } }));
    await engines[0]?.topics.create({ name: 'busy' });
    const appended = await Promise.all(
      engines.map(async (engine, writer) => {
        const offsets: number[] = [];
        for (let i = 0; i < 50; i++) {
          const { batches } = await engine.append({ topic: 'busy', partition: 0, batches: idempotentBatch(writer * 50 + i, 0), acks: -1 });
          for (const batch of batches) if (batch.kind === 'appended' && !batch.duplicate) offsets.push(batch.baseOffset);
        }
        return offsets;
      }),
    );
    const offsets = appended.flat().sort((a, b) => a - b);
    expect(offsets).toEqual(Array.from({ length: 10_000 }, (_, i) => i));
    expect(leases.largest).toBeLessThanOrEqual(4_096);
    // A duplicate of a producer that was moved out long ago is still known.
    const again = await engines[7]?.append({ topic: 'busy', partition: 0, batches: idempotentBatch(0, 0), acks: -1 });
    expect(again?.batches[0]).toMatchObject({ kind: 'appended', duplicate: true });
    for (const engine of engines) await engine.close();
  });
});
