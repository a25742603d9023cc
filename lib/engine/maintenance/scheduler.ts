import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import type { Maintenance } from './maintenance.ts';
import { JOB_NAMES, type JobName } from './run.ts';

export interface SchedulerOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Between two runs of a job, ms; a job without an interval does not run. */
  readonly everyMs: Readonly<Partial<Record<JobName, number>>>;
  /** How often a job looks at everything instead of at what this process knows to have changed, ms. Default 10 minutes. */
  readonly allEveryMs?: number | undefined;
}

/** Kafka's `log.retention.check.interval.ms` and `log.cleaner.backoff.ms`, and what keeps small segments few. */
export const SCHEDULE_EMBEDDED: Readonly<Record<JobName, number>> = {
  retain: 5 * 60 * 1000,
  merge: 10 * 1000,
  compact: 15 * 1000,
  replicate: 30 * 1000,
  sweep: 60 * 1000,
};

const ALL_EVERY_MS = 10 * 60 * 1000;
/** Before the next run when the last one ended at a bound, ms. */
const AGAIN_MS = 1_000;

/** Runs the jobs of a process that stays, each in its own rhythm, until it is stopped. */
export class MaintenanceScheduler {
  readonly #maintenance: Maintenance;
  readonly #options: SchedulerOptions;
  readonly #stopping = new AbortController();
  readonly #loops: readonly Promise<void>[];

  constructor(maintenance: Maintenance, options: SchedulerOptions) {
    this.#maintenance = maintenance;
    this.#options = options;
    this.#loops = JOB_NAMES.flatMap((job) => {
      const everyMs = options.everyMs[job];
      return everyMs === undefined ? [] : [this.#loop(job, everyMs)];
    });
  }

  /** Ends the runs under way at their next step; resolves when all have ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#loops);
  }

  async #loop(job: JobName, everyMs: number): Promise<void> {
    const { clock, random, allEveryMs = ALL_EVERY_MS } = this.#options;
    const { signal } = this.#stopping;
    let allAt = Number.NEGATIVE_INFINITY;
    let all = false;
    let goesOn = false;
    // Marks are in memory or may be lost, so the first run looks at everything. Nobody else starts at this very moment.
    for (let waitMs = everyMs * (0.5 + random.fraction() / 2); ; ) {
      await clock.sleep(waitMs, signal);
      if (signal.aborted) return;
      // What was cut short is taken up as what it was.
      if (!goesOn) all = clock.monotonic() - allAt >= allEveryMs;
      if (all && !goesOn) allAt = clock.monotonic();
      const report = await this.#maintenance.run(job, { all, signal });
      // A run that failed is tried again in its own time; one that was cut short goes on at once.
      goesOn = !report.complete && report.errors.length === 0;
      waitMs = goesOn ? Math.min(AGAIN_MS, everyMs) : everyMs * (0.9 + random.fraction() / 5);
    }
  }
}
