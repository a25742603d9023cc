import { describe, expect, it } from 'vitest';
import { LagMonitor } from '../../../../lib/engine/groups/lag-monitor.ts';

describe('the windows of a group', () => {
  it('keep samples at their distance and the newest one: a commit takes the place of the last unless the one before is far enough', () => {
    const monitor = new LagMonitor(30_000);
    for (const [atMs, offset] of [
      [0, 1],
      [1_000, 2],
      [2_000, 3],
      [31_000, 4],
      [33_000, 5],
    ] as const) {
      monitor.committed('t/0', offset, atMs);
    }
    expect(monitor.windowOf('t/0').samples.map(({ atMs, offset }) => [atMs, offset])).toEqual([
      [0, 1],
      [2_000, 3],
      [31_000, 4],
      [33_000, 5],
    ]);
  });

  it('learn the lag of a commit from the next look at the end, and know nothing of partitions without commits', () => {
    const monitor = new LagMonitor(30_000);
    monitor.committed('t/0', 7, 0);
    monitor.ended('t/0', 10);
    monitor.ended('t/1', 10);
    expect(monitor.windowOf('t/0')).toEqual({ samples: [{ atMs: 0, offset: 7, lag: 3 }], ends: [10] });
    expect(monitor.windowOf('t/1')).toEqual({ samples: [], ends: [] });
    expect(monitor.partitions).toEqual(['t/0']);
  });

  it('are due once a distance', () => {
    const monitor = new LagMonitor(30_000);
    expect([0, 1, 29_999, 30_000, 30_001].map((ms) => monitor.isDue(ms))).toEqual([true, false, false, true, false]);
    expect([100_000, 330_000].map((ms) => monitor.isDue(ms, 10))).toEqual([false, true]);
  });

  it('forget partitions', () => {
    const monitor = new LagMonitor(30_000);
    monitor.committed('t/0', 7, 0);
    monitor.forget(['t/0']);
    expect(monitor.partitions).toEqual([]);
  });
});
