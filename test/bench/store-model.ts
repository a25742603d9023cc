/**
 * Stores in memory that take as long as AWS's do, so that latencies can be measured where there is no AWS.
 *
 * Every delay is drawn from a log-normal distribution with the given median and 99th percentile, which is the shape that
 * published measurements of these services have; a transfer adds its bytes at the speed of one connection.
 */
import { HedgedStore } from '../../lib/adapters/decorators/hedge.ts';
import { MemoryInlineStore } from '../../lib/adapters/memory/inline-store.ts';
import { MemoryLeaseStore } from '../../lib/adapters/memory/lease-store.ts';
import { MemoryObjectStore } from '../../lib/adapters/memory/object-store.ts';
import { MemoryPageStore } from '../../lib/adapters/memory/page-store.ts';
import type { EngineDeps } from '../../lib/engine/engine.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import { SILENT } from '../../lib/ports/telemetry.ts';
import { memoryPorts } from '../../lib/runtime/memory.ts';

export interface Delay {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of one connection; undefined where the bytes are few. */
  readonly bytesPerSecond?: number;
  readonly source: string;
}

export interface StoreModel {
  readonly put: Delay;
  readonly get: Delay;
}

const CONNECTION = 85e6;

/** Objects. Where a figure is an assumption the source says so: put measured ones in their place. */
export const OBJECT_MODELS = {
  's3-standard': {
    put: {
      p50Ms: 45,
      p99Ms: 180,
      bytesPerSecond: CONNECTION,
      source:
        'an assumption: AWS\'s "Performance design patterns for Amazon S3" names 100 to 200 ms for small objects as what to plan for, and 85 to 90 MB/s a connection; within a region medians are lower',
    },
    get: { p50Ms: 25, p99Ms: 120, bytesPerSecond: CONNECTION, source: 'as above' },
  },
  's3-express': {
    put: {
      p50Ms: 8,
      p99Ms: 20,
      bytesPerSecond: CONNECTION,
      source: 'AWS, "S3 Express One Zone": consistent single-digit milliseconds; the tail is an assumption',
    },
    get: { p50Ms: 5, p99Ms: 15, bytesPerSecond: CONNECTION, source: 'as above' },
  },
} as const satisfies Record<string, StoreModel>;

/** Items. */
export const TABLE_MODEL: StoreModel = {
  put: {
    p50Ms: 5,
    p99Ms: 15,
    source: 'AWS, "Understanding DynamoDB latency": single-digit milliseconds on average for single items; the tail is an assumption',
  },
  get: { p50Ms: 3, p99Ms: 12, source: 'as above; strongly consistent reads go to the leader' },
};

/** The standard normal's 99th percentile. */
const Z99 = 2.326;

/** Draws a delay. `normal` is a draw of the standard normal distribution. */
export function drawMs({ p50Ms, p99Ms, bytesPerSecond }: Delay, bytes: number, normal: number): number {
  const sigma = Math.log(p99Ms / p50Ms) / Z99;
  return p50Ms * Math.exp(sigma * normal) + (bytesPerSecond === undefined ? 0 : (bytes / bytesPerSecond) * 1_000);
}

export interface StoreCounts {
  puts: number;
  gets: number;
  inlinePuts: number;
  leaseWrites: number;
  leaseReads: number;
}

export interface ModelledStores {
  readonly ports: EngineDeps;
  readonly counts: StoreCounts;
  /** What one upload of so many bytes and one grant take, drawn anew: what no writer can be quicker than. */
  floorMs(bytes: number): number;
}

/** Ports whose requests take the model's time. One deployment: give them to as many engines as processes are wanted. */
export function modelledStores(name: keyof typeof OBJECT_MODELS, clock: Clock, fraction: () => number): ModelledStores {
  const model = OBJECT_MODELS[name];
  const counts: StoreCounts = { puts: 0, gets: 0, inlinePuts: 0, leaseWrites: 0, leaseReads: 0 };
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - fraction())) * Math.cos(2 * Math.PI * fraction());
  const take = (delay: Delay, bytes = 0): Promise<void> => clock.sleep(drawMs(delay, bytes, normal()));
  const objects = new MemoryObjectStore(clock);
  const inline = new MemoryInlineStore(clock);
  const leases = new MemoryLeaseStore();
  const pages = new MemoryPageStore();
  const count = (name: keyof StoreCounts, by = 1): void => {
    counts[name] += by;
  };
  delayed(objects, 'put', (_, chunks) => {
    count('puts');
    return take(model.put, bytesOf(chunks as Uint8Array[]));
  });
  delayed(objects, 'get', (_, __, length) => {
    count('gets');
    return take(model.get, length as number);
  });
  delayed(inline, 'put', () => {
    count('inlinePuts');
    return take(TABLE_MODEL.put);
  });
  delayed(inline, 'get', () => take(TABLE_MODEL.get));
  delayed(leases, 'read', () => {
    count('leaseReads');
    return take(TABLE_MODEL.get);
  });
  delayed(leases, 'write', (writes) => {
    count('leaseWrites', (writes as unknown[]).length);
    return take(TABLE_MODEL.put);
  });
  delayed(pages, 'put', () => take(TABLE_MODEL.put));
  delayed(pages, 'at', () => take(TABLE_MODEL.get));
  return {
    // Hedged, as every process on S3 has it.
    ports: memoryPorts({
      clock,
      inline,
      leases,
      pages,
      zones: [{ name, objects: new HedgedStore(objects, { clock, telemetry: SILENT }) }],
    }),
    counts,
    floorMs: (bytes) =>
      drawMs(bytes <= inline.maxBytes ? TABLE_MODEL.put : model.put, bytes, normal()) + drawMs(TABLE_MODEL.put, 0, normal()),
  };
}

/** The whole delay passes before the store acts: whoever comes later sees the state later, never sooner. */
function delayed<Store extends object, Name extends keyof Store>(
  store: Store,
  name: Name,
  wait: (...args: unknown[]) => Promise<void>,
): void {
  const plain = (store[name] as (...args: unknown[]) => Promise<unknown>).bind(store);
  store[name] = (async (...args: unknown[]) => {
    await wait(...args);
    return plain(...args);
  }) as Store[Name];
}

function bytesOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}
