import { describe, expect, it } from 'vitest';
import {
  EMPTY_WINDOW,
  type LagSample,
  partitionStatus,
  utilisation,
  withEnd,
  withSample,
  worstStatus,
} from '../../../../lib/core/groups/lag-status.ts';

/** Commits a minute apart. */
function windowOf(samples: readonly (readonly [offset: number, lag: number])[], ends: readonly number[] = []) {
  return { samples: samples.map(([offset, lag], i): LagSample => ({ atMs: i * 60_000, offset, lag })), ends };
}
const status = (
  samples: readonly (readonly [number, number])[],
  nowMinutes: number,
  ends: readonly number[] = [],
  owned: boolean | null = true,
) => partitionStatus({ window: windowOf(samples, ends), lag: samples.at(-1)?.[1] ?? 0, nowMs: nowMinutes * 60_000, owned });

describe('the status of a partition', () => {
  it.each([
    [
      'lag is zero now',
      [
        [10, 50],
        [20, 0],
      ],
      2,
      'OK',
    ],
    [
      'lag falls somewhere in the window',
      [
        [10, 50],
        [20, 60],
        [30, 55],
        [40, 70],
      ],
      4,
      'OK',
    ],
    [
      'lag was zero somewhere in the window',
      [
        [10, 0],
        [20, 60],
        [30, 65],
      ],
      3,
      'OK',
    ],
    [
      'commits move on and lag only grows',
      [
        [10, 50],
        [20, 60],
        [30, 65],
      ],
      3,
      'WARN',
    ],
    [
      'commits move on and lag stays',
      [
        [10, 50],
        [20, 50],
        [30, 50],
      ],
      3,
      'WARN',
    ],
    [
      'the offset went back and stays back',
      [
        [100, 50],
        [20, 130],
        [30, 120],
      ],
      3,
      'WARN',
    ],
    [
      'commits come and do not move',
      [
        [10, 50],
        [10, 60],
        [10, 65],
      ],
      3,
      'ERROR',
    ],
    [
      'no commit for longer than the window spans',
      [
        [10, 50],
        [20, 60],
        [30, 65],
      ],
      5,
      'STOP',
    ],
  ] as const)('when %s', (_title, samples, now, expected) => {
    expect(status(samples, now)).toBe(expected);
  });

  it('is not STOP while the end offsets seen lately show that it had caught up', () => {
    expect(
      status(
        [
          [10, 5],
          [30, 5],
        ],
        9,
        [30, 35],
      ),
    ).not.toBe('STOP');
  });

  it('is ERROR when nobody owns the partition', () => {
    expect(status([[10, 0]], 1, [], false)).toBe('ERROR');
    expect(status([[10, 0]], 1, [], null)).toBe('OK');
  });

  it('keeps ten samples, and learns the lag of a commit from the next end offset', () => {
    let window = EMPTY_WINDOW;
    for (let i = 0; i < 14; i++) window = withSample(window, { atMs: i, offset: i, lag: undefined });
    window = withEnd(window, 20);
    expect(window.samples.length).toBe(10);
    expect(window.samples[0]).toEqual({ atMs: 4, offset: 4, lag: 16 });
  });
});

describe('a group', () => {
  it('has the worst status of its partitions', () => {
    expect(worstStatus([])).toBe('OK');
    expect(worstStatus(['OK', 'STOP', 'WARN'])).toBe('STOP');
  });

  it('has a utilisation between nothing and everything that waited', () => {
    expect(utilisation([])).toBeUndefined();
    expect(
      utilisation([
        {
          window: windowOf([
            [0, 10],
            [10, 0],
          ]),
          lag: 0,
        },
      ]),
    ).toBe(1);
    expect(
      utilisation([
        {
          window: windowOf([
            [0, 100],
            [25, 75],
          ]),
          lag: 75,
        },
      ]),
    ).toBe(0.25);
    expect(
      utilisation([
        {
          window: windowOf([
            [5, 0],
            [5, 0],
          ]),
          lag: 0,
        },
      ]),
    ).toBe(1);
  });
});
