import { GROUP_LAG_SERIES_MAX } from '../../core/limits.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import type { GroupLag } from './group-request.ts';

const STATUSES = ['OK', 'WARN', 'STOP', 'ERROR'];

/**
 * The lag of groups as metrics. A group has a few series and each of its topics one; single partitions have theirs as long as
 * there are few, since a series costs memory and money whether somebody looks at it or not.
 */
export class LagGauges {
  readonly #telemetry: Telemetry;
  readonly #series = new Map<string, Set<string>>();
  #count = 0;

  constructor(telemetry: Telemetry) {
    this.#telemetry = telemetry;
  }

  /** `timed`: whether the ages of next records were looked at; the group's stays as it was where they were not. */
  show(report: GroupLag, members: number, timed: boolean): void {
    const { group } = report;
    const gauge = (name: string, value: number, labels: Readonly<Record<string, string>> = {}) =>
      this.#telemetry.gauge(name, value, { group, ...labels });
    const topics = new Map<string, number>();
    for (const { topic, partition, lag } of report.partitions) {
      topics.set(topic, (topics.get(topic) ?? 0) + lag);
      if (this.#hasSeries(group, `${topic}/${partition}`))
        gauge('group_partition_lag_records', lag, { topic, partition: String(partition) });
    }
    for (const [topic, lag] of topics) gauge('group_lag_records', lag, { topic });
    if (timed || report.lag === 0) gauge('group_lag_seconds', (report.lagMs ?? 0) / 1000);
    gauge('group_members', members);
    gauge('group_status', STATUSES.indexOf(report.status));
    if (report.utilisation !== null) gauge('group_utilisation_ratio', report.utilisation);
  }

  forget(group: string): void {
    this.#count -= this.#series.get(group)?.size ?? 0;
    this.#series.delete(group);
  }

  #hasSeries(group: string, name: string): boolean {
    const names = this.#series.get(group) ?? new Set<string>();
    if (names.has(name)) return true;
    if (this.#count >= GROUP_LAG_SERIES_MAX) return false;
    this.#series.set(group, names.add(name));
    this.#count++;
    return true;
  }
}
