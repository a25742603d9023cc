import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMaintenance } from '../../lib/engine/maintenance/maintenance.ts';
import type { Clock } from '../../lib/ports/clock.ts';
import type { AwsEngine } from '../../lib/runtime/aws.ts';
import { SYSTEM_CLOCK } from '../../lib/runtime/clock.ts';
import { Producer } from '../../lib/sdk/index.ts';
import { type BundledFunction, startBundledFunction } from './bundled-function.ts';
import { type FaultyProxy, startFaultyProxy } from './faulty-proxy.ts';
import { type ScratchDeployment, startScratchDeployment } from './scratch-deployment.ts';

const TWO_HOURS_MS = 2 * 3_600_000;

let deployment: ScratchDeployment;
let table: FaultyProxy;
let objects: FaultyProxy;
let produce: BundledFunction;
beforeAll(async () => {
  deployment = await startScratchDeployment();
  const endpoint = deployment.options.endpoint as { dynamodb: string; s3: string };
  [table, objects] = await Promise.all([startFaultyProxy(endpoint.dynamodb), startFaultyProxy(endpoint.s3)]);
  const proxied = { ...deployment.options, endpoint: { dynamodb: table.endpoint, s3: objects.endpoint } };
  produce = await startBundledFunction('produce', proxied);
});
afterAll(async () => {
  await produce?.stop();
  await deployment?.stop();
  await Promise.all([table?.stop(), objects?.stop()]);
});

/** Segments that lie there, named or not. */
async function segments({ deps }: AwsEngine): Promise<string[]> {
  const objectsThere = await deps.zones[0]?.objects.list('wal/', undefined, 1_000);
  const itemsThere = await deps.inline?.list(undefined, Date.now() + TWO_HOURS_MS, 1_000);
  return [...(objectsThere ?? []).map(({ key }) => key), ...(itemsThere ?? []).map(({ lease }) => lease)].sort();
}

async function valuesIn({ engine }: AwsEngine, topic: string): Promise<string[]> {
  const values: string[] = [];
  for (let offset = 0; ; ) {
    const { records, nextOffset, highWatermark } = await engine.readRecords({ topic, partition: 0, offset, maxBytes: 10_000_000 });
    for (const { value } of records) values.push(value?.toString() ?? '');
    offset = nextOffset;
    if (offset >= highWatermark) return values;
  }
}

/** Kills the function at its next write of a lease record, which the table never sees. */
function killAtGrant(): () => boolean {
  let killed = false;
  table.fault = ({ operation, body }) => {
    if (killed || operation !== 'PutItem' || !body.includes('"lease"')) return undefined;
    killed = true;
    produce.runtime.kill();
    return { kind: 'hang' };
  };
  return () => killed;
}

/** Sweeps as two hours later: the store tells that time, and waits pass at once. */
async function sweepTwoHoursLater(): Promise<Readonly<Record<string, number>>> {
  let aheadMs = 0;
  const clock: Clock = {
    now: () => SYSTEM_CLOCK.now() + aheadMs,
    monotonic: () => SYSTEM_CLOCK.monotonic() + aheadMs,
    async sleep(ms, signal) {
      if (ms >= 60_000) aheadMs += ms;
      else await SYSTEM_CLOCK.sleep(ms, signal);
    },
  };
  objects.fault = ({ operation }) => {
    if (!/^HEAD .*\/log\/-clock\//.test(operation)) return undefined;
    const headers = { 'last-modified': new Date(Date.now() + TWO_HOURS_MS).toUTCString(), 'content-length': '0' };
    return { kind: 'answer', status: 200, body: '', headers };
  };
  const { dynamodb } = deployment.options.endpoint as { dynamodb: string };
  const aws = deployment.open({ clock, endpoint: { dynamodb, s3: objects.endpoint } });
  const report = await createMaintenance(aws.engine).run('sweep');
  objects.fault = () => undefined;
  expect(report.errors).toEqual([]);
  return report.did;
}

describe('a function that is killed between storing a segment and granting it', () => {
  it.each([
    ['an object', 'x'.repeat(20_000)],
    ['an item', 'small'],
  ])(
    'loses and doubles nothing where the segment is %s: the producer repeats, and sweep takes what was left behind',
    async (kind, text) => {
      const observer = deployment.open();
      const { name: topic } = await observer.engine.topics.create({ name: `killed-${kind.replace(' ', '-')}` });
      const transport = produce.transport();
      const producer = new Producer({ transport });
      const values = Array.from({ length: 6 }, (_, i) => `${i}-${text}`);
      const offsets: number[] = [];
      for (const [i, value] of values.entries()) {
        const killed = i === 3 ? killAtGrant() : undefined;
        offsets.push((await producer.send({ topic, value })).offset);
        if (killed !== undefined) expect(killed()).toBe(true);
      }
      table.fault = () => undefined;
      expect(producer.stats).toMatchObject({ acknowledged: 6, failed: 0 });
      expect(offsets).toEqual([0, 1, 2, 3, 4, 5]);
      expect(await valuesIn(observer, topic)).toEqual(values);
      const before = await segments(observer);
      expect(await sweepTwoHoursLater()).toMatchObject({ segmentsUnnamed: 1, objectsDeleted: 1 });
      const after = await segments(observer);
      expect(after).toHaveLength(before.length - 1);
      expect(await valuesIn(deployment.open(), topic)).toEqual(values);
      expect((await producer.send({ topic, value: 'after the sweep' })).offset).toBe(6);
      await producer.close();
      await transport.close();
    },
  );
});
