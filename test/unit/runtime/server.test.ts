import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpApp, type HttpOptions } from '../../../lib/http/app.ts';
import { SILENT } from '../../../lib/ports/telemetry.ts';
import { createMemoryEngine } from '../../../lib/runtime/memory.ts';
import { type HttpServer, startHttpServer } from '../../../lib/runtime/server.ts';
import { batchOf, linesIn } from '../http/door.ts';

const cleanUps: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function serve(options: Partial<HttpOptions> = {}) {
  const engine = createMemoryEngine();
  const closing = new AbortController();
  const app = createHttpApp({ engine, telemetry: SILENT, closing: closing.signal, ...options });
  const server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    fetch: app.fetch as never,
    bodyBytesMax: options.limits?.bodyBytesMax,
  });
  cleanUps.push(() => {
    closing.abort();
    return server.close(100);
  });
  await engine.topics.create({ name: 't', partitions: 1 });
  return { engine, server, closing };
}

/** A plain socket: what no HTTP client would send. */
async function dial(server: HttpServer): Promise<Socket & { text: () => string }> {
  const socket = connect(server.port, server.host);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  cleanUps.push(async () => socket.destroy());
  await once(socket, 'connect');
  return Object.assign(socket, { text: () => text });
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`waited in vain for ${what}`);
}

describe('the HTTP server', () => {
  it('serves batches in and out over a socket', async () => {
    const { server } = await serve();
    const path = `${server.url}/v1/topics/t/partitions/0`;
    const headers = { 'content-type': 'application/vnd.stratalog.batches' };
    const big = batchOf('x'.repeat(900_000));
    for (let i = 0; i < 3; i++) expect((await fetch(`${path}/batches`, { method: 'POST', body: big, headers })).status).toBe(200);
    const read = await fetch(`${path}/records?maxBytes=5000000`, { headers: { accept: headers['content-type'] } });
    const bytes = Buffer.from(await read.arrayBuffer());
    expect(bytes.length).toBe(3 * big.length);
    expect(bytes.subarray(2 * big.length + 17).equals(big.subarray(17))).toBe(true);
  });

  it('answers a stream of batches line by line, and forgets one whose client has gone within a batch', async () => {
    const { server, engine } = await serve({ limits: { bodiesBytesMax: 2_000_000 } });
    const head = [
      'POST /v1/topics/t/partitions/0/batches HTTP/1.1',
      'host: x',
      'accept: application/x-ndjson',
      'transfer-encoding: chunked',
      '',
      '',
    ].join('\r\n');
    const chunk = (bytes: Buffer) => Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
    const big = batchOf('x'.repeat(900_000));
    for (let turn = 0; turn < 5; turn++) {
      const socket = await dial(server);
      socket.write(head);
      await until(() => socket.text().endsWith('1\r\n\n\r\n'), 'the first line');
      socket.write(chunk(batchOf('small')));
      await until(() => socket.text().includes(`"baseOffset":${2 * turn}`), 'the first answer');
      socket.write(chunk(big));
      await until(() => socket.text().includes(`"baseOffset":${2 * turn + 1}`), 'the second answer');
      // Held by five at once it would be refused.
      socket.write(chunk(big).subarray(0, 800_000));
      await new Promise((resolve) => setTimeout(resolve, 50));
      socket.destroy();
    }
    const read = await engine.readRecords({ topic: 't', partition: 0, offset: 0, maxBytes: 10_000_000 });
    expect(read.records.map(({ value }) => value?.length)).toEqual(Array.from({ length: 5 }, () => [5, 900_000]).flat());
  });

  it('refuses a body of a gigabyte at once and closes the connection cleanly', async () => {
    const { server } = await serve();
    const socket = await dial(server);
    socket.write(
      'POST /v1/topics/t/partitions/0/batches HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nContent-Length: 1073741824\r\n\r\n',
    );
    socket.write(Buffer.alloc(100_000));
    await until(() => socket.text().includes('REQUEST_TOO_LARGE'), 'the refusal');
    expect(socket.text()).toMatch(/^HTTP\/1.1 413 /);
    if (!socket.closed) await once(socket, 'close');
  });

  it('does not ask for a body that is too large', async () => {
    const { server } = await serve({ limits: { bodyBytesMax: 1_000 } });
    const socket = await dial(server);
    const head = (length: number) =>
      `POST /v1/topics/t/partitions/0/batches HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`;
    const batch = batchOf('a');
    socket.write(head(batch.length));
    await until(() => socket.text().includes('100 Continue'), 'the invitation');
    socket.write(batch);
    await until(() => socket.text().includes('"baseOffset":0'), 'the answer');
    const before = socket.text().length;
    socket.write(head(2_000));
    await until(() => socket.text().includes('REQUEST_TOO_LARGE'), 'the refusal');
    expect(socket.text().slice(before)).not.toContain('100 Continue');
  });

  it('goes on serving after a client that breaks off in the middle of a batch', async () => {
    const { server, engine } = await serve();
    const socket = await dial(server);
    socket.write(
      'POST /v1/topics/t/partitions/0/batches HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nContent-Length: 5000\r\n\r\n',
    );
    socket.write(batchOf('a'));
    await new Promise<void>((resolve) => socket.end(() => resolve()));
    socket.destroy();
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect((await engine.readRecords({ topic: 't', partition: 0, offset: 0 })).highWatermark).toBe(0);
  });

  it('answers noise with 400 and a header without end with 431', async () => {
    const { server } = await serve();
    const noise = await dial(server);
    noise.write('hello\r\n\r\n');
    await until(() => noise.text().startsWith('HTTP/1.1 400'), 'the refusal');
    const endless = await dial(server);
    endless.write(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(100_000)}`);
    await until(() => endless.text().startsWith('HTTP/1.1 431'), 'the refusal');
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  });

  it('takes a stream of lines from a client that reads nothing until it has sent everything', async () => {
    const { server } = await serve();
    const count = 20_000;
    const body = `{"value":"${'x'.repeat(100)}"}\n`.repeat(count);
    const response = await fetch(`${server.url}/v1/topics/t/records`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/x-ndjson' },
    });
    const lines = linesIn(await response.text()) as unknown as { offset: number }[];
    expect(lines).toHaveLength(count);
    expect(lines.at(-1)?.offset).toBe(count - 1);
  });

  it('asks for no more of an endless stream while its results are not taken', async () => {
    const { server } = await serve({ limits: { stallTimeoutMs: 200 } });
    const socket = await dial(server);
    socket.pause();
    socket.write(
      'POST /v1/topics/t/records HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    const lines = '{"value":""}\n'.repeat(10_000);
    const chunk = `${lines.length.toString(16)}\r\n${lines}\r\n`;
    let sent = 0;
    // Writes as long as the server takes them, and stops for good once it does not.
    const write = (): void => {
      while (!socket.destroyed && sent < 1_000 && socket.write(chunk)) sent++;
      sent++;
    };
    socket.on('drain', write);
    write();
    await until(() => socket.destroyed || socket.closed || socket.errored !== null, 'the server to cut the connection');
    expect(sent).toBeLessThan(1_000);
  });

  it('ends event streams and long polls when it stops, and lets requests under way finish', async () => {
    let inFlight = 0;
    const telemetry = {
      ...SILENT,
      gauge: (_: string, value: number) => {
        inFlight = value;
      },
    };
    const { server, closing } = await serve({ telemetry });
    const events = await fetch(`${server.url}/v1/topics/t/partitions/0/records`, { headers: { accept: 'text/event-stream' } });
    const poll = fetch(`${server.url}/v1/topics/t/partitions/0/records?maxWaitMs=60000`);
    const reader = (events.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    await until(() => inFlight === 2, 'both to be under way');
    closing.abort();
    const closed = server.close(10_000);
    expect((await reader.read()).done).toBe(true);
    expect(await (await poll).json()).toMatchObject({ status: 503, code: 'CLOSED' });
    await closed;
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
  });

  it('says which address it cannot have', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    cleanUps.push(async () => other.close());
    const { port } = other.address() as AddressInfo;
    await expect(startHttpServer({ host: '127.0.0.1', port, fetch: () => new Response() })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringContaining(`127.0.0.1:${port}: another process listens there`),
    });
  });
});
