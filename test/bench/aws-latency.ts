/** Appends under the delays of AWS's stores: what the appender adds to them, and what a record waits from end to end. */
import { RecordBatchBuilder } from '../../lib/format/record-batch-writer.ts';
import { createMemoryEngine } from '../../lib/runtime/memory.ts';
import { type Benchmark, type BenchmarkOptions, type BenchmarkRow, percentile, round } from './benchmark.ts';
import { modelledStores, type OBJECT_MODELS } from './store-model.ts';

interface Load {
  readonly what: string;
  readonly store: keyof typeof OBJECT_MODELS;
  readonly recordBytes: number;
  /** Appends a second, begun whether or not those before have ended; 0 sends the next when the last was answered. */
  readonly perSecond: number;
  readonly partitions: number;
}

const LOADS: readonly Load[] = [
  { what: 'gateway, S3 Standard, 1 MB/s', store: 's3-standard', recordBytes: 10_000, perSecond: 100, partitions: 3 },
  { what: 'gateway, S3 Express, 1 MB/s', store: 's3-express', recordBytes: 10_000, perSecond: 100, partitions: 3 },
  { what: 'produce function, 1 KB', store: 's3-standard', recordBytes: 1_000, perSecond: 0, partitions: 1 },
  { what: 'produce function, 50 KB, S3 Standard', store: 's3-standard', recordBytes: 50_000, perSecond: 0, partitions: 1 },
  { what: 'produce function, 50 KB, S3 Express', store: 's3-express', recordBytes: 50_000, perSecond: 0, partitions: 1 },
];
const SECONDS = 20;
const QUICK_SECONDS = 0.5;
const FLOOR_DRAWS = 5_000;

export const awsLatencyBenchmark: Benchmark = {
  name: 'aws-latency',
  about: 'appends under modelled delays of S3 and DynamoDB, against one upload and one grant',
  async run(options) {
    const rows: BenchmarkRow[] = [];
    for (const load of LOADS) {
      options.progress(load.what);
      rows.push(await measure(load, options));
    }
    return rows;
  },
};

async function measure(load: Load, { quick }: BenchmarkOptions): Promise<BenchmarkRow> {
  const stores = modelledStores(load.store, Math.random);
  const writer = createMemoryEngine(stores.ports);
  const reader = createMemoryEngine(stores.ports);
  await writer.topics.create({ name: 't', partitions: load.partitions });
  const produced: number[] = [];
  const arrived: number[] = [];
  /** When each record was sent, by partition and offset; what is read before its answer came waits in `early`. */
  const sentAt = new Map<string, number>();
  const readAt = new Map<string, number>();
  const note = (name: string): void => {
    const [sent, read] = [sentAt.get(name), readAt.get(name)];
    if (sent === undefined || read === undefined) return;
    arrived.push(read - sent);
    sentAt.delete(name);
    readAt.delete(name);
  };
  const stop = new AbortController();
  const reading = Promise.all(
    Array.from({ length: load.partitions }, (_, partition) =>
      follow(reader, partition, stop.signal, (offset) => {
        readAt.set(`${partition}/${offset}`, performance.now());
        note(`${partition}/${offset}`);
      }),
    ),
  );
  const append = async (i: number): Promise<void> => {
    const partition = i % load.partitions;
    const began = performance.now();
    const { batches } = await writer.append({ topic: 't', partition, batches: batchOf(load.recordBytes), acks: -1 });
    produced.push(performance.now() - began);
    const [first] = batches;
    if (first?.kind !== 'appended') return;
    sentAt.set(`${partition}/${first.baseOffset}`, began);
    note(`${partition}/${first.baseOffset}`);
  };
  await append(0);
  produced.length = 0;
  const before = { ...stores.counts };
  const sent = await drive(load, append, quick ? QUICK_SECONDS : SECONDS);
  const { counts } = stores;
  const megabytes = (sent * load.recordBytes) / 1e6;
  stop.abort();
  await reading;
  await Promise.all([writer.close(), reader.close()]);
  const floor = Array.from({ length: FLOOR_DRAWS }, () => stores.floorMs(load.recordBytes));
  return {
    what: load.what,
    figures: {
      appends: sent,
      floorP50Ms: round(percentile(floor, 0.5)),
      floorP99Ms: round(percentile(floor, 0.99)),
      p50Ms: round(percentile(produced, 0.5)),
      p99Ms: round(percentile(produced, 0.99)),
      'p99.9Ms': round(percentile(produced, 0.999)),
      endToEndP50Ms: round(percentile(arrived, 0.5)),
      endToEndP99Ms: round(percentile(arrived, 0.99)),
      putsPerMB: round((counts.puts - before.puts) / megabytes),
      tableWritesPerMB: round((counts.leaseWrites + counts.inlinePuts - before.leaseWrites - before.inlinePuts) / megabytes),
    },
  };
}

/** Begins appends for some time and waits for all of them; answers how many. */
async function drive({ perSecond }: Load, append: (i: number) => Promise<void>, seconds: number): Promise<number> {
  const end = performance.now() + seconds * 1_000;
  const open: Promise<void>[] = [];
  let i = 1;
  while (performance.now() < end) {
    if (perSecond === 0) await append(i++);
    else {
      open.push(append(i++));
      // The next is due at a fixed time, so that a slow store does not slow the load.
      const due = end - seconds * 1_000 + (i * 1_000) / perSecond;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    }
  }
  await Promise.all(open);
  return i - 1;
}

async function follow(
  engine: ReturnType<typeof createMemoryEngine>,
  partition: number,
  signal: AbortSignal,
  seen: (offset: number) => void,
) {
  for (let offset = 0; !signal.aborted; ) {
    const answer = await engine
      .fetch({ topic: 't', partition, offset, maxBytes: 1e7, minBytes: 1, maxWaitMs: 5_000, signal })
      .catch(() => undefined);
    if (answer === undefined) continue;
    for (; offset < answer.nextOffset; offset++) seen(offset);
  }
}

function batchOf(bytes: number): Buffer {
  const builder = new RecordBatchBuilder({ compression: 'none' });
  builder.tryAppend({ timestamp: Date.now(), key: null, value: 'x'.repeat(bytes) }, bytes * 2);
  return builder.build();
}
