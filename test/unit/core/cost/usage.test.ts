import { describe, expect, it } from 'vitest';
import { SECONDS_PER_MONTH, type Usage, type UsageByCause, usageOf } from '../../../../lib/core/cost/usage.ts';
import type { CostDoor } from '../../../../lib/core/cost/workload.ts';
import { type CountedLoad, countMaintenance, countReader } from './counted-workload.ts';

/** What the model says of the same load in the same time. */
function modelled(cause: keyof UsageByCause, load: CountedLoad, door: CostDoor): Usage {
  const flushesPerSecond = load.everyMs === 0 ? 0 : 1_000 / load.everyMs;
  const usage = usageOf({
    bytesPerSecond: flushesPerSecond * load.partitions * load.recordBytes,
    recordBytes: load.recordBytes,
    flushesPerSecond,
    partitions: load.partitions,
    partitionsPerFlush: load.partitions,
    consumers: cause === 'consume' ? 1 : 0,
    retentionDays: 7,
    zones: 1,
    zoneKind: 'regional',
    door,
  })[cause];
  const share = load.seconds / SECONDS_PER_MONTH;
  return Object.fromEntries(Object.entries(usage).map(([name, value]) => [name, value * share])) as unknown as Usage;
}

/** Within a quarter, or a few requests where there are few. */
function expectClose(model: number, counted: number, what: string): void {
  expect(Math.abs(model - counted), `${what}: ${counted} counted, ${model} by the model`).toBeLessThanOrEqual(Math.max(10, counted * 0.25));
}

const LARGE = 20_000;
const SMALL = 1_000;
const LOADS: readonly [string, CountedLoad][] = [
  ['nothing comes', { recordBytes: LARGE, partitions: 3, everyMs: 0, seconds: 1_200 }],
  ['ten flushes a second', { recordBytes: LARGE, partitions: 3, everyMs: 100, seconds: 60 }],
  ['a flush a second', { recordBytes: LARGE, partitions: 3, everyMs: 1_000, seconds: 300 }],
  ['a small flush a second', { recordBytes: SMALL, partitions: 1, everyMs: 1_000, seconds: 300 }],
  ['a flush a minute', { recordBytes: LARGE, partitions: 3, everyMs: 60_000, seconds: 1_200 }],
];

describe('what the model says of a consumer is what the engine asks for', () => {
  it.each(LOADS)('in a process that stays, when there is %s', async (_, load) => {
    const counted = await countReader(load);
    const model = modelled('consume', load, 'direct');
    expectClose(model.readUnits, counted.leaseReads + counted.inlineReads + counted.pageReads, 'read units');
    expectClose(model.gets, counted.gets, 'GETs');
  });

  it.each(LOADS)('through a function, when there is %s', async (_, load) => {
    const counted = await countReader({ ...load, neverWait: true });
    const model = modelled('consume', load, 'lambda');
    expectClose(model.lambdaRequests, counted.questions, 'calls');
    expectClose(model.readUnits, counted.leaseReads + counted.inlineReads + counted.pageReads, 'read units');
    expectClose(model.gets, counted.gets, 'GETs');
  });
});

describe('what the model says of maintenance is what the jobs ask for', () => {
  it.each([
    ['large segments', LARGE],
    ['small segments', SMALL],
  ])('over an hour of %s, a flush a second', async (_, recordBytes) => {
    const load: CountedLoad = { recordBytes, partitions: 3, everyMs: 1_000, seconds: 3_600 };
    const counted = await countMaintenance(load);
    const model = modelled('maintenance', load, 'direct');
    expectClose(model.puts, counted.puts, 'PUTs');
    expectClose(model.gets, counted.gets + counted.heads, 'GETs');
    expectClose(model.lists, counted.lists, 'LISTs');
    // A batch's header and the footer are within what makes three records of 1 KB an item of 4.
    const deleted = counted.inlineDeletes * 4;
    expectClose(
      model.writeUnits,
      counted.leaseWrites + counted.pageWrites + deleted + counted.workLeases + counted.workWrites,
      'write units',
    );
    // All topics are 16 queries.
    const found = counted.markReads + 16 * counted.topicLists + counted.workLeases;
    expectClose(model.readUnits, found + counted.leaseReads + counted.pageUnits + counted.inlineReads, 'read units');
  });
});
