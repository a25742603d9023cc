/** What the jobs of an embedded server do to those who produce at the highest rate, and whether they keep up. */
import { RecordBatchBuilder } from '../../lib/format/record-batch-writer.ts';
import { MEDIA_TYPE_BATCHES } from '../../lib/http/contract.ts';
import { type Benchmark, type BenchmarkRow, median, percentile, round } from './benchmark.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const MIB = 1024 * 1024;
const PARTITIONS = 16;
const WRITERS = 16;
const RECORDS_PER_BATCH = 60;
const KEYS = 1_000;
/** One writer in so many writes to a compacted topic, so that compaction has work too. */
const KEYED_EVERY = 8;
const SAMPLE_MS = 1_000;
const JOBS = ['retain', 'merge', 'compact', 'replicate', 'sweep'] as const;

interface Report {
  readonly job: string;
  readonly lagMs: number;
  readonly complete: boolean;
  readonly errors: readonly string[];
}

interface Load {
  readonly args: readonly string[];
  readonly seconds: number;
  readonly zones: number;
}

interface Loaded {
  readonly mibPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly serverCpuSecondsPerGiB: number;
  readonly peakMiB: number;
  /** Most that was seen of each job's lag while the load was on, s. */
  readonly lagS: ReadonlyMap<string, number>;
  /** Bytes that merge had written by the end of the load, per byte that was produced. */
  readonly mergedShare: number;
  /** From the end of the load until no job had anything left that was due, s. */
  readonly behindS: number;
}

/** `retention.bytes` is less than what a load writes, so that retention has work too. */
async function createTopics(url: string): Promise<void> {
  const topics = [
    { name: 'plain', partitions: PARTITIONS, configs: { 'retention.bytes': String(32 * MIB) } },
    { name: 'keyed', partitions: 2, configs: { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0.1' } },
  ];
  for (const topic of topics) {
    const created = await fetch(`${url}/v1/topics`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(topic),
    });
    if (created.status !== 201) throw new Error(`creating the topic: ${created.status} ${await created.text()}`);
  }
}

function batchOf(keyed: boolean, first: number): Buffer {
  const builder = new RecordBatchBuilder();
  const value = Buffer.alloc(1024, 'x');
  for (let i = 0; i < RECORDS_PER_BATCH; i++) {
    builder.tryAppend({ timestamp: Date.now(), key: keyed ? `key-${(first + i) % KEYS}` : null, value });
  }
  return builder.build();
}

/** Sends as quickly as answers come; answers the time of each request, ms. */
async function write(url: string, writer: number, endAt: number): Promise<number[]> {
  const keyed = writer % KEYED_EVERY === 0;
  const path = keyed ? `keyed/partitions/${(writer / KEYED_EVERY) % 2}` : `plain/partitions/${writer % PARTITIONS}`;
  const bodies = Array.from({ length: keyed ? KEYS / 50 : 1 }, (_, i) => batchOf(keyed, i * 50));
  const latencies: number[] = [];
  while (performance.now() < endAt) {
    const began = performance.now();
    const answer = await fetch(`${url}/v1/topics/${path}/batches?acks=all`, {
      method: 'POST',
      headers: { 'content-type': MEDIA_TYPE_BATCHES },
      body: new Uint8Array(bodies[latencies.length % bodies.length] as Buffer),
    });
    await answer.arrayBuffer();
    if (answer.status === 200) latencies.push(performance.now() - began);
  }
  return latencies;
}

async function reportsOf(url: string): Promise<readonly Report[]> {
  return ((await (await fetch(`${url}/v1/maintenance`)).json()) as { jobs: readonly Report[] }).jobs;
}

/** Looks at the lag of each job until it is told to stop. */
function watchLag(url: string): { readonly lagS: Map<string, number>; stop(): Promise<void> } {
  const lagS = new Map<string, number>();
  let watching = true;
  const look = async () => {
    for (const { job, lagMs } of await reportsOf(url)) lagS.set(job, Math.max(lagS.get(job) ?? 0, lagMs / 1000));
  };
  const loop = (async () => {
    while (watching) {
      await look();
      await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
    }
    await look();
  })();
  return {
    lagS,
    async stop() {
      watching = false;
      await loop;
    },
  };
}

/** Runs every job until nothing is left that is due; answers how long that took, s. */
async function catchUp(url: string, lagS: Map<string, number>): Promise<number> {
  const began = performance.now();
  for (const job of JOBS) {
    for (;;) {
      const report = (await (await fetch(`${url}/v1/maintenance/${job}`, { method: 'POST' })).json()) as Report;
      // Those that come seldom have not run yet: what they find now is how far behind they were.
      if (!lagS.has(job)) lagS.set(job, report.lagMs / 1000);
      if (report.errors.length > 0) throw new Error(report.errors.join('; '));
      if (report.complete) break;
    }
  }
  return (performance.now() - began) / 1000;
}

async function merged(server: ServerProcess): Promise<number> {
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  return Number(/stratalog_maintenance_done_total\{job="merge",what="bytesWritten"\} (\d+)/.exec(metrics)?.[1] ?? 0);
}

async function load({ args, seconds, zones }: Load): Promise<Loaded> {
  const server = await startServer({ args: [...args, '--kafka', 'off', '--zones', String(zones)] });
  try {
    await createTopics(server.url);
    const watch = watchLag(server.url);
    const cpuBefore = server.cpuSeconds();
    const endAt = performance.now() + seconds * 1000;
    const latencies = (await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(server.url, writer, endAt)))).flat();
    const cpu = server.cpuSeconds() - cpuBefore;
    await watch.stop();
    const bytes = latencies.length * batchOf(false, 0).length;
    const share = (await merged(server)) / Math.max(1, bytes);
    const { peakMiB } = server.memory();
    const behindS = args.includes('on') ? await catchUp(server.url, watch.lagS) : 0;
    return {
      mibPerSecond: bytes / MIB / seconds,
      p50: percentile(latencies, 0.5),
      p99: percentile(latencies, 0.99),
      serverCpuSecondsPerGiB: cpu / (bytes / 2 ** 30),
      peakMiB,
      lagS: watch.lagS,
      mergedShare: share,
      behindS,
    };
  } finally {
    await server.stop();
  }
}

function rowOf(what: string, runs: readonly Loaded[]): BenchmarkRow {
  const middle = (figure: (run: Loaded) => number) => round(median(runs.map(figure)));
  return {
    what,
    figures: {
      MiBPerSecond: middle((run) => run.mibPerSecond),
      p50Ms: middle((run) => run.p50),
      p99Ms: middle((run) => run.p99),
      serverCpuSecondsPerGiB: middle((run) => run.serverCpuSecondsPerGiB),
      mergedShare: middle((run) => run.mergedShare),
      behindS: middle((run) => run.behindS),
      peakMiB: middle((run) => run.peakMiB),
    },
  };
}

function lagRow(what: string, runs: readonly Loaded[]): BenchmarkRow {
  const lag = (job: string) => round(Math.max(...runs.map(({ lagS }) => lagS.get(job) ?? 0)));
  return { what, figures: Object.fromEntries(JOBS.map((job) => [`${job}LagS`, lag(job)])) };
}

export const upkeepBenchmark: Benchmark = {
  name: 'upkeep',
  about: 'produce of 60 KB batches over HTTP by 16 writers, with all jobs of the server and without, in turns; the lag of each job',
  async run({ quick, progress }) {
    const rows: BenchmarkRow[] = [];
    const seconds = quick ? 1 : 40;
    for (const zones of quick ? [1] : [1, 2]) {
      const runs = { off: [] as Loaded[], on: [] as Loaded[] };
      for (let turn = 0; turn < (quick ? 1 : 3); turn++) {
        for (const maintenance of ['off', 'on'] as const) {
          const loaded = await load({ args: ['--maintenance', maintenance], seconds, zones });
          runs[maintenance].push(loaded);
          progress(`${zones} zones, jobs ${maintenance}: ${round(loaded.mibPerSecond)} MiB/s, p99 ${round(loaded.p99)} ms`);
        }
      }
      const name = zones === 1 ? 'one zone' : `${zones} zones`;
      rows.push(rowOf(`${name}, jobs off`, runs.off), rowOf(`${name}, jobs on`, runs.on), lagRow(`${name}, most lag`, runs.on));
      const p99 = (all: readonly Loaded[]) => median(all.map((run) => run.p99));
      rows.push({ what: `${name}, p99 with jobs`, figures: { times: round(p99(runs.on) / p99(runs.off)) } });
    }
    return rows;
  },
};
