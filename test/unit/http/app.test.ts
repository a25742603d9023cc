import { describe, expect, it } from 'vitest';
import type { Route } from '../../../lib/http/route.ts';
import { createTelemetry } from '../../../lib/runtime/telemetry.ts';
import { batchOf, openDoor, problemIn } from './door.ts';

describe('the HTTP door', () => {
  it('answers 404 where nothing is and 405 with Allow where another method is', async () => {
    const door = openDoor();
    for (const path of ['/', '/v1', '/v2/topics', '/v1/topics/a/b', '/v1/topics/', '/v1/topics/a/partitions/0']) {
      expect(await problemIn(await door.get(path))).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    }
    const wrong = await door.send('PUT', '/v1/topics/a');
    expect(wrong.headers.get('allow')).toBe('GET, PATCH, DELETE, HEAD, OPTIONS');
    expect(await problemIn(wrong)).toMatchObject({ status: 405, field: 'method', value: 'PUT' });
    expect((await problemIn(await door.send('GET', '/v1/producers'))).status).toBe(405);
  });

  it('answers OPTIONS, and HEAD as GET without a body', async () => {
    const door = openDoor();
    await door.topic('a');
    const options = await door.send('OPTIONS', '/v1/topics');
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, POST, HEAD, OPTIONS']);
    expect((await door.send('OPTIONS', '/nowhere')).status).toBe(404);
    const head = await door.send('HEAD', '/v1/topics/a');
    expect([head.status, await head.text()]).toEqual([200, '']);
    const events = await door.send('HEAD', '/v1/topics/a/partitions/0/records', { headers: { accept: 'text/event-stream' } });
    expect([events.status, await events.text()]).toEqual([200, '']);
  });

  it('gives each request an id, the caller’s own when that is a sound one', async () => {
    const door = openDoor();
    expect((await door.get('/healthz', { 'x-request-id': 'mine-1' })).headers.get('x-request-id')).toBe('mine-1');
    const [first, second] = [await door.get('/healthz'), await door.get('/healthz', { 'x-request-id': 'bad id' })];
    expect(first.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(second.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await problemIn(await door.get('/nowhere', { 'x-request-id': 'mine-2' }))).toMatchObject({ requestId: 'mine-2' });
  });

  it('allows no other origins unless told to', async () => {
    const origin = 'https://example.org';
    const closed = await openDoor().get('/healthz', { origin });
    expect(closed.headers.get('access-control-allow-origin')).toBeNull();
    const door = openDoor({ corsOrigins: [origin] });
    expect((await door.get('/healthz', { origin })).headers.get('access-control-allow-origin')).toBe(origin);
    expect((await door.get('/healthz', { origin: 'https://evil.example' })).headers.get('access-control-allow-origin')).toBeNull();
    const preflight = await door.send('OPTIONS', '/v1/topics', { headers: { origin, 'access-control-request-method': 'POST' } });
    expect(preflight.headers.get('access-control-allow-methods')).toContain('POST');
    expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);
  });

  it('tells whether it is alive and ready', async () => {
    const closing = new AbortController();
    let reason: string | undefined = 'the folder is being opened';
    const door = openDoor({ readiness: async () => reason, closing: closing.signal });
    expect(await (await door.get('/healthz')).json()).toEqual({ status: 'ok' });
    const not = await door.get('/readyz');
    expect([not.status, await not.json()]).toEqual([503, { status: 'not ready', reason }]);
    reason = undefined;
    expect((await door.get('/readyz')).status).toBe(200);
    closing.abort();
    expect((await door.get('/readyz')).status).toBe(503);
    const refused = await door.get('/v1/topics');
    expect([refused.headers.get('retry-after'), (await problemIn(refused)).code]).toEqual(['1', 'CLOSED']);
  });

  it('refuses what is too much at once with 429, but stays alive', async () => {
    const door = openDoor({ limits: { requestsInFlightMax: 1 } });
    await door.topic('t');
    const abort = new AbortController();
    const held = door.send('GET', '/v1/topics/t/partitions/0/records?maxWaitMs=20000', { signal: abort.signal });
    const refused = await door.get('/v1/topics');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    expect((await door.get('/healthz')).status).toBe(200);
    await door.engine.append({ topic: 't', partition: 0, batches: batchOf('a'), acks: -1 });
    expect((await held).status).toBe(200);
    expect((await door.get('/v1/topics')).status).toBe(200);
  });

  it('hides what went wrong inside and tells it to the log', async () => {
    const logged: unknown[] = [];
    const broken: Route = {
      method: 'GET',
      path: '/v1/broken/{name}',
      operation: 'broken',
      summary: 'Fails.',
      answers: { 200: { description: 'Never.' } },
      handle: () => {
        throw new Error('secret path /etc/x');
      },
    };
    const telemetry = { count() {}, observe() {}, gauge() {}, log: (...line: unknown[]) => void logged.push(line) };
    const door = openDoor({ routes: [broken], telemetry });
    const problem = await problemIn(await door.get('/v1/broken/1'));
    expect(problem).toMatchObject({ status: 500, code: 'INTERNAL', retriable: false });
    expect(JSON.stringify(problem)).not.toContain('secret');
    expect(JSON.stringify(logged)).toContain('secret');
  });

  it('counts requests, bytes and time by route and status', async () => {
    const telemetry = createTelemetry({ processMetrics: false, level: 'error' });
    const door = openDoor({ telemetry, metrics: () => telemetry.metrics() }, { telemetry });
    await door.topic('t');
    await door.batches('/v1/topics/t/partitions/0/batches', batchOf('a'));
    await door.get('/v1/topics/none');
    await (await door.get('/v1/topics/t/partitions/0/records', { accept: 'application/x-ndjson' })).text();
    const response = await door.get('/metrics');
    expect(response.headers.get('content-type')).toContain('text/plain');
    const text = await response.text();
    expect(text).toContain(
      'stratalog_http_requests_total{method="POST",route="/v1/topics/{topic}/partitions/{partition}/batches",status="200"} 1',
    );
    expect(text).toContain('stratalog_http_requests_total{method="GET",route="/v1/topics/{topic}",status="404"} 1');
    expect(text).toMatch(/stratalog_http_request_seconds_bucket\{le="0.0005",/);
    expect(text).toMatch(/stratalog_append_bytes_total\{topic="t"\} \d+/);
    expect(text).toMatch(/stratalog_fetch_bytes_total\{topic="t"\} \d+/);
    expect(text).toContain('stratalog_http_requests_in_flight 1');
    expect((await problemIn(await openDoor().get('/metrics'))).status).toBe(404);
  });
});
