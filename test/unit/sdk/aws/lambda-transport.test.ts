import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { handle } from 'hono/aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttpApp } from '../../../../lib/http/app.ts';
import { SILENT } from '../../../../lib/ports/telemetry.ts';
import { createMemoryEngine } from '../../../../lib/runtime/memory.ts';
import { type LambdaFunctions, lambdaTransport } from '../../../../lib/sdk/aws/lambda-transport.ts';
import { Admin, Consumer, type HttpTransport, Producer } from '../../../../lib/sdk/index.ts';

/** Lambda's Invoke path over a log in memory: what a function is given and answers, without a function. */
let server: Server;
const invoked: string[] = [];
let failure: { status: number; type: string } | undefined;

beforeAll(async () => {
  const answer = handle(createHttpApp({ engine: createMemoryEngine(), telemetry: SILENT }));
  server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    invoked.push(/functions\/([^/]+)\//.exec(request.url ?? '')?.[1] ?? '');
    if (failure !== undefined) {
      response.writeHead(failure.status, { 'x-amzn-errortype': failure.type }).end('{"message":"no"}');
      return;
    }
    const event = JSON.parse(Buffer.concat(pieces).toString());
    if (event.rawPath.endsWith('/crash')) {
      response.writeHead(200, { 'x-amz-function-error': 'Unhandled' }).end('{"errorType":"Runtime.ExitError","errorMessage":"exit 3"}');
      return;
    }
    response.writeHead(200).end(JSON.stringify(await answer(event, {} as never)));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => server.close());

const open = (functions: LambdaFunctions = { produce: 'log-produce', fetch: 'log-fetch', http: 'log-http' }) =>
  lambdaTransport({
    functions,
    client: {
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 't', secretAccessKey: 't' },
    },
  });

describe('the lambda transport', () => {
  it('carries what producers, consumers and administrators do, each call to its function', async () => {
    const transport = open();
    const admin = new Admin({ transport });
    await admin.createTopic({ name: 'orders', partitions: 1 });
    const producer = new Producer({ transport });
    const sent = await producer.send({ topic: 'orders', key: 'k', value: 'grüße' });
    expect(sent.offset).toBe(0);
    await producer.close();
    const consumer = new Consumer({ transport });
    await consumer.assign([{ topic: 'orders', from: 'earliest', until: 'latest' }]);
    const values: string[] = [];
    for await (const { value } of consumer) values.push(String(value));
    expect(values).toEqual(['grüße']);
    await consumer.close();
    await transport.close();
    expect(new Set(invoked)).toEqual(new Set(['log-http', 'log-produce', 'log-fetch']));
  });

  it('lets a producer get by with the produce function, and a consumer with the fetch function', async () => {
    const only = async (functions: LambdaFunctions, use: (transport: HttpTransport) => Promise<unknown>) => {
      invoked.length = 0;
      const transport = open(functions);
      await use(transport);
      await transport.close();
      return new Set(invoked);
    };
    await only({ http: 'log-http' }, (transport) => new Admin({ transport }).createTopic({ name: 'narrow', partitions: 1 }));
    const produced = await only({ produce: 'log-produce' }, (transport) =>
      new Producer({ transport, idempotence: true }).send({ topic: 'narrow', value: 'v' }),
    );
    expect(produced).toEqual(new Set(['log-produce']));
    const fetched = await only({ fetch: 'log-fetch' }, async (transport) => {
      const consumer = new Consumer({ transport });
      await consumer.assign([{ topic: 'narrow', from: 'earliest', until: 'latest' }]);
      for await (const { offset } of consumer) expect(offset).toBe(0);
    });
    expect(fetched).toEqual(new Set(['log-fetch']));
    await expect(only({ produce: 'log-produce' }, (transport) => transport.createTopic({ name: 'x' }))).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: 'POST /v1/topics needs functions.http, which is not given',
    });
  });

  it('cuts what a producer sends so that every request fits, whatever was asked for', async () => {
    const transport = open();
    const admin = new Admin({ transport });
    await admin.createTopic({ name: 'wide', partitions: 1, configs: { 'max.message.bytes': '100000000' } });
    const producer = new Producer({ transport, batchSize: 100_000_000, maxRequestBytes: 100_000_000, lingerMs: 1_000 });
    const values = Array.from({ length: 15 }, (_, i) => String(i).repeat(1_000_000).slice(0, 1_000_000));
    invoked.length = 0;
    const sent = await Promise.all(values.map((value) => producer.send({ topic: 'wide', value })));
    expect(sent.map(({ offset }) => offset)).toEqual(values.map((_, i) => i));
    expect(invoked.filter((name) => name === 'log-produce').length).toBeGreaterThanOrEqual(5);
    const refused = producer.send({ topic: 'wide', value: 'x'.repeat(4_500_000) });
    await expect(refused).rejects.toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
      message: expect.stringMatching(/^the record has up to 45\d{5} bytes, a function takes at most 4400000$/),
    });
    await producer.close();
    await transport.close();
  });

  it('refuses what no function takes, before it is sent', async () => {
    const transport = open();
    const before = invoked.length;
    const request = { topic: 'orders', partition: 0, batches: Buffer.alloc(5_000_000), acks: -1 as const, timeoutMs: 1_000 };
    await expect(transport.produceBatches(request)).rejects.toMatchObject({
      code: 'REQUEST_TOO_LARGE',
      details: { value: 5_000_000, limit: 4_400_000 },
    });
    expect(invoked.length).toBe(before);
    await transport.close();
  });

  it.each([
    [429, 'TooManyRequestsException', 'THROTTLED'],
    [403, 'AccessDeniedException', 'ACCESS_DENIED'],
    [404, 'ResourceNotFoundException', 'ACCESS_DENIED'],
    [500, 'ServiceException', 'UNAVAILABLE'],
  ])('tells status %i (%s) as %s', async (status, type, code) => {
    const transport = open();
    failure = { status, type };
    try {
      await expect(transport.describeTopic('orders')).rejects.toMatchObject({ code, message: expect.stringContaining('log-http') });
    } finally {
      failure = undefined;
      await transport.close();
    }
  });

  it('tells of a function that ended without an answer', async () => {
    const transport = open();
    await expect(transport.describeTopic('crash')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'function log-http failed (Runtime.ExitError): exit 3',
    });
    await transport.close();
  });
});
