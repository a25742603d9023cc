import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RecordBatchBuilder } from '../../../lib/format/record-batch-writer.ts';
import { Admin, Consumer, HttpTransport, Producer, stringSerde } from '../../../lib/sdk/index.ts';
import { type MemoryServer, startMemoryServer } from './memory-server.ts';

let server: MemoryServer;
const cleanUps: (() => unknown)[] = [];

beforeEach(async () => {
  server = await startMemoryServer();
  await using admin = new Admin({ url: server.url });
  await admin.createTopic({ name: 't', partitions: 2 });
});

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  await server[Symbol.asyncDispose]();
});

async function listening(it: Server): Promise<string> {
  await new Promise<void>((resolve) => it.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(it.address() as AddressInfo).port}`;
}

/** Something between client and server that hands on each request as `pass` likes. */
async function proxied(pass: (request: IncomingMessage, response: ServerResponse, onward: () => void) => void): Promise<string> {
  const proxy = createHttpServer((request, response) => {
    pass(request, response, () => {
      const target = new URL(request.url ?? '', server.url);
      const onward = httpRequest(target, { method: request.method ?? 'GET', headers: request.headers });
      onward.on('error', () => response.destroy());
      onward.on('response', (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        response.flushHeaders();
        answer.pipe(response);
      });
      response.on('close', () => onward.destroy());
      request.pipe(onward);
      onward.flushHeaders();
    });
  });
  cleanUps.push(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  return listening(proxy);
}

const isStream = ({ headers }: IncomingMessage) => headers.accept === 'application/x-ndjson';
const isProduce = ({ url = '' }: IncomingMessage) => url.includes('/batches');

/** Sends one record after the other, each when the one before is stored. */
async function sendSteadily(producer: Producer, from: number, count: number, partition = 0): Promise<void> {
  for (let i = from; i < from + count; i++) {
    expect(await producer.send({ topic: 't', partition, value: `${i}` })).toMatchObject({ partition, offset: i });
  }
}

async function stored(partition = 0): Promise<(string | null)[]> {
  await using consumer = new Consumer({ url: server.url, valueDeserializer: stringSerde.deserialize });
  await consumer.assign([{ topic: 't', partition, from: 'earliest', until: 'latest' }]);
  const values: (string | null)[] = [];
  for await (const { value } of consumer) values.push(value);
  return values;
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => `${index}`);

describe('a producer that sends steadily', () => {
  test('goes over to a stream for each partition, and stores everything once and in order', async () => {
    const seen = { requests: 0, streams: 0 };
    const url = await proxied((request, _, onward) => {
      if (isProduce(request)) seen[isStream(request) ? 'streams' : 'requests']++;
      onward();
    });
    await using producer = new Producer({ url, lingerMs: 0 });
    await Promise.all([sendSteadily(producer, 0, 300, 0), sendSteadily(producer, 0, 300, 1)]);
    expect(seen.streams).toBe(2);
    expect(seen.requests).toBeLessThan(100);
    expect(await stored(0)).toEqual(upTo(300));
    expect(await stored(1)).toEqual(upTo(300));
  });

  test('keeps the order while many batches are under way', async () => {
    await using producer = new Producer({ url: server.url, lingerMs: 0, batchSize: 100 });
    const sent: Promise<unknown>[] = [];
    for (let i = 0; i < 2_000; i++) {
      sent.push(producer.send({ topic: 't', partition: 0, value: `${i}` }));
      if (i % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(sent);
    expect(await stored()).toEqual(upTo(2_000));
    expect(producer.stats).toMatchObject({ acknowledged: 2_000, retries: 0 });
  });

  test('learns of each batch that was refused, and goes on', async () => {
    await using admin = new Admin({ url: server.url });
    await admin.createTopic({ name: 'small', configs: { 'max.message.bytes': '300' } });
    await using producer = new Producer({ url: server.url, lingerMs: 0, retryBackoffMs: 1 });
    for (let i = 0; i < 60; i++) {
      const sending = producer.send({ topic: 'small', value: i % 3 === 1 ? 'x'.repeat(1_000) : 'y' });
      if (i % 3 === 1) await expect(sending).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
      else expect(await sending).toMatchObject({ offset: i - Math.ceil((i - 1) / 3) });
    }
  });

  test('stores everything once where connections are cut again and again', async () => {
    const target = new URL(server.url);
    const sockets = new Set<Socket>();
    const proxy = createTcpServer((near) => {
      const far = connect(Number(target.port), target.hostname);
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
      near.pipe(far);
      far.pipe(near);
    });
    cleanUps.push(() => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    });
    const url = await listening(proxy);
    await using producer = new Producer({ url, lingerMs: 0, retryBackoffMs: 1, retryBackoffMaxMs: 2 });
    const sent: Promise<unknown>[] = [];
    for (let i = 0; i < 1_500; i++) {
      sent.push(producer.send({ topic: 't', partition: 0, value: `${i}` }));
      await new Promise((resolve) => setImmediate(resolve));
      if (i % 150 === 149) for (const socket of sockets) socket.destroy();
    }
    await Promise.all(sent);
    expect(await stored()).toEqual(upTo(1_500));
    expect(producer.stats.retries).toBeGreaterThan(0);
  });

  test('stays with requests where something gathers bodies, or answers, before it passes them on', async () => {
    let streams = 0;
    const url = await proxied((request, response, onward) => {
      if (!isStream(request)) return onward();
      // The first is never answered, the next one's answer is held back.
      if (++streams > 1) response.writeHead(200, { 'content-type': 'application/x-ndjson' }).flushHeaders();
      return request.resume();
    });
    for (let turn = 0; turn < 2; turn++) {
      await using producer = new Producer({ url, lingerMs: 0 });
      await sendSteadily(producer, 200 * turn, 200);
    }
    expect(streams).toBe(2);
    expect(await stored()).toEqual(upTo(400));
  });

  test.each([
    ['404', (response: ServerResponse) => response.writeHead(404).end()],
    ['503', (response: ServerResponse) => response.writeHead(503).end()],
    ['JSON', (response: ServerResponse) => response.writeHead(200, { 'content-type': 'application/json' }).end('{}')],
    [
      'lines of another kind',
      (response: ServerResponse) => response.writeHead(200, { 'content-type': 'application/x-ndjson' }).write('x\n'),
    ],
  ])('stays with requests where a stream is answered with %s, and does not ask again soon', async (_, answer) => {
    let streams = 0;
    const url = await proxied((request, response, onward) => {
      if (!isStream(request)) return onward();
      streams++;
      return void answer(response);
    });
    await using producer = new Producer({ url, lingerMs: 0 });
    await sendSteadily(producer, 0, 200);
    expect(streams).toBe(1);
  });

  test('gives up what is not answered in time, and sends it again by requests', async () => {
    let open: ServerResponse | undefined;
    const url = await proxied((request, response, onward) => {
      if (!isStream(request)) return onward();
      open = response;
      request.resume();
      return void response.writeHead(200, { 'content-type': 'application/x-ndjson' }).write('\n');
    });
    await using producer = new Producer({ url, lingerMs: 0, requestTimeoutMs: 60, retryBackoffMs: 1 });
    await sendSteadily(producer, 0, 60);
    expect(open?.destroyed).toBe(true);
    expect(producer.stats.retries).toBe(1);
    expect(await stored()).toEqual(upTo(60));
  });

  test('fails what is under way when it is closed with no time left', async () => {
    let streams = 0;
    const url = await proxied((request, response, onward) => {
      if (!isStream(request)) return onward();
      streams++;
      request.resume();
      return void response.writeHead(200, { 'content-type': 'application/x-ndjson' }).write('\n');
    });
    const producer = new Producer({ url, lingerMs: 0 });
    let hanging: Promise<unknown> | undefined;
    for (let i = 0; streams === 0 || i < 40; i++) {
      hanging = producer.send({ topic: 't', partition: 0, value: `${i}` });
      hanging.catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await producer.close({ signal: AbortSignal.abort() });
    await expect(hanging).rejects.toMatchObject({ code: 'CLOSED' });
  });

  test('opens another stream when its headers are no longer those it began with', async () => {
    const tokens: (string | undefined)[] = [];
    let token = 'one';
    const url = await proxied((request, _, onward) => {
      if (isStream(request)) tokens.push(request.headers.authorization);
      onward();
    });
    await using producer = new Producer({ url, lingerMs: 0, headers: () => ({ authorization: token }) });
    await sendSteadily(producer, 0, 100);
    token = 'two';
    await sendSteadily(producer, 100, 100);
    expect(tokens).toEqual(['one', 'two']);
    expect(await stored()).toEqual(upTo(200));
  });

  test('sends what is no row of whole batches by a request, where it harms nobody else', async () => {
    const transport = new HttpTransport({ url: server.url });
    cleanUps.push(() => transport.close());
    const batch = () => {
      const builder = new RecordBatchBuilder({});
      builder.tryAppend({ timestamp: 1, key: null, value: Buffer.from('x') }, 1_000);
      return builder.build();
    };
    const send = (batches: Uint8Array) => transport.produceBatches({ topic: 't', partition: 0, batches, acks: -1, timeoutMs: 5_000 });
    for (let i = 0; i < 40; i++) expect(await send(batch())).toMatchObject({ batches: [{ baseOffset: i }] });
    const whole = batch();
    const wrong = batch();
    wrong.writeInt32BE(-12, 8);
    for (const bytes of [whole.subarray(0, -1), Buffer.concat([whole, whole.subarray(0, 5)]), wrong]) {
      await expect(send(bytes)).rejects.toMatchObject({ code: 'CORRUPT_MESSAGE' });
    }
    await expect(send(Buffer.alloc(0))).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    expect(await send(Buffer.concat([batch(), batch()]))).toMatchObject({ batches: [{ baseOffset: 40 }, { baseOffset: 41 }] });
    expect(await send(batch())).toMatchObject({ logStartOffset: 0, batches: [{ baseOffset: 42 }] });
  });

  test('does not keep a program running that has nothing left to do', async () => {
    const program = `
      import { Producer } from './lib/sdk/index.ts';
      const producer = new Producer({ url: '${server.url}', lingerMs: 0 });
      for (let i = 0; i < 100; i++) await producer.send({ topic: 't', partition: 0, value: String(i) });
      const sentAt = performance.now();
      process.on('exit', () => console.log(Math.round(performance.now() - sentAt)));`;
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (text) => {
      output += text;
    });
    expect(await once(child, 'close')).toEqual([0, null]);
    // A connection that is idle would be kept for four seconds.
    expect(Number(output)).toBeLessThan(3_000);
  });
});
