import { describe, expect, it } from 'vitest';
import { linesIn, openDoor, problemIn } from '../door.ts';

describe('records in as one JSON body', () => {
  it('are answered with their places in the order sent', async () => {
    const door = openDoor();
    await door.topic('t', 3);
    const records = [
      { key: 'a', value: '1', partition: 2, timestamp: 5 },
      { key: 'b', value: null, partition: 0 },
      { value: { base64: 'AP8=' }, partition: 2, headers: { h: 'x' } },
    ];
    const response = await door.json('POST', '/v1/topics/t/records', { acks: 'all', records });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      records: [
        { partition: 2, offset: 0, timestamp: 5 },
        { partition: 0, offset: 0 },
        { partition: 2, offset: 1 },
      ],
    });
    const read = await door.engine.readRecords({ topic: 't', partition: 2, offset: 0 });
    expect(read.records.map((record) => Buffer.from(record.value as Uint8Array))).toEqual([Buffer.from('1'), Buffer.from([0, 255])]);
  });

  it('are answered 207 with each own error when only some fail, and with a problem when all do', async () => {
    const door = openDoor();
    await door.topic('t', 1);
    const some = await door.json('POST', '/v1/topics/t/records', { records: [{ value: 'a', partition: 5 }, { value: 'b' }] });
    expect(some.status).toBe(207);
    expect(await some.json()).toMatchObject({
      records: [{ error: { code: 'UNKNOWN_TOPIC_OR_PARTITION', status: 404, partition: 5 } }, { partition: 0, offset: 0 }],
    });
    const all = await problemIn(await door.json('POST', '/v1/topics/t/records', { records: [{ value: 'a', partition: 5 }] }));
    expect(all).toMatchObject({ status: 404, code: 'UNKNOWN_TOPIC_OR_PARTITION', records: [{ error: { partition: 5 } }] });
  });

  it('fail alone when larger than max.message.bytes', async () => {
    const door = openDoor();
    await door.topic('t', 1, { 'max.message.bytes': '1000' });
    const response = await door.json('POST', '/v1/topics/t/records', { records: [{ value: 'x'.repeat(2_000) }, { value: 'y' }] });
    expect(response.status).toBe(207);
    expect(await response.json()).toMatchObject({ records: [{ error: { code: 'MESSAGE_TOO_LARGE', limit: 1_000 } }, { offset: 0 }] });
  });

  it.each([
    ['{"records":[]}', 400, 'INVALID_REQUEST', 'records'],
    ['{}', 400, 'INVALID_REQUEST', 'records'],
    ['{"records":{}}', 400, 'INVALID_REQUEST', 'records'],
    ['{"records":[{"value":"a"}],"topic":"t"}', 400, 'INVALID_REQUEST', 'topic'],
    ['{"records":[{"value":"a"}],"acks":2}', 400, 'INVALID_REQUIRED_ACKS', 'acks'],
    ['{"records":[{"value":"a"},{"value":1}]}', 400, 'INVALID_RECORD', 'value'],
    ['{"records":[{"value":"a","value":"b"}]}', 400, 'INVALID_REQUEST', 'value'],
    ['{"records":[{"value":{"json":{"a":1,"a":2}}}]}', 400, 'INVALID_REQUEST', 'a'],
    ['{"records":[{"value":"a"}]', 400, 'INVALID_REQUEST', 'body'],
  ])('are refused as a whole for %s', async (body, status, code, field) => {
    const door = openDoor();
    await door.topic('t');
    const problem = await problemIn(await door.json('POST', '/v1/topics/t/records', body));
    expect({ status: problem.status, code: problem.code, field: problem.field }).toEqual({ status, code, field });
    expect((await door.engine.readRecords({ topic: 't', partition: 0, offset: 0 })).highWatermark).toBe(0);
  });

  it('hold a bounded number of records', async () => {
    const door = openDoor({ limits: { recordsMax: 2 } });
    await door.topic('t');
    const problem = await problemIn(await door.json('POST', '/v1/topics/t/records', { records: [{}, {}, {}] }));
    expect(problem).toMatchObject({ status: 413, code: 'RECORD_LIST_TOO_LARGE', field: 'records', limit: 2 });
  });

  it('name the record and the byte that is wrong', async () => {
    const door = openDoor();
    await door.topic('t');
    const problem = await problemIn(await door.json('POST', '/v1/topics/t/records', '{"records":[{},{"value":1}]}'));
    expect(problem).toMatchObject({ recordIndex: 1, position: 24 });
  });

  it('must be UTF-8', async () => {
    const door = openDoor();
    await door.topic('t');
    const body = Buffer.concat([Buffer.from('{"records":[{"value":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}]}')]);
    const response = await door.send('POST', '/v1/topics/t/records', { body, headers: { 'content-type': 'application/json' } });
    expect(await problemIn(response)).toMatchObject({ status: 400, code: 'INVALID_REQUEST', position: 22 });
  });

  it('need a topic that is there and a media type that is taken', async () => {
    const door = openDoor();
    await door.topic('t');
    expect((await problemIn(await door.json('POST', '/v1/topics/none/records', { records: [{}] }))).status).toBe(404);
    expect((await problemIn(await door.json('POST', '/v1/topics/a%2Fb/records', { records: [{}] }))).code).toBe('INVALID_TOPIC');
    expect((await problemIn(await door.json('POST', '/v1/topics/t/records', 'x', { 'content-type': 'text/plain' }))).status).toBe(415);
    expect((await problemIn(await door.json('POST', '/v1/topics/t/records', 'x', { 'content-encoding': 'gzip' }))).status).toBe(415);
  });
});

describe('records in as lines', () => {
  it('are answered by a line each, in order, whatever is wrong with some', async () => {
    const door = openDoor({ limits: { lineBytesMax: 100 } });
    await door.topic('t', 1);
    const bad = Buffer.concat([Buffer.from('{"value":"'), Buffer.from([0xff]), Buffer.from('"}\n')]);
    const text = [
      '{"value":"a"}\n{"value":\n\n{"value":"b","value":"c"}\r\n',
      `{"value":"${'x'.repeat(200)}"}\n`,
      '{"value":"d","partition":7}\n{"value":"e"}',
    ];
    const body = Buffer.concat([Buffer.from(text[0] as string), bad, Buffer.from(text[1] as string), Buffer.from(text[2] as string)]);
    const response = await door.lines('/v1/topics/t/records', body);
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    const lines = linesIn(await response.text()) as unknown as { offset?: number; error?: { code: string } }[];
    expect(lines.map((line) => line.error?.code ?? line.offset)).toEqual([
      0,
      'INVALID_RECORD',
      'INVALID_REQUEST',
      'INVALID_REQUEST',
      'MESSAGE_TOO_LARGE',
      'UNKNOWN_TOPIC_OR_PARTITION',
      1,
    ]);
  });

  it('keep their order within a key over many groups, also while the log has no room', async () => {
    const door = openDoor({}, { settings: { appendBufferBytes: 300_000 } });
    await door.topic('t', 6);
    const count = 30_000;
    const lines = Array.from({ length: count }, (_, i) => `{"key":"k${i % 97}","value":"${i}"}\n`);
    const answers = linesIn(await (await door.lines('/v1/topics/t/records', lines.join(''))).text()) as unknown as {
      partition: number;
      offset: number;
    }[];
    expect(answers).toHaveLength(count);
    const last = new Map<number, number>();
    for (const { partition, offset } of answers) {
      expect(offset).toBe((last.get(partition) ?? -1) + 1);
      last.set(partition, offset);
    }
    for (const [partition, end] of last) {
      const text = await (await door.get(`/v1/topics/t/partitions/${partition}/records`, { accept: 'application/x-ndjson' })).text();
      const records = linesIn(text) as unknown as { key: string; value: string }[];
      expect(records).toHaveLength(end + 1);
      const newest = new Map<string, number>();
      for (const { key, value } of records) {
        expect(Number(value)).toBeGreaterThan(newest.get(key) ?? -1);
        newest.set(key, Number(value));
      }
    }
  });

  it('are answered while the client still sends', async () => {
    const door = openDoor();
    await door.topic('t', 1);
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const response = await door.lines('/v1/topics/t/records', readable);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    for (let i = 0; i < 3; i++) {
      void writer.write(Buffer.from(`{"value":"${i}"}\n`));
      const { value } = await reader.read();
      expect(JSON.parse(Buffer.from(value as Uint8Array).toString())).toMatchObject({ partition: 0, offset: i });
    }
    await writer.close();
    expect((await reader.read()).done).toBe(true);
  });

  it('can be answered with the failed ones and a summary alone', async () => {
    const door = openDoor();
    await door.topic('t', 1);
    const response = await door.lines('/v1/topics/t/records?results=failed&acks=1', '{"value":"a"}\n\n{"value":1}\n{"value":"b"}\n');
    expect(linesIn(await response.text())).toMatchObject([
      { line: 3, error: { code: 'INVALID_RECORD' } },
      { summary: { records: 3, failed: 1 } },
    ]);
  });

  it('need a topic before the first line', async () => {
    const door = openDoor();
    expect((await problemIn(await door.lines('/v1/topics/none/records', '{}\n'))).status).toBe(404);
  });

  it('end with an error line when the body stands still, and what came before is kept', async () => {
    const door = openDoor({ limits: { stallTimeoutMs: 20 } });
    await door.topic('t', 1);
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(Buffer.from('{"value":"a"}\n{"val'));
      },
    });
    const lines = linesIn(await (await door.lines('/v1/topics/t/records', body)).text());
    expect(lines).toMatchObject([{ offset: 0 }, { error: { code: 'REQUEST_TIMED_OUT' } }]);
  });

  it('end when the process stops, with the results of all that was taken', async () => {
    const closing = new AbortController();
    const door = openDoor({ closing: closing.signal });
    await door.topic('t', 1);
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    void writable.getWriter().write(Buffer.from('{"value":"a"}\n'));
    const response = await door.lines('/v1/topics/t/records', readable);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    expect(JSON.parse(Buffer.from((await reader.read()).value as Uint8Array).toString())).toMatchObject({ offset: 0 });
    closing.abort();
    expect(JSON.parse(Buffer.from((await reader.read()).value as Uint8Array).toString())).toMatchObject({ error: { code: 'CLOSED' } });
    expect((await reader.read()).done).toBe(true);
  });
});
