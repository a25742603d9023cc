/** How long one record takes to be durable, at a fixed rate: by the engine alone, and from the SDK over HTTP. */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { RecordBatchBuilder } from '../../lib/format/record-batch-writer.ts';
import { openLocalEngine } from '../../lib/runtime/local.ts';
import { Admin, Producer } from '../../lib/sdk/index.ts';
import { type Benchmark, type BenchmarkOptions, type BenchmarkRow, median, percentile, round } from './benchmark.ts';
import { startServer } from './server-process.ts';

const RECORD_BYTES = 1024;
const TOPIC = 'bench';

/** The bare cost of making one record durable: append, fdatasync, and one SQLite commit with synchronous=FULL. */
function bareLatency(folder: string, samples: number): number[] {
  const file = openSync(join(folder, 'bare'), 'w');
  const database = new DatabaseSync(join(folder, 'bare.db'));
  database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE IF NOT EXISTS lease (id INTEGER PRIMARY KEY, value BLOB)');
  const put = database.prepare('INSERT OR REPLACE INTO lease VALUES (1, ?)');
  const record = Buffer.alloc(RECORD_BYTES, 'x');
  const taken: number[] = [];
  for (let i = 0; i < samples; i++) {
    const startedAt = performance.now();
    writeSync(file, record);
    fdatasyncSync(file);
    put.run(record);
    taken.push(performance.now() - startedAt);
  }
  database.close();
  closeSync(file);
  return taken;
}

/** Records sent one by one at a fixed rate; nobody waits for an answer before sending on, so a stall is not hidden. */
async function paced(send: () => Promise<unknown>, perSecond: number, count: number): Promise<number[]> {
  const taken: number[] = [];
  const open: Promise<void>[] = [];
  const startedAt = performance.now();
  for (let sent = 0; sent < count; ) {
    const due = Math.min(count, Math.floor(((performance.now() - startedAt) / 1000) * perSecond));
    for (; sent < due; sent++) {
      const sentAt = performance.now();
      open.push(
        send().then(() => {
          taken.push(performance.now() - sentAt);
        }),
      );
    }
    // A timer and not a spin, so that the client leaves its core to the server.
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(open);
  return taken;
}

interface Load {
  readonly perSecond: number;
  readonly warmUp: number;
  readonly count: number;
}

async function throughHttp({ perSecond, warmUp, count }: Load): Promise<number[]> {
  const server = await startServer();
  const admin = new Admin({ url: server.url });
  const producer = new Producer({ url: server.url, lingerMs: 0 });
  try {
    await admin.createTopic({ name: TOPIC, partitions: 1 });
    const value = Buffer.alloc(RECORD_BYTES, 'x');
    const send = () => producer.send({ topic: TOPIC, partition: 0, value });
    await paced(send, perSecond, warmUp);
    return await paced(send, perSecond, count);
  } finally {
    await producer.close();
    await admin.close();
    await server.stop();
  }
}

async function byEngine(folder: string, { perSecond, warmUp, count }: Load): Promise<number[]> {
  const onFatal = (error: Error) => {
    throw error;
  };
  const { engine, close } = await openLocalEngine({ folder, onFatal });
  try {
    await engine.topics.create({ name: TOPIC, partitions: 1 });
    const builder = new RecordBatchBuilder({}, 2 * RECORD_BYTES);
    builder.tryAppend({ timestamp: Date.now(), key: null, value: Buffer.alloc(RECORD_BYTES, 'x') });
    const batch = builder.build();
    // The log writes offsets into what it is given.
    const send = () => engine.append({ topic: TOPIC, partition: 0, batches: Buffer.from(batch), acks: -1 });
    await paced(send, perSecond, warmUp);
    return await paced(send, perSecond, count);
  } finally {
    await close();
  }
}

async function latency({ quick, progress }: BenchmarkOptions): Promise<readonly BenchmarkRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'stratalog-latency-'));
  const rounds = quick ? 1 : 3;
  const rows: BenchmarkRow[] = [];
  try {
    for (const perSecond of quick ? [200] : [1_000, 5_000]) {
      const load: Load = quick ? { perSecond, warmUp: 50, count: 100 } : { perSecond, warmUp: perSecond, count: perSecond * 8 };
      const [bare, engine, http]: [number[][], number[][], number[][]] = [[], [], []];
      for (let turn = 1; turn <= rounds; turn++) {
        progress(`${perSecond} records/s, round ${turn} of ${rounds}`);
        bare.push(bareLatency(folder, quick ? 50 : 3_000));
        engine.push(await byEngine(join(folder, `${perSecond}-${turn}`), load));
        http.push(await throughHttp(load));
      }
      rows.push(rowOf(`${perSecond} records/s of 1 KiB, the engine`, bare, engine));
      rows.push(rowOf(`${perSecond} records/s of 1 KiB, SDK and HTTP`, bare, http));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return rows;
}

function rowOf(what: string, bare: readonly number[][], ours: readonly number[][]): BenchmarkRow {
  const at = (samples: readonly number[][], share: number) => median(samples.map((one) => percentile(one, share)));
  return {
    what,
    figures: {
      'bare p50 ms': round(at(bare, 0.5)),
      'bare p99 ms': round(at(bare, 0.99)),
      'p50 ms': round(at(ours, 0.5)),
      'p99 ms': round(at(ours, 0.99)),
      'p99.9 ms': round(at(ours, 0.999)),
      'p50 ratio': round(at(ours, 0.5) / at(bare, 0.5)),
      'p99 ratio': round(at(ours, 0.99) / at(bare, 0.99)),
    },
  };
}

export const latencyBenchmark: Benchmark = {
  name: 'latency',
  about: 'Records sent one by one at a fixed rate, to the engine and through the SDK, against one write + fdatasync + one SQLite commit.',
  run: latency,
};
