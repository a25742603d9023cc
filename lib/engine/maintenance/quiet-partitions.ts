import { type PartitionKey, partitionName } from '../../core/ids.ts';
import type { Clock } from '../../ports/clock.ts';
import type { JobName } from './run.ts';

/** Who found nothing: a job, or merge looking at a mark. */
type Looker = JobName | 'mark';

interface Quiet {
  /** What was looked at; anything else must be looked at again. */
  readonly state: string;
  readonly until: number;
  /** Since when something waits here that is not due yet, ms since the epoch. */
  readonly waitingSinceMs: number | undefined;
}

/** What others may have changed in the index without a write of the lease record is found after this long at the latest. */
const QUIET_MS_MAX = 60 * 60 * 1000;
/** Some 100 bytes each; those past it are looked at in every run. */
const QUIET_MAX = 300_000;

/**
 * Partitions in which a job of this process found nothing that is due, so that an idle log costs a glance and no query.
 * Forgetting any of it only makes the next run look again.
 */
export class QuietPartitions {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #quiet = new Map<string, Quiet>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** What is known of a partition that is as it was when the job last looked; undefined: look at it. */
  find(job: Looker, key: PartitionKey, state: string): Pick<Quiet, 'waitingSinceMs'> | undefined {
    const name = nameOf(job, key);
    const quiet = this.#quiet.get(name);
    if (quiet === undefined) return undefined;
    if (quiet.state === state && this.#clock.monotonic() < quiet.until) return quiet;
    this.#quiet.delete(name);
    return undefined;
  }

  /** Nothing is due for the job in a partition for `forMs`, unless its state changes. At most an hour is believed. */
  note(job: Looker, key: PartitionKey, state: string, forMs: number, waitingSinceMs?: number): void {
    if (forMs <= 0 || this.#quiet.size >= QUIET_MAX) return;
    this.#quiet.set(nameOf(job, key), { state, until: this.#clock.monotonic() + Math.min(forMs, QUIET_MS_MAX), waitingSinceMs });
  }

  /** This process has changed the index of a partition. */
  wake(key: PartitionKey): void {
    for (const job of ['retain', 'merge', 'compact'] as const) this.#quiet.delete(nameOf(job, key));
  }
}

function nameOf(job: Looker, key: PartitionKey): string {
  return `${job} ${partitionName(key)}`;
}
