/** Appends under the delays of AWS's stores: what the appender adds to them, and what a record waits from end to end. */
import { FLUSHES_IN_FLIGHT_S3 } from '../../lib/core/limits.ts';
import { RecordBatchBuilder, type RecordBatchOptions } from '../../lib/format/record-batch-writer.ts';
import { createMemoryEngine } from '../../lib/runtime/memory.ts';
import { type Benchmark, type BenchmarkOptions, type BenchmarkRow, percentile, round } from './benchmark.ts';
import { modelledStores, type OBJECT_MODELS } from './store-model.ts';
import { VirtualClock } from './virtual-clock.ts';

interface Load {
  readonly what: string;
  readonly store: keyof typeof OBJECT_MODELS;
  readonly recordBytes: number;
  /** How long a flush waits for company, see `EngineSettings`. Default: the engine's own. */
  readonly lingerMs?: number;
  /** Appends a second, begun whether or not those before have ended; 0 sends the next when the last was answered. */
  readonly perSecond: number;
  readonly partitions: number;
  /** Idempotent producers, as clients are by default, who take turns; each writes to one partition. Default 1; 0: without idempotence. */
  readonly producers?: number;
}

const LOADS: readonly Load[] = [
  { what: 'gateway, S3 Standard, 1 MB/s', store: 's3-standard', recordBytes: 10_000, perSecond: 100, partitions: 3, producers: 12 },
  { what: 'the same, linger 50 ms', store: 's3-standard', recordBytes: 10_000, perSecond: 100, partitions: 3, producers: 12, lingerMs: 50 },
  {
    what: 'the same, linger 250 ms',
    store: 's3-standard',
    recordBytes: 10_000,
    perSecond: 100,
    partitions: 3,
    producers: 12,
    lingerMs: 250,
  },
  {
    what: 'the same, linger 1,000 ms',
    store: 's3-standard',
    recordBytes: 10_000,
    perSecond: 100,
    partitions: 3,
    producers: 12,
    lingerMs: 1_000,
  },
  {
    what: 'the same, linger 0, without idempotence',
    store: 's3-standard',
    recordBytes: 10_000,
    perSecond: 100,
    partitions: 3,
    producers: 0,
  },
  { what: 'gateway, S3 Express, 1 MB/s', store: 's3-express', recordBytes: 10_000, perSecond: 100, partitions: 3, producers: 12 },
  { what: 'produce function, 1 KB', store: 's3-standard', recordBytes: 1_000, perSecond: 0, partitions: 1 },
  { what: 'produce function, 50 KB, S3 Standard', store: 's3-standard', recordBytes: 50_000, perSecond: 0, partitions: 1 },
  { what: 'produce function, 50 KB, S3 Express', store: 's3-express', recordBytes: 50_000, perSecond: 0, partitions: 1 },
];
const SECONDS = 60;
const QUICK_SECONDS = 2;
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

function measure(load: Load, { quick }: BenchmarkOptions): Promise<BenchmarkRow> {
  const clock = new VirtualClock();
  return clock.run(measureBy(clock, load, quick ? QUICK_SECONDS : SECONDS));
}

async function measureBy(clock: VirtualClock, load: Load, seconds: number): Promise<BenchmarkRow> {
  const stores = modelledStores(load.store, clock, Math.random);
  const settings = { flushesInFlight: FLUSHES_IN_FLIGHT_S3, lingerMs: load.lingerMs ?? 0 };
  const writer = createMemoryEngine({ ...stores.ports, settings });
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
        readAt.set(`${partition}/${offset}`, clock.monotonic());
        note(`${partition}/${offset}`);
      }),
    ),
  );
  const producers = load.producers ?? 1;
  const append = async (i: number): Promise<void> => {
    const partition = i % load.partitions;
    const began = clock.monotonic();
    const producer = producers === 0 ? {} : { producerId: 1 + (i % producers), producerEpoch: 0, baseSequence: Math.floor(i / producers) };
    const { batches } = await writer.append({ topic: 't', partition, batches: batchOf(load.recordBytes, clock.now(), producer), acks: -1 });
    produced.push(clock.monotonic() - began);
    const [first] = batches;
    if (first?.kind !== 'appended') throw new Error(`a batch was not appended: ${JSON.stringify(first)}`);
    sentAt.set(`${partition}/${first.baseOffset}`, began);
    note(`${partition}/${first.baseOffset}`);
  };
  await append(0);
  produced.length = 0;
  const before = { ...stores.counts };
  const sent = await drive(clock, load, append, seconds);
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
async function drive(clock: VirtualClock, { perSecond }: Load, append: (i: number) => Promise<void>, seconds: number): Promise<number> {
  const end = clock.monotonic() + seconds * 1_000;
  const open: Promise<void>[] = [];
  let i = 1;
  while (clock.monotonic() < end) {
    if (perSecond === 0) await append(i++);
    else {
      open.push(append(i++));
      // The next is due at a fixed time, so that a slow store does not slow the load.
      const due = end - seconds * 1_000 + (i * 1_000) / perSecond;
      await clock.sleep(due - clock.monotonic());
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

function batchOf(bytes: number, timestamp: number, producer: RecordBatchOptions): Buffer {
  const builder = new RecordBatchBuilder({ compression: 'none', ...producer });
  builder.tryAppend({ timestamp, key: null, value: 'x'.repeat(bytes) }, bytes * 2);
  return builder.build();
}
