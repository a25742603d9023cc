/** The Kafka protocol: Apache Kafka, Apache Kafka with fsync and Stratalog (always with fsync) in turns, with the same client. */
import { readFileSync } from 'node:fs';
import { type ApacheKafka, startApacheKafka } from '../conformance/apache-kafka/broker.ts';
import { kafkaTool } from '../conformance/apache-kafka/install.ts';
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
import { startServer } from './server-process.ts';
import { warmMemory } from './warm-memory.ts';

interface Contestant {
  readonly name: string;
  readonly target: KafkaTarget;
  readonly pid: number;
  readonly figures: Record<string, number>;
  stop(): Promise<unknown>;
}

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const TICKS_PER_SECOND = 100;
/** Twice what a load writes. */
const WARM_MIB = 1_024;

function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function rssMiB(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}

async function stratalog(): Promise<Contestant> {
  const startedAt = performance.now();
  const server = await startServer();
  const target = targetOf(server.kafka);
  await createTopic(target, 'first', 1);
  await produceLoad(target, { ...SMALL, topic: 'first', partitions: 1, connections: 1, requests: 1 });
  const firstProduceMs = round(performance.now() - startedAt);
  return {
    name: 'stratalog',
    target,
    pid: server.pid,
    figures: { 'start to first produce, ms': firstProduceMs },
    stop: () => server.stop(),
  };
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

/** Runs a load on one server, with what it cost that server. */
async function measured({ pid }: Contestant, load: () => Promise<LoadResult>): Promise<Record<string, number>> {
  const before = cpuSeconds(pid);
  const { seconds, requests, bytes, latencies } = await load();
  const { p50, p99, p999 } = latencyFigures(latencies);
  return {
    'MiB/s': round(bytes / MIB / seconds),
    'requests/s': round(requests / seconds),
    'p50 ms': round(p50),
    'p99 ms': round(p99),
    'p99.9 ms': round(p999),
    'server CPU s/GB': round(((cpuSeconds(pid) - before) / bytes) * GIB),
    'RSS MiB': round(rssMiB(pid)),
  };
}

/** What Apache Kafka's own performance tools say. */
async function javaTools({ target }: Contestant, topic: string, records: number, batchBytes: number): Promise<Record<string, number>> {
  const server = `${target.host}:${target.port}`;
  warmMemory(WARM_MIB);
  const produced = await kafkaTool('org.apache.kafka.tools.ProducerPerformance', [
    ...['--topic', topic, '--num-records', String(records), '--record-size', '1024', '--throughput', '-1'],
    ...['--producer-props', `bootstrap.servers=${server}`, 'acks=all', `batch.size=${batchBytes}`],
  ]);
  const consumed = await kafkaTool('org.apache.kafka.tools.ConsumerPerformance', [
    ...['--bootstrap-server', server, '--topic', topic, '--num-records', String(records), '--group', `${topic}-${records}-${batchBytes}`],
  ]);
  const line = produced.stdout.trim().split('\n').at(-1) ?? '';
  const columns = consumed.stdout.trim().split('\n').at(-1)?.split(', ') ?? [];
  return {
    'produce MiB/s': Number(/\(([\d.]+) MB\/sec\)/.exec(line)?.[1] ?? 0),
    'produce p99 ms': Number(/(\d+) ms 99th/.exec(line)?.[1] ?? 0),
    'consume MiB/s': round(Number(columns[8] ?? 0)),
  };
}

/** What librdkafka's performance program says, and what it costs the server. */
async function rdkafkaPerformance(
  { target, pid }: Contestant,
  topic: string,
  records: number,
  batchBytes: number,
): Promise<Record<string, number>> {
  warmMemory(WARM_MIB);
  const before = cpuSeconds(pid);
  const produced = await performanceProduce(target, topic, records, batchBytes);
  const between = cpuSeconds(pid);
  const consumed = await performanceConsume(target, topic, records, `${topic}-rdkafka`);
  const perGb = (seconds: number) => round((seconds / produced.bytes) * GIB);
  return {
    'produce records/s': round(records / produced.seconds),
    'produce MiB/s': round(produced.bytes / MIB / produced.seconds),
    'produce server CPU s/GB': perGb(between - before),
    'consume MiB/s': round(consumed.bytes / MIB / consumed.seconds),
    'consume server CPU s/GB': perGb(cpuSeconds(pid) - between),
  };
}

/** One record at a time from a producer to a consumer, by Kafka's own tool, which tells percentiles in whole ms. */
async function endToEnd({ target }: Contestant): Promise<Record<string, number>> {
  await createTopic(target, 'end-to-end', 1);
  const { stdout } = await kafkaTool('org.apache.kafka.tools.EndToEndLatency', [
    ...['--bootstrap-server', `${target.host}:${target.port}`, '--topic', 'end-to-end'],
    ...['--num-records', '5000', '--producer-acks', 'all', '--record-size', '1024'],
  ]);
  const [, mean] = /Avg latency: ([\d.]+) ms/.exec(stdout) ?? [];
  const [, p50, p99, p999] = /50th = (\d+), 99th = (\d+), 99.9th = (\d+)/.exec(stdout) ?? [];
  return { 'mean ms': round(Number(mean)), 'p50 ms': Number(p50), 'p99 ms': Number(p99), 'p99.9 ms': Number(p999) };
}

const ROUNDS = 3;

/** Each contestant in turn, all of them again and again: what the machine does meanwhile meets them alike. */
async function run({ quick, progress }: BenchmarkOptions): Promise<readonly BenchmarkRow[]> {
  const contestants: (() => Promise<Contestant>)[] = quick
    ? [stratalog]
    : [stratalog, () => apacheKafka('kafka', {}), () => apacheKafka('kafka with fsync', { 'log.flush.interval.messages': '1' })];
  const measured = new Map<string, Record<string, number>[]>();
  for (let turn = 1; turn <= (quick ? 1 : ROUNDS); turn++) {
    for (const open of contestants) {
      const server = await open();
      const add = (what: string, figures: Record<string, number>) => {
        const name = `${what}: ${server.name}`;
        measured.set(name, [...(measured.get(name) ?? []), figures]);
        progress(`round ${turn}, ${name} ${JSON.stringify(figures)}`);
      };
      try {
        if (Object.keys(server.figures).length > 0) add('start', server.figures);
        await loads(server, quick, add);
        if (quick) continue;
        add('end to end, one record at a time', await endToEnd(server));
        for (const partitions of [1, 6]) await tools(server, partitions, add);
      } finally {
        await server.stop();
      }
    }
  }
  return [...measured].map(([what, runs]) => ({ what, figures: mediansOf(runs) }));
}

function mediansOf(runs: readonly Record<string, number>[]): Record<string, number> {
  const names = Object.keys(runs[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, median(runs.map((run) => run[name] ?? 0))]));
}

async function loads(server: Contestant, quick: boolean, add: (what: string, figures: Record<string, number>) => void): Promise<void> {
  const { target } = server;
  const scale = quick ? 0.01 : 1;
  const measuredWarm = (load: () => Promise<LoadResult>) => {
    if (!quick) warmMemory(WARM_MIB);
    return measured(server, load);
  };
  await createTopic(target, 'wide', 6);
  const wide = { topic: 'wide', partitions: 6, connections: 4, inFlight: 5, recordBytes: 1_024, partitionsPerRequest: 6 };
  for (const batchBytes of [16_384, 131_072]) {
    const requests = Math.ceil((scale * 512 * MIB) / (batchBytes * 6));
    add(
      `produce 1 KiB, 6 partitions, batches of ${batchBytes / 1_024} KiB`,
      await measuredWarm(() => produceLoad(target, { ...wide, batchBytes, requests })),
    );
  }
  add('fetch all, 6 partitions', await measuredWarm(() => fetchLoad(target, 'wide', 6, MIB)));
  await createTopic(target, 'paced', 1);
  add('produce 1 KiB at 5,000 a second', await measuredWarm(() => pacedLoad(target, 'paced', 1_024, 5_000, quick ? 0.2 : 10)));
  const partitions = quick ? 20 : SMALL.partitions;
  await createTopic(target, SMALL.topic, partitions);
  const small = { ...SMALL, partitions, connections: quick ? 5 : SMALL.connections, requests: quick ? 100 : SMALL.requests };
  add('produce 100 B, 500 connections, 2,000 partitions', await measuredWarm(() => produceLoad(target, small)));
}

async function tools(server: Contestant, partitions: number, add: (what: string, figures: Record<string, number>) => void): Promise<void> {
  for (const batchBytes of [16_384, 131_072]) {
    const topic = `tools-${partitions}-${batchBytes}`;
    await createTopic(server.target, topic, partitions);
    add(`perf tools, ${partitions} partitions, batch.size ${batchBytes}`, await javaTools(server, topic, 500_000, batchBytes));
    const native = `native-${partitions}-${batchBytes}`;
    await createTopic(server.target, native, partitions);
    add(
      `rdkafka_performance, ${partitions} partitions, batch.size ${batchBytes}`,
      await rdkafkaPerformance(server, native, 500_000, batchBytes),
    );
  }
}

export const kafkaBenchmark: Benchmark = {
  name: 'kafka',
  about: 'the Kafka protocol against Apache Kafka, as it comes and with fsync, on the same machine with the same clients',
  run,
};
