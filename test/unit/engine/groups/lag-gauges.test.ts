import { describe, expect, it } from 'vitest';
import { GROUP_LAG_SERIES_MAX } from '../../../../lib/core/limits.ts';
import type { GroupLag, PartitionLag } from '../../../../lib/engine/groups/group-request.ts';
import { LagGauges } from '../../../../lib/engine/groups/lag-gauges.ts';
import { SILENT } from '../../../../lib/ports/telemetry.ts';

function world() {
  const series = new Map<string, number>();
  const telemetry = {
    ...SILENT,
    gauge: (name: string, value: number, labels = {}) => void series.set(`${name} ${Object.values(labels).join(' ')}`, value),
  };
  return { series, gauges: new LagGauges(telemetry) };
}

function report(group: string, partitions: number, lag: number): GroupLag {
  const one = {
    topic: 't',
    committedOffset: 0,
    metadata: '',
    startOffset: 0,
    endOffset: lag,
    lag,
    lagMs: null,
    memberId: 'm',
    status: 'OK',
  };
  const list = Array.from({ length: partitions }, (_, partition) => ({ ...one, partition }) as PartitionLag);
  return { group, status: 'WARN', lag: partitions * lag, lagMs: 1_500, utilisation: 0.5, partitions: list };
}

describe('the lag of groups as metrics', () => {
  it('has series for the group, its topics and its partitions', () => {
    const { series, gauges } = world();
    gauges.show(report('g', 2, 7), 3, true);
    expect(Object.fromEntries(series)).toEqual({
      'group_partition_lag_records g t 0': 7,
      'group_partition_lag_records g t 1': 7,
      'group_lag_records g t': 14,
      'group_lag_seconds g': 1.5,
      'group_members g': 3,
      'group_status g': 1,
      'group_utilisation_ratio g': 0.5,
    });
  });

  it('leaves the age as it was where ages were not looked at, but for none when nothing waits', () => {
    const { series, gauges } = world();
    gauges.show(report('g', 2, 7), 3, true);
    gauges.show({ ...report('g', 2, 7), lagMs: null }, 3, false);
    expect(series.get('group_lag_seconds g')).toBe(1.5);
    gauges.show({ ...report('g', 2, 0), lagMs: null }, 3, false);
    expect(series.get('group_lag_seconds g')).toBe(0);
  });

  it('gives partitions a series as long as there are few, and counts all of them in the sum of the topic', () => {
    const { series, gauges } = world();
    gauges.show(report('g', GROUP_LAG_SERIES_MAX + 100, 2), 1, true);
    gauges.show(report('h', 10, 2), 1, true);
    const single = () => [...series.keys()].filter((name) => name.startsWith('group_partition_lag')).length;
    expect(single()).toBe(GROUP_LAG_SERIES_MAX);
    expect(series.get('group_lag_records g t')).toBe((GROUP_LAG_SERIES_MAX + 100) * 2);
    expect(series.get('group_lag_records h t')).toBe(20);
    gauges.forget('g');
    gauges.show(report('h', 10, 2), 1, true);
    expect(single()).toBe(GROUP_LAG_SERIES_MAX + 10);
  });
});
