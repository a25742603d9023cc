import { closeSync, createReadStream, fdatasyncSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RecordBatchBuilder } from '../../lib/format/record-batch-writer.ts';
import { HEADER_NEXT_OFFSET, MEDIA_TYPE_BATCHES } from '../../lib/http/contract.ts';
import { type Benchmark, type BenchmarkOptions, type BenchmarkRow, median, round } from './benchmark.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { warmMemory } from './warm-memory.ts';

const MIB = 1024 * 1024;
const RECORD_BYTES = 1024;
const TOPIC = 'bench';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: number;
  readonly body: Buffer;
}

function call(
  agent: Agent,
  server: ServerProcess,
  method: string,
  path: string,
  options: { body?: Buffer; accept?: string; type?: string; keep?: boolean } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const url = new URL(path, server.url);
    const headers = {
      ...(options.type === undefined ? {} : { 'content-type': options.type }),
      ...(options.accept === undefined ? {} : { accept: options.accept }),
      ...(options.body === undefined ? {} : { 'content-length': options.body.length }),
    };
    const sent = request({ agent, host: url.hostname, port: url.port, method, path: url.pathname + url.search, headers }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (options.keep !== false) chunks.push(chunk);
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes, body: Buffer.concat(chunks) }),
      );
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(options.body);
  });
}

function batchOf(records: number, recordBytes = RECORD_BYTES): Buffer {
  const builder = new RecordBatchBuilder({}, records * (recordBytes + 32) + 128);
  const value = Buffer.alloc(recordBytes, 'x');
  for (let i = 0; i < records; i++) builder.tryAppend({ timestamp: 1_700_000_000_000 + i, key: null, value });
  return builder.build();
}

async function createTopic(agent: Agent, server: ServerProcess, name: string, partitions: number): Promise<void> {
  const body = Buffer.from(JSON.stringify({ name, partitions }));
  const answer = await call(agent, server, 'POST', '/v1/topics', { body, type: 'application/json' });
  if (answer.status !== 201) throw new Error(`creating ${name}: ${answer.status} ${answer.body.toString()}`);
}

/** Sequential writes of `size` bytes with one fdatasync each into a new file, as a log has to, MiB/s. */
function diskWrites(path: string, size: number, totalBytes: number): number {
  const file = openSync(path, 'wx');
  const block = Buffer.alloc(size, 'x');
  const startedAt = performance.now();
  for (let written = 0; written < totalBytes; written += size) {
    writeSync(file, block);
    fdatasyncSync(file);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  closeSync(file);
  return totalBytes / MIB / seconds;
}

async function produceFor(server: ServerProcess, totalBytes: number, batch: Buffer, inFlight: number, partitions: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight });
  let left = Math.ceil(totalBytes / batch.length);
  let next = 0;
  const startedAt = performance.now();
  const worker = async () => {
    while (left-- > 0) {
      const answer = await call(agent, server, 'POST', `/v1/topics/${TOPIC}/partitions/${next++ % partitions}/batches?acks=all`, {
        body: batch,
        type: MEDIA_TYPE_BATCHES,
      });
      if (answer.status !== 200) throw new Error(`produce: ${answer.status} ${answer.body.toString().slice(0, 300)}`);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  agent.destroy();
  return totalBytes / MIB / ((performance.now() - startedAt) / 1000);
}

async function catchUp(server: ServerProcess, partition: number): Promise<number> {
  const agent = new Agent({ keepAlive: true });
  let bytes = 0;
  const startedAt = performance.now();
  for (let offset = 0; ; ) {
    const answer = await call(
      agent,
      server,
      'GET',
      `/v1/topics/${TOPIC}/partitions/${partition}/records?offset=${offset}&maxBytes=16777216`,
      { accept: MEDIA_TYPE_BATCHES, keep: false },
    );
    if (answer.status !== 200) throw new Error(`fetch: ${answer.status} ${answer.body.toString().slice(0, 300)}`);
    const next = Number(answer.headers[HEADER_NEXT_OFFSET]);
    bytes += answer.bytes;
    if (next === offset) break;
    offset = next;
  }
  agent.destroy();
  return bytes / MIB / ((performance.now() - startedAt) / 1000);
}

/** A plain file through a loopback socket, MiB/s: what reading can reach at most. */
async function fileThroughSocket(folder: string, totalBytes: number): Promise<number> {
  const file = join(folder, 'plain');
  const fd = openSync(file, 'w');
  for (let written = 0; written < totalBytes; written += MIB) writeSync(fd, Buffer.alloc(MIB, 'x'));
  closeSync(fd);
  const server = createServer((socket) => createReadStream(file, { highWaterMark: MIB }).pipe(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const startedAt = performance.now();
  await new Promise<void>((resolve, reject) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.on('data', () => undefined);
    socket.on('end', resolve);
    socket.on('error', reject);
  });
  const seconds = (performance.now() - startedAt) / 1000;
  await new Promise((resolve) => server.close(resolve));
  return totalBytes / MIB / seconds;
}

async function throughput({ quick, progress }: BenchmarkOptions): Promise<readonly BenchmarkRow[]> {
  const totalBytes = (quick ? 4 : 1_024) * MIB;
  const warmMiB = quick ? 1 : 2_048;
  const rounds = quick ? 1 : 3;
  const folder = mkdtempSync(join(tmpdir(), 'stratalog-disk-'));
  const rows: BenchmarkRow[] = [];
  try {
    for (const batchRecords of quick ? [256] : [16, 64, 256, 960]) {
      const batch = batchOf(batchRecords);
      const [disk, ours, read]: [number[], number[], number[]] = [[], [], []];
      const [plain, rss]: [number[], number[]] = [[], []];
      const files = join(folder, String(batchRecords));
      mkdirSync(files);
      for (let round = 0; round < rounds; round++) {
        progress(`${batchRecords} records a batch, round ${round + 1} of ${rounds}`);
        warmMemory(warmMiB);
        disk.push(diskWrites(join(files, `disk-${round}`), batch.length, totalBytes));
        const server = await startServer();
        const agent = new Agent({ keepAlive: true });
        try {
          await createTopic(agent, server, TOPIC, 1);
          warmMemory(warmMiB);
          ours.push(await produceFor(server, totalBytes, batch, 8, 1));
          read.push(await catchUp(server, 0));
          rss.push(server.memory().peakMiB);
        } finally {
          agent.destroy();
          await server.stop();
        }
        warmMemory(warmMiB);
        plain.push(await fileThroughSocket(folder, totalBytes));
      }
      rows.push({
        what: `batches of ${Math.round(batch.length / 1024)} KiB`,
        figures: {
          'disk fdatasync MiB/s': round(median(disk)),
          'produce MiB/s': round(median(ours)),
          'produce / disk': round(median(ours) / median(disk)),
          'catch-up MiB/s': round(median(read)),
          'plain file MiB/s': round(median(plain)),
          'server peak MiB': round(median(rss)),
        },
      });
      rmSync(files, { recursive: true });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return rows;
}

async function ndjson({ quick, progress }: BenchmarkOptions): Promise<readonly BenchmarkRow[]> {
  const lines = quick ? 2_000 : 500_000;
  const value = 'v'.repeat(180);
  const block = Buffer.from(Array.from({ length: 1_000 }, (_, i) => `${JSON.stringify({ key: `key-${i}`, value })}\n`).join(''));
  const rates: number[] = [];
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    progress(`NDJSON, round ${round + 1}`);
    const server = await startServer();
    const agent = new Agent({ keepAlive: true });
    try {
      await createTopic(agent, server, TOPIC, 6);
      const startedAt = performance.now();
      await new Promise<void>((resolve, reject) => {
        const url = new URL(`/v1/topics/${TOPIC}/records?results=failed`, server.url);
        const sent = request(
          {
            agent,
            host: url.hostname,
            port: url.port,
            method: 'POST',
            path: url.pathname + url.search,
            headers: { 'content-type': 'application/x-ndjson' },
          },
          (response) => {
            let text = '';
            response.on('data', (chunk: Buffer) => {
              text = (text + chunk.toString()).slice(-300);
            });
            response.on('end', () =>
              response.statusCode === 200 && text.includes('"failed":0') ? resolve() : reject(new Error(`${response.statusCode} ${text}`)),
            );
          },
        );
        sent.on('error', reject);
        const write = (left: number): void => {
          for (let rest = left; rest > 0; rest--) {
            if (!sent.write(block)) return void sent.once('drain', () => write(rest - 1));
          }
          sent.end();
        };
        write(lines / 1_000);
      });
      rates.push(lines / ((performance.now() - startedAt) / 1000));
    } finally {
      agent.destroy();
      await server.stop();
    }
  }
  return [
    {
      what: 'one stream, 200 B records, 6 partitions',
      figures: { 'records/s': round(median(rates)), 'MiB/s': round((median(rates) * (block.length / 1_000)) / MIB) },
    },
  ];
}

/** Waits until the server does next to nothing for longer than any of its frequent jobs rests; answers the CPU seconds until then. */
async function untilAtRest(server: ServerProcess): Promise<number> {
  const before = server.cpuSeconds();
  for (let quietSince = performance.now(), last = before; performance.now() - quietSince < 15_000; ) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const now = server.cpuSeconds();
    if (now - last > 0.1) quietSince = performance.now();
    last = now;
  }
  return server.cpuSeconds() - before;
}

async function scale({ quick, progress }: BenchmarkOptions): Promise<readonly BenchmarkRow[]> {
  const rows: BenchmarkRow[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'stratalog-scale-'));
  try {
    let server = await startServer({ folder });
    const empty = { readyMs: server.readyMs, rss: server.memory().rssMiB };
    const agent = new Agent({ keepAlive: true });
    const partitions = quick ? 20 : 10_000;
    progress(`${partitions} partitions`);
    for (let made = 0; made < partitions; made += Math.min(1_000, partitions))
      await createTopic(agent, server, `wide-${made}`, Math.min(1_000, partitions));
    await createTopic(agent, server, TOPIC, 1);
    progress('1 GB of data');
    await produceFor(server, (quick ? 2 : 1_000) * MIB, batchOf(256), 8, 1);
    agent.destroy();
    await server.stop();
    server = await startServer({ folder });
    // What was just written is merged first: that is work, and idle is what comes after it.
    progress('until it is at rest');
    const mergingCpu = quick ? 0 : await untilAtRest(server);
    const cpuBefore = server.cpuSeconds();
    await new Promise((resolve) => setTimeout(resolve, quick ? 100 : 10_000));
    const idleCpu = server.cpuSeconds() - cpuBefore;
    const full = { readyMs: server.readyMs, rss: server.memory().rssMiB };
    await server.stop();
    rows.push({ what: 'empty folder', figures: { 'start to ready ms': Math.round(empty.readyMs), 'RSS MiB': round(empty.rss) } });
    rows.push({
      what: `${partitions} partitions and ${quick ? '2 MB' : '1 GB'} of data`,
      figures: {
        'start to ready ms': Math.round(full.readyMs),
        'RSS MiB': round(full.rss),
        'CPU s of merging it': round(mergingCpu),
        'idle CPU s in 10 s': round(idleCpu),
      },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return rows;
}

export const embeddedBenchmarks: readonly Benchmark[] = [
  {
    name: 'throughput',
    about: 'Raw batches over HTTP, acks=all with fsync, against the disk itself; catch-up read against a plain file through a socket.',
    run: throughput,
  },
  { name: 'ndjson', about: 'JSON records from one NDJSON stream.', run: ndjson },
  { name: 'scale', about: 'Start-up and idle cost with 10,000 partitions and 1 GB of data.', run: scale },
];
