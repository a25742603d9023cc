import { afterEach, describe, expect, it } from 'vitest';
import { linesIn, openDoor, problemIn } from '../door.ts';

const PATH = '/v1/topics/t/partitions/0/records';
const closers: AbortController[] = [];

afterEach(() => {
  for (const closer of closers.splice(0)) closer.abort();
});

async function doorWith(values: readonly string[], options: Parameters<typeof openDoor>[0] = {}) {
  const closing = new AbortController();
  closers.push(closing);
  const door = openDoor({ closing: closing.signal, ...options });
  await door.topic('t');
  const add = async (...more: readonly string[]) => {
    await door.engine.produceRecords({ topic: 't', records: more.map((value) => ({ key: null, value, timestamp: 9 })) });
  };
  if (values.length > 0) await add(...values);
  return { ...door, add, closing };
}

/** Reads a stream as text until it holds what is awaited. */
async function readUntil(reader: ReadableStreamDefaultReader<Uint8Array>, awaited: string): Promise<string> {
  let text = '';
  while (!text.includes(awaited)) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`the stream ended before '${awaited}': ${text}`);
    text += Buffer.from(value).toString();
  }
  return text;
}

const readerOf = (response: Response) => (response.body as ReadableStream<Uint8Array>).getReader();

describe('records out', () => {
  it('come as a page of JSON that says where to go on', async () => {
    const door = await doorWith(['a', 'b', 'c']);
    const response = await door.get(`${PATH}?offset=1&maxRecords=1`);
    expect(await response.json()).toEqual({
      records: [{ offset: 1, timestamp: 9, key: null, value: 'b', headers: [] }],
      nextOffset: 2,
      highWatermark: 3,
      logStartOffset: 0,
    });
    expect(await (await door.get(`${PATH}?offset=3`)).json()).toMatchObject({ records: [], nextOffset: 3 });
  });

  it('are shown in the encoding asked for', async () => {
    const door = await doorWith(['{"n":10000000000000000000001}']);
    expect(await (await door.get(`${PATH}?encoding=json`)).text()).toContain('"value":{"json":{"n":10000000000000000000001}}');
    expect(await (await door.get(`${PATH}?encoding=base64`)).json()).toMatchObject({
      records: [{ value: { base64: Buffer.from('{"n":10000000000000000000001}').toString('base64') } }],
    });
  });

  it('are waited for up to maxWaitMs, and come at once when they are appended', async () => {
    const door = await doorWith([]);
    expect(await (await door.get(`${PATH}?maxWaitMs=10`)).json()).toMatchObject({ records: [] });
    const waiting = door.get(`${PATH}?maxWaitMs=15000`);
    await door.add('x');
    expect(await (await waiting).json()).toMatchObject({ records: [{ value: 'x' }], nextOffset: 1 });
  });

  it('come as lines up to the end of the log, over many reads', async () => {
    const door = await doorWith(Array.from({ length: 30 }, (_, i) => `${i}-${'x'.repeat(100_000)}`));
    const response = await door.get(PATH, { accept: 'application/x-ndjson' });
    expect(response.headers.get('stratalog-high-watermark')).toBe('30');
    const lines = linesIn(await response.text()) as unknown as { offset: number }[];
    expect(lines.map((line) => line.offset)).toEqual(Array.from({ length: 30 }, (_, i) => i));
    const some = await door.get(`${PATH}?offset=5&maxRecords=17`, { accept: 'application/x-ndjson' });
    expect(linesIn(await some.text())).toHaveLength(17);
  });

  it('come as events that follow the log, and resume after the last one seen', async () => {
    const door = await doorWith(['a', 'b'], { limits: { keepAliveMs: 20 } });
    const response = await door.get(PATH, { accept: 'text/event-stream', 'last-event-id': '0' });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const reader = readerOf(response);
    const first = await readUntil(reader, 'data:');
    expect(first).toContain('retry: 1000\n\n');
    expect(first).toContain('id: 1\ndata: {"offset":1,"timestamp":9,"key":null,"value":"b","headers":[]}\n\n');
    expect(await readUntil(reader, ': nothing new\n\n')).not.toContain('data');
    await door.add('c');
    expect(await readUntil(reader, '\ndata:')).toContain('id: 2\n');
    await reader.cancel();
  });

  it('end their events when the process stops', async () => {
    const door = await doorWith(['a']);
    const reader = readerOf(await door.get(PATH, { accept: 'text/event-stream' }));
    await readUntil(reader, 'id: 0');
    const rest = reader.read();
    door.closing.abort();
    expect((await rest).done).toBe(true);
  });

  it('end at the end of the log where nobody may follow', async () => {
    const door = await doorWith(['a'], { limits: { follow: false, waitMsMax: 0 } });
    const text = await (await door.get(PATH, { accept: 'text/event-stream' })).text();
    expect(text.match(/^id: /gm)).toHaveLength(1);
    expect(await (await door.get(`${PATH}?offset=1&maxWaitMs=60000`)).json()).toMatchObject({ records: [] });
  });

  it('tell followers why they end, when the log start has overtaken them', async () => {
    const door = await doorWith(['a', 'b', 'c'], { limits: { keepAliveMs: 20 } });
    const reader = readerOf(await door.get(`${PATH}?maxRecords=5`, { accept: 'text/event-stream' }));
    await readUntil(reader, 'id: 2');
    await door.engine.topics.delete('t');
    expect(await readUntil(reader, 'event: error')).toContain('UNKNOWN_TOPIC_OR_PARTITION');
    expect((await reader.read()).done).toBe(true);
  });

  it('are not read ahead of a client that takes nothing', async () => {
    const door = await doorWith(
      Array.from({ length: 40 }, () => 'x'.repeat(100_000)),
      { limits: { stallTimeoutMs: 30 } },
    );
    const reader = readerOf(await door.get(PATH, { accept: 'application/x-ndjson' }));
    await reader.read();
    await expect(reader.closed).rejects.toMatchObject({ code: 'REQUEST_TIMED_OUT' });
  });

  it.each([
    ['?offset=-1', 400, 'INVALID_REQUEST', 'offset'],
    ['?offset=1.5', 400, 'INVALID_REQUEST', 'offset'],
    ['?offset=9007199254740993', 400, 'INVALID_REQUEST', 'offset'],
    ['?offset=', 400, 'INVALID_REQUEST', 'offset'],
    ['?offset=7', 416, 'OFFSET_OUT_OF_RANGE', 'offset'],
    ['?maxBytes=0', 400, 'INVALID_REQUEST', 'maxBytes'],
    ['?maxBytes=999999999', 400, 'INVALID_REQUEST', 'maxBytes'],
    ['?maxWaitMs=300001', 400, 'INVALID_REQUEST', 'maxWaitMs'],
    ['?maxRecords=-5', 400, 'INVALID_REQUEST', 'maxRecords'],
    ['?encoding=hex', 400, 'INVALID_REQUEST', 'encoding'],
    ['?ofset=0', 400, 'INVALID_REQUEST', 'ofset'],
    ['?isolation=none', 400, 'INVALID_REQUEST', 'isolation'],
    ['?follow=1', 400, 'INVALID_REQUEST', 'follow'],
  ])('are refused for %s', async (query, status, code, field) => {
    const problem = await problemIn(await (await doorWith(['a'])).get(PATH + query));
    expect({ status: problem.status, code: problem.code, field: problem.field }).toEqual({ status, code, field });
  });

  it('are refused where there is no such partition, type or event, before anything is streamed', async () => {
    const door = await doorWith(['a']);
    for (const accept of ['application/json', 'application/x-ndjson', 'text/event-stream', 'application/vnd.stratalog.batches']) {
      expect((await problemIn(await door.get('/v1/topics/t/partitions/1/records', { accept }))).status).toBe(404);
      expect((await problemIn(await door.get('/v1/topics/none/partitions/0/records', { accept }))).status).toBe(404);
      expect((await problemIn(await door.get(`${PATH}?offset=2`, { accept }))).status).toBe(416);
    }
    expect(await problemIn(await door.get(PATH, { accept: 'text/html' }))).toMatchObject({ status: 406, field: 'accept' });
    expect(await problemIn(await door.get(PATH, { accept: 'text/event-stream', 'last-event-id': 'x' }))).toMatchObject({
      status: 400,
      field: 'last-event-id',
    });
  });
});

describe('offsets', () => {
  it('are found by name and by time', async () => {
    const door = await doorWith(['a', 'b']);
    const at = async (text: string) => (await door.get(`/v1/topics/t/partitions/0/offsets${text}`)).json();
    expect(await at('?at=earliest')).toMatchObject({ offset: 0 });
    expect(await at('?at=latest')).toMatchObject({ offset: 2 });
    expect(await at('')).toMatchObject({ offset: 2 });
    expect(await at('?at=9')).toEqual({ offset: 0, timestamp: 9 });
    expect(await at('?at=10')).toMatchObject({ offset: -1 });
    expect(await at('?at=1970-01-01T00:00:00.009Z')).toEqual({ offset: 0, timestamp: 9 });
    expect(await at('?at=1970-01-01T02:00:00.010%2B02:00')).toMatchObject({ offset: -1 });
    expect(await at('?at=max-timestamp')).toMatchObject({ timestamp: 9 });
    for (const wrong of ['?at=-1', '?at=yesterday', '?when=1']) {
      expect((await problemIn(await door.get(`/v1/topics/t/partitions/0/offsets${wrong}`))).status).toBe(400);
    }
    expect((await problemIn(await door.get('/v1/topics/t/partitions/9/offsets'))).status).toBe(404);
  });

  it('begin where records were deleted before', async () => {
    const door = await doorWith(['a', 'b', 'c']);
    const remove = (query: string) => door.send('DELETE', `${PATH}${query}`);
    expect(await (await remove('?before=2')).json()).toEqual({ logStartOffset: 2 });
    expect((await problemIn(await door.get(PATH))).code).toBe('OFFSET_OUT_OF_RANGE');
    expect(await (await door.get(`${PATH}?offset=2`)).json()).toMatchObject({ records: [{ value: 'c' }], logStartOffset: 2 });
    expect((await problemIn(await remove('?before=9'))).status).toBe(416);
    expect(await problemIn(await remove(''))).toMatchObject({ status: 400, field: 'before' });
    expect(await problemIn(await remove('?before=-2'))).toMatchObject({ status: 400, field: 'before', value: -2, limit: -1 });
    expect(await (await remove('?before=-1')).json()).toEqual({ logStartOffset: 3 });
  });
});
