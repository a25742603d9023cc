/** Compaction beside Apache Kafka's cleaner: the same batches, one after the other on the same machine. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { RecordBatchBuilder } from '../../lib/format/record-batch-writer.ts';
import { type ApacheKafka, startApacheKafka } from '../conformance/apache-kafka/broker.ts';
import { waitFor } from '../integration/emulators/child-process.ts';
import { RawClient } from '../unit/kafka/client.ts';
import { type Benchmark, type BenchmarkRow, round } from './benchmark.ts';
import type { CompactionResult } from './compaction-process.ts';
import { startServer } from './server-process.ts';

const run = promisify(execFile);
const TOPIC = 'keyed';
const VALUE_BYTES = 100;
const RECORDS_PER_BATCH = 5_000;
const IN_FLIGHT = 4;
const MIB = 1024 * 1024;
const CLEANED_WITHIN_MS = 15 * 60_000;
/** Half of what the process may have; buffers are outside it. */
const HEAP_MIB = 256;
const CONFIG_OF_TOPIC = 2;
const SET = 0;
const NOT_LEADER = 6;
const UNKNOWN_TOPIC = 3;

/** Keys in an order that looks drawn and is the same each time. */
function* keyedBatches(records: number, keys: number, firstTimestamp: number): Generator<Buffer> {
  const value = Buffer.alloc(VALUE_BYTES, 'v');
  let state = 1;
  for (let at = 0; at < records; ) {
    const builder = new RecordBatchBuilder({}, RECORDS_PER_BATCH * (VALUE_BYTES + 40));
    for (let n = 0; n < RECORDS_PER_BATCH && at < records; n++, at++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      builder.tryAppend({ timestamp: firstTimestamp + Math.floor(at / 1_000), key: `key-${state % keys}`, value });
    }
    yield builder.build();
  }
}

async function createTopic(client: RawClient, configs: Readonly<Record<string, string>>): Promise<void> {
  const settings = Object.entries(configs).map(([name, value]) => ({ name, value }));
  const topic = { name: TOPIC, numPartitions: 1, replicationFactor: 1, assignments: [], configs: settings };
  const { topics } = await client.call('CreateTopics', 5, { topics: [topic], timeoutMs: 30_000 });
  if (topics[0]?.errorCode !== 0) throw new Error(`creating the topic: ${topics[0]?.errorCode} ${topics[0]?.errorMessage}`);
}

async function produce(client: RawClient, records: Buffer): Promise<void> {
  for (;;) {
    const topicData = [{ name: TOPIC, partitionData: [{ index: 0, records }] }];
    const { responses } = await client.call('Produce', 9, { acks: -1, timeoutMs: 30_000, topicData });
    const code = responses[0]?.partitionResponses[0]?.errorCode;
    if (code === 0) return;
    // A broker answers before it leads the new partition.
    if (code !== NOT_LEADER && code !== UNKNOWN_TOPIC) throw new Error(`a batch was refused with ${code}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The same batches to all, in the same order. */
async function fill(clients: readonly RawClient[], batches: Iterable<Buffer>): Promise<void> {
  const open: Promise<unknown>[] = [];
  for (const batch of batches) {
    open.push(Promise.all(clients.map((client) => produce(client, batch))));
    if (open.length >= IN_FLIGHT) await open.shift();
  }
  await Promise.all(open);
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && entry.name.endsWith('.log')) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}

function figuresOf(records: number, seconds: number) {
  return { seconds: round(seconds), recordsPerSecond: Math.round(records / seconds) };
}

async function stratalogRows(folder: string, records: number): Promise<readonly BenchmarkRow[]> {
  const script = join(import.meta.dirname, 'compaction-process.ts');
  const { stdout } = await run(process.execPath, [`--max-old-space-size=${HEAP_MIB}`, script, folder], { maxBuffer: MIB });
  const { merge, compact, peakRssMiB } = JSON.parse(stdout) as CompactionResult;
  const errors = [...merge.errors, ...compact.errors];
  if (errors.length > 0) throw new Error(errors.join('; '));
  const row = (what: string, { durationMs, did }: CompactionResult['merge']): BenchmarkRow => ({
    what: `stratalog, ${what}`,
    figures: {
      ...figuresOf(records, durationMs / 1000),
      ...(did.passes === undefined ? {} : { passes: did.passes, recordsKept: did.recordsKept ?? 0 }),
      writtenMiB: Math.round((did.bytesWritten ?? 0) / MIB),
      peakRssMiB,
    },
  });
  return [row('segments merged before', merge), row('compaction', compact)];
}

/**
 * Cleans a filled topic. The cleaner leaves the segment that is written to alone, so one record more begins a new one; it
 * begins when the ratio allows it, and has ended when its checkpoint says so.
 */
async function cleanerRow(kafka: ApacheKafka, client: RawClient, records: number, lastTimestamp: number): Promise<BenchmarkRow> {
  const set = async (name: string, value: string) => {
    const configs = [{ name, configOperation: SET, value }];
    const resources = [{ resourceType: CONFIG_OF_TOPIC, resourceName: TOPIC, configs }];
    await client.call('IncrementalAlterConfigs', 1, { resources, validateOnly: false });
  };
  await set('segment.ms', '1');
  const builder = new RecordBatchBuilder();
  builder.tryAppend({ timestamp: lastTimestamp, key: 'last', value: 'v' });
  const last = builder.build();
  // A broker answers before it goes by the setting: records are added until one of them begins a segment.
  await waitFor('a new segment', 30_000, async () => {
    await produce(client, last);
    const names = await readdir(join(kafka.data, `${TOPIC}-0`));
    return names.some((name) => name.endsWith('.log') && Number.parseInt(name, 10) >= records);
  });
  const startedAt = performance.now();
  await set('min.cleanable.dirty.ratio', '0.001');
  await waitFor("Kafka's cleaner to have cleaned", CLEANED_WITHIN_MS, async () => (await cleanedTo(kafka)) >= records);
  const seconds = (performance.now() - startedAt) / 1000;
  const peakKib = /^VmHWM:\s+(\d+)/m.exec(await readFile(`/proc/${kafka.pid}/status`, 'utf8'))?.[1];
  return {
    what: "Apache Kafka's cleaner",
    figures: {
      ...figuresOf(records, seconds),
      writtenMiB: Math.round((await bytesIn(join(kafka.data, `${TOPIC}-0`))) / MIB),
      peakRssMiB: Math.round(Number(peakKib ?? 0) / 1024),
    },
  };
}

/** The first offset that the cleaner has not cleaned, as it writes it down after each cleaning. */
async function cleanedTo({ data }: ApacheKafka): Promise<number> {
  const text = await readFile(join(data, 'cleaner-offset-checkpoint'), 'utf8').catch(() => '');
  return Number(new RegExp(`^${TOPIC} 0 (\\d+)$`, 'm').exec(text)?.[1] ?? -1);
}

/** A node whose cleaner looks often what there is to do. Undefined, with the reason told, where it cannot be had. */
async function startPeer(progress: (text: string) => void): Promise<ApacheKafka | undefined> {
  try {
    return await startApacheKafka({ 'log.cleaner.backoff.ms': '100' });
  } catch (error) {
    progress(`without Apache Kafka: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

export const compactionBenchmark: Benchmark = {
  name: 'compaction',
  about:
    "10 million records of 100 B with a million keys: compacted in a 512 MB process, and by Apache Kafka's cleaner on the same batches",
  async run({ quick, progress }) {
    const records = quick ? 20_000 : 10_000_000;
    const folder = await mkdtemp(join(tmpdir(), 'stratalog-bench-'));
    const server = await startServer({ folder, args: ['--maintenance', 'off'] });
    const kafka = quick ? undefined : await startPeer(progress);
    try {
      const ours = await RawClient.connect(Number(server.kafka.split(':')[1]));
      const theirs = kafka === undefined ? undefined : await RawClient.connect(kafka.port);
      await createTopic(ours, { 'cleanup.policy': 'compact' });
      if (theirs !== undefined) await createTopic(theirs, { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '1' });
      const firstTimestamp = Date.now() - records / 1_000;
      await fill(theirs === undefined ? [ours] : [ours, theirs], keyedBatches(records, records / 10, firstTimestamp));
      progress(`${records} records are written`);
      ours.close();
      await server.stop();
      const rows = [...(await stratalogRows(folder, records))];
      progress('compacted');
      if (kafka !== undefined && theirs !== undefined) rows.push(await cleanerRow(kafka, theirs, records, Date.now()));
      theirs?.close();
      return rows;
    } finally {
      await server.stop();
      await kafka?.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};
