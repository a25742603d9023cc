import type { GroupView } from '../../core/groups/group-record.ts';
import { EMPTY_WINDOW, type LagWindow, withCommit, withLook } from '../../core/groups/lag-status.ts';
import type { PartitionName } from '../../core/groups/partition-set.ts';
import { LAG_LOOK_EMPTY_MS_MAX, LAG_LOOK_MS_MAX, LAG_TIMES_MS } from '../../core/limits.ts';
import type { GroupSettings } from './settings.ts';

/** Looks that follow a change of the group at once are at least this far apart, ms: a hundred members that join are many changes. */
const CHANGE_LOOK_MS = 1_000;
/** A group without members is looked at after this share of the time it has been without. */
const EMPTY_SHARE = 0.1;

/** The sliding windows of one group, kept in memory by the process that takes its commits. */
export class LagMonitor {
  readonly #settings: Pick<GroupSettings, 'lagSampleMs' | 'lagReadsPerSecond'>;
  readonly #windows = new Map<PartitionName, LagWindow>();
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #timesAtMs = Number.NEGATIVE_INFINITY;
  #committedAtMs = 0;
  #seenAs = '';

  constructor(settings: Pick<GroupSettings, 'lagSampleMs' | 'lagReadsPerSecond'>) {
    this.#settings = settings;
  }

  windowOf(name: PartitionName): LagWindow {
    return this.#windows.get(name) ?? EMPTY_WINDOW;
  }

  /** How long nothing must have come for a partition to have stopped, ms: three looks. */
  get stopMs(): number {
    return 3 * this.#distanceMs;
  }

  /** A commit came, whether it moved the offset or not. */
  committed(name: PartitionName, offset: number, atMs: number): void {
    this.#committedAtMs = atMs;
    this.#windows.set(name, withCommit(this.windowOf(name), { atMs, offset }));
  }

  /** The end offset as it is now, when a look is due, and what is committed. */
  looked(name: PartitionName, endOffset: number, committed: number | undefined, nowMs: number): void {
    this.#windows.set(name, withLook(this.windowOf(name), endOffset, committed, nowMs));
  }

  /**
   * Whether it is time for another look; if so, it counts as made. A group with many partitions is looked at more seldom,
   * one without members after a tenth of the time that nothing happened to it, and one that has changed at once.
   */
  isDue({ group, members }: GroupView, nowMs: number): boolean {
    const sinceMs = nowMs - this.#lookedAtMs;
    const idleMs = members.size > 0 ? 0 : nowMs - Math.max(group.emptySinceMs ?? 0, this.#committedAtMs);
    const distanceMs = Math.max(this.#distanceMs, Math.min(idleMs * EMPTY_SHARE, LAG_LOOK_EMPTY_MS_MAX));
    const seenAs = `${group.epoch}/${group.assignmentEpoch}/${members.size}`;
    const changed = seenAs !== this.#seenAs && sinceMs >= Math.min(CHANGE_LOOK_MS, this.#settings.lagSampleMs);
    if (!changed && sinceMs < distanceMs) return false;
    this.#seenAs = seenAs;
    this.#lookedAtMs = nowMs;
    return true;
  }

  /** Whether the ages of next records are to be looked at too. */
  isTimesDue(nowMs: number): boolean {
    if (nowMs - this.#timesAtMs < LAG_TIMES_MS) return false;
    this.#timesAtMs = nowMs;
    return true;
  }

  /** Forgets the windows of partitions that are none of these: topics go, and subscriptions change. */
  keepOnly(names: ReadonlySet<PartitionName>): void {
    for (const name of this.#windows.keys()) if (!names.has(name)) this.#windows.delete(name);
  }

  /** What came before says nothing any more: offsets were put elsewhere, or all members have gone. */
  clear(): void {
    this.#windows.clear();
  }

  get #distanceMs(): number {
    const { lagSampleMs, lagReadsPerSecond } = this.#settings;
    const affordableMs = (this.#windows.size * 1_000) / lagReadsPerSecond;
    return Math.max(lagSampleMs, Math.min(affordableMs, LAG_LOOK_MS_MAX));
  }
}
