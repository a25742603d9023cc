import { access, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { iterateBatches } from '../../lib/format/record-batch.ts';
import { openRecords } from '../../lib/format/record-batch-reader.ts';
import { RecordBatchBuilder } from '../../lib/format/record-batch-writer.ts';
import { HEADER_NEXT_OFFSET, MEDIA_TYPE_BATCHES } from '../../lib/http/contract.ts';
import { type ServerProcess, startServer } from '../bench/server-process.ts';
import { waitFor } from '../integration/emulators/child-process.ts';
import { type Acknowledged, SteadyProducer } from './steady-producer.ts';

const PARTITIONS = 3;
/** Of each kind. */
const PRODUCERS = 3;
const STEADY_PRODUCERS = 3;
const TOPIC = 'crash';
/** How long a kill waits for streams, ms: a slow machine opens them late, since requests must follow one another first. */
const STREAMS_WITHIN_MS = 60_000;

/** Where to send now; another server process after each kill. */
let server: ServerProcess;
let folder: string;

/** With one zone small segments are rows of the database and larger ones lie in volumes, with two all are files of both zones. */
const VARIANTS = [
  { kept: 'as rows and in volumes', flags: [], kills: 22 },
  { kept: 'as files', flags: ['--zones', '2'], kills: 8 },
];

/** An idempotent producer that sends one batch at a time and repeats it, byte for byte, until it is acknowledged. */
class StubbornProducer {
  readonly acknowledged: Acknowledged[] = [];
  repeated = 0;
  readonly #name: string;
  readonly #partition: number;
  #producerId = -1;
  #sequence = 0;

  constructor(index: number) {
    this.#name = `p${index}`;
    this.#partition = index % PARTITIONS;
  }

  async run(isOver: () => boolean): Promise<void> {
    while (this.#producerId < 0) this.#producerId = await this.#newProducerId();
    while (!isOver()) {
      const count = 1 + Math.floor(Math.random() * 20);
      const padding = 'x'.repeat(Math.random() < 0.2 ? 20_000 : 100);
      const values = Array.from({ length: count }, (_, i) => `${this.#name}:${this.#sequence + i}:${padding}`);
      const baseOffset = await this.#sendUntilAnswered(values);
      for (const [i, value] of values.entries()) this.acknowledged.push({ partition: this.#partition, offset: baseOffset + i, value });
      this.#sequence += count;
    }
  }

  async #newProducerId(): Promise<number> {
    try {
      const answer = await fetch(`${server.url}/v1/producers`, { method: 'POST' });
      return ((await answer.json()) as { producerId: number }).producerId;
    } catch {
      await pause(20);
      return -1;
    }
  }

  async #sendUntilAnswered(values: readonly string[]): Promise<number> {
    for (;;) {
      const builder = new RecordBatchBuilder({ producerId: this.#producerId, producerEpoch: 0, baseSequence: this.#sequence });
      for (const value of values) builder.tryAppend({ timestamp: Date.now(), key: this.#name, value });
      try {
        const answer = await fetch(`${server.url}/v1/topics/${TOPIC}/partitions/${this.#partition}/batches?acks=all`, {
          method: 'POST',
          headers: { 'content-type': MEDIA_TYPE_BATCHES },
          body: new Uint8Array(builder.build()),
        });
        const body = (await answer.json()) as { batches: { baseOffset: number; duplicate: boolean }[] };
        // Between a kill and the next start somebody else's server may have the port, which does not know the topic.
        if (answer.status === 404 && server.child.signalCode !== null) continue;
        if (answer.status !== 200) throw new Error(`answered ${answer.status}: ${JSON.stringify(body)}`);
        const [batch] = body.batches;
        if (batch === undefined) throw new Error('no batch in the answer');
        if (batch.duplicate) this.repeated++;
        return batch.baseOffset;
      } catch (error) {
        if (!isConnectionLost(error)) throw error;
        await pause(20);
      }
    }
  }
}

function isConnectionLost(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof Error && /terminated|socket|aborted|JSON/.test(error.message));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function killNow(): Promise<void> {
  const gone = new Promise((resolve) => server.child.once('exit', resolve));
  server.child.kill('SIGKILL');
  await gone;
}

/** All records of a partition from offset 0, by offset; fails on a hole or a repeated offset. */
async function readAll(partition: number): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  let next = 0;
  for (;;) {
    const answer = await fetch(`${server.url}/v1/topics/${TOPIC}/partitions/${partition}/records?offset=${next}&maxBytes=4000000`, {
      headers: { accept: MEDIA_TYPE_BATCHES },
    });
    expect(answer.status).toBe(200);
    const bytes = Buffer.from(await answer.arrayBuffer());
    for (const { position } of iterateBatches(bytes)) {
      const records = openRecords(bytes, position);
      while (records.next()) {
        if (records.offset < next) continue;
        expect(records.offset).toBe(found.size);
        found.set(records.offset, Buffer.from(records.value ?? []).toString());
      }
    }
    const following = Number(answer.headers.get(HEADER_NEXT_OFFSET));
    if (following === next) return found;
    next = following;
  }
}

describe.for(VARIANTS)('a server that keeps segments $kept and is killed under load, again and again', ({ flags, kills }) => {
  const start = () => startServer({ folder, args: flags });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stratalog-kill-'));
    server = await start();
  });

  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('loses nothing it acknowledged, stores nothing twice and leaves no hole', { timeout: 280_000 }, async () => {
    const created = await fetch(`${server.url}/v1/topics`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: TOPIC, partitions: PARTITIONS }),
    });
    expect(created.status).toBe(201);

    const steady = Array.from({ length: STEADY_PRODUCERS }, (_, i) => new SteadyProducer(`s${i}`, TOPIC, i % PARTITIONS, () => server));
    const producers = [...Array.from({ length: PRODUCERS }, (_, i) => new StubbornProducer(i)), ...steady];
    let over = false;
    const running = producers.map((producer) => producer.run(() => over));
    const streams = () => steady.reduce((sum, one) => sum + one.streams, 0);
    for (let kill = 0; kill < kills; kill++) {
      // Every second one comes when it comes, the others when there was a stream for each so far, and one more.
      if (kill % 2 === 1) await waitFor(`${kill + 2} streams`, STREAMS_WITHIN_MS, () => streams() > kill + 1);
      await pause(30 + Math.random() * 500);
      await killNow();
      server = await start();
    }
    over = true;
    await Promise.all(running);
    await killNow();
    server = await start();

    const acknowledged = producers.flatMap((producer) => producer.acknowledged);
    const logs = await Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => readAll(partition)));
    for (const { partition, offset, value } of acknowledged) expect(logs[partition]?.get(offset)).toBe(value);
    const values = logs.flatMap((log) => [...log.values()]);
    expect(new Set(values).size).toBe(values.length);
    // Everything in the log was acknowledged in the end, since producers repeat until they are answered.
    expect(values.length).toBe(acknowledged.length);
    expect(acknowledged.length).toBeGreaterThan(kills);
    expect(streams()).toBeGreaterThan(kills);
    console.log(
      `${acknowledged.length} records acknowledged over ${kills} kills and ${streams()} streams, ${producers.reduce((sum, { repeated }) => sum + repeated, 0)} batches recognised as repeats`,
    );
  });

  it('takes away what it was writing when it was killed, and serves all the rest', async () => {
    const before = await readAll(0);
    await killNow();
    const torn = join(folder, 'zones', (await readdir(join(folder, 'zones')))[0] ?? '', '.unfinished', '77');
    await writeFile(torn, Buffer.alloc(1_000, 7));
    server = await start();
    await expect(access(torn)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await readAll(0)).toEqual(before);
  });
});
