/** What merge costs in counted requests, and what it leaves, as a log of many partitions grows. */
import { Engine, type EngineDeps } from '../../lib/engine/engine.ts';
import { createMaintenance } from '../../lib/engine/maintenance/maintenance.ts';
import type { RequestCounts } from '../../lib/engine/maintenance/metered-ports.ts';
import { RecordBatchBuilder } from '../../lib/format/record-batch-writer.ts';
import { memoryPorts } from '../../lib/runtime/memory.ts';
import { type Benchmark, type BenchmarkRow, round } from './benchmark.ts';
import { dollarsOf } from './upkeep-cost.ts';

const MINUTE = 60_000;
const VALUE_BYTES = 100;

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

export const mergeBenchmark: Benchmark = {
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
