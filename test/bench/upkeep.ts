/** What the jobs of an embedded server do to those who produce at the highest rate, and whether they keep up. */
import { rmSync } from 'node:fs';
import { RecordBatchBuilder } from '../../lib/format/record-batch-writer.ts';
import { MEDIA_TYPE_BATCHES } from '../../lib/http/contract.ts';
import { type Benchmark, type BenchmarkRow, percentile, round } from './benchmark.ts';
import { startServer } from './server-process.ts';

const MIB = 1024 * 1024;
const PARTITIONS = 16;
const WRITERS = 16;
const RECORDS_PER_BATCH = 60;

interface Status {
  readonly jobs: readonly {
    readonly job: string;
    readonly lagMs: number;
    readonly did: Readonly<Record<string, number>>;
    readonly bytes: number;
  }[];
}

async function load(maintenance: 'on' | 'off', seconds: number): Promise<BenchmarkRow> {
  const server = await startServer({ args: ['--maintenance', maintenance, '--kafka', 'off'] });
  try {
    const created = await fetch(`${server.url}/v1/topics`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 't', partitions: PARTITIONS }),
    });
    if (created.status !== 201) throw new Error(`creating the topic: ${created.status}`);
    const builder = new RecordBatchBuilder();
    for (let i = 0; i < RECORDS_PER_BATCH; i++)
      builder.tryAppend({ timestamp: 1_700_000_000_000, key: null, value: Buffer.alloc(1024, 'x') });
    const body = builder.build();
    const latencies: number[] = [];
    const endAt = performance.now() + seconds * 1000;
    await Promise.all(
      Array.from({ length: WRITERS }, async (_, writer) => {
        while (performance.now() < endAt) {
          const began = performance.now();
          const url = `${server.url}/v1/topics/t/partitions/${writer % PARTITIONS}/batches?acks=all`;
          const answer = await fetch(url, { method: 'POST', headers: { 'content-type': MEDIA_TYPE_BATCHES }, body });
          await answer.arrayBuffer();
          if (answer.status === 200) latencies.push(performance.now() - began);
        }
      }),
    );
    const status = (await (await fetch(`${server.url}/v1/maintenance`)).json()) as Status;
    const merge = status.jobs.find(({ job }) => job === 'merge');
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    const merged = /stratalog_maintenance_done_total\{job="merge",what="bytesWritten"\} (\d+)/.exec(metrics)?.[1];
    return {
      what: `maintenance ${maintenance}`,
      figures: {
        MiBPerSecond: round((latencies.length * body.length) / MIB / seconds),
        p50Ms: round(percentile(latencies, 0.5)),
        p99Ms: round(percentile(latencies, 0.99)),
        mergedShare: round(Number(merged ?? 0) / Math.max(1, latencies.length * body.length)),
        mergeLagS: round((merge?.lagMs ?? 0) / 1000),
        peakMiB: server.memory().peakMiB,
      },
    };
  } finally {
    await server.stop();
    rmSync(server.folder, { recursive: true, force: true });
  }
}

export const upkeepBenchmark: Benchmark = {
  name: 'upkeep',
  about: 'produce of 60 KB batches over HTTP by 16 writers, with the jobs of the server running and without',
  async run({ quick, progress }) {
    const rows: BenchmarkRow[] = [];
    for (const maintenance of ['off', 'on'] as const) {
      rows.push(await load(maintenance, quick ? 1 : 60));
      progress(`maintenance ${maintenance} is done`);
    }
    return rows;
  },
};
