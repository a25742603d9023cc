/** The Kafka protocol: Apache Kafka, Apache Kafka with fsync and Stratalog (always with fsync) in turns, with the same client. */
import { execFile } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type ApacheKafka, startApacheKafka } from '../conformance/apache-kafka/broker.ts';
import { kafkaTool } from '../conformance/apache-kafka/install.ts';
import { waitFor } from '../integration/emulators/child-process.ts';
import type { Benchmark, BenchmarkOptions, BenchmarkRow } from './benchmark.ts';
import { median, round } from './benchmark.ts';
import {
  createTopic,
  fetchLoad,
  type KafkaTarget,
  type LoadResult,
  latencyFigures,
  pacedLoad,
  produceLoad,
  targetOf,
} from './kafka-load.ts';
import { performanceConsume, performanceProduce } from './rdkafka-performance.ts';
import { cpuSecondsOf, memoryOf, startServer } from './server-process.ts';
import { warmMemory } from './warm-memory.ts';

interface Contestant {
  readonly name: string;
  readonly target: KafkaTarget;
  readonly pid: number;
  readonly figures: Record<string, number>;
  /** Resolves when it has done what it does with records after it has acknowledged them; undefined for who does nothing but write pages. */
  readonly caughtUp?: () => Promise<void>;
  stop(): Promise<unknown>;
}

const OURS = 'stratalog';
const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
/** Twice what a load writes. */
const WARM_MIB = 1_024;
const TOOL_RECORDS = 500_000;
/** Who takes less than this share of a core for so long is done with what came before; how long is waited for that at the most. */
const QUIET_SHARE = 0.05;
const QUIET_MS = 2_000;
const QUIET_WITHIN_MS = 30_000;
/** A merge begins every 10 to 20 seconds. */
const MERGED_WITHIN_MS = 120_000;

/** A run of somebody's own performance tool. */
interface ToolRun {
  readonly topic: string;
  readonly partitions: number;
  readonly records: number;
  readonly batchBytes: number;
}

function addressOf({ host, port }: KafkaTarget): string {
  return `${host}:${port}`;
}

async function stratalog(): Promise<Contestant> {
  const startedAt = performance.now();
  const server = await startServer();
  const target = targetOf(server.kafka);
  await createTopic(target, 'first', 1);
  await produceLoad(target, { ...SMALL, topic: 'first', partitions: 1, connections: 1, requests: 1 });
  const firstProduceMs = round(performance.now() - startedAt);
  return {
    name: OURS,
    target,
    pid: server.pid,
    figures: { 'start to first produce, ms': firstProduceMs },
    caughtUp: () => merged(server.url),
    stop: () => server.stop(),
  };
}

/** Waits for the end of a merge that began after the call. */
async function merged(url: string): Promise<void> {
  const runs = async () => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return Number(/^stratalog_maintenance_runs_total\{job="merge"\} (\d+)/m.exec(text)?.[1] ?? 0);
  };
  const wanted = (await runs()) + 2;
  await waitFor('the end of a merge', MERGED_WITHIN_MS, async () => (await runs()) >= wanted);
}

async function apacheKafka(name: string, settings: Readonly<Record<string, string>>): Promise<Contestant> {
  const node: ApacheKafka = await startApacheKafka(settings);
  return { name, target: { host: '127.0.0.1', port: node.port }, pid: node.pid, figures: {}, stop: () => node.stop() };
}

const SMALL = {
  topic: 'small',
  partitions: 2_000,
  connections: 500,
  inFlight: 1,
  recordBytes: 100,
  batchBytes: 100,
  partitionsPerRequest: 1,
  requests: 50_000,
};

/** Runs a load on one server, with what it cost that server until it was `done` with it. */
async function measured(server: Contestant, done: typeof atRest, load: () => Promise<LoadResult>): Promise<Record<string, number>> {
  const { pid } = server;
  const before = cpuSecondsOf(pid);
  const { seconds, requests, bytes, latencies } = await load();
  const { p50, p99, p999 } = latencyFigures(latencies);
  await done(server);
  return {
    'MiB/s': round(bytes / MIB / seconds),
    'requests/s': round(requests / seconds),
    'p50 ms': round(p50),
    'p99 ms': round(p99),
    'p99.9 ms': round(p999),
    'server CPU s/GB': round(((cpuSecondsOf(pid) - before) / bytes) * GIB),
    'RSS MiB': round(memoryOf(pid).rssMiB),
  };
}

/** What Apache Kafka's own performance tools say. */
async function javaProduce(server: Contestant, { topic, partitions, records, batchBytes }: ToolRun): Promise<Record<string, number>> {
  const { target } = server;
  await createTopic(target, topic, partitions);
  const { stdout } = await kafkaTool('org.apache.kafka.tools.ProducerPerformance', [
    ...['--topic', topic, '--num-records', String(records), '--record-size', '1024', '--throughput', '-1'],
    ...['--producer-props', `bootstrap.servers=${addressOf(target)}`, 'acks=all', `batch.size=${batchBytes}`],
  ]);
  await atRest(server);
  const line = stdout.trim().split('\n').at(-1) ?? '';
  return {
    'MiB/s': Number(/\(([\d.]+) MB\/sec\)/.exec(line)?.[1] ?? 0),
    'p99 ms': Number(/(\d+) ms 99th/.exec(line)?.[1] ?? 0),
  };
}

async function javaConsume({ target }: Contestant, { topic, records }: ToolRun): Promise<Record<string, number>> {
  const { stdout } = await kafkaTool('org.apache.kafka.tools.ConsumerPerformance', [
    ...['--bootstrap-server', addressOf(target), '--topic', topic, '--num-records', String(records), '--group', `${topic}-java`],
  ]);
  // Without the time in which the group forms: that is a setting of the coordinator's.
  const fetched = stdout.trim().split('\n').at(-1)?.split(', ')[8];
  return { 'MiB/s': round(Number(fetched ?? 0)) };
}

/** What librdkafka's performance program says, and what it costs the server until that is done with it. */
async function rdkafkaProduce(server: Contestant, { topic, partitions, records, batchBytes }: ToolRun): Promise<Record<string, number>> {
  const { target, pid } = server;
  await createTopic(target, topic, partitions);
  const before = cpuSecondsOf(pid);
  const { bytes, seconds } = await performanceProduce(target, topic, records, batchBytes);
  await atRest(server);
  return {
    'MiB/s': round(bytes / MIB / seconds),
    'records/s': round(records / seconds),
    'server CPU s/GB': round(((cpuSecondsOf(pid) - before) / bytes) * GIB),
  };
}

async function rdkafkaConsume({ target, pid }: Contestant, { topic, records }: ToolRun): Promise<Record<string, number>> {
  const before = cpuSecondsOf(pid);
  const { bytes, seconds } = await performanceConsume(target, topic, records, `${topic}-rdkafka`);
  return { 'MiB/s': round(bytes / MIB / seconds), 'server CPU s/GB': round(((cpuSecondsOf(pid) - before) / bytes) * GIB) };
}

/** One record at a time from a producer to a consumer, by Kafka's own tool, which tells percentiles in whole ms. */
async function endToEnd({ target }: Contestant): Promise<Record<string, number>> {
  await createTopic(target, 'end-to-end', 1);
  const { stdout } = await kafkaTool('org.apache.kafka.tools.EndToEndLatency', [
    ...['--bootstrap-server', addressOf(target), '--topic', 'end-to-end'],
    ...['--num-records', '5000', '--producer-acks', 'all', '--record-size', '1024'],
  ]);
  const [, mean] = /Avg latency: ([\d.]+) ms/.exec(stdout) ?? [];
  const [, p50, p99, p999] = /50th = (\d+), 99th = (\d+), 99.9th = (\d+)/.exec(stdout) ?? [];
  return { 'mean ms': round(Number(mean)), 'p50 ms': Number(p50), 'p99 ms': Number(p99), 'p99.9 ms': Number(p999) };
}

const ROUNDS = 3;

/** One load. All contestants carry it before the next one begins. */
interface Step {
  readonly what: string;
  run(server: Contestant): Promise<Record<string, number>>;
}

/**
 * All contestants are there at once, and each step goes to one after the other, in another order each time: what the machine does in that minute meets them
 * alike. Before each the disk has everything that was written, and nobody is at work on what came before.
 */
async function run({ quick, progress }: BenchmarkOptions): Promise<readonly BenchmarkRow[]> {
  const open: (() => Promise<Contestant>)[] = quick
    ? [stratalog]
    : [stratalog, () => apacheKafka('kafka', {}), () => apacheKafka('kafka with fsync', { 'log.flush.interval.messages': '1' })];
  const steps = [...loads(quick), ...(quick ? [] : [END_TO_END, ...[1, 6].flatMap(toolSteps)]), smallRequests(quick)];
  const found = new Map<string, Map<string, Record<string, number>[]>>();
  for (let turn = 1; turn <= (quick ? 1 : ROUNDS); turn++) {
    const contestants: Contestant[] = [];
    const add = (what: string, { name }: Contestant, figures: Record<string, number>) => {
      const rows = found.get(what) ?? new Map<string, Record<string, number>[]>();
      rows.set(name, [...(rows.get(name) ?? []), figures]);
      found.set(what, rows);
      progress(`round ${turn}, ${what}: ${name} ${JSON.stringify(figures)}`);
    };
    try {
      for (const one of open) contestants.push(await one());
      for (const server of contestants) if (Object.keys(server.figures).length > 0) add('start', server, server.figures);
      for (const [i, { what, run: carry }] of steps.entries()) {
        for (const server of rotated(contestants, turn + i)) {
          if (!quick) await evenGround(contestants);
          add(what, server, await carry(server));
        }
      }
    } finally {
      await Promise.all(contestants.map((server) => server.stop()));
    }
  }
  return [...found].flatMap(([what, rows]) => rowsOf(what, rows));
}

/** The medians of each contestant, and those of our share of what each peer did in the same round. */
function rowsOf(what: string, rows: ReadonlyMap<string, readonly Record<string, number>[]>): readonly BenchmarkRow[] {
  const medians = [...rows].map(([name, runs]) => ({ what: `${what}: ${name}`, figures: mediansOf(runs) }));
  const ours = rows.get(OURS) ?? [];
  const others = [...rows].filter(([name]) => name !== OURS);
  const ratios = others.map(([name, theirs]) => ({
    what: `${what}: ${OURS} / ${name}`,
    figures: mediansOf(ours.map((run, i) => ratiosOf(run, theirs[i] ?? {}))),
  }));
  return [...medians, ...ratios];
}

function ratiosOf(ours: Record<string, number>, theirs: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(ours).map(([name, value]) => [name, round(value / (theirs[name] ?? Number.NaN))]));
}

function mediansOf(runs: readonly Record<string, number>[]): Record<string, number> {
  const names = Object.keys(runs[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, median(runs.map((run) => run[name] ?? 0))]));
}

function rotated<One>(all: readonly One[], by: number): readonly One[] {
  const at = by % all.length;
  return [...all.slice(at), ...all.slice(0, at)];
}

async function evenGround(contestants: readonly Contestant[]): Promise<void> {
  await promisify(execFile)('sync');
  await quiet(contestants.map(({ pid }) => pid));
  warmMemory(WARM_MIB);
}

/** Waits until a server is done with what it was sent: its work on that is part of what a GB costs, and no other's load is to meet it. */
async function atRest({ caughtUp, pid }: Contestant): Promise<void> {
  await caughtUp?.();
  await quiet([pid]);
}

/** Waits until these processes do nothing to speak of. */
async function quiet(pids: readonly number[]): Promise<void> {
  const busySeconds = () => pids.reduce((sum, pid) => sum + cpuSecondsOf(pid), 0);
  const until = performance.now() + QUIET_WITHIN_MS;
  for (let before = busySeconds(); performance.now() < until; before = busySeconds()) {
    await setTimeout(QUIET_MS);
    if (busySeconds() - before < (QUIET_MS / 1_000) * QUIET_SHARE * pids.length) return;
  }
}

function loads(quick: boolean): readonly Step[] {
  const wide = { topic: 'wide', partitions: 6, connections: 4, inFlight: 5, recordBytes: 1_024, partitionsPerRequest: 6 };
  const wideBytes = (quick ? 0.01 : 1) * 512 * MIB;
  const done = doneOf(quick);
  return [
    ...[16_384, 131_072].map((batchBytes): Step => {
      const requests = Math.ceil(wideBytes / (batchBytes * 6));
      return {
        what: `produce 1 KiB, 6 partitions, batches of ${batchBytes / 1_024} KiB`,
        run: async (server) => {
          await createTopic(server.target, 'wide', 6);
          return measured(server, done, () => produceLoad(server.target, { ...wide, batchBytes, requests }));
        },
      };
    }),
    { what: 'fetch all, 6 partitions', run: (server) => measured(server, NOTHING_LEFT, () => fetchLoad(server.target, 'wide', 6, MIB)) },
    {
      what: 'produce 1 KiB at 5,000 a second',
      run: async (server) => {
        await createTopic(server.target, 'paced', 1);
        return measured(server, done, () => pacedLoad(server.target, 'paced', 1_024, 5_000, quick ? 0.2 : 10));
      },
    },
  ];
}

/** The last one: ten minutes after it each of its partitions is merged, however little is in it, beside whatever goes on then. */
function smallRequests(quick: boolean): Step {
  const small = quick ? { ...SMALL, partitions: 20, connections: 5, requests: 100 } : SMALL;
  return {
    what: 'produce 100 B, 500 connections, 2,000 partitions',
    run: async (server) => {
      await createTopic(server.target, small.topic, small.partitions);
      return measured(server, doneOf(quick), () => produceLoad(server.target, small));
    },
  };
}

/** Of what was read a server has nothing left to do. */
const NOTHING_LEFT = async (): Promise<void> => {};

function doneOf(quick: boolean): typeof atRest {
  return quick ? NOTHING_LEFT : atRest;
}

const END_TO_END: Step = { what: 'end to end, one record at a time', run: endToEnd };

function toolSteps(partitions: number): readonly Step[] {
  return [16_384, 131_072].flatMap((batchBytes) => {
    const step = (name: string, what: string, carry: (server: Contestant, run: ToolRun) => Promise<Record<string, number>>): Step => ({
      what: `${what}, ${partitions} ${partitions === 1 ? 'partition' : 'partitions'}, batch.size ${batchBytes}`,
      run: (server) => carry(server, { topic: `${name}-${partitions}-${batchBytes}`, partitions, records: TOOL_RECORDS, batchBytes }),
    });
    return [
      step('java', "Kafka's tool, produce", javaProduce),
      step('java', "Kafka's tool, consume", javaConsume),
      step('native', "librdkafka's, produce", rdkafkaProduce),
      step('native', "librdkafka's, consume", rdkafkaConsume),
    ];
  });
}

export const kafkaBenchmark: Benchmark = {
  name: 'kafka',
  about: 'the Kafka protocol against Apache Kafka, as it comes and with fsync, on the same machine with the same clients',
  run,
};
