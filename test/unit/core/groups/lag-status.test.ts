import { describe, expect, it } from 'vitest';
import {
  EMPTY_WINDOW,
  type LagStatus,
  type LagWindow,
  type PartitionFacts,
  partitionStatus,
  utilisation,
  withCommit,
  withLook,
  worstStatus,
} from '../../../../lib/core/groups/lag-status.ts';

const MINUTE_MS = 60_000;

/** Commits a minute apart, each with a look at the same moment. */
function windowOf(samples: readonly (readonly [offset: number, lag: number])[]): LagWindow {
  return samples.reduce((window, [offset, lag], i) => {
    const atMs = (i + 1) * MINUTE_MS;
    return withLook(withCommit(window, { atMs, offset }), offset + lag, offset, atMs);
  }, EMPTY_WINDOW);
}

function status(samples: readonly (readonly [offset: number, lag: number])[], nowMinutes: number, more: Partial<PartitionFacts> = {}) {
  const [offset, lag] = samples.at(-1) ?? [0, 0];
  return partitionStatus({
    window: windowOf(samples),
    endOffset: offset + lag,
    lag,
    committed: undefined,
    nowMs: nowMinutes * MINUTE_MS,
    owned: true,
    stopMs: 15_000,
    watched: true,
    ...more,
  });
}

describe('the status of a partition', () => {
  const cases: readonly (readonly [string, readonly (readonly [number, number])[], number, LagStatus])[] = [
    ['lag is zero now', [[10, 50], [20, 0]], 3, 'OK'], // biome-ignore format: a table
    ['lag falls somewhere in the window', [[10, 50], [20, 60], [30, 55], [40, 70]], 5, 'OK'], // biome-ignore format: a table
    ['lag was zero somewhere in the window', [[10, 0], [20, 60], [30, 65]], 4, 'OK'], // biome-ignore format: a table
    ['commits move on and lag only grows', [[10, 50], [20, 60], [30, 65]], 4, 'WARN'], // biome-ignore format: a table
    ['commits move on and lag stays', [[10, 50], [20, 50], [30, 50]], 4, 'WARN'], // biome-ignore format: a table
    ['lag has grown once, which is too little to tell', [[10, 50], [20, 60]], 3, 'OK'], // biome-ignore format: a table
    ['the offset went back and stays back', [[100, 50], [20, 130], [30, 120]], 4, 'WARN'], // biome-ignore format: a table
    ['the offset went back and came forth again', [[100, 50], [20, 130], [110, 20]], 4, 'OK'], // biome-ignore format: a table
    ['commits come and do not move', [[10, 50], [10, 60], [10, 65]], 4, 'ERROR'], // biome-ignore format: a table
    ['no commit for longer than the window spans', [[10, 50], [20, 60], [30, 65]], 6, 'STOP'], // biome-ignore format: a table
  ];
  it.each(cases)('when %s', (_title, samples, now, expected) => {
    expect(status(samples, now)).toBe(expected);
  });

  it('is STOP after one commit already, when nothing came for the shortest silence that counts', () => {
    expect([1.2, 1.3].map((now) => status([[10, 5]], now))).toEqual(['OK', 'STOP']);
    expect(status([[10, 5]], 1.3, { stopMs: 30_000 })).toBe('OK');
  });

  it('is not STOP before records have waited that long for a consumer that had nothing to do', () => {
    const idle = [10, 20, 30].reduce((window, minute) => withLook(window, 30, 30, minute * MINUTE_MS), windowOf([[10, 5], [30, 0]])); // biome-ignore format: short
    const facts = { window: idle, endOffset: 35, lag: 5, committed: { atMs: 2 * MINUTE_MS, offset: 30 } };
    expect(status([], 30.9, facts)).toBe('OK');
    expect(status([], 31.1, facts)).toBe('STOP');
  });

  it('is told from what is stored where this process has seen no commit: since it looks, or since the next record waits', () => {
    const committed = { atMs: MINUTE_MS, offset: 10 };
    const started = withLook(EMPTY_WINDOW, 15, 10, 60 * MINUTE_MS);
    const facts = { endOffset: 15, lag: 5, committed };
    expect([60.2, 60.3].map((now) => status([], now, { ...facts, window: started }))).toEqual(['OK', 'STOP']);
    expect(status([], 60, { ...facts, watched: false })).toBe('OK');
    expect(status([], 60, { ...facts, watched: false, nextRecordMs: 59.9 * MINUTE_MS })).toBe('OK');
    expect(status([], 60, { ...facts, watched: false, nextRecordMs: 2 * MINUTE_MS })).toBe('STOP');
  });

  it('is STOP for an owner that has never committed when records have come since the first look, and not before', () => {
    const first = withLook(EMPTY_WINDOW, 100, undefined, MINUTE_MS);
    expect(status([], 9, { window: first, endOffset: 100, lag: 100 })).toBe('OK');
    const grown = withLook(first, 110, undefined, 2 * MINUTE_MS);
    expect(status([], 9, { window: grown, endOffset: 110, lag: 110 })).toBe('STOP');
    expect(status([], 9, { window: grown, endOffset: 110, lag: 110, owned: null })).toBe('OK');
  });

  it('is ERROR when records wait and nobody owns the partition', () => {
    expect(status([[10, 5]], 1, { owned: false })).toBe('ERROR');
    expect(status([[10, 0]], 1, { owned: false })).toBe('OK');
    expect(status([[10, 5]], 1, { owned: null })).toBe('OK');
  });
});

describe('a window', () => {
  it('keeps ten samples, each the newest commit between two looks', () => {
    let window = EMPTY_WINDOW;
    for (let i = 0; i < 14; i++) {
      window = withCommit(window, { atMs: 10 * i, offset: i });
      window = withCommit(window, { atMs: 10 * i + 5, offset: i + 1 });
      window = withLook(window, 20, i + 1, 10 * i + 9);
    }
    expect(window.samples.length).toBe(10);
    expect(window.samples[0]).toEqual({ atMs: 45, offset: 5, lag: 15 });
    expect(withLook(window, 30, 14, 999).samples).toBe(window.samples);
  });

  it('forgets what is more than ten minutes older than the newest, but not so much that nothing can be told', () => {
    const hourly = windowOf([]);
    const later = [1, 2, 3, 4].reduce(
      (window, hour) => withLook(withCommit(window, { atMs: hour * 60 * MINUTE_MS, offset: hour }), 9, hour, hour * 60 * MINUTE_MS),
      hourly,
    );
    expect(later.samples.map(({ offset }) => offset)).toEqual([2, 3, 4]);
    const often = [1, 2, 3, 4].reduce((window, step) => {
      const atMs = 4 * 60 * MINUTE_MS + step * MINUTE_MS;
      return withLook(withCommit(window, { atMs, offset: 4 + step }), 9, 4 + step, atMs);
    }, later);
    expect(often.samples.map(({ offset }) => offset)).toEqual([4, 5, 6, 7, 8]);
  });
});

describe('a group', () => {
  it('has the worst status of its partitions', () => {
    expect(worstStatus([])).toBe('OK');
    expect(worstStatus(['OK', 'STOP', 'WARN'])).toBe('STOP');
  });

  it('has a utilisation between nothing and everything that waited', () => {
    const of = (samples: readonly (readonly [number, number])[], nowMinutes = 3) => {
      const [offset, lag] = samples.at(-1) ?? [0, 0];
      return utilisation([{ window: windowOf(samples), endOffset: offset + lag, lag }], nowMinutes * MINUTE_MS);
    };
    expect(utilisation([], 0)).toBeUndefined();
    expect(of([[5, 0]])).toBeUndefined();
    expect(of([[0, 10], [10, 0]])).toBe(1); // biome-ignore format: short
    expect(of([[0, 100], [25, 75]])).toBe(0.25); // biome-ignore format: short
    expect(of([[0, 100], [25, 75]], 60)).toBe(0); // biome-ignore format: short
    expect(of([[5, 0], [5, 0]])).toBe(1); // biome-ignore format: short
  });
});
