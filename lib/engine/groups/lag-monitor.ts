import { EMPTY_WINDOW, type LagWindow, withEnd, withSample } from '../../core/groups/lag-status.ts';
import type { PartitionName } from '../../core/groups/partition-set.ts';

/** The sliding windows of one group, kept in memory by the process that takes its commits. */
export class LagMonitor {
  readonly #sampleMs: number;
  readonly #windows = new Map<PartitionName, LagWindow>();
  #endsAtMs = Number.NEGATIVE_INFINITY;

  constructor(sampleMs: number) {
    this.#sampleMs = sampleMs;
  }

  get partitions(): readonly PartitionName[] {
    return [...this.#windows.keys()];
  }

  windowOf(name: PartitionName): LagWindow {
    return this.#windows.get(name) ?? EMPTY_WINDOW;
  }

  /** A commit came, whether it moved the offset or not. Samples closer than the distance take the last one's place. */
  committed(name: PartitionName, offset: number, atMs: number): void {
    const window = this.windowOf(name);
    const before = window.samples.at(-2);
    const tooClose = before !== undefined && atMs - before.atMs < this.#sampleMs;
    const room = tooClose ? { ...window, samples: window.samples.slice(0, -1) } : window;
    this.#windows.set(name, withSample(room, { atMs, offset, lag: undefined }));
  }

  /** End offsets as they are now. */
  ended(name: PartitionName, endOffset: number): void {
    if (this.#windows.has(name)) this.#windows.set(name, withEnd(this.windowOf(name), endOffset));
  }

  /** Whether it is time to look at the end offsets again: after a sample's distance, or `times` that. */
  isDue(nowMs: number, times = 1): boolean {
    if (nowMs - this.#endsAtMs < this.#sampleMs * times) return false;
    this.#endsAtMs = nowMs;
    return true;
  }

  forget(names: readonly PartitionName[]): void {
    for (const name of names) this.#windows.delete(name);
  }
}
