/** A bucket that is slow and has no other beside it, and a machine whose clock is wrong. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { AwsEngine } from '../../lib/runtime/aws.ts';
import { batchOf } from '../unit/http/door.ts';
import { dynamoRefusal, type Fault, type FaultyProxy, type ProxiedRequest, s3Refusal, startFaultyProxy } from './faulty-proxy.ts';
import { type ScratchDeployment, startScratchDeployment } from './scratch-deployment.ts';

const HOUR_MS = 3_600_000;
/** What AWS allows a signature to differ from its own time. */
const SKEW_ALLOWED_MS = 5 * 60_000;
const SLOW_MS = 30_000;

let deployment: ScratchDeployment;
let table: FaultyProxy;
let objects: FaultyProxy;
beforeAll(async () => {
  deployment = await startScratchDeployment();
  const endpoint = deployment.options.endpoint as { dynamodb: string; s3: string };
  [table, objects] = await Promise.all([startFaultyProxy(endpoint.dynamodb), startFaultyProxy(endpoint.s3)]);
});
afterAll(async () => {
  await deployment?.stop();
  await Promise.all([table?.stop(), objects?.stop()]);
});
afterEach(() => {
  vi.useRealTimers();
  table.fault = () => undefined;
  objects.fault = () => undefined;
});

const open = (): AwsEngine => deployment.open({ endpoint: { dynamodb: table.endpoint, s3: objects.endpoint } });
const large = (name: string) => `${name} ${'x'.repeat(20_000)}`;

async function append({ engine }: AwsEngine, topic: string, value: string, timeoutMs = 60_000): Promise<number> {
  const { batches } = await engine.append({ topic, partition: 0, batches: batchOf(value), acks: -1, timeoutMs });
  const [batch] = batches;
  if (batch?.kind !== 'appended') throw new Error(`refused: ${JSON.stringify(batch)}`);
  return batch.baseOffset;
}

/** The first words of all values, as a process reads them that has no faults. */
async function namesIn(topic: string): Promise<string[]> {
  const { engine } = deployment.open();
  const { records } = await engine.readRecords({ topic, partition: 0, offset: 0, maxBytes: 10_000_000 });
  return records.map(({ value }) => String(value).split(' ')[0] ?? '');
}

describe('the only bucket takes half a minute for each upload', () => {
  const slow = ({ operation }: ProxiedRequest): Fault | undefined =>
    operation.startsWith('PUT') ? { kind: 'delay', ms: SLOW_MS } : undefined;

  it('whoever does not wait so long is told, and what follows is appended; nothing is there twice', async () => {
    const process = open();
    const { name: topic } = await process.engine.topics.create({ name: 'impatient' });
    await append(process, topic, large('before'));
    objects.fault = slow;
    const refused = append(process, topic, large('late'), 3_000);
    await expect(refused).rejects.toMatchObject({ code: 'REQUEST_TIMED_OUT', message: expect.stringContaining('may or may not') });
    objects.fault = () => undefined;
    expect(await append(process, topic, large('after'))).toBeGreaterThanOrEqual(1);
    const names = await namesIn(topic);
    expect(names.filter((name) => name !== 'late')).toEqual(['before', 'after']);
    expect(names.filter((name) => name === 'late').length).toBeLessThanOrEqual(1);
  });

  it('whoever waits is acknowledged when it is over, once, and small records are not held up', async () => {
    const process = open();
    const { name: topic } = await process.engine.topics.create({ name: 'patient', partitions: 1 });
    const { name: other } = await process.engine.topics.create({ name: 'small', partitions: 1 });
    const over = performance.now() + SLOW_MS;
    const begun = Promise.withResolvers<void>();
    objects.fault = (request) => {
      const fault = performance.now() < over ? slow(request) : undefined;
      if (fault !== undefined) begun.resolve();
      return fault;
    };
    const waiting = append(process, topic, large('patient'), 90_000);
    // What comes in the same moment goes into the same object, and waits with it.
    await begun.promise;
    expect(await append(process, other, 'small', 10_000)).toBe(0);
    expect(performance.now()).toBeLessThan(over);
    expect(await waiting).toBe(0);
    expect(await namesIn(topic)).toEqual(['patient']);
  });
});

/** Refuses what was signed at another time, as both services do, with their own time in the answer. */
function refuseSkewed(refusal: Fault, refused: () => void): (request: ProxiedRequest) => Fault | undefined {
  return ({ headers }) => {
    const [, year, month, day, hour, minute, second] = /^(....)(..)(..)T(..)(..)(..)Z$/.exec(String(headers['x-amz-date'])) ?? [];
    const signedAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
    const now = vi.getRealSystemTime();
    if (Math.abs(signedAt - now) <= SKEW_ALLOWED_MS || refusal.kind !== 'answer') return undefined;
    refused();
    return { ...refusal, headers: { ...refusal.headers, date: new Date(now).toUTCString() } };
  };
}

const EXPIRED = dynamoRefusal('InvalidSignatureException', 'Signature expired: 20260101T000000Z is now earlier than 20260101T005500Z');

describe('a clock that is wrong', () => {
  it.each([
    ['an hour slow', -HOUR_MS],
    ['an hour fast', HOUR_MS],
  ])('%s: table and bucket refuse once, and nothing is lost or there twice', async (what, skewMs) => {
    let refusals = 0;
    table.fault = refuseSkewed(EXPIRED, () => refusals++);
    objects.fault = refuseSkewed(s3Refusal(403, 'RequestTimeTooSkewed'), () => refusals++);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + skewMs });
    const process = open();
    const { name: topic } = await process.engine.topics.create({ name: what.replaceAll(' ', '-') });
    for (const [i, name] of ['a', 'b', 'c', 'd'].entries()) expect(await append(process, topic, i % 2 ? large(name) : name)).toBe(i);
    vi.useRealTimers();
    expect(refusals).toBeGreaterThanOrEqual(2);
    // A process with the right clock goes on where this one was.
    expect(await append(deployment.open(), topic, 'e')).toBe(4);
    expect(await namesIn(topic)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('that cannot be learned is named in the error', async () => {
    table.fault = () => EXPIRED;
    await expect(open().engine.topics.get('any')).rejects.toMatchObject({
      code: 'THROTTLED',
      message: expect.stringMatching(/Signature expired.*the clock of this machine may be wrong/),
    });
  });

  it('is not what a wrong key is taken for', async () => {
    const text = 'The request signature we calculated does not match the signature you provided.';
    table.fault = () => dynamoRefusal('InvalidSignatureException', text);
    await expect(open().engine.topics.get('any')).rejects.toMatchObject({ code: 'ACCESS_DENIED', message: expect.stringContaining(text) });
  });
});
