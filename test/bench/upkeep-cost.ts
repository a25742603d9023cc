/** Requests and dollars of the jobs for a terabyte that they merge, compact, expire and copy, counted in memory at AWS's list prices. */
import { MemoryObjectStore } from '../../lib/adapters/memory/object-store.ts';
import { US_EAST_1 } from '../../lib/core/cost/prices.ts';
import { Engine, type EngineDeps } from '../../lib/engine/engine.ts';
import { createMaintenance } from '../../lib/engine/maintenance/maintenance.ts';
import type { RequestCounts } from '../../lib/engine/maintenance/metered-ports.ts';
import type { JobName, JobReport } from '../../lib/engine/maintenance/run.ts';
import { RecordBatchBuilder } from '../../lib/format/record-batch-writer.ts';
import { memoryPorts } from '../../lib/runtime/memory.ts';
import { type Benchmark, type BenchmarkRow, round } from './benchmark.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const VALUE_BYTES = 1_000;
const PARTITIONS = 8;
const ZONES = 2;
const SEGMENTS_PER_RUN = 100;

/** Dollars of requests; a lease record and a page are written as 1 KB and read as 4 KB, so each is one unit. */
export function dollarsOf(counts: RequestCounts): number {
  const { s3, dynamodb } = US_EAST_1;
  const objects = (counts.puts + counts.lists) * s3.perMillionPuts + (counts.gets + counts.heads) * s3.perMillionGets;
  const writes = (counts.leaseWrites + counts.pageWrites + counts.inlineDeletes) * dynamodb.perMillionWriteUnits;
  const reads = (counts.leaseReads + counts.pageReads + counts.inlineReads) * dynamodb.perMillionReadUnits;
  return (objects + writes + reads) / 1e6;
}

interface Step {
  readonly what: string;
  readonly bytes: number;
  readonly reports: readonly JobReport[];
}

/** Writes so many segments of a size and lets each job do its part. */
async function stepsOf(segmentBytes: number, segments: number): Promise<readonly Step[]> {
  let aheadMs = 0;
  // A sleep ends after everything that is ready, or a put would count as slow and be sent to the second zone as well.
  const sleep = () => new Promise<void>((resolve) => setImmediate(resolve));
  const clock = { now: () => 1_800_000_000_000 + aheadMs, monotonic: () => aheadMs, sleep };
  const zones = Array.from({ length: ZONES }, (_, i) => ({ name: `zone-${i}`, objects: new MemoryObjectStore(clock) }));
  const settings = { readCacheBytes: 0, catalogMaxAgeMs: 3_600_000 };
  const deps: EngineDeps = { ...memoryPorts({ inline: undefined, zones, settings }), clock };
  const engine = new Engine(deps);
  const maintenance = createMaintenance(new Engine(deps), { sweepWaits: false });
  const configs = { 'cleanup.policy': 'compact,delete', 'retention.ms': String(7 * DAY), 'max.message.bytes': String(16 * MIB) };
  await engine.topics.create({ name: 't', partitions: PARTITIONS, configs });
  const run = async (jobs: readonly JobName[], waitMs: number): Promise<readonly JobReport[]> => {
    aheadMs += waitMs;
    const reports: JobReport[] = [];
    for (const job of jobs) reports.push(await maintenance.run(job, { all: true }));
    const errors = reports.flatMap((report) => report.errors);
    if (errors.length > 0) throw new Error(errors.join('; '));
    return reports;
  };
  const replicated: JobReport[] = [];
  const merged: JobReport[] = [];
  let bytes = 0;
  // As scheduled runs find them: so many segments are there since the last one.
  for (let left = segments; left > 0; left -= SEGMENTS_PER_RUN) {
    bytes += await fill(engine, clock.now, { segmentBytes, segments: Math.min(left, SEGMENTS_PER_RUN), next: () => (aheadMs += 1_000) });
    replicated.push(...(await run(['replicate'], MINUTE)));
    merged.push(...(await run(['merge'], MINUTE)), ...(await run(['sweep'], 2 * MINUTE)));
  }
  merged.push(...(await run(['merge'], 11 * MINUTE)), ...(await run(['sweep'], 2 * MINUTE)));
  const steps: Step[] = [
    { what: 'replicated', bytes, reports: replicated },
    { what: 'merged', bytes, reports: merged },
    { what: 'compacted', bytes, reports: [...(await run(['compact'], MINUTE)), ...(await run(['sweep'], 2 * MINUTE))] },
  ];
  await engine.close();
  return [...steps, { what: 'expired', bytes, reports: [...(await run(['retain'], 8 * DAY)), ...(await run(['sweep'], 2 * MINUTE))] }];
}

interface Filling {
  readonly segmentBytes: number;
  readonly segments: number;
  readonly next: () => void;
}

async function fill(engine: Engine, now: () => number, { segmentBytes, segments, next }: Filling): Promise<number> {
  const value = Buffer.alloc(VALUE_BYTES, 'v');
  let bytes = 0;
  for (let i = 0; i < segments; i++) {
    next();
    const appends = Array.from({ length: PARTITIONS }, (_, partition) => {
      const builder = new RecordBatchBuilder({}, segmentBytes / PARTITIONS + 2 * VALUE_BYTES);
      for (let n = 0; n * VALUE_BYTES < segmentBytes / PARTITIONS; n++) {
        builder.tryAppend({ timestamp: now(), key: `key-${(i + n) % 100}`, value });
      }
      const batches = builder.build();
      bytes += batches.length;
      return engine.append({ topic: 't', partition, batches, acks: -1 });
    });
    await Promise.all(appends);
  }
  return bytes;
}

function rowOf(size: string, { what, bytes, reports }: Step): BenchmarkRow {
  const sum = (name: keyof RequestCounts) => reports.reduce((total, { requests }) => total + requests[name], 0);
  const perTerabyte = 1e12 / bytes;
  const dollars = reports.reduce((total, { requests }) => total + dollarsOf(requests), 0);
  const writes = sum('leaseWrites') + sum('pageWrites');
  return {
    what: `${what}, segments of ${size}`,
    figures: {
      putsPerTB: Math.round(sum('puts') * perTerabyte),
      getsPerTB: Math.round((sum('gets') + sum('heads')) * perTerabyte),
      listsPerTB: Math.round(sum('lists') * perTerabyte),
      writeUnitsPerTB: Math.round(writes * perTerabyte),
      readUnitsPerTB: Math.round((sum('leaseReads') + sum('pageReads')) * perTerabyte),
      dollarsPerTB: round(dollars * perTerabyte),
    },
  };
}

export const upkeepCostBenchmark: Benchmark = {
  name: 'upkeep-cost',
  about: 'requests and dollars a terabyte that is copied to a second zone, merged, compacted and expired, by size of segment',
  async run({ quick, progress }) {
    const rows: BenchmarkRow[] = [];
    const sizes = quick
      ? ([['64 KiB', 64 * KIB, 30]] as const)
      : ([
          ['64 KiB', 64 * KIB, 2_000],
          ['1 MiB', MIB, 500],
          ['8 MiB', 8 * MIB, 100],
        ] as const);
    for (const [size, bytes, segments] of sizes) {
      for (const step of await stepsOf(bytes, segments)) rows.push(rowOf(size, step));
      progress(`segments of ${size} are done`);
    }
    return rows;
  },
};
