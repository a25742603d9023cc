import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Admin, Consumer, HttpTransport, Producer, type StratalogError, stringSerde } from '../../../lib/sdk/index.ts';
import { type MemoryServer, startMemoryServer } from './memory-server.ts';

const TEXT = { keyDeserializer: stringSerde.deserialize, valueDeserializer: stringSerde.deserialize } as const;

let server: MemoryServer;
beforeAll(async () => {
  server = await startMemoryServer();
});
afterAll(async () => server[Symbol.asyncDispose]());

/** A server that answers every request in one way. */
async function answering(listener: RequestListener): Promise<{ readonly url: string } & AsyncDisposable> {
  const http = createServer(listener);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

describe('against a real server', () => {
  test('topics are created, listed, described, altered and deleted', async () => {
    await using admin = new Admin({ url: server.url });
    const created = await admin.createTopic({ name: 'admin-1', partitions: 2, configs: { 'retention.ms': '1000' } });
    expect(created).toMatchObject({ name: 'admin-1', partitions: 2, configs: { 'retention.ms': '1000' } });
    await expect(admin.createTopic({ name: 'admin-1' })).rejects.toMatchObject({ code: 'TOPIC_ALREADY_EXISTS' });
    await admin.createTopic({ name: 'admin-2' });
    const names: string[] = [];
    for await (const topic of admin.listTopics()) names.push(topic.name);
    expect(names).toEqual(expect.arrayContaining(['admin-1', 'admin-2']));
    expect(await admin.addPartitions('admin-1', 3)).toMatchObject({ partitions: 3 });
    const altered = await admin.alterTopic('admin-1', { configs: { 'retention.ms': null, 'cleanup.policy': 'compact' } });
    expect(altered.configs).toEqual({ 'cleanup.policy': 'compact' });
    expect((await admin.describeTopic('admin-1')).offsets).toHaveLength(3);
    await admin.deleteTopic('admin-1');
    await expect(admin.describeTopic('admin-1')).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' });
  });

  test('records go in and come out in order, and offsets are found and moved', async () => {
    await using admin = new Admin({ url: server.url });
    await admin.createTopic({ name: 'round', partitions: 3 });
    await using producer = new Producer({ url: server.url, batchSize: 200, compression: 'gzip' });
    const keys = Array.from({ length: 300 }, (_, index) => `key-${index % 20}`);
    const places = await Promise.all(
      keys.map((key, index) => producer.send({ topic: 'round', key, value: `v${index}`, timestamp: 1e12 + index })),
    );
    expect(new Set(places.map(({ partition }) => partition)).size).toBe(3);
    await using consumer = new Consumer({ url: server.url, ...TEXT });
    await consumer.assign([{ topic: 'round', from: 'earliest', until: 'latest' }]);
    const values = new Map<string, number[]>();
    for await (const { key, value } of consumer) values.set(key ?? '', [...(values.get(key ?? '') ?? []), Number(value?.slice(1))]);
    expect([...values.values()].flat()).toHaveLength(300);
    for (const numbers of values.values()) expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));

    const place = places[150];
    const { partition = 0, offset = 0 } = place ?? {};
    expect(await admin.listOffset('round', partition, 1e12 + 150)).toEqual({ offset, timestamp: 1e12 + 150 });
    expect(await admin.deleteRecords('round', partition, offset)).toEqual({ logStartOffset: offset });
    expect(await admin.listOffset('round', partition, 'earliest')).toMatchObject({ offset });
  });

  test('a consumer waits for records and gets them as they come', async () => {
    await using admin = new Admin({ url: server.url });
    await admin.createTopic({ name: 'live' });
    await using consumer = new Consumer({ url: server.url, ...TEXT });
    await consumer.assign([{ topic: 'live', from: 'earliest' }]);
    const next = consumer.records().next();
    await using producer = new Producer({ url: server.url, lingerMs: 0 });
    await producer.send({ topic: 'live', value: 'now' });
    expect((await next).value).toMatchObject({ value: 'now', offset: 0 });
  });

  test('a batch that a topic refuses is refused alone, with its own reason', async () => {
    await using admin = new Admin({ url: server.url });
    await admin.createTopic({ name: 'small', configs: { 'max.message.bytes': '500' } });
    await using producer = new Producer({ url: server.url, lingerMs: 1, retryBackoffMs: 1 });
    const outcomes = await Promise.allSettled(
      ['a', 'x'.repeat(2000), 'b', 'c'.repeat(300), 'd'.repeat(300)].map((value) => producer.send({ topic: 'small', value })),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: { code: 'MESSAGE_TOO_LARGE' } });
  });
});

describe('when no good answer comes', () => {
  test('a server that is not there is named with the reason', async () => {
    const gone = await answering(() => undefined);
    await gone[Symbol.asyncDispose]();
    await using admin = new Admin({ url: gone.url });
    await expect(admin.describeTopic('t')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('nothing listens there'),
    });
  });

  test('something that is no Stratalog server is told as such', async () => {
    await using other = await answering((_, response) => response.end('<html>hello</html>'));
    await using admin = new Admin({ url: other.url });
    await expect(admin.describeTopic('t')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await using transport = wrapped(new HttpTransport({ url: other.url }));
    const fetching = transport.it.fetchBatches({
      topic: 't',
      partition: 0,
      offset: 0,
      maxBytes: 1,
      maxWaitMs: 0,
      minBytes: 0,
      isolation: 'read_uncommitted',
    });
    await expect(fetching).rejects.toThrow(/is not a Stratalog server/);
  });

  test.each([
    [429, 'THROTTLED', { 'retry-after': '2' }, 2000],
    [502, 'UNAVAILABLE', {}, undefined],
    [403, 'ACCESS_DENIED', {}, undefined],
    [404, 'NOT_FOUND', {}, undefined],
    [413, 'REQUEST_TOO_LARGE', {}, undefined],
  ])('a proxy that answers %i is %s', async (status, code, headers, retryAfterMs) => {
    await using proxy = await answering((_, response) => response.writeHead(status, headers).end('from a proxy'));
    await using admin = new Admin({ url: proxy.url });
    const error = await admin.describeTopic('t').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, message: expect.stringContaining('from a proxy') });
    expect((error as StratalogError).details.retryAfterMs).toBe(retryAfterMs);
  });

  test('a call ends with the reason of its signal, or when the client is closed', async () => {
    await using silent = await answering(() => undefined);
    const admin = new Admin({ url: silent.url });
    await expect(admin.describeTopic('t', { signal: AbortSignal.timeout(5) })).rejects.toMatchObject({ name: 'TimeoutError' });
    const waiting = admin.describeTopic('t');
    await Promise.all([expect(waiting).rejects.toMatchObject({ code: 'CLOSED' }), admin.close()]);
    await expect(admin.describeTopic('t')).rejects.toMatchObject({ code: 'CLOSED' });
  });

  test('requests say how long they are and whom they are for, and share connections', async () => {
    const seen: (string | number | undefined)[][] = [];
    await using other = await answering((request, response) => {
      const { host, 'content-length': length, 'transfer-encoding': coding } = request.headers;
      seen.push([request.method, request.url, host, length, coding, request.socket.remotePort]);
      request.resume().on('end', () => response.setHeader('content-type', 'application/json').end('{}'));
    });
    const { host } = new URL(other.url);
    await using transport = wrapped(new HttpTransport({ url: `${other.url}/behind/a/prefix/` }));
    await transport.it.initProducerId();
    await transport.it.createTopic({ name: 'ä/b' });
    await transport.it.listTopics({ after: 'a b&c', limit: 2 });
    const [port] = seen.map((request) => request[5]);
    expect(seen).toEqual([
      ['POST', '/behind/a/prefix/v1/producers', host, '0', undefined, port],
      ['POST', '/behind/a/prefix/v1/topics', host, String(Buffer.byteLength('{"name":"ä/b"}')), undefined, port],
      ['GET', '/behind/a/prefix/v1/topics?after=a%20b%26c&limit=2', host, undefined, undefined, port],
    ]);
    await using named = wrapped(new HttpTransport({ url: other.url, headers: { Host: 'log.example.com' } }));
    await named.it.deleteTopic('ä/b');
    expect(seen[3]?.slice(0, 5)).toEqual(['DELETE', '/v1/topics/%C3%A4%2Fb', 'log.example.com', undefined, undefined]);
  });

  test('headers are made anew for each request', async () => {
    const seen: (string | undefined)[] = [];
    await using other = await answering((request, response) => {
      seen.push(request.headers.authorization);
      response.end();
    });
    let count = 0;
    await using admin = new Admin({ url: other.url, headers: () => ({ authorization: `Bearer ${++count}` }) });
    await admin.deleteTopic('a');
    await admin.deleteTopic('b');
    expect(seen).toEqual(['Bearer 1', 'Bearer 2']);
  });
});

function wrapped(transport: HttpTransport): { readonly it: HttpTransport } & AsyncDisposable {
  return { it: transport, [Symbol.asyncDispose]: () => transport.close() };
}
