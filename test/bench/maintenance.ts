/** What the log's own jobs cost: compaction beside Kafka's cleaner, merge and retention in counted requests. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Engine, type EngineDeps } from '../../lib/engine/engine.ts';
import { createMaintenance } from '../../lib/engine/maintenance/maintenance.ts';
import type { RequestCounts } from '../../lib/engine/maintenance/metered-ports.ts';
import type { JobReport } from '../../lib/engine/maintenance/run.ts';
import { RecordBatchBuilder } from '../../lib/format/record-batch-writer.ts';
import { openLocalEngine } from '../../lib/runtime/local.ts';
import { memoryPorts } from '../../lib/runtime/memory.ts';
import { type Benchmark, type BenchmarkRow, round } from './benchmark.ts';
import { dollarsOf } from './upkeep-cost.ts';

const MINUTE = 60_000;
const VALUE_BYTES = 100;
const MIB = 1024 * 1024;

/** A clock that the benchmark moves, on top of the real one. */
function movableClock(deps: EngineDeps) {
  let aheadMs = 0;
  return {
    now: () => Date.now() + aheadMs,
    monotonic: () => performance.now() + aheadMs,
    sleep: deps.clock.sleep,
    move: (ms: number) => {
      aheadMs += ms;
    },
  };
}

const compaction: Benchmark = {
  name: 'compaction',
  about: '10 million records of 100 B with a million keys on a data folder: merged into files, then compacted',
  async run({ quick, progress }) {
    const records = quick ? 20_000 : 10_000_000;
    const keys = records / 10;
    const folder = await mkdtemp(join(tmpdir(), 'stratalog-bench-'));
    const local = await openLocalEngine({ folder, onFatal: (error) => progress(error.message), settings: { readCacheBytes: 0 } });
    try {
      const clock = movableClock(local.deps);
      const maintenance = createMaintenance(new Engine({ ...local.deps, clock }), {
        sweepWaits: false,
        settings: { runMs: 60 * MINUTE, fileBytesMax: 64 * MIB, mergeMemoryBytes: 64 * MIB },
      });
      await local.engine.topics.create({ name: 't', configs: { 'cleanup.policy': 'compact', 'max.message.bytes': '2000000' } });
      await fillKeyed(local.engine, records, keys);
      progress(`${records} records are written`);
      clock.move(11 * MINUTE);
      const merged = await maintenance.run('merge', { all: true });
      progress(`merged in ${round(merged.durationMs / 1000)} s`);
      const compacted = await maintenance.run('compact', { all: true });
      if (compacted.errors.length > 0) throw new Error(compacted.errors.join('; '));
      return [
        rowOf('merge', merged, records),
        {
          what: 'compact',
          figures: {
            ...rowOf('compact', compacted, records).figures,
            recordsKept: compacted.did.recordsKept ?? 0,
            passes: compacted.did.passes ?? 0,
          },
        },
        { what: 'process', figures: { peakRssMiB: Math.round(process.resourceUsage().maxRSS / 1024) } },
      ];
    } finally {
      await local.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

function rowOf(what: string, report: JobReport, records: number): BenchmarkRow {
  const seconds = report.durationMs / 1000;
  return {
    what,
    figures: {
      seconds: round(seconds),
      recordsPerSecond: Math.round(records / seconds),
      readMiBPerSecond: round(report.bytes / MIB / seconds),
    },
  };
}

/** Keys in an order that looks drawn and is the same each time. */
async function fillKeyed(engine: Engine, records: number, keys: number): Promise<void> {
  const value = Buffer.alloc(VALUE_BYTES, 'v');
  const perBatch = 5_000;
  let state = 1;
  for (let at = 0; at < records; ) {
    const open: Promise<unknown>[] = [];
    for (let i = 0; i < 8 && at < records; i++) {
      const builder = new RecordBatchBuilder({}, perBatch * (VALUE_BYTES + 40));
      for (let n = 0; n < perBatch && at < records; n++, at++) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        builder.tryAppend({ timestamp: Date.now(), key: `key-${state % keys}`, value });
      }
      open.push(engine.append({ topic: 't', partition: 0, batches: builder.build(), acks: -1 }));
    }
    await Promise.all(open);
  }
}

const merging: Benchmark = {
  name: 'merge-requests',
  about: '1,000 partitions written by 10,000 shared segments, merged as they come, in memory: requests, files, bytes written again',
  async run({ quick, progress }) {
    const partitions = quick ? 20 : 1_000;
    const segments = quick ? 300 : 10_000;
    const plain = memoryPorts({ inline: undefined, settings: { readCacheBytes: 0, catalogMaxAgeMs: 3_600_000 } });
    const clock = movableClock(plain);
    const deps: EngineDeps = { ...plain, clock };
    const engine = new Engine(deps);
    const maintenance = createMaintenance(new Engine(deps), { sweepWaits: false, settings: { runMs: 60 * MINUTE } });
    const topic = await engine.topics.create({ name: 't', partitions });
    const value = Buffer.alloc(VALUE_BYTES, 'v');
    const total: Record<string, number> = {};
    let appended = 0;
    let written = 0;
    let filesMost = 0;
    const rows: BenchmarkRow[] = [];
    const maintain = async () => {
      for (const job of ['merge', 'sweep'] as const) {
        clock.move(61_000);
        const report = await maintenance.run(job, { all: true });
        if (report.errors.length > 0) throw new Error(report.errors.join('; '));
        for (const [name, count] of Object.entries(report.requests)) total[name] = (total[name] ?? 0) + count;
        written += report.did.bytesWritten ?? 0;
      }
    };
    for (let i = 1; i <= segments; i++) {
      clock.move(1_000);
      await Promise.all(
        Array.from({ length: partitions }, async (_, partition) => {
          const builder = new RecordBatchBuilder({}, 256);
          builder.tryAppend({ timestamp: clock.now(), key: null, value });
          const bytes = builder.build();
          appended += bytes.length;
          await engine.append({ topic: 't', partition, batches: bytes, acks: -1 });
        }),
      );
      if (i % 100 === 0) await maintain();
      if (i % (segments / 5) !== 0) continue;
      const pages = await plain.pages.range({ topicId: topic.id, partition: 0 }, 0, 10_000);
      const files = pages.filter((page) => page.mergedInto === undefined).length;
      filesMost = Math.max(filesMost, files);
      progress(`${i} segments: ${files} pages a partition`);
      rows.push({ what: `after ${i} segments`, figures: { pagesPerPartition: files, bytesWrittenPerByte: round(written / appended) } });
    }
    await engine.close();
    const requests = total as unknown as RequestCounts;
    const terabytes = appended / 1e12;
    rows.push({
      what: 'all together',
      figures: {
        gets: requests.gets,
        puts: requests.puts,
        pageWrites: requests.pageWrites,
        leaseReads: requests.leaseReads,
        dollarsPerTB: round(dollarsOf(requests) / terabytes),
        filesMost,
      },
    });
    return rows;
  },
};

export const maintenanceBenchmarks: readonly Benchmark[] = [compaction, merging];
