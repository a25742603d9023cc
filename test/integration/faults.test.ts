import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AwsEngine } from '../../lib/runtime/aws.ts';
import { batchOf } from '../unit/http/door.ts';
import { dynamoRefusal, type Fault, type FaultyProxy, s3Refusal, startFaultyProxy } from './faulty-proxy.ts';
import { type ScratchDeployment, startScratchDeployment } from './scratch-deployment.ts';

let deployment: ScratchDeployment;
let table: FaultyProxy;
let objects: FaultyProxy;
beforeAll(async () => {
  deployment = await startScratchDeployment(2);
  const endpoint = deployment.options.endpoint as { dynamodb: string; s3: string };
  [table, objects] = await Promise.all([startFaultyProxy(endpoint.dynamodb), startFaultyProxy(endpoint.s3)]);
});
afterAll(async () => {
  await deployment?.stop();
  await Promise.all([table?.stop(), objects?.stop()]);
});
afterEach(() => {
  table.fault = () => undefined;
  objects.fault = () => undefined;
});

/** A process behind the proxies. */
const open = (): AwsEngine => deployment.open({ endpoint: { dynamodb: table.endpoint, s3: objects.endpoint } });

let topics = 0;
async function newTopic({ engine }: AwsEngine, configs: Record<string, string> = {}): Promise<string> {
  const { name } = await engine.topics.create({ name: `f${++topics}`, configs });
  return name;
}

const SMALL = 'small';
const LARGE = 'x'.repeat(20_000);

/** Appends values at once from one process, and answers those that were acknowledged with their offsets. */
async function appendAll({ engine }: AwsEngine, topic: string, values: readonly string[]): Promise<Map<number, string>> {
  const acknowledged = new Map<number, string>();
  await Promise.all(
    values.map(async (value) => {
      const answer = await engine.append({ topic, partition: 0, batches: batchOf(value), acks: -1, timeoutMs: 60_000 });
      for (const batch of answer.batches) if (batch.kind === 'appended') acknowledged.set(batch.baseOffset, value);
    }),
  );
  return acknowledged;
}

/** Everything in the partition, as a process reads it that has no faults. */
async function readAll(topic: string): Promise<Map<number, string>> {
  const { engine } = deployment.open();
  const found = new Map<number, string>();
  for (let offset = 0; ; ) {
    const { records, nextOffset, highWatermark } = await engine.readRecords({ topic, partition: 0, offset, maxBytes: 10_000_000 });
    for (const record of records) found.set(record.offset, record.value?.toString() ?? '');
    offset = nextOffset;
    if (offset >= highWatermark) return found;
  }
}

/** Every so manieth request of an operation fails, so that the run goes on between. */
function every(count: number, pattern: RegExp, fault: Fault): (request: { operation: string }) => Fault | undefined {
  let seen = 0;
  return ({ operation }) => (pattern.test(operation) && ++seen % count === 0 ? fault : undefined);
}

describe('no acknowledged record is lost and none comes twice', () => {
  const values = Array.from({ length: 40 }, (_, i) => `${i}-${i % 2 ? SMALL : LARGE}`);
  const cases: readonly [string, () => void][] = [
    ['the table throttles', () => (table.fault = every(3, /PutItem/, dynamoRefusal('ProvisionedThroughputExceededException')))],
    ['writes meet transactions', () => (table.fault = every(3, /PutItem/, dynamoRefusal('TransactionConflictException')))],
    ['the table answers 500', () => (table.fault = every(4, /Item/, dynamoRefusal('InternalServerError', '', 500)))],
    ['writes of the table get lost', () => (table.fault = every(3, /PutItem/, { kind: 'cut-before' }))],
    ['answers of the table get lost', () => (table.fault = every(3, /PutItem/, { kind: 'cut-after' }))],
    ['the bucket is slowed down', () => (objects.fault = every(2, /^PUT/, s3Refusal(503, 'SlowDown')))],
    ['puts of one key race', () => (objects.fault = every(2, /^PUT/, s3Refusal(409, 'ConditionalRequestConflict')))],
    ['the bucket answers 500', () => (objects.fault = every(2, /^PUT/, s3Refusal(500, 'InternalError')))],
    ['answers of the bucket get lost', () => (objects.fault = every(2, /^PUT/, { kind: 'cut-after' }))],
    ['the clock of this machine is wrong', () => (objects.fault = every(2, /^PUT/, s3Refusal(403, 'RequestTimeTooSkewed')))],
  ];
  it.each(cases)('while %s', async (_, begin) => {
    const process = open();
    const topic = await newTopic(process);
    begin();
    const acknowledged = await appendAll(process, topic, values);
    expect(acknowledged.size).toBe(values.length);
    const stored = await readAll(topic);
    for (const [offset, value] of acknowledged) expect(stored.get(offset)).toBe(value);
    expect([...stored.values()].sort()).toEqual([...values].sort());
  });

  it('while several processes write one partition and the table loses answers', async () => {
    const processes = Array.from({ length: 6 }, open);
    const topic = await newTopic(processes[0] as AwsEngine);
    table.fault = every(4, /PutItem/, { kind: 'cut-after' });
    const parts = await Promise.all(
      processes.map((process, p) =>
        appendAll(
          process,
          topic,
          values.slice(0, 15).map((value) => `${p}/${value}`),
        ),
      ),
    );
    const acknowledged = new Map(parts.flatMap((part) => [...part]));
    expect(acknowledged.size).toBe(6 * 15);
    expect(await readAll(topic)).toEqual(acknowledged);
  });
});

describe('reads', () => {
  it('come through a table and buckets that throttle, fail and cut connections', async () => {
    const writer = open();
    const topic = await newTopic(writer);
    await appendAll(writer, topic, [LARGE, SMALL]);
    const reader = open();
    const faults: Fault[] = [s3Refusal(503, 'SlowDown'), s3Refusal(500, 'InternalError'), { kind: 'cut-before' }];
    objects.fault = ({ operation }) => (operation.startsWith('GET') ? faults.shift() : undefined);
    table.fault = every(2, /GetItem/, dynamoRefusal('ThrottlingException'));
    expect((await reader.engine.fetch({ topic, partition: 0, offset: 0, maxBytes: 1_000_000 })).nextOffset).toBeGreaterThan(0);
    expect(faults).toEqual([]);
  });
});

describe('a zone', () => {
  it('that hangs for half a minute gives its place to the next', async () => {
    const process = open();
    const topic = await newTopic(process, { 'min.insync.replicas': '1' });
    const [slow] = deployment.options.zones;
    objects.fault = ({ operation }) => (operation.startsWith(`PUT /${slow?.bucket}`) ? { kind: 'delay', ms: 30_000 } : undefined);
    const began = performance.now();
    expect((await appendAll(process, topic, [LARGE])).size).toBe(1);
    expect(performance.now() - began).toBeLessThan(20_000);
  });
});

describe('what another attempt cannot mend is told at once', () => {
  it('a missing permission on the table, with action and resource', async () => {
    const process = open();
    const topic = await newTopic(process);
    await appendAll(process, topic, [SMALL]);
    table.fault = every(
      1,
      /PutItem/,
      dynamoRefusal('AccessDeniedException', 'User: x is not authorized to perform: dynamodb:PutItem on resource: y'),
    );
    const refused = appendAll(process, topic, [SMALL]);
    await expect(refused).rejects.toMatchObject({ code: 'ACCESS_DENIED', message: expect.stringContaining('dynamodb:PutItem') });
  });

  it('a missing permission on the lease record alone', async () => {
    const process = open();
    const topic = await newTopic(process);
    table.fault = every(1, /PutItem/, dynamoRefusal('AccessDeniedException', 'not authorized to perform: dynamodb:PutItem'));
    await expect(appendAll(process, topic, [LARGE])).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
  });

  it('a missing permission or a bucket that is not there, with the name of the object', async () => {
    const process = open();
    const topic = await newTopic(process);
    for (const refusal of [s3Refusal(403, 'AccessDenied'), s3Refusal(404, 'NoSuchBucket'), s3Refusal(301, 'PermanentRedirect')]) {
      objects.fault = every(1, /^PUT/, refusal);
      const error = await appendAll(process, topic, [LARGE]).then(
        () => undefined,
        (thrown: Error & { code: string }) => thrown,
      );
      expect(error?.message).toMatch(/s3:PutObject on arn:aws:s3:::.*\/wal\//);
    }
  });

  it('a table that is not there, with its name', async () => {
    const { engine } = deployment.open({ table: 'another-table' });
    await expect(engine.topics.get('t')).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      message: expect.stringContaining('another-table'),
    });
  });
});
