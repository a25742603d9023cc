import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FLOOR_DELETED } from '../../../lib/core/ids.ts';
import { withFloor } from '../../../lib/core/lease-record.ts';
import { Engine } from '../../../lib/engine/engine.ts';
import { RecordBatchBuilder, type RecordBatchOptions } from '../../../lib/format/record-batch-writer.ts';
import type { InlineStore } from '../../../lib/ports/inline-store.ts';
import type { LeaseStore } from '../../../lib/ports/lease-store.ts';
import type { PageStore } from '../../../lib/ports/page-store.ts';
import { memoryPorts } from '../../../lib/runtime/memory.ts';

function batchOf(value: string, options: RecordBatchOptions = {}): Buffer {
  const builder = new RecordBatchBuilder(options);
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

describe('a partition whose page was put and whose answer was slow', () => {
  it('takes a request of many pieces, though the page that stands there holds little of the tail', { timeout: 5_000 }, async () => {
    const ports = memoryPorts();
    const { leases, pages } = ports;
    const small: LeaseStore = {
      capacity: { tailEntriesRoll: 2, tailEntriesMax: 8, producersMax: 16 },
      create: (keys, record) => leases.create(keys, record),
      read: (keys) => leases.read(keys),
      remove: (keys) => leases.remove(keys),
      write: (writes) => leases.write(writes),
    };
    const answered = Promise.withResolvers<void>();
    let puts = 0;
    const slow: PageStore = Object.assign(Object.create(pages), {
      put: async (...args: Parameters<PageStore['put']>) => {
        if (puts > 10) throw new Error('it goes round in circles');
        const outcome = await pages.put(...args);
        // The first is stored, and nobody hears of it until the tail has grown.
        if (++puts === 1) await answered.promise.then(() => Promise.reject(new Error('no answer')));
        return outcome;
      },
    });
    const engine = new Engine({ ...ports, leases: small, pages: slow });
    const { id: topicId } = await engine.topics.create({ name: 't', partitions: 1 });
    const producer = { producerId: 7, producerEpoch: 0 };
    const send = (batches: Buffer) => engine.append({ topic: 't', partition: 0, batches, acks: -1 });
    await send(batchOf('first', { ...producer, baseSequence: 0 }));
    for (let sent = 1; sent < 6; sent++) await send(batchOf(`v${sent}`));
    const [full] = await leases.read([{ topicId, partition: 0 }]);
    expect(full?.tail).toHaveLength(6);
    answered.resolve();
    // Every second batch is refused, so that each of the others is an entry.
    const torn = Array.from({ length: 10 }, (_, at) =>
      at % 2 === 0 ? batchOf(`torn${at}`) : batchOf('gap', { ...producer, baseSequence: 1_000 * at }),
    );
    const { batches } = await send(Buffer.concat(torn));
    expect(batches.filter(({ kind }) => kind === 'appended')).toHaveLength(5);
    expect(puts).toBeLessThan(5);
    const { offset } = await engine.listOffset({ topic: 't', partition: 0, at: 'latest' });
    expect(offset).toBe(11);
    await engine.close();
  });
});

describe('a partition that is deleted while it is open whether a grant was applied', () => {
  it('says that nobody can tell, and does not look for ever for a page that is gone', { timeout: 5_000 }, async () => {
    for (const isSealed of [true, false]) {
      const ports = memoryPorts();
      const { leases } = ports;
      let isDeleted = false;
      const silent: LeaseStore = {
        capacity: leases.capacity,
        create: (keys, record) => leases.create(keys, record),
        remove: (keys) => leases.remove(keys),
        // The grant is applied and nobody hears of it; others roll its entry and delete the topic.
        write: async (writes) => {
          await leases.write(writes);
          return writes.map(() => ({ kind: 'unknown', cause: new Error('no answer') }));
        },
        read: async (keys) => {
          const [record] = await leases.read(keys);
          if (record === undefined || record.next === 0) return [record];
          const rolled = { ...record, version: record.version + 1, tail: [] };
          if (!isDeleted) {
            isDeleted = true;
            return [rolled];
          }
          return [isSealed ? withFloor(rolled, FLOOR_DELETED) : undefined];
        },
      };
      const engine = new Engine({ ...ports, leases: silent });
      await engine.topics.create({ name: 't', partitions: 1 });
      const request = { topic: 't', partition: 0, batches: batchOf('v'), acks: -1 } as const;
      await expect(engine.append(request)).rejects.toMatchObject({ code: 'REQUEST_TIMED_OUT' });
      await engine.close();
    }
  });
});

describe('a partition with one slow upload', () => {
  /** Appends in this order while the first segment's upload hangs; answers who was granted meanwhile, and all offsets in the end. */
  async function behindASlowUpload(first: RecordBatchOptions, others: readonly RecordBatchOptions[]) {
    const ports = memoryPorts();
    const open = Promise.withResolvers<void>();
    const inline = ports.inline as InlineStore;
    const put = inline.put.bind(inline);
    let puts = 0;
    inline.put = async (...args) => {
      if (++puts === 1) await open.promise;
      return put(...args);
    };
    const engine = new Engine({ ...ports, settings: { flushesInFlight: 8 } });
    await engine.topics.create({ name: 't', partitions: 1 });
    const granted: number[] = [];
    const offsets = [first, ...others].map(async (options, i) => {
      // Each is a segment of its own.
      for (let n = 0; n < 5 * i; n++) await turn();
      const { batches } = await engine.append({ topic: 't', partition: 0, batches: batchOf(`v${i}`, options), acks: -1 });
      granted.push(i);
      return batches[0]?.kind === 'appended' ? batches[0].baseOffset : -1;
    });
    for (let n = 0; n < 50; n++) await turn();
    const meanwhile = granted.toSorted();
    open.resolve();
    const all = await Promise.all(offsets);
    await engine.close();
    return { meanwhile, offsets: all };
  }
  const producer = (producerId: number, baseSequence: number) => ({ producerId, producerEpoch: 0, baseSequence });

  it('grants what other producers sent, and keeps the order of each', async () => {
    const sent = [producer(2, 0), producer(1, 1), {}, producer(2, 1), {}];
    expect(await behindASlowUpload(producer(1, 0), sent)).toEqual({ meanwhile: [1, 3, 4, 5], offsets: [4, 0, 5, 1, 2, 3] });
  });

  it('keeps the order of batches without a producer, which may be of one client', async () => {
    expect(await behindASlowUpload({}, [{}, producer(1, 0), {}])).toEqual({ meanwhile: [2], offsets: [1, 2, 0, 3] });
  });
});
