/** How long one record takes to be durable, at a fixed rate: by the engine alone, and from the SDK over HTTP. */
import { execFile } from 'node:child_process';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { type Benchmark, type BenchmarkOptions, type BenchmarkRow, median, percentile, round } from './benchmark.ts';
import type { Latencies } from './latency-process.ts';
import { paced } from './paced.ts';
import { startServer } from './server-process.ts';
import { warmMemory } from './warm-memory.ts';

const RECORD_BYTES = 1024;
/** A number for each record, as text. */
const STDOUT_BYTES_MAX = 64 * 1024 * 1024;
/** Until most of the code of 800 requests a second is compiled: V8 does that after thousands of calls, beside the load. */
const WARM_UP_SECONDS = 20;
/** Two rounds of merging and more, which comes every 10 to 20 seconds. */
const SECONDS = 30;
/** How often the client sends, whatever it has to send then. */
const PACES_PER_SECOND = 1_000;

interface Load {
  readonly perSecond: number;
  readonly warmUp: number;
  readonly count: number;
}

/** What making one record durable takes without any of this: append, fdatasync, and one SQLite commit with synchronous=FULL. */
interface BareWriter {
  write(): void;
  close(): void;
}

/** Milliseconds of bare writes, one right after the other and each by itself; as long as what they are compared to. */
interface BareLatencies {
  readonly inARow: readonly number[];
  readonly paced: readonly number[];
}

function bareWriter(folder: string): BareWriter {
  const file = openSync(join(folder, 'bare'), 'w');
  const database = new DatabaseSync(join(folder, 'bare.db'));
  database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE IF NOT EXISTS lease (id INTEGER PRIMARY KEY, value BLOB)');
  const put = database.prepare('INSERT OR REPLACE INTO lease VALUES (1, ?)');
  const record = Buffer.alloc(RECORD_BYTES, 'x');
  return {
    write() {
      writeSync(file, record);
      fdatasyncSync(file);
      put.run(record);
    },
    close() {
      database.close();
      closeSync(file);
    },
  };
}

/**
 * Measured for as long as what it is compared to: two seconds may hold none of what disturbs a machine every few, or nothing else.
 * Paced, since a processor that slept, and a disk that nobody used for a millisecond, take longer for the same: the records it is
 * compared to are sent with such pauses.
 */
async function bareLatency(folder: string, seconds: number, perSecond: number): Promise<BareLatencies> {
  const writer = bareWriter(folder);
  const inARow: number[] = [];
  const until = performance.now() + seconds * 1_000;
  for (let startedAt = performance.now(); startedAt < until; startedAt = performance.now()) {
    writer.write();
    inARow.push(performance.now() - startedAt);
  }
  const pace = Math.min(perSecond, PACES_PER_SECOND);
  const taken = await paced(async () => writer.write(), pace, Math.ceil(pace * seconds));
  writer.close();
  return { inARow, paced: taken };
}

async function throughHttp(load: Load): Promise<Latencies> {
  const server = await startServer();
  try {
    return await ofClient(server.url, load);
  } finally {
    await server.stop();
  }
}

/** In a process of its own, so that neither the benchmark's garbage nor, in the engine's case, a client's is measured. */
async function ofClient(target: string, { perSecond, warmUp, count }: Load): Promise<Latencies> {
  const args = [join(import.meta.dirname, 'latency-process.ts'), target, ...[perSecond, warmUp, count].map(String)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: STDOUT_BYTES_MAX });
  return JSON.parse(stdout) as Latencies;
}

async function latency({ quick, progress }: BenchmarkOptions): Promise<readonly BenchmarkRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'stratalog-latency-'));
  const rounds = quick ? 1 : 3;
  const warmMiB = quick ? 1 : 512;
  const rows: BenchmarkRow[] = [];
  try {
    for (const perSecond of quick ? [200] : [1_000, 5_000]) {
      const load: Load = quick
        ? { perSecond, warmUp: 50, count: 100 }
        : { perSecond, warmUp: perSecond * WARM_UP_SECONDS, count: perSecond * SECONDS };
      const [bare, engine, http]: [BareLatencies[], Latencies[], Latencies[]] = [[], [], []];
      for (let turn = 1; turn <= rounds; turn++) {
        progress(`${perSecond} records/s, round ${turn} of ${rounds}`);
        warmMemory(warmMiB);
        bare.push(await bareLatency(folder, quick ? 0.1 : SECONDS, perSecond));
        warmMemory(warmMiB);
        engine.push(await ofClient(join(folder, `${perSecond}-${turn}`), load));
        warmMemory(warmMiB);
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

function rowOf(what: string, bare: readonly BareLatencies[], ours: readonly Latencies[]): BenchmarkRow {
  const at = (samples: readonly (readonly number[])[], share: number) => median(samples.map((one) => percentile(one, share)));
  const first = ours.map((one) => one.first);
  const then = ours.map((one) => one.then);
  const inARow = bare.map((one) => one.inARow);
  const eachAlone = bare.map((one) => one.paced);
  return {
    what,
    figures: {
      'bare p50 ms': round(at(inARow, 0.5)),
      'bare p99 ms': round(at(inARow, 0.99)),
      'bare paced p50 ms': round(at(eachAlone, 0.5)),
      'bare paced p99 ms': round(at(eachAlone, 0.99)),
      'p50 ms': round(at(then, 0.5)),
      'p99 ms': round(at(then, 0.99)),
      'p99.9 ms': round(at(then, 0.999)),
      'p50 ratio': round(at(then, 0.5) / at(inARow, 0.5)),
      'p99 ratio': round(at(then, 0.99) / at(inARow, 0.99)),
      'p50 ratio paced': round(at(then, 0.5) / at(eachAlone, 0.5)),
      'p99 ratio paced': round(at(then, 0.99) / at(eachAlone, 0.99)),
      'first p50 ms': round(at(first, 0.5)),
      'first p99 ms': round(at(first, 0.99)),
    },
  };
}

export const latencyBenchmark: Benchmark = {
  name: 'latency',
  about: 'Records sent one by one at a fixed rate, to the engine and through the SDK, against one write + fdatasync + one SQLite commit.',
  run: latency,
};
