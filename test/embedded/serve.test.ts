import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readServeSettings } from '../../lib/config/serve-settings.ts';
import { type OpenDoor, serve } from '../../lib/runtime/serve.ts';
import { Admin, Consumer, Producer, stringSerde } from '../../lib/sdk/index.ts';
import { startServer } from './server-process.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stratalog-serve-'));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

function settings(flags: Readonly<Record<string, string>> = {}) {
  return readServeSettings({ data: join(folder, 'data'), http: '127.0.0.1:0', kafka: 'off', logLevel: 'error', ...flags }, {});
}

/** Everything of a topic, as text. */
async function readAll(url: string, topic: string): Promise<string[]> {
  await using consumer = new Consumer({ url, valueDeserializer: stringSerde.deserialize });
  await consumer.assign([{ topic, from: 'earliest', until: 'latest' }]);
  const values: string[] = [];
  for await (const { value } of consumer) values.push(value ?? '');
  return values;
}

describe('a server process', () => {
  test('answers when it says ready, stops with 0 on SIGTERM and SIGINT, and has everything again afterwards', async () => {
    const data = join(folder, 'data');
    for (const [round, signal] of (['SIGTERM', 'SIGINT'] as const).entries()) {
      await using server = await startServer({ data });
      await using admin = new Admin({ url: server.url });
      if (round === 0) await admin.createTopic({ name: 'kept', partitions: 2 });
      await using producer = new Producer({ url: server.url });
      await Promise.all(Array.from({ length: 100 }, (_, index) => producer.send({ topic: 'kept', value: `${round}-${index}` })));
      expect(await readAll(server.url, 'kept')).toHaveLength(100 * (round + 1));
      expect(await server.stop(signal)).toBe(0);
    }
  });

  test('answers what was sent before it is stopped, and ends long polls', async () => {
    await using server = await startServer({ data: join(folder, 'data') });
    await using admin = new Admin({ url: server.url });
    await admin.createTopic({ name: 't' });
    await using consumer = new Consumer({ url: server.url, maxWaitMs: 60_000, giveUpAfterMs: 100 });
    await consumer.assign([{ topic: 't', from: 'latest' }]);
    const waiting = consumer.records().next();
    await using producer = new Producer({ url: server.url, lingerMs: 0 });
    const sent = Array.from({ length: 50 }, () => producer.send({ topic: 't', value: 'v' }));
    await sent[0];
    expect(await server.stop()).toBe(0);
    await Promise.allSettled([waiting]);
    await producer.close({ signal: AbortSignal.timeout(1) });
    const acknowledged = (await Promise.allSettled(sent)).filter(({ status }) => status === 'fulfilled').length;
    await using again = await startServer({ data: join(folder, 'data') });
    expect((await readAll(again.url, 't')).length).toBeGreaterThanOrEqual(acknowledged);
  });

  test('is refused on a folder that another one has, with its process id, and leaves that one alone', async () => {
    const data = join(folder, 'data');
    await using server = await startServer({ data });
    await expect(startServer({ data })).rejects.toThrow(new RegExp(`ended with 1.*in use by process ${server.child.pid}`));
    await using admin = new Admin({ url: server.url });
    await admin.createTopic({ name: 'still-there' });
  });

  test('names the port and the option when something listens there already', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    await expect(startServer({ data: join(folder, 'data'), http: `127.0.0.1:${port}` })).rejects.toThrow(
      new RegExp(`ended with 1.*127.0.0.1:${port}: another process listens there; give another one with --http`),
    );
    await new Promise((resolve) => other.close(resolve));
  });

  test('ends with 2 on a setting that is wrong', async () => {
    await expect(startServer({ data: join(folder, 'data'), flags: ['--zones', '99'] })).rejects.toThrow(/ended with 2.*--zones is '99'/s);
  });
});

describe('serving within a process', () => {
  test('opens the doors that are wanted, tells of them in one line, and closes them', async () => {
    const stop = new AbortController();
    const closed: number[] = [];
    const openKafka: OpenDoor = async ({ port }) => ({
      url: `kafka://127.0.0.1:${port}`,
      close: async (graceMs) => void closed.push(graceMs),
    });
    const ready = Promise.withResolvers<string>();
    const served = serve({
      settings: settings({ kafka: '127.0.0.1:1', shutdownGraceMs: '123' }),
      signal: stop.signal,
      onReady: ready.resolve,
      openKafka,
    });
    expect(await ready.promise).toMatch(/^ready http:\/\/127\.0\.0\.1:\d+ kafka:\/\/127\.0\.0\.1:1 data /);
    stop.abort();
    await served;
    expect(closed).toEqual([123]);
  });

  test('gives the folder free when a door cannot be opened', async () => {
    const failing: OpenDoor = async () => {
      throw new Error('no door');
    };
    const options = { signal: AbortSignal.abort(), onReady: () => undefined };
    await expect(serve({ ...options, settings: settings({ kafka: '127.0.0.1:1' }), openKafka: failing })).rejects.toThrow('no door');
    await serve({ ...options, settings: settings({ http: 'off' }) });
  });
});
