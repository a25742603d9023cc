import { describe, expect, it } from 'vitest';
import { type GroupRecord, type GroupView, newGroup } from '../../../../lib/core/groups/group-record.ts';
import { LagMonitor } from '../../../../lib/engine/groups/lag-monitor.ts';

const SETTINGS = { lagSampleMs: 5_000, lagReadsPerSecond: 10 };

function view(members: number, more: Partial<GroupRecord> = {}): GroupView {
  const group = { ...newGroup('g', 'consumer', 0), version: 1, emptySinceMs: members > 0 ? null : 0, ...more };
  return { group, members: new Map(Array.from({ length: members }, (_, i) => [`${i}`, {} as never])) };
}

describe('the windows of a group', () => {
  it('take the newest commit between two looks, and learn its lag from the look', () => {
    const monitor = new LagMonitor(SETTINGS);
    monitor.committed('t/0', 6, 0);
    monitor.committed('t/0', 7, 1);
    monitor.looked('t/0', 10, 7, 2);
    monitor.looked('t/1', 10, undefined, 2);
    expect(monitor.windowOf('t/0')).toEqual({ samples: [{ atMs: 1, offset: 7, lag: 3 }], open: undefined, firstEnd: 10, caughtUpAtMs: 2 });
    expect(monitor.windowOf('t/1').samples).toEqual([]);
  });

  it('forget partitions that are consumed no more, and everything at once', () => {
    const monitor = new LagMonitor(SETTINGS);
    monitor.committed('t/0', 7, 0);
    monitor.committed('t/1', 7, 0);
    monitor.keepOnly(new Set(['t/1']));
    expect([monitor.windowOf('t/0').open, monitor.windowOf('t/1').open?.offset]).toEqual([undefined, 7]);
    monitor.clear();
    expect(monitor.windowOf('t/1').open).toBeUndefined();
  });
});

describe('looks at a group', () => {
  it('are due once a distance, which grows with the partitions up to a minute', () => {
    const monitor = new LagMonitor(SETTINGS);
    const due = (ms: number) => monitor.isDue(view(1), ms);
    expect([10_000, 10_001, 14_999, 15_000].map(due)).toEqual([true, false, false, true]);
    for (let i = 0; i < 100; i++) monitor.looked(`t/${i}`, 0, undefined, 0);
    expect([24_999, 25_000].map(due)).toEqual([false, true]);
    expect(monitor.stopMs).toBe(30_000);
    for (let i = 0; i < 10_000; i++) monitor.looked(`t/${i}`, 0, undefined, 0);
    expect([84_999, 85_000].map(due)).toEqual([false, true]);
  });

  it('are due at once when members come or go, if the last one was not just now', () => {
    const monitor = new LagMonitor(SETTINGS);
    expect(monitor.isDue(view(2), 10_000)).toBe(true);
    expect(monitor.isDue(view(1), 10_500)).toBe(false);
    expect(monitor.isDue(view(1), 11_000)).toBe(true);
    expect(monitor.isDue(view(1), 12_000)).toBe(false);
  });

  it('become rare when a group is without members and commits, five minutes apart at most', () => {
    const monitor = new LagMonitor(SETTINGS);
    const due = (ms: number) => monitor.isDue(view(0), ms);
    expect([10_000, 15_000, 200_000, 219_999, 222_500].map(due)).toEqual([true, true, true, false, true]);
    expect([24 * 3_600_000, 24 * 3_600_000 + 299_999, 24 * 3_600_000 + 300_000].map(due)).toEqual([true, false, true]);
    monitor.committed('t/0', 1, 25 * 3_600_000);
    expect(due(24 * 3_600_000 + 305_000)).toBe(true);
  });

  it('look at ages more seldom', () => {
    const monitor = new LagMonitor(SETTINGS);
    expect([100_000, 129_999, 130_000].map((ms) => monitor.isTimesDue(ms))).toEqual([true, false, true]);
  });
});
