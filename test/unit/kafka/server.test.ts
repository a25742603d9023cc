import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { KafkaHandlers, KafkaLog, RequestContext } from '../../../lib/kafka/handler.ts';
import { apiVersionsHandler } from '../../../lib/kafka/handlers/api-versions.ts';
import { KafkaServer, type KafkaServerOptions } from '../../../lib/kafka/server.ts';
import { decodeAnswer, RawClient, requestFrame } from './client.ts';

interface LogLine {
  readonly level: string;
  readonly message: string;
}

/** A promise that a test settles. */
function gate<T = void>(): { promise: Promise<T>; open: (value: T) => void } {
  return ((d) => ({ promise: d.promise, open: d.resolve }))(Promise.withResolvers<T>());
}

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(handlers: KafkaHandlers, options: Partial<KafkaServerOptions> = {}) {
  const lines: LogLine[] = [];
  const log: KafkaLog = {
    info: (message) => lines.push({ level: 'info', message }),
    warn: (message) => lines.push({ level: 'warn', message }),
    error: (message) => lines.push({ level: 'error', message }),
  };
  const all: KafkaHandlers = { ApiVersions: apiVersionsHandler(() => all, []), ...handlers };
  const server = await KafkaServer.listen({ host: '127.0.0.1', port: 0, handlers: all, log, ...options });
  cleanups.push(() => server.close(0));
  const client = async () => {
    const connected = await RawClient.connect(server.port);
    cleanups.push(() => connected.close());
    return connected;
  };
  return { server, lines, client };
}

const produce = (records: Buffer, acks = -1) => ({
  acks,
  timeoutMs: 1_000,
  topicData: [{ name: 't', partitionData: [{ index: 0, records }] }],
});
const produced = (baseOffset: number) => ({
  responses: [{ name: 't', partitionResponses: [{ index: 0, errorCode: 0, baseOffset }] }],
});

describe('a Kafka server', () => {
  it('answers a request with the correlation id it came with', async () => {
    const { client } = await start({});
    const response = await (await client()).call('ApiVersions', 3, { clientSoftwareName: 'a', clientSoftwareVersion: '1' });
    expect(response.errorCode).toBe(0);
    expect(response.apiKeys).toEqual([{ apiKey: 18, minVersion: 0, maxVersion: 4 }]);
  });

  it('tells an ApiVersions request of an unknown version which versions there are', async () => {
    const { client } = await start({});
    const raw = await client();
    const frame = requestFrame('ApiVersions', 4, {}, 77);
    frame.writeInt16BE(99, 6);
    raw.send(frame);
    const { correlationId, response } = decodeAnswer('ApiVersions', 0, await raw.nextFrame());
    expect([correlationId, response.errorCode]).toEqual([77, 35]);
    expect(response.apiKeys).toEqual([{ apiKey: 18, minVersion: 0, maxVersion: 4 }]);
    expect((await raw.call('ApiVersions', 0, {})).errorCode).toBe(0);
  });

  it('closes a connection that asks for an API or a version it does not have, after the answers before it', async () => {
    const { client, lines } = await start({ Produce: async () => produced(5) });
    const raw = await client();
    raw.send(Buffer.concat([requestFrame('Produce', 7, produce(Buffer.alloc(0))), requestFrame('Heartbeat', 0, {})]));
    expect(decodeAnswer('Produce', 7, await raw.nextFrame()).response.responses[0]?.partitionResponses[0]?.baseOffset).toBe(5);
    await raw.untilClosed();
    expect(lines).toEqual([{ level: 'warn', message: 'connection closed: no API with key 12 in version 0' }]);
  });

  it('does not answer Produce below version 3, which it advertises', async () => {
    const { client } = await start({ Produce: async () => produced(0) });
    const raw = await client();
    const frame = requestFrame('Produce', 3, produce(Buffer.alloc(0)));
    frame.writeInt16BE(2, 6);
    raw.send(frame);
    await raw.untilClosed();
  });

  it('lets Produce requests overlap and answers them in order', async () => {
    const gates = [gate(), gate(), gate()];
    const started: number[] = [];
    const { client } = await start({
      Produce: async (_context, request) => {
        const index = request.topicData[0]?.partitionData[0]?.records?.[0] ?? -1;
        started.push(index);
        await gates[index]?.promise;
        return produced(index);
      },
    });
    const raw = await client();
    for (let i = 0; i < 3; i++) raw.send(requestFrame('Produce', 9, produce(Buffer.from([i])), i));
    await vi.waitUntil(() => started.length === 3);
    expect(started).toEqual([0, 1, 2]);
    for (const index of [2, 1, 0]) gates[index]?.open();
    const ids = [];
    for (let i = 0; i < 3; i++) ids.push(decodeAnswer('Produce', 9, await raw.nextFrame()).correlationId);
    expect(ids).toEqual([0, 1, 2]);
  });

  it('starts any other request only when those before it are done', async () => {
    const first = gate();
    const order: string[] = [];
    const { client } = await start({
      Produce: async () => {
        await first.promise;
        order.push('produced');
        return produced(0);
      },
      Heartbeat: async () => {
        order.push('heartbeat');
        return { errorCode: 0 };
      },
    });
    const raw = await client();
    raw.send(Buffer.concat([requestFrame('Produce', 9, produce(Buffer.alloc(1))), requestFrame('Heartbeat', 4, {}, 2)]));
    first.open();
    await raw.nextFrame();
    expect(decodeAnswer('Heartbeat', 4, await raw.nextFrame()).correlationId).toBe(2);
    expect(order).toEqual(['produced', 'heartbeat']);
  });

  it('sends nothing for acks=0', async () => {
    const { client } = await start({ Produce: async (_context, { acks }) => (acks === 0 ? null : produced(1)) });
    const raw = await client();
    raw.send(requestFrame('Produce', 7, produce(Buffer.alloc(1), 0), 1));
    raw.send(requestFrame('Produce', 7, produce(Buffer.alloc(1), 1), 2));
    expect(decodeAnswer('Produce', 7, await raw.nextFrame()).correlationId).toBe(2);
  });

  it('takes a request of many chunks whole and gives record batches back by reference', async () => {
    const records = randomBytes(3_000_000);
    const seen: Buffer[] = [];
    const { client } = await start({
      Produce: async (_context, request) => {
        seen.push(request.topicData[0]?.partitionData[0]?.records ?? Buffer.alloc(0));
        return produced(0);
      },
      Fetch: async () => ({
        responses: [
          {
            topic: 't',
            partitions: [{ partitionIndex: 0, errorCode: 0, highWatermark: 1, records: [records.subarray(0, 900), records.subarray(900)] }],
          },
        ],
      }),
    });
    const raw = await client();
    const frame = requestFrame('Produce', 11, produce(records));
    for (let at = 0; at < frame.length; at += 70_001) raw.send(frame.subarray(at, at + 70_001));
    await raw.nextFrame();
    expect(seen[0]?.equals(records)).toBe(true);
    const fetched = await raw.call('Fetch', 12, {});
    const back = fetched.responses[0]?.partitions[0]?.records as Buffer;
    expect(back.equals(records)).toBe(true);
  });

  it('reads no more than its bound of requests of one connection', async () => {
    const hold = gate();
    let started = 0;
    const { client, server } = await start(
      {
        Produce: async () => {
          started++;
          await hold.promise;
          return produced(0);
        },
      },
      { pipelineMax: 4 },
    );
    const raw = await client();
    const frame = requestFrame('Produce', 9, produce(Buffer.alloc(200_000)));
    for (let i = 0; i < 50; i++) raw.send(frame);
    await vi.waitUntil(() => started === 4);
    await vi.waitUntil(() => raw.socket.writableLength > 0);
    expect(server.queuedBytes).toBeLessThan(6 * frame.length);
    hold.open();
    for (let i = 0; i < 50; i++) await raw.nextFrame();
    expect(server.queuedBytes).toBe(0);
  });

  it('handles nothing more while a client leaves its answers unread', async () => {
    const records = Buffer.alloc(4_000_000);
    let handled = 0;
    const { client } = await start(
      {
        Fetch: async () => {
          handled++;
          return { responses: [{ topic: 't', partitions: [{ partitionIndex: 0, errorCode: 0, highWatermark: 1, records }] }] };
        },
      },
      { writeBufferBytesMax: 100_000 },
    );
    const raw = await client();
    raw.socket.pause();
    for (let i = 0; i < 20; i++) raw.send(requestFrame('Fetch', 11, {}, i));
    await vi.waitUntil(() => handled > 0);
    const other = await client();
    for (let i = 0; i < 5; i++) await other.call('ApiVersions', 0, {});
    expect(handled).toBeLessThan(5);
    raw.socket.resume();
    for (let i = 0; i < 20; i++) await raw.nextFrame();
    expect(handled).toBe(20);
  });

  it('does not read for the throttle time it has answered', async () => {
    const times: number[] = [];
    const { client } = await start({
      Heartbeat: async () => {
        times.push(performance.now());
        return { errorCode: 0, throttleTimeMs: times.length === 1 ? 60 : 0 };
      },
    });
    const raw = await client();
    raw.send(Buffer.concat([requestFrame('Heartbeat', 1, {}, 1), requestFrame('Heartbeat', 1, {}, 2)]));
    await raw.nextFrame();
    await raw.nextFrame();
    expect((times[1] as number) - (times[0] as number)).toBeGreaterThanOrEqual(55);
  });

  it('closes connections beyond the limit and silent ones, with waiting requests spared', async () => {
    const hold = gate();
    const { client, server, lines } = await start(
      {
        Heartbeat: async () => {
          await hold.promise;
          return { errorCode: 0 };
        },
      },
      { connectionsMax: 2, idleMs: 80 },
    );
    const waiting = await client();
    waiting.send(requestFrame('Heartbeat', 1, {}));
    const silent = await client();
    const beyond = await client();
    await beyond.untilClosed();
    await silent.untilClosed();
    expect(lines.map(({ level }) => level)).toEqual(['warn']);
    await vi.waitUntil(() => server.connectionCount === 1);
    expect(waiting.closed).toBe(false);
    hold.open();
    await waiting.nextFrame();
  });

  it('finishes requests under way when it closes and tells waiting handlers', async () => {
    const contexts: RequestContext[] = [];
    const { client, server } = await start({
      Fetch: async (context) => {
        contexts.push(context);
        await new Promise<void>((resolve) => context.signal.addEventListener('abort', () => resolve()));
        return { responses: [] };
      },
    });
    const raw = await client();
    raw.send(requestFrame('Fetch', 11, {}, 9));
    await vi.waitUntil(() => contexts.length === 1);
    const closing = server.close(5_000);
    expect(decodeAnswer('Fetch', 11, await raw.nextFrame()).correlationId).toBe(9);
    await closing;
    await raw.untilClosed();
  });

  it('tells a waiting handler that its client is gone', async () => {
    const aborted = gate();
    const { client } = await start({
      Fetch: async ({ signal }) => {
        signal.addEventListener('abort', () => aborted.open());
        await aborted.promise;
        return null;
      },
    });
    const raw = await client();
    raw.send(requestFrame('Fetch', 11, {}));
    setImmediate(() => raw.close());
    await aborted.promise;
  });

  it('closes the connection, with a line of error, when a handler fails', async () => {
    const { client, lines } = await start({
      Heartbeat: async () => {
        throw new TypeError('oops');
      },
    });
    const raw = await client();
    raw.send(requestFrame('Heartbeat', 1, {}));
    await raw.untilClosed();
    expect(lines).toEqual([{ level: 'error', message: 'connection closed: a handler failed' }]);
  });
});

describe('garbage on the port', () => {
  const size = (value: number) => {
    const bytes = Buffer.alloc(12);
    bytes.writeInt32BE(value);
    return bytes;
  };
  const garbage: Readonly<Record<string, Buffer>> = {
    HTTP: Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    'a TLS handshake': Buffer.from('16030100c8010000c40303', 'hex'),
    SSH: Buffer.from('SSH-2.0-OpenSSH_9.9\r\n'),
    'a negative size': size(-1),
    'size zero': size(0),
    'a size of two gigabytes': size(0x7fffffff),
    'a request that ends in the middle of a field': Buffer.concat([size(8), Buffer.alloc(0)]).fill(Buffer.from([0, 18, 0, 3]), 4, 8),
    'a string longer than its request': Buffer.from('0000000c000c0001000000017fff6161', 'hex'),
  };
  for (const [name, bytes] of Object.entries(garbage)) {
    it(`closes that connection alone, with one line in the log: ${name}`, async () => {
      const { client, lines } = await start({ Heartbeat: async () => ({ errorCode: 0 }) });
      const good = await client();
      const bad = await client();
      bad.send(bytes);
      await bad.untilClosed();
      expect(lines.length).toBe(1);
      expect(lines[0]?.level).toBe('warn');
      expect((await good.call('ApiVersions', 0, {})).errorCode).toBe(0);
    });
  }

  it('ends with the limit of a request: a frame of exactly that size is answered, one byte more closes its connection with one line', async () => {
    const frame = requestFrame('Produce', 7, produce(randomBytes(5_000)), 7);
    const requestBytesMax = frame.length - Int32Array.BYTES_PER_ELEMENT;
    const { client, lines, server } = await start({ Produce: async () => produced(3) }, { requestBytesMax });
    const [one, other] = [await client(), await client()];
    one.send(frame);
    expect(decodeAnswer('Produce', 7, await one.nextFrame()).correlationId).toBe(7);
    expect(lines).toEqual([]);
    const larger = requestFrame('Produce', 7, produce(randomBytes(5_001)), 8);
    expect(larger.readInt32BE(0)).toBe(requestBytesMax + 1);
    one.send(larger);
    await vi.waitFor(() => expect(one.closed).toBe(true));
    expect(lines).toMatchObject([{ level: 'warn', message: expect.stringContaining(`${requestBytesMax + 1} is above the limit`) }]);
    other.send(frame);
    expect(decodeAnswer('Produce', 7, await other.nextFrame()).correlationId).toBe(7);
    expect([lines.length, server.connectionCount, server.queuedBytes]).toEqual([1, 1, 0]);
  });

  it('leaves the server answering after hundreds of connections of random and changed bytes', async () => {
    const { client, server, lines } = await start({
      Heartbeat: async () => ({ errorCode: 0 }),
      Metadata: async () => ({ brokers: [], topics: [] }),
      Produce: async () => produced(0),
    });
    const frames = [
      requestFrame('Metadata', 12, { topics: [{ name: 'abc' }] }),
      requestFrame('Produce', 9, produce(randomBytes(100))),
      requestFrame('Heartbeat', 4, { groupId: 'g', memberId: 'm' }),
    ];
    for (let round = 0; round < 300; round++) {
      const frame = Buffer.from(frames[round % frames.length] as Buffer);
      const noise = randomBytes(1 + (round % 40));
      if (round % 2 === 0) noise.copy(frame, noise.readUInt8(0) % frame.length);
      const socket = connect(server.port, '127.0.0.1');
      socket.on('error', () => {});
      socket.end(round % 3 === 0 ? noise : frame.subarray(0, round % 5 === 0 ? frame.length / 2 : frame.length));
      socket.resume();
      await new Promise((resolve) => socket.once('close', resolve));
    }
    expect((await (await client()).call('ApiVersions', 2, {})).errorCode).toBe(0);
    expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
    await vi.waitUntil(() => server.queuedBytes === 0 && server.connectionCount === 1);
  });
});
