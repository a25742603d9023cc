import { isStratalogError } from '../../core/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import type { RequestCounts } from './metered-ports.ts';
import type { MaintenanceSettings } from './settings.ts';

/** The jobs, by the names that people use. */
export const JOB_NAMES = ['retain', 'merge', 'compact', 'replicate', 'sweep'] as const;
export type JobName = (typeof JOB_NAMES)[number];

export function isJobName(text: string): text is JobName {
  return (JOB_NAMES as readonly string[]).includes(text);
}

export interface JobRequest {
  /** Only this topic; default all. */
  readonly topic?: string | undefined;
  /** Looks and counts, and changes nothing. */
  readonly dryRun?: boolean | undefined;
  /** Looks at every partition, not only at those with marks. */
  readonly all?: boolean | undefined;
  /** Looks again even where this process found nothing to do lately, checks copies anew, and gives way to nobody. For people who ask. */
  readonly anew?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What one run of a job did. */
export interface JobReport {
  readonly job: JobName;
  /** Counts by what was done, such as `pagesDropped`; in a dry run what would have been done. */
  readonly did: Readonly<Record<string, number>>;
  /** Bytes of records that were read to be rewritten, copied or checked. */
  readonly bytes: number;
  /** Requests to the stores by kind. */
  readonly requests: RequestCounts;
  /**
   * How far behind the job is, ms: how long the oldest work that is left has been waiting; for retention and sweep also how late
   * they came for what they found due, counted from the run before. 0 when nothing waits.
   */
  readonly lagMs: number;
  /** False when the run ended at a bound; the next one goes on. */
  readonly complete: boolean;
  readonly dryRun: boolean;
  readonly startedAtMs: number;
  readonly durationMs: number;
  /** The first few things that went wrong; the run went on with what was left. */
  readonly errors: readonly string[];
}

const ERRORS_KEPT = 10;
/** How long a run may hold the thread before others get their turn, ms: where nobody waits, and where somebody does, whose own work takes as long. */
const TURN_MS = 4;
const TURN_MS_BUSY = 0.25;
/** Longest wait for others at one time, ms: four times what a merge needs to read and write what it holds on a busy disk. */
const GIVE_WAY_MS_MAX = 2_000;
/**
 * Rest for each part of work while others wait, by how long the work has been due, ms; what has been due for longer is done at full
 * speed, whoever waits meanwhile. At first a sixteenth of the time is worked, so that what 5 MB/s leave to merge takes as long as
 * it took to come: of a hundred who wait for a commit, few then meet it. Where that does not do, a fifth and then half of it.
 */
const RESTS: readonly { readonly untilMs: number; readonly perWork: number }[] = [
  { untilMs: 30_000, perWork: 15 },
  { untilMs: 90_000, perWork: 4 },
  { untilMs: 180_000, perWork: 1 },
];
/** That of jobs that do not say since when their work has been due: they are not to fall behind for ever. */
const REST_WHERE_UNKNOWN = 4;

/** What a run works with. */
export interface RunPorts {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly settings: MaintenanceSettings;
  /** Whether somebody waits for this process who should not wait for a job; default nobody. */
  readonly isBusy?: (() => boolean) | undefined;
}

/** One run under way: its bounds, and what it has done so far. */
export class Run {
  readonly job: JobName;
  readonly dryRun: boolean;
  readonly topic: string | undefined;
  readonly all: boolean;
  readonly anew: boolean;
  readonly #clock: Clock;
  readonly #telemetry: Telemetry;
  readonly #settings: MaintenanceSettings;
  readonly #isBusy: () => boolean;
  readonly #signal: AbortSignal | undefined;
  readonly #startedAt: number;
  readonly #startedAtMs: number;
  readonly #did: Record<string, number> = {};
  readonly #errors: string[] = [];
  readonly #sinceLastMs: number | undefined;
  #bytes = 0;
  #items = 0;
  #lagMs = 0;
  #turnAt: number;
  /** Since when the oldest of what this run does has been due, by the monotonic clock; undefined where nobody has said. */
  #dueSince: number | undefined;
  /** The rest under way: whatever the run does at once rests together. */
  #resting: Promise<void> | undefined;
  #cutShort = false;

  /** `lastAt`: when the run before this one began, by the monotonic clock. */
  constructor(job: JobName, request: JobRequest, ports: RunPorts, lastAt?: number | undefined) {
    this.job = job;
    this.dryRun = request.dryRun ?? false;
    this.topic = request.topic;
    this.all = request.all ?? false;
    this.anew = request.anew ?? false;
    this.#signal = request.signal;
    this.#clock = ports.clock;
    this.#telemetry = ports.telemetry;
    this.#settings = ports.settings;
    this.#isBusy = ports.isBusy ?? (() => false);
    this.#startedAt = ports.clock.monotonic();
    this.#startedAtMs = ports.clock.now();
    this.#turnAt = this.#startedAt;
    this.#sinceLastMs = lastAt === undefined ? undefined : this.#startedAt - lastAt;
  }

  get signal(): AbortSignal | undefined {
    return this.#signal;
  }

  count(what: string, by = 1): void {
    if (by !== 0) this.#did[what] = (this.#did[what] ?? 0) + by;
  }

  /** Takes bytes from the run's bound. */
  read(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Things looked at so far. */
  get items(): number {
    return this.#items;
  }

  item(count = 1): void {
    this.#items += count;
  }

  /** Work that is left has waited this long. */
  waiting(ms: number): void {
    this.#lagMs = Math.max(this.#lagMs, ms);
  }

  /** What was found had been due for this long. Nobody could have come for it before the run that came last. */
  late(ms: number): void {
    if (this.#sinceLastMs !== undefined) this.waiting(Math.min(ms, this.#sinceLastMs));
  }

  /** Whether a bound of the run was reached: then it stops before its next step and says that it is not complete. */
  get over(): boolean {
    const { runMs, runBytes, runItems } = this.#settings;
    const over =
      this.#signal?.aborted === true ||
      this.#clock.monotonic() - this.#startedAt > runMs ||
      this.#bytes > runBytes ||
      this.#items > runItems;
    if (over) this.#cutShort = true;
    return over;
  }

  /** Whether the run was told to end: then it does not finish the file that it is at. A bound that is reached waits for its end. */
  get stopped(): boolean {
    if (this.#signal?.aborted !== true) return false;
    this.#cutShort = true;
    return true;
  }

  /** Notes that something is left to do for the next run. */
  leftOver(): void {
    this.#cutShort = true;
  }

  /** What this run is about to do has been due for this long. */
  behind(ms: number): void {
    this.#dueSince = Math.min(this.#dueSince ?? Number.POSITIVE_INFINITY, this.#clock.monotonic() - ms);
  }

  /**
   * Gives way to others when this run has held the thread for a while. Where producers or readers wait it works a small part of the
   * time, so that they find disk and processor free nearly all of the time; more of it the later it is, all of it once it is behind,
   * and where somebody asked for it and waits.
   */
  pause(): Promise<void> {
    if (this.#resting !== undefined) return this.#resting;
    const heldMs = this.#clock.monotonic() - this.#turnAt;
    if (heldMs < TURN_MS_BUSY) return Promise.resolve();
    const rest = this.#restPerWork;
    if (rest === 0 && heldMs < TURN_MS) return Promise.resolve();
    this.#resting = this.#clock.sleep(Math.min(heldMs * rest, GIVE_WAY_MS_MAX), this.#signal).finally(() => {
      this.#resting = undefined;
      this.#turnAt = this.#clock.monotonic();
    });
    return this.#resting;
  }

  get #restPerWork(): number {
    if (this.anew || !this.#isBusy()) return 0;
    if (this.#dueSince === undefined) return REST_WHERE_UNKNOWN;
    // A run that takes long becomes late under way.
    const behindMs = this.#clock.monotonic() - this.#dueSince;
    return RESTS.find(({ untilMs }) => behindMs <= untilMs)?.perWork ?? 0;
  }

  /** One thing that went wrong; the run goes on with the next. */
  failed(what: string, error: unknown): void {
    const text = `${what}: ${error instanceof Error ? error.message : String(error)}`;
    this.count('errors');
    this.#cutShort = true;
    if (this.#errors.length < ERRORS_KEPT) this.#errors.push(text);
    this.#telemetry.log('warn', 'a step of maintenance failed', {
      job: this.job,
      error: text,
      code: isStratalogError(error) ? error.code : undefined,
    });
  }

  get hasFailed(): boolean {
    return this.#errors.length > 0;
  }

  /** Does a step for one thing; what it throws is noted, and the run goes on. */
  async attempt(what: string, step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.failed(what, error);
    }
  }

  report(requests: RequestCounts): JobReport {
    return {
      job: this.job,
      did: { ...this.#did },
      bytes: this.#bytes,
      requests,
      lagMs: this.#lagMs,
      complete: !this.#cutShort,
      dryRun: this.dryRun,
      startedAtMs: this.#startedAtMs,
      durationMs: this.#clock.monotonic() - this.#startedAt,
      errors: [...this.#errors],
    };
  }
}
