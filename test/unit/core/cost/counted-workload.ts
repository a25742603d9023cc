import { BlockCache } from '../../../../lib/adapters/decorators/block-cache.ts';
import { type Item, itemOf } from '../../../../lib/adapters/dynamodb/item.ts';
import type { ItemKey } from '../../../../lib/adapters/dynamodb/key-space.ts';
import { toItem } from '../../../../lib/adapters/dynamodb/page-item.ts';
import type { PartitionKey } from '../../../../lib/core/ids.ts';
import type { IndexPage } from '../../../../lib/core/index-page.ts';
import { createMaintenance } from '../../../../lib/engine/maintenance/maintenance.ts';
import type { RequestCounts } from '../../../../lib/engine/maintenance/metered-ports.ts';
import type { WorkStore } from '../../../../lib/ports/work-store.ts';
import { createMemoryEngine, memoryPorts } from '../../../../lib/runtime/memory.ts';
import { VirtualClock } from '../../../bench/virtual-clock.ts';
import { itemBytes } from '../../adapters/dynamodb/item-bytes.ts';
import { batchOf } from '../../http/door.ts';

export interface CountedLoad {
  readonly recordBytes: number;
  readonly partitions: number;
  /** Ms between two flushes, each with a record for every partition; 0: nothing is appended. */
  readonly everyMs: number;
  readonly seconds: number;
  readonly neverWait?: boolean;
}

/** Runs the engine for some time on a clock of its own and counts what a reader asks of the stores. */
export async function countReader(load: CountedLoad) {
  const clock = new VirtualClock();
  const ports = memoryPorts({ clock });
  const counts = { leaseReads: 0, gets: 0, inlineReads: 0, pageReads: 0, flushes: 0, questions: 0 };
  const writer = createMemoryEngine(ports);
  const { leases, zones, inline, pages } = ports;
  const reader = createMemoryEngine({
    ...ports,
    leases: around(leases, 'read', (keys) => (counts.leaseReads += (keys as unknown[]).length)),
    pages: around(pages, 'at', () => counts.pageReads++),
    inline: inline && around(inline, 'get', () => counts.inlineReads++),
    zones: zones.map(({ name, objects }) => {
      const counted = around(objects, 'get', () => counts.gets++);
      return { name, objects: load.neverWait ? counted : new BlockCache(counted, { bytesMax: 64 * 1024 * 1024 }) };
    }),
    settings: { neverWait: load.neverWait ?? false },
  });
  await clock.run(
    (async () => {
      await writer.topics.create({ name: 't', partitions: load.partitions });
      const stop = new AbortController();
      const reading = Array.from({ length: load.partitions }, (_, partition) => follow(partition));
      async function follow(partition: number): Promise<void> {
        let pauseMs = 0;
        for (let offset = 0; !stop.signal.aborted; ) {
          counts.questions++;
          const answer = await reader
            .fetch({ topic: 't', partition, offset, maxBytes: 1e7, minBytes: 1, maxWaitMs: 5_000, signal: stop.signal })
            .catch(() => undefined);
          if (answer === undefined) continue;
          // As the client does where nobody waits for it.
          pauseMs = answer.nextOffset > offset ? 0 : Math.min(5_000, Math.max(50, pauseMs * 2));
          offset = answer.nextOffset;
          if (load.neverWait && pauseMs > 0) await clock.sleep(pauseMs, stop.signal);
        }
      }
      const end = clock.monotonic() + load.seconds * 1_000;
      while (clock.monotonic() < end) {
        if (load.everyMs > 0) {
          counts.flushes++;
          const all = Array.from({ length: load.partitions }, (_, partition) => partition);
          await Promise.all(
            all.map((partition) => writer.append({ topic: 't', partition, batches: batchOf('x'.repeat(load.recordBytes)), acks: -1 })),
          );
        }
        await clock.sleep(load.everyMs || 1_000);
      }
      stop.abort();
      await Promise.all([writer.close(), reader.close()]);
      await Promise.all(reading);
    })(),
  );
  return counts;
}

export interface CountedMaintenance extends RequestCounts {
  readonly flushes: number;
  /** Queries for marks of work, one a shard. */
  readonly markReads: number;
  /** Listings of all topics. */
  readonly topicLists: number;
  /** Leases of work that were taken: a read and a write each. */
  readonly workLeases: number;
  /** Marks taken away, and leases given back. */
  readonly workWrites: number;
  /** Read units of index pages: a query is billed by the bytes of all that it reads. */
  readonly pageUnits: number;
}

/** Runs the jobs over an hour of appends as their rules would, and counts what all of them ask of the stores. */
export async function countMaintenance(load: CountedLoad): Promise<CountedMaintenance> {
  const clock = new VirtualClock();
  const marked = memoryPorts({ clock });
  const total: Record<string, number> = { flushes: 0, markReads: 0, topicLists: 0, workLeases: 0, workWrites: 0, pageUnits: 0 };
  const count = (name: string, by = 1) => {
    total[name] = (total[name] ?? 0) + by;
  };
  let work = around(marked.work as WorkStore, 'marks', () => count('markReads'));
  work = around(work, 'acquire', () => count('workLeases'));
  for (const name of ['renew', 'release'] as const) work = around(work, name, () => count('workWrites'));
  work = around(work, 'unmark', (marks) => count('workWrites', (marks as unknown[]).length));
  const topics = around(marked.topics, 'list', () => count('topicLists'));
  const { at, range } = marked.pages;
  const read = (key: PartitionKey, pages: readonly (IndexPage | undefined)[]) => {
    const bytes = pages.map((page) => (page === undefined ? 0 : itemBytes(itemOf(...placed(key, page)))));
    count('pageUnits', Math.max(1, Math.ceil(bytes.reduce((sum, each) => sum + each, 0) / 4_096)));
  };
  marked.pages.at = async (key, offset) => {
    const page = await at.call(marked.pages, key, offset);
    read(key, [page]);
    return page;
  };
  marked.pages.range = async (key, from, limit) => {
    const pages = await range.call(marked.pages, key, from, limit);
    read(key, pages);
    return pages;
  };
  const engine = createMemoryEngine({ ...marked, topics, onRolled: (key) => void marked.work?.mark([key]) });
  const maintenance = createMaintenance(engine, { work });
  const run = async (job: 'merge' | 'compact' | 'retain' | 'sweep') => {
    const { requests, errors } = await maintenance.run(job);
    if (errors.length > 0) throw new Error(errors.join());
    for (const [name, count] of Object.entries(requests)) total[name] = (total[name] ?? 0) + count;
  };
  await clock.run(
    (async () => {
      await engine.topics.create({ name: 't', partitions: load.partitions, configs: { 'retention.ms': '-1' } });
      const all = Array.from({ length: load.partitions }, (_, partition) => partition);
      for (let ms = 0; ms < load.seconds * 1_000; ms += load.everyMs) {
        total.flushes = (total.flushes ?? 0) + 1;
        const value = () => batchOf('x'.repeat(load.recordBytes));
        await Promise.all(all.map((partition) => engine.append({ topic: 't', partition, batches: value(), acks: -1 })));
        await clock.sleep(load.everyMs);
        if ((ms + load.everyMs) % 300_000 === 0) for (const job of ['merge', 'compact'] as const) await run(job);
        if ((ms + load.everyMs) % 900_000 === 0) await run('retain');
        if ((ms + load.everyMs) % 3_600_000 === 0) await run('sweep');
      }
      await engine.close();
    })(),
  );
  return total as unknown as CountedMaintenance;
}

function placed(partition: PartitionKey, page: IndexPage): [ItemKey, Item] {
  const { key, attributes } = toItem(partition, page);
  return [key, attributes];
}

/** The port with one method told of. */
function around<Port extends object>(port: Port, name: keyof Port, tell: (...args: unknown[]) => void): Port {
  return new Proxy(port, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        if (property === name) tell(...args);
        return Reflect.apply(value, target, args);
      };
    },
  });
}
