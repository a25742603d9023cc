import { describe, expect, it } from 'vitest';
import { billOf } from '../../../../lib/core/cost/bill.ts';
import { questionsPerSecond, SECONDS_PER_MONTH, usageOf } from '../../../../lib/core/cost/usage.ts';
import type { Workload } from '../../../../lib/core/cost/workload.ts';

const STEADY: Workload = {
  bytesPerSecond: 1e6,
  recordBytes: 1_000,
  flushesPerSecond: 1,
  partitions: 3,
  partitionsPerFlush: 3,
  consumers: 0,
  retentionDays: 0,
  zones: 1,
  zoneKind: 'regional',
  door: 'direct',
};
const IDLE: Workload = { ...STEADY, bytesPerSecond: 0, flushesPerSecond: 0, partitions: 1, partitionsPerFlush: 1 };

const dollarsFor = (workload: Workload, cause: string) =>
  billOf(workload).lines.reduce((sum, line) => (line.cause === cause ? sum + line.dollars : sum), 0);

describe('the bill', () => {
  it('of appending 1 MB/s in flushes of a second to three partitions is at most 20 dollars', () => {
    expect(usageOf(STEADY).append.puts).toBe(SECONDS_PER_MONTH);
    expect(dollarsFor(STEADY, 'append')).toBeLessThanOrEqual(20);
    expect(dollarsFor(STEADY, 'append')).toBeGreaterThan(17);
  });

  it('of a further partition that is flushed every second is its lease record, about 1.62 dollars and its rolls', () => {
    const more = dollarsFor({ ...STEADY, partitions: 4, partitionsPerFlush: 4 }, 'append') - dollarsFor(STEADY, 'append');
    expect(more).toBeGreaterThan(1.61);
    expect(more).toBeLessThan(1.95);
  });

  it('of an idle deployment is cents, and of an idle consumer through a function under half a dollar', () => {
    const deployment = billOf(IDLE).dollars;
    expect(deployment).toBeLessThan(0.35);
    expect(billOf({ ...IDLE, consumers: 1, door: 'lambda' }).dollars - deployment).toBeLessThan(0.5);
    expect(billOf({ ...IDLE, consumers: 1 }).dollars - deployment).toBeLessThan(0.2);
  });

  it('adds up its lines, and none of them is of nothing', () => {
    const { lines, dollars, prices } = billOf({ ...STEADY, consumers: 2, retentionDays: 7, zones: 3, zoneKind: 'express' });
    expect(lines.reduce((sum, line) => sum + line.dollars, 0)).toBeCloseTo(dollars, 9);
    expect(lines.every((line) => line.dollars > 0 && line.quantity > 0)).toBe(true);
    expect(prices.asOf).toMatch(/^\d{4}-\d{2}$/);
  });

  it('grows with bytes, flushes, partitions, consumers, zones and days', () => {
    const base = billOf({ ...STEADY, consumers: 1, retentionDays: 1 }).dollars;
    const larger: Partial<Workload>[] = [
      { bytesPerSecond: 2e6 },
      { flushesPerSecond: 4 },
      { partitions: 6, partitionsPerFlush: 6 },
      { consumers: 2 },
      { zones: 2 },
      { retentionDays: 2 },
    ];
    for (const more of larger) expect(billOf({ ...STEADY, consumers: 1, retentionDays: 1, ...more }).dollars).toBeGreaterThan(base);
  });

  it('refuses a workload that cannot be, by field and bound', () => {
    expect(() => billOf({ ...STEADY, zones: 4 })).toThrow('zones is 4, it must be from 1 to 3');
    expect(() => billOf({ ...STEADY, bytesPerSecond: Number.NaN })).toThrow(/^bytesPerSecond is NaN/);
    expect(() => billOf({ ...STEADY, partitionsPerFlush: 9 })).toThrow('partitionsPerFlush is 9, there are 3 partitions');
  });
});

describe('a consumer at the end of the log', () => {
  it('asks every five seconds while nothing comes, and a few times for each flush', () => {
    expect(questionsPerSecond(0, 'lambda')).toBeCloseTo(0.2);
    expect(questionsPerSecond(0, 'direct')).toBeCloseTo(0.4);
    expect(questionsPerSecond(1e-6, 'lambda')).toBeCloseTo(0.2, 2);
    expect(questionsPerSecond(1, 'lambda')).toBeGreaterThan(1);
    expect(questionsPerSecond(1, 'lambda')).toBeLessThan(7);
  });
});
