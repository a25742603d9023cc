import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordBatchBuilder } from '../../../../lib/format/record-batch-writer.ts';
import { SILENT, type Telemetry } from '../../../../lib/ports/telemetry.ts';
import { batchOf, openDoor, problemIn } from '../door.ts';

const PATH = '/v1/topics/t/partitions/0/batches';
const HEADERS = { accept: 'application/x-ndjson', 'content-type': 'application/vnd.stratalog.batches' };

async function doorWithTopic(...options: Parameters<typeof openDoor>) {
  const door = openDoor(...options);
  await door.topic('t');
  return door;
}

type Door = Awaited<ReturnType<typeof doorWithTopic>>;

/** A stream that is fed by hand. */
async function begin(door: Door, path = PATH) {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const response = await door.send('POST', path, { body: readable, headers: HEADERS });
  const lines = linesOf(response);
  return {
    response,
    send: (bytes: Uint8Array) => writer.write(bytes),
    end: () => writer.close(),
    /** The next line; undefined at the end. */
    line: async () => (await lines.next()).value,
  };
}

async function* linesOf(response: Response): AsyncGenerator<string, undefined, undefined> {
  let text = '';
  for await (const piece of response.body as ReadableStream<Uint8Array>) {
    text += Buffer.from(piece).toString();
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      yield text.slice(0, end);
      text = text.slice(end + 1);
    }
  }
  expect(text).toBe('');
  return undefined;
}

/** Sends all at once, and answers the lines as values, the first and empty one left out. */
async function sentAtOnce(door: Door, pieces: readonly Uint8Array[], path = PATH): Promise<unknown[]> {
  const response = await door.send('POST', path, { body: ReadableStream.from(pieces) as never, headers: HEADERS });
  expect(response.status).toBe(200);
  const [first, ...lines] = (await response.text()).split('\n');
  expect([first, lines.pop()]).toEqual(['', '']);
  return lines.map((line) => JSON.parse(line));
}

/** So many batches, each made when it is asked for. */
function batchesAsPulled(count: number) {
  let pulled = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (pulled === count) controller.close();
        else controller.enqueue(batchOf(`${pulled++}`));
      },
    },
    { highWaterMark: 0 },
  );
  return { body, pulled: () => pulled };
}

async function valuesIn({ engine }: Door): Promise<string[]> {
  const { records } = await engine.readRecords({ topic: 't', partition: 0, offset: 0 });
  return records.map(({ value }) => Buffer.from(value as Uint8Array).toString());
}

const appended = (baseOffset: number, span = 1) => ({ baseOffset, span, timestamp: -1, duplicate: false, logStartOffset: 0 });
const refused = (code: string) => ({ error: expect.objectContaining({ code }) });

describe('a stream of batches', () => {
  it('is answered at once with an empty line, and a line for each batch when it is stored', async () => {
    const stream = await begin(await doorWithTopic());
    expect(stream.response.status).toBe(200);
    expect(stream.response.headers.get('content-type')).toBe('application/x-ndjson');
    expect(await stream.line()).toBe('');
    void stream.send(batchOf('a', 'b'));
    expect(JSON.parse((await stream.line()) ?? '')).toEqual(appended(0, 2));
    void stream.send(batchOf('c'));
    expect(JSON.parse((await stream.line()) ?? '')).toEqual(appended(2));
    void stream.end();
    expect(await stream.line()).toBeUndefined();
  });

  it('stores the same however it is cut into pieces', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 8 }), async (cuts) => {
        const door = await doorWithTopic();
        const values = Array.from({ length: 10 }, (_, index) => `${index}`.repeat(index * 7));
        const whole = Buffer.concat(values.map((value) => batchOf(value)));
        const pieces: Buffer[] = [];
        for (let at = 0, cut = 0; at < whole.length; at += cuts[cut++ % cuts.length] as number) {
          pieces.push(Buffer.from(whole.subarray(at, at + (cuts[cut % cuts.length] as number))));
        }
        expect(await sentAtOnce(door, pieces)).toEqual(values.map((_, index) => appended(index)));
        expect(await valuesIn(door)).toEqual(values);
      }),
      { numRuns: 30 },
    );
  });

  it('refuses a batch alone, in its place', async () => {
    const door = await doorWithTopic();
    const damaged = batchOf('damaged');
    damaged.writeUInt8(damaged.readUInt8(damaged.length - 1) ^ 1, damaged.length - 1);
    const old = batchOf('old');
    old.writeInt8(1, 16);
    const answers = await sentAtOnce(door, [Buffer.concat([batchOf('a'), damaged, batchOf('b')]), old, batchOf('c')]);
    expect(answers).toEqual([appended(0), refused('CORRUPT_MESSAGE'), appended(1), refused('UNSUPPORTED_FOR_MESSAGE_FORMAT'), appended(2)]);
    expect(await valuesIn(door)).toEqual(['a', 'b', 'c']);
  });

  it('says of each batch that its topic is not there, or that it is too large for it', async () => {
    const door = await doorWithTopic();
    await door.topic('small', 1, { 'max.message.bytes': '200' });
    expect(await sentAtOnce(door, [batchOf('a')], '/v1/topics/none/partitions/0/batches')).toEqual([refused('UNKNOWN_TOPIC_OR_PARTITION')]);
    const mixed = [batchOf('a'), batchOf('x'.repeat(500)), batchOf('b')];
    expect(await sentAtOnce(door, mixed, '/v1/topics/small/partitions/0/batches')).toEqual([
      appended(0),
      refused('MESSAGE_TOO_LARGE'),
      appended(1),
    ]);
  });

  it('takes batches of an idempotent producer in order, and knows them when they come again', async () => {
    const door = await doorWithTopic();
    const { producerId, producerEpoch } = await door.engine.initProducerId();
    const make = (baseSequence: number) => {
      const builder = new RecordBatchBuilder({ producerId, producerEpoch, baseSequence });
      builder.tryAppend({ timestamp: 1, key: null, value: 'a' }, 1_000);
      return builder.build();
    };
    const five = [0, 1, 2, 3, 4].map(make);
    expect(await sentAtOnce(door, [Buffer.concat(five)])).toEqual(five.map((_, index) => appended(index)));
    expect(await sentAtOnce(door, [make(4), make(9), make(5)])).toEqual([
      { ...appended(4), duplicate: true },
      refused('OUT_OF_ORDER_SEQUENCE_NUMBER'),
      appended(5),
    ]);
  });

  it.each([
    ['a length that is none', Buffer.alloc(12, 0xff), 'CORRUPT_MESSAGE'],
    ['the text of something else', Buffer.from('{"records":[{"value":"a"}]}'), 'REQUEST_TOO_LARGE'],
    ['a batch that is cut off', batchOf('cut off').subarray(0, -1), 'CORRUPT_MESSAGE'],
    ['a beginning of a few bytes', Buffer.alloc(5), 'CORRUPT_MESSAGE'],
    ['a batch above the limit', batchOf('x'.repeat(3_000)), 'REQUEST_TOO_LARGE'],
  ])('ends with an error behind the batches before it at %s', async (_, wrong, code) => {
    const door = await doorWithTopic({ limits: { bodyBytesMax: 2_000 } });
    expect(await sentAtOnce(door, [Buffer.concat([batchOf('a'), batchOf('b'), wrong])])).toEqual([appended(0), appended(1), refused(code)]);
    expect(await valuesIn(door)).toEqual(['a', 'b']);
    expect((await door.batches(PATH, batchOf('next'))).status).toBe(200);
  });

  it('gives up a batch that does not arrive in time, and none that is between two', async () => {
    const door = await doorWithTopic({ limits: { bodyTimeoutMs: 30 } });
    const stream = await begin(door);
    await stream.line();
    for (let i = 0; i < 2; i++) {
      void stream.send(batchOf('a'));
      expect(JSON.parse((await stream.line()) ?? '')).toEqual(appended(i));
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    void stream.send(batchOf('b').subarray(0, 20)).catch(() => {});
    expect(JSON.parse((await stream.line()) ?? '')).toEqual({ error: expect.objectContaining({ code: 'REQUEST_TIMED_OUT', status: 408 }) });
    expect(await stream.line()).toBeUndefined();
  });

  it('says nothing of batches with acks=0, and stores them', async () => {
    const door = await doorWithTopic();
    expect(await sentAtOnce(door, [batchOf('a'), batchOf('b')], `${PATH}?acks=0`)).toEqual([]);
    await door.batches(PATH, batchOf('c'));
    expect(await valuesIn(door)).toEqual(['a', 'b', 'c']);
  });

  it.each([
    ['/v1/topics/t/partitions/x/batches', 400],
    [`${PATH}?acks=2`, 400],
    [`${PATH}?timeoutMs=0`, 400],
    [`${PATH}?other=1`, 400],
  ])('is refused before it begins at %s', async (path, status) => {
    const door = await doorWithTopic();
    expect(await problemIn(await door.send('POST', path, { body: batchOf('a') as never, headers: HEADERS }))).toMatchObject({ status });
  });

  it('is not what somebody gets who would rather have JSON', async () => {
    const door = await doorWithTopic();
    for (const accept of ['*/*', 'application/json', 'application/x-ndjson;q=0.5, application/json']) {
      const response = await door.send('POST', PATH, { body: batchOf('a') as never, headers: { ...HEADERS, accept } });
      expect(response.headers.get('content-type')).toBe('application/json');
    }
  });

  it('answers what it has when the server stops, and ends', async () => {
    const closing = new AbortController();
    const door = await doorWithTopic({ closing: closing.signal });
    const stream = await begin(door);
    await stream.line();
    await stream.send(batchOf('a'));
    closing.abort();
    expect(JSON.parse((await stream.line()) ?? '')).toEqual(appended(0));
    expect(await stream.line()).toBeUndefined();
    expect(await problemIn(await door.send('POST', PATH, { body: batchOf('b') as never, headers: HEADERS }))).toMatchObject({
      status: 503,
    });
  });

  it('reads no further while what it has read is not stored', async () => {
    const door = await doorWithTopic();
    const stored = Promise.withResolvers<void>();
    const append = door.engine.append.bind(door.engine);
    door.engine.append = async (request) => {
      await stored.promise;
      return append(request);
    };
    const sent = batchesAsPulled(2_000);
    const response = await door.send('POST', PATH, { body: sent.body, headers: HEADERS });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(sent.pulled()).toBeGreaterThan(200);
    expect(sent.pulled()).toBeLessThan(300);
    stored.resolve();
    const lines = (await response.text()).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).baseOffset)).toEqual(Array.from({ length: 2_000 }, (_, index) => index));
  });

  it('reads no further while nobody takes its lines', async () => {
    const door = await doorWithTopic();
    const sent = batchesAsPulled(5_000);
    const response = await door.send('POST', PATH, { body: sent.body, headers: HEADERS });
    await new Promise((resolve) => setTimeout(resolve, 300));
    // 64 KiB of lines and what is made ahead.
    expect(sent.pulled()).toBeLessThan(2_000);
    const lines = (await response.text()).trim().split('\n');
    expect(lines).toHaveLength(5_000);
  });

  it('refuses what does not fit beside the bodies of others, and takes batches again when there is room', async () => {
    const door = await doorWithTopic({ limits: { bodiesBytesMax: 1_000 } });
    const other = await begin(door);
    await other.line();
    await other.send(batchOf('x'.repeat(800)).subarray(0, 100));
    const stream = await begin(door);
    await stream.line();
    void stream.send(batchOf('y'.repeat(300)));
    expect(JSON.parse((await stream.line()) ?? '')).toEqual(refused('THROTTLED'));
    await other.send(batchOf('x'.repeat(800)).subarray(100));
    expect(JSON.parse((await other.line()) ?? '')).toEqual(appended(0));
    void stream.send(batchOf('y'.repeat(300)));
    expect(JSON.parse((await stream.line()) ?? '')).toEqual(appended(1));
  });

  it('counts each batch as a request', async () => {
    const counted: Record<string, number> = {};
    const telemetry: Telemetry = {
      ...SILENT,
      count: (name, by = 1, labels = {}) => {
        const key = `${name} ${labels.status ?? ''}`.trim();
        counted[key] = (counted[key] ?? 0) + by;
      },
    };
    const door = await doorWithTopic({ telemetry });
    const [good, late] = [batchOf('a'), batchOf('b')];
    await sentAtOnce(door, [good, late, batchOf('c').subarray(0, 30)]);
    expect(counted).toMatchObject({ http_request_bytes_total: good.length + late.length });
    // The two batches, and the stream itself.
    expect(counted['http_requests_total 200']).toBe(3);
  });
});
