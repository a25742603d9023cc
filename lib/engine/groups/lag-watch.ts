import { type GroupView, unknownGroup } from '../../core/groups/group-record.ts';
import { GROUP_LAG_TIMES_MAX } from '../../core/limits.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import type { GroupOffsets } from './group-offsets.ts';
import { reportLag } from './group-report.ts';
import type { CommittedPartition, GroupCommit, GroupLag } from './group-request.ts';
import { LagGauges } from './lag-gauges.ts';
import { LagMonitor } from './lag-monitor.ts';
import { atOneMoment, type LogView } from './log-view.ts';
import type { GroupSettings } from './settings.ts';
import { type TopicIndex, type TopicSource, topicsKnowing } from './topic-index.ts';

export interface LagWatchPorts {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly topics: TopicSource;
  readonly log: LogView;
  readonly offsets: GroupOffsets;
  readonly settings: GroupSettings;
}

/** Lag and status of groups: on demand, and at regular distances for the groups that this process coordinates. */
export class LagWatch {
  readonly #ports: LagWatchPorts;
  readonly #monitors = new Map<string, LagMonitor>();
  readonly #gauges: LagGauges;
  #looking: Promise<void> | undefined;

  constructor(ports: LagWatchPorts) {
    this.#ports = ports;
    this.#gauges = new LagGauges(ports.telemetry);
  }

  /** Commits were answered; those that count are samples. */
  committed({ group, offsets }: GroupCommit, topics: TopicIndex, answers: readonly CommittedPartition[]): void {
    const nowMs = this.#ports.clock.now();
    answers.forEach(({ outcome }, i) => {
      const commit = offsets[i];
      const fact = commit && topics.named(commit.topic);
      if (fact && (outcome === 'committed' || outcome === 'unchanged'))
        this.#monitor(group).committed(`${fact.id}/${commit.partition}`, commit.offset, nowMs);
    });
    this.#ports.telemetry.count('group_commits_total', answers.length);
  }

  /** What is known now. `watched`: this process coordinates the group, and looks at it without being asked. */
  async report(view: GroupView, options: { readonly withTime: boolean; readonly watched: boolean }): Promise<GroupLag> {
    if (view.group.version === 0) throw unknownGroup(view.group.group);
    const nowMs = this.#ports.clock.now();
    const monitor = this.#monitor(view.group.group);
    return this.#report(view, this.#ports.log, { ...options, look: !options.watched && monitor.isDue(view, nowMs) });
  }

  /**
   * Looks at the groups whose time has come and shows their lag as metrics. One round at a time; a call during one is for
   * nothing. Cost: 1 read a partition, whatever number of groups consume it, 1 a block, and a few GETs while there is lag.
   */
  lookAt(views: readonly GroupView[]): Promise<void> {
    this.#looking ??= this.#lookAt(views).finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #lookAt(views: readonly GroupView[]): Promise<void> {
    const { clock, telemetry } = this.#ports;
    const log = atOneMoment(this.#ports.log);
    for (const view of views) {
      const { group, kind } = view.group;
      const monitor = this.#monitor(group);
      if (!monitor.isDue(view, clock.now())) continue;
      if (view.members.size === 0 && kind !== 'simple') monitor.clear();
      const withTime = monitor.isTimesDue(clock.now());
      try {
        const report = await this.#report(view, log, { look: true, watched: true, withTime, timesMax: GROUP_LAG_TIMES_MAX });
        this.#gauges.show(report, view.members.size, withTime);
      } catch (error) {
        telemetry.log('warn', 'the lag of a group could not be told', { group, error: String(error) });
      }
    }
  }

  async #report(
    view: GroupView,
    log: LogView,
    options: { readonly look: boolean; readonly withTime: boolean; readonly watched: boolean; readonly timesMax?: number },
  ): Promise<GroupLag> {
    const committed = await this.#ports.offsets.fetch(view);
    // The copy knows the topics of what was committed by now.
    const topics = await topicsKnowing(this.#ports.topics, (known) => known.hasNames(view.group.topics));
    const monitor = this.#monitor(view.group.group);
    return reportLag({ view, topics, committed, monitor, log, nowMs: this.#ports.clock.now(), ...options });
  }

  /** Offsets were put elsewhere: what came before says nothing about what follows. */
  clear(group: string): void {
    this.#monitors.get(group)?.clear();
  }

  forget(group: string): void {
    this.#monitors.delete(group);
    this.#gauges.forget(group);
  }

  #monitor(group: string): LagMonitor {
    let monitor = this.#monitors.get(group);
    if (!monitor) {
      monitor = new LagMonitor(this.#ports.settings);
      this.#monitors.set(group, monitor);
    }
    return monitor;
  }
}
