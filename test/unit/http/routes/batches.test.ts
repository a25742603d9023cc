import { describe, expect, it } from 'vitest';
import { iterateBatches } from '../../../../lib/format/record-batch.ts';
import { RecordBatchBuilder } from '../../../../lib/format/record-batch-writer.ts';
import { batchOf, openDoor, problemIn } from '../door.ts';

const PATH = '/v1/topics/t/partitions/0/batches';

async function doorWithTopic(...options: Parameters<typeof openDoor>) {
  const door = openDoor(...options);
  await door.topic('t');
  return door;
}

describe('raw batches in', () => {
  it('are answered one outcome a batch', async () => {
    const door = await doorWithTopic();
    const response = await door.batches(PATH, Buffer.concat([batchOf('a', 'b'), batchOf('c')]));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      logStartOffset: 0,
      batches: [
        { baseOffset: 0, span: 2, timestamp: -1, duplicate: false },
        { baseOffset: 2, span: 1, timestamp: -1, duplicate: false },
      ],
    });
  });

  it('come back byte for byte, but for the offset', async () => {
    const door = await doorWithTopic();
    const sent = batchOf('a', 'b');
    await door.batches(PATH, Buffer.concat([batchOf('first'), sent]));
    const response = await door.get('/v1/topics/t/partitions/0/records?offset=1', { accept: 'application/vnd.stratalog.batches' });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/vnd.stratalog.batches',
      'stratalog-next-offset': '3',
      'stratalog-high-watermark': '3',
      'stratalog-last-stable-offset': '3',
      'stratalog-log-start-offset': '0',
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const last = [...iterateBatches(bytes)].at(-1);
    expect(last?.header.baseOffset).toBe(1);
    expect(bytes.subarray((last?.position ?? 0) + 17)).toEqual(sent.subarray(17));
  });

  it('are streamed when there are many of them', async () => {
    const door = await doorWithTopic();
    for (let i = 0; i < 8; i++) await door.batches(PATH, batchOf('x'.repeat(500_000)));
    const response = await door.get('/v1/topics/t/partitions/0/records?maxBytes=50000000', { accept: 'application/octet-stream' });
    expect(response.headers.get('stratalog-next-offset')).toBe('8');
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(String(bytes.length)).toBe(response.headers.get('content-length'));
    expect([...iterateBatches(bytes)].map((batch) => batch.header.baseOffset)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('of an idempotent producer are answered as duplicates when sent again', async () => {
    const door = await doorWithTopic();
    const producer = await door.send('POST', '/v1/producers');
    expect(producer.status).toBe(201);
    const { producerId, producerEpoch } = (await producer.json()) as { producerId: number; producerEpoch: number };
    const make = (baseSequence: number) => {
      const builder = new RecordBatchBuilder({ producerId, producerEpoch, baseSequence });
      builder.tryAppend({ timestamp: 1, key: null, value: 'a' }, 1_000);
      return builder.build();
    };
    expect(await (await door.batches(PATH, make(0))).json()).toMatchObject({ batches: [{ baseOffset: 0, duplicate: false }] });
    expect(await (await door.batches(PATH, make(0))).json()).toMatchObject({ batches: [{ baseOffset: 0, duplicate: true }] });
    expect(await problemIn(await door.batches(PATH, make(5)))).toMatchObject({
      status: 409,
      code: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
      batches: [{ error: { code: 'OUT_OF_ORDER_SEQUENCE_NUMBER' } }],
    });
    const some = await door.batches(PATH, Buffer.concat([make(1), make(7)]));
    expect(some.status).toBe(207);
    expect(await some.json()).toMatchObject({ batches: [{ baseOffset: 1 }, { error: { status: 409 } }] });
  });

  it('are taken and not waited for with acks=0', async () => {
    const door = await doorWithTopic();
    const response = await door.batches(`${PATH}?acks=0`, batchOf('a'));
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ batches: [] });
  });

  const wrong = (change: (batch: Buffer) => Buffer | undefined): Buffer => {
    const batch = batchOf('a', 'b', 'c');
    return change(batch) ?? batch;
  };
  it.each([
    ['truncated', wrong((batch) => batch.subarray(0, -1)), 'CORRUPT_MESSAGE'],
    ['cut off in its header', wrong((batch) => batch.subarray(0, 30)), 'CORRUPT_MESSAGE'],
    ['followed by noise', Buffer.concat([batchOf('a'), Buffer.from('noise')]), 'CORRUPT_MESSAGE'],
    ['of a wrong CRC', wrong((batch) => void batch.writeUInt8(batch.readUInt8(batch.length - 1) ^ 1, batch.length - 1)), 'CORRUPT_MESSAGE'],
    ['of magic 1', wrong((batch) => void batch.writeInt8(1, 16)), 'UNSUPPORTED_FOR_MESSAGE_FORMAT'],
    ['of magic 3', wrong((batch) => void batch.writeInt8(3, 16)), 'CORRUPT_MESSAGE'],
    ['of a length beyond the body', wrong((batch) => void batch.writeInt32BE(10_000, 8)), 'CORRUPT_MESSAGE'],
    ['of a negative length', wrong((batch) => void batch.writeInt32BE(-1, 8)), 'CORRUPT_MESSAGE'],
    ['JSON', Buffer.from('{"records":[{"value":"a"}]}'.repeat(4)), 'CORRUPT_MESSAGE'],
    ['nothing', Buffer.alloc(0), 'INVALID_REQUEST'],
  ])('that are %s are refused and harm nothing', async (_, bytes, code) => {
    const door = await doorWithTopic();
    await door.batches(PATH, batchOf('kept'));
    const problem = await problemIn(await door.batches(PATH, bytes));
    expect(problem).toMatchObject({ status: 400, code });
    const read = await door.engine.readRecords({ topic: 't', partition: 0, offset: 0 });
    expect(read.records.map((record) => Buffer.from(record.value as Uint8Array).toString())).toEqual(['kept']);
    expect((await door.batches(PATH, batchOf('next'))).status).toBe(200);
  });

  it.each([
    ['/v1/topics/t/partitions/1/batches', 404, 'UNKNOWN_TOPIC_OR_PARTITION', undefined],
    ['/v1/topics/none/partitions/0/batches', 404, 'UNKNOWN_TOPIC_OR_PARTITION', undefined],
    ['/v1/topics/t/partitions/-1/batches', 400, 'INVALID_REQUEST', 'partition'],
    ['/v1/topics/t/partitions/x/batches', 400, 'INVALID_REQUEST', 'partition'],
    ['/v1/topics/a%2Fb/partitions/0/batches', 400, 'INVALID_TOPIC', 'name'],
    [`${PATH}?acks=2`, 400, 'INVALID_REQUIRED_ACKS', 'acks'],
    [`${PATH}?acks=1&acks=0`, 400, 'INVALID_REQUEST', 'acks'],
    [`${PATH}?timeoutMs=0`, 400, 'INVALID_REQUEST', 'timeoutMs'],
    [`${PATH}?timeout=5`, 400, 'INVALID_REQUEST', 'timeout'],
  ])('are refused at %s', async (path, status, code, field) => {
    const problem = await problemIn(await (await doorWithTopic()).batches(path, batchOf('a')));
    expect({ status: problem.status, code: problem.code, field: problem.field }).toEqual({ status, code, field });
  });

  it('above max.message.bytes are refused with the limit', async () => {
    const door = openDoor();
    await door.topic('t', 1, { 'max.message.bytes': '200' });
    expect(await problemIn(await door.batches(PATH, batchOf('x'.repeat(500))))).toMatchObject({
      status: 413,
      code: 'MESSAGE_TOO_LARGE',
      limit: 200,
    });
  });

  it('are refused by their length before they are read, and as soon as they pass it without one', async () => {
    const door = await doorWithTopic({ limits: { bodyBytesMax: 1_000 } });
    let pulled = 0;
    const endless = () =>
      new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            pulled++;
            controller.enqueue(new Uint8Array(600));
          },
        },
        { highWaterMark: 0 },
      );
    const headers = { 'content-type': 'application/octet-stream' };
    const stated = await problemIn(
      await door.send('POST', PATH, { body: endless(), headers: { ...headers, 'content-length': '1000000000' } }),
    );
    expect(stated).toMatchObject({ status: 413, code: 'REQUEST_TOO_LARGE', field: 'body', value: 1_000_000_000, limit: 1_000 });
    expect(pulled).toBe(0);
    const counted = await problemIn(await door.send('POST', PATH, { body: endless(), headers }));
    expect(counted).toMatchObject({ status: 413, limit: 1_000 });
    expect(pulled).toBe(2);
  });

  it('that do not arrive in time are given up with 408', async () => {
    const door = await doorWithTopic({ limits: { bodyTimeoutMs: 10 } });
    const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(batchOf('a')) });
    const response = await door.send('POST', PATH, { body, headers: { 'content-type': 'application/octet-stream' } });
    expect(await problemIn(response)).toMatchObject({ status: 408, code: 'REQUEST_TIMED_OUT' });
  });

  it('push back with 429 and Retry-After when too many bodies are held', async () => {
    const door = await doorWithTopic({ limits: { bodiesBytesMax: 1_000 } });
    let release = () => {};
    const held = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new Uint8Array(900));
        release = () => controller.close();
      },
    });
    const first = door.send('POST', PATH, { body: held, headers: { 'content-type': 'application/octet-stream' } });
    const second = await expectEventually(() => door.batches(PATH, batchOf('x'.repeat(200))), 429);
    expect(second.headers.get('retry-after')).toBe('1');
    expect(await problemIn(second)).toMatchObject({ code: 'THROTTLED', retriable: true, limit: 1_000 });
    release();
    expect((await first).status).toBe(400);
    expect((await door.batches(PATH, batchOf('x'.repeat(200)))).status).toBe(200);
  });

  it('push back with 429 when the log has no room', async () => {
    const door = await doorWithTopic({}, { settings: { appendBufferBytes: 10_000 } });
    const answers = await Promise.all(Array.from({ length: 20 }, () => door.batches(PATH, batchOf('x'.repeat(4_000)))));
    const statuses = new Set(answers.map((answer) => answer.status));
    expect([...statuses].sort()).toEqual([200, 429]);
    expect(answers.find((answer) => answer.status === 429)?.headers.get('retry-after')).toBe('1');
  });
});

/** Sends again until the answer has the status, at most a hundred times. */
async function expectEventually(send: () => Promise<Response>, status: number): Promise<Response> {
  for (let tries = 0; tries < 100; tries++) {
    const response = await send();
    if (response.status === status) return response;
  }
  throw new Error(`no answer had status ${status}`);
}
