import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Engine } from '../../../lib/engine/engine.ts';
import { RecordBatchBuilder } from '../../../lib/format/record-batch-writer.ts';
import type { LeaseStore } from '../../../lib/ports/lease-store.ts';
import { memoryPorts } from '../../../lib/runtime/memory.ts';

function batchOf(value: string): Buffer {
  const builder = new RecordBatchBuilder();
  builder.tryAppend({ timestamp: 1_000, key: null, value });
  return builder.build();
}

describe('a partition whose lease record answers late', () => {
  it('grants all segments that waited meanwhile, though more than a tail holds', async () => {
    const ports = memoryPorts();
    const open = Promise.withResolvers<void>();
    const leases: LeaseStore = {
      capacity: ports.leases.capacity,
      create: (keys, record) => ports.leases.create(keys, record),
      read: (keys) => ports.leases.read(keys),
      remove: (keys) => ports.leases.remove(keys),
      write: (writes) => open.promise.then(() => ports.leases.write(writes)),
    };
    const engine = new Engine({ ...ports, leases });
    await engine.topics.create({ name: 't', partitions: 1 });
    const count = 3 * leases.capacity.tailEntriesMax;
    const answers: Promise<unknown>[] = [];
    for (let sent = 0; sent < count; sent++) {
      answers.push(engine.append({ topic: 't', partition: 0, batches: batchOf(`v${sent}`), acks: -1 }));
      await turn();
    }
    open.resolve();
    await Promise.all(answers);
    const { offset } = await engine.listOffset({ topic: 't', partition: 0, at: 'latest' });
    expect(offset).toBe(count);
    await engine.close();
  });
});
