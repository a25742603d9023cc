/** A running server with three zones, whose folders are taken away while producers write. */
import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RecordBatchBuilder } from '../../lib/format/record-batch-writer.ts';
import { MEDIA_TYPE_BATCHES } from '../../lib/http/contract.ts';
import { Admin, Consumer, Producer, stringSerde } from '../../lib/sdk/index.ts';
import { freePort, waitFor } from '../integration/emulators/child-process.ts';
import { RawClient } from '../unit/kafka/client.ts';
import { startServer } from './server-process.ts';

const PARTITIONS = 2;
/** As the Kafka protocol numbers them. */
const NONE = 0;
const NOT_ENOUGH_REPLICAS = 19;
const NOT_ENOUGH_REPLICAS_AFTER_APPEND = 20;
/** Copies are made of what is 30 seconds old. */
const FILLED_WITHIN_MS = 120_000;
/** A put that fails is tried again for some 0.75 s before it is refused, for longer where others write to the disk as well. */
const ANSWERED_WITHIN_MS = 15_000;
/** Where the answer is that time was too short. */
const SHORT_MS = 1_000;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stratalog-zone-loss-'));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

const zoneFolder = (zone: number) => join(folder, 'data', 'zones', `zone-${zone}`);

/** Everything of a zone, while the server puts new files there. */
function deleteZone(zone: number): Promise<void> {
  return rm(zoneFolder(zone), { recursive: true, force: true, maxRetries: 50, retryDelay: 5 });
}

async function objectsOf(zone: number): Promise<Set<string>> {
  const entries = await readdir(zoneFolder(zone), { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(zoneFolder(zone).length + 1));
  return new Set(paths.filter((path) => /^(wal|log)\//.test(path)));
}

/** Waits until a zone has all that two others had, but for what has gone from them meanwhile. */
async function untilFilled(url: string, zone: number, from: readonly number[]): Promise<void> {
  const before = new Set((await Promise.all(from.map(objectsOf))).flatMap((objects) => [...objects]));
  await waitFor(`zone ${zone} to be filled again`, FILLED_WITHIN_MS, async () => {
    await fetch(`${url}/v1/maintenance/replicate`, { method: 'POST' });
    const [there, ...others] = await Promise.all([zone, ...from].map(objectsOf));
    return [...before].every((key) => there?.has(key) || !others.some((objects) => objects.has(key)));
  });
}

/** Producers that write until they are stopped, and remember what was acknowledged. */
class Load {
  readonly acknowledged = new Set<string>();
  #running = true;
  readonly #loops: Promise<unknown>;

  constructor(url: string) {
    this.#loops = Promise.all(Array.from({ length: 4 }, (_, writer) => this.#write(url, writer)));
  }

  async #write(url: string, writer: number): Promise<void> {
    await using producer = new Producer({ url, acks: 'all', lingerMs: 0 });
    for (let i = 0; this.#running; i++) {
      const value = `${writer}-${i}`;
      await producer.send({ topic: 't', partition: writer % PARTITIONS, value }).then(
        () => this.acknowledged.add(value),
        () => undefined,
      );
      // Hundreds of records a second are load enough; each is a file in two zones.
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async more(count: number): Promise<void> {
    const target = this.acknowledged.size + count;
    await waitFor(`${target} records to be acknowledged`, 60_000, () => this.acknowledged.size >= target);
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#loops;
  }
}

async function valuesOf(url: string): Promise<Set<string>> {
  await using consumer = new Consumer({ url, valueDeserializer: stringSerde.deserialize });
  await consumer.assign([{ topic: 't', from: 'earliest', until: 'latest' }]);
  const values = new Set<string>();
  for await (const { value } of consumer) values.add(value ?? '');
  return values;
}

async function missing(url: string, acknowledged: ReadonlySet<string>): Promise<string[]> {
  const values = await valuesOf(url);
  return [...acknowledged].filter((value) => !values.has(value));
}

function batchOf(value: string, baseSequence?: number): Buffer {
  const builder = new RecordBatchBuilder(baseSequence === undefined ? {} : { producerId: 4_711, producerEpoch: 0, baseSequence });
  builder.tryAppend({ timestamp: Date.now(), key: null, value });
  return builder.build();
}

/** The status and code that the HTTP door answers with. */
async function overHttp(url: string, batch: Buffer, acks: string, timeoutMs = ANSWERED_WITHIN_MS): Promise<string> {
  const answer = await fetch(`${url}/v1/topics/t/partitions/0/batches?acks=${acks}&timeoutMs=${timeoutMs}`, {
    method: 'POST',
    headers: { 'content-type': MEDIA_TYPE_BATCHES },
    body: new Uint8Array(batch),
  });
  const body = (await answer.json()) as { code?: string };
  return body.code === undefined ? String(answer.status) : `${answer.status} ${body.code}`;
}

/** The error number that the Kafka door answers with. */
async function overKafka(client: RawClient, records: Buffer, acks: number, timeoutMs = ANSWERED_WITHIN_MS): Promise<number | undefined> {
  const topicData = [{ name: 't', partitionData: [{ index: 0, records }] }];
  const { responses } = await client.call('Produce', 9, { acks, timeoutMs, topicData });
  return responses[0]?.partitionResponses[0]?.errorCode;
}

/** A disk that is gone: what the server puts in the folder's place fails. What is in it stays beside. */
async function unplug(zone: number): Promise<void> {
  await rename(zoneFolder(zone), join(folder, `unplugged-${zone}`));
  await writeFile(zoneFolder(zone), '');
}

async function plugIn(zone: number): Promise<void> {
  await rm(zoneFolder(zone));
  await rename(join(folder, `unplugged-${zone}`), zoneFolder(zone));
}

async function start(port: number) {
  return startServer({ data: join(folder, 'data'), flags: ['--zones', '3', '--kafka', `127.0.0.1:${port}`] });
}

describe('a server with three zones and min.insync.replicas=2', () => {
  it('loses nothing acknowledged when a zone is deleted under load, and another after the first was filled again', async () => {
    await using server = await start(await freePort());
    await using admin = new Admin({ url: server.url });
    await admin.createTopic({ name: 't', partitions: PARTITIONS, configs: { 'min.insync.replicas': '2' } });
    const load = new Load(server.url);
    await load.more(150);
    await deleteZone(0);
    await load.more(150);
    await untilFilled(server.url, 0, [1, 2]);
    await deleteZone(1);
    await load.more(150);
    await load.stop();
    expect(await missing(server.url, load.acknowledged)).toEqual([]);
    // Nor does a server that starts anew, with nothing in memory, miss any.
    expect(await server.stop()).toBe(0);
    await using again = await start(await freePort());
    expect(await missing(again.url, load.acknowledged)).toEqual([]);
  });

  it('refuses acks=all with two zones gone, takes acks=1 and goes on reading, and says what was appended with too few copies', async () => {
    const port = await freePort();
    await using server = await start(port);
    await using admin = new Admin({ url: server.url });
    await admin.createTopic({ name: 't', partitions: PARTITIONS, configs: { 'min.insync.replicas': '2' } });
    const client = await RawClient.connect(port);
    const load = new Load(server.url);
    await load.more(100);
    await load.stop();
    await untilFilled(server.url, 2, [0, 1]);
    for (const zone of [0, 1]) await unplug(zone);
    expect(await overHttp(server.url, batchOf('refused'), 'all')).toBe('503 NOT_ENOUGH_REPLICAS');
    expect(await overKafka(client, batchOf('refused'), -1)).toBe(NOT_ENOUGH_REPLICAS);
    expect(await overHttp(server.url, batchOf('one zone'), '1')).toBe('200');
    expect(await overKafka(client, batchOf('once', 0), 1)).toBe(NONE);
    const values = await valuesOf(server.url);
    expect([...load.acknowledged, 'one zone', 'once'].filter((value) => !values.has(value))).toEqual([]);
    expect(values.has('refused')).toBe(false);
    await fetch(`${server.url}/v1/maintenance/sweep`, { method: 'POST' });
    const { zonesDown } = (await (await fetch(`${server.url}/v1/maintenance`)).json()) as { zonesDown: string[] };
    expect(zonesDown).toEqual(['zone-0', 'zone-1']);

    // Two zones again, but not the one with the record that is sent again with acks=all.
    for (const zone of [0, 1]) await plugIn(zone);
    await unplug(2);
    expect(await overKafka(client, batchOf('once', 0), -1, SHORT_MS)).toBe(NOT_ENOUGH_REPLICAS_AFTER_APPEND);
    expect(await overHttp(server.url, batchOf('once', 0), 'all', SHORT_MS)).toBe('503 NOT_ENOUGH_REPLICAS_AFTER_APPEND');
    await plugIn(2);
    expect(await overKafka(client, batchOf('once', 0), -1)).toBe(NONE);
    await unplug(2);
    expect((await valuesOf(server.url)).has('once')).toBe(true);
    client.close();
  });
});
