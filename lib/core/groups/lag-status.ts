/**
 * How a group is doing, told from a sliding window of its commits, without thresholds on lag. The rules are those that
 * Burrow publishes ("Consumer Lag Evaluation Rules"); the states carry these names here:
 *
 *   OK     nothing waits, or the lag was zero or fell at some time in the window
 *   WARN   commits move on, but the lag never falls; or the offset went back and has not recovered (Burrow's REWIND)
 *   STOP   there is lag and no commit came for longer than the whole window spans (Burrow's STOP)
 *   ERROR  commits come and do not move while there is lag (Burrow's STALL), or records wait and nobody owns the partition
 *
 * A look at the end of the log closes a sample: the newest commit since the last look, and how far it was behind then.
 * Lags of one window are therefore measured in one way, however often a consumer commits.
 */
import { LAG_SAMPLES_MIN, LAG_WINDOW_MS, LAG_WINDOW_SAMPLES } from '../limits.ts';

export type LagStatus = 'OK' | 'WARN' | 'STOP' | 'ERROR';
export const LAG_STATUSES: readonly LagStatus[] = ['OK', 'WARN', 'STOP', 'ERROR'];

export interface Commit {
  readonly atMs: number;
  /** The next offset to consume. */
  readonly offset: number;
}

/** The newest commit between two looks. */
export interface LagSample extends Commit {
  /** End offset less the offset, at the look that followed. */
  readonly lag: number;
}

export interface LagWindow {
  /** Oldest first. */
  readonly samples: readonly LagSample[];
  /** The newest commit since the last look. */
  readonly open: Commit | undefined;
  /** The end offset at the first look, from which a partition that has no commit is judged. */
  readonly firstEnd: number | undefined;
  /** The last look that found nothing waiting; the first one where there was none such. */
  readonly caughtUpAtMs: number | undefined;
}

export const EMPTY_WINDOW: LagWindow = { samples: [], open: undefined, firstEnd: undefined, caughtUpAtMs: undefined };

/** The window with one more commit, whether it moved the offset or not. */
export function withCommit(window: LagWindow, open: Commit): LagWindow {
  return { ...window, open };
}

/** The window after a look at the end of the log; `committed` is what is stored, undefined where nothing is. */
export function withLook(window: LagWindow, endOffset: number, committed: number | undefined, nowMs: number): LagWindow {
  const samples = samplesOf(window, endOffset);
  const firstEnd = window.firstEnd ?? endOffset;
  const waits = endOffset > (committed ?? firstEnd);
  return { samples, open: undefined, firstEnd, caughtUpAtMs: waits ? (window.caughtUpAtMs ?? nowMs) : nowMs };
}

/** The samples as they would be after a look that found this end. */
function samplesOf({ samples, open }: LagWindow, endOffset: number): readonly LagSample[] {
  if (open === undefined) return samples;
  const kept = [...samples, { ...open, lag: Math.max(0, endOffset - open.offset) }].slice(-LAG_WINDOW_SAMPLES);
  // A group that was away for an hour would else have to stand still for an hour before it shows.
  const fresh = kept.findIndex(({ atMs }) => open.atMs - atMs <= LAG_WINDOW_MS);
  return kept.slice(Math.min(fresh, Math.max(0, kept.length - LAG_SAMPLES_MIN)));
}

export interface PartitionFacts {
  readonly window: LagWindow;
  readonly endOffset: number;
  /** Records that wait. */
  readonly lag: number;
  /** What is stored; it stands for the window where this process has seen no commit. */
  readonly committed: Commit | undefined;
  readonly nowMs: number;
  /** Whether a live member owns the partition; null where nobody has to, or partitions are on their way. */
  readonly owned: boolean | null;
  /** No silence shorter than this counts as a stop, ms: a young window spans little. */
  readonly stopMs: number;
  /** Whether looks have come at their distance; without, only the next record tells since when something waits. */
  readonly watched: boolean;
  /** The timestamp of the next record, where it was looked at: before that the consumer had nothing to do. */
  readonly nextRecordMs?: number | undefined;
}

/** The status of one partition. A window that is not full yet is judged by what it has. */
export function partitionStatus(facts: PartitionFacts): LagStatus {
  const { window, endOffset, lag, owned } = facts;
  if (lag <= 0) return 'OK';
  if (owned === false) return 'ERROR';
  const samples = samplesOf(window, endOffset);
  if (hasStopped(facts, samples)) return 'STOP';
  if (wentBack(samples)) return 'WARN';
  if (samples.length < LAG_SAMPLES_MIN || samples.some((sample) => sample.lag === 0)) return 'OK';
  if (samples.every((sample) => sample.offset === samples[0]?.offset)) return 'ERROR';
  return neverFalls(samples) ? 'WARN' : 'OK';
}

/**
 * Whether the silence since the last commit is longer than the window. A consumer that had nothing to do is not silent: its
 * time counts from when records began to wait. One that has never committed is judged by what came since the first look,
 * since it may have begun at the end of the log.
 */
function hasStopped(facts: PartitionFacts, samples: readonly LagSample[]): boolean {
  const { window, endOffset, committed, nowMs, stopMs, watched, nextRecordMs } = facts;
  const first = samples[0];
  const last = samples.at(-1) ?? committed;
  if (last === undefined && (facts.owned !== true || endOffset <= (window.firstEnd ?? endOffset))) return false;
  const waitingSinceMs = Math.max((watched ? window.caughtUpAtMs : undefined) ?? 0, nextRecordMs ?? 0);
  if (waitingSinceMs === 0) return false;
  const silentMs = nowMs - Math.max(waitingSinceMs, last?.atMs ?? 0);
  return silentMs > Math.max(stopMs, first === undefined || last === undefined ? 0 : last.atMs - first.atMs);
}

function wentBack(samples: readonly LagSample[]): boolean {
  for (let i = 1; i < samples.length; i++) {
    const reached = (samples[i - 1] as LagSample).offset;
    if ((samples[i] as LagSample).offset < reached) return !samples.slice(i).some((sample) => sample.offset >= reached);
  }
  return false;
}

function neverFalls(samples: readonly LagSample[]): boolean {
  return samples.every(({ lag }, i) => lag >= (samples[i - 1]?.lag ?? 0));
}

/** The worst of all partitions. */
export function worstStatus(statuses: Iterable<LagStatus>): LagStatus {
  let worst = 0;
  for (const status of statuses) worst = Math.max(worst, LAG_STATUSES.indexOf(status));
  return LAG_STATUSES[worst] as LagStatus;
}

/**
 * Consumer utilisation, 0 to 1: of the records that were there to be consumed during the window, the share that was. 1
 * means the consumers keep up; 0.2 means that five times as much capacity is wanted. Undefined before two samples.
 */
export function utilisation(
  parts: readonly { readonly window: LagWindow; readonly endOffset: number; readonly lag: number }[],
  nowMs: number,
): number | undefined {
  let consumed = 0;
  let left = 0;
  let known = false;
  for (const { window, endOffset, lag } of parts) {
    const samples = samplesOf(window, endOffset);
    if (samples.length < 2) continue;
    known = true;
    const fresh = samples.filter(({ atMs }) => nowMs - atMs <= LAG_WINDOW_MS);
    consumed += Math.max(0, (fresh.at(-1)?.offset ?? 0) - (fresh[0]?.offset ?? 0));
    left += Math.max(0, lag);
  }
  if (!known) return undefined;
  return consumed + left === 0 ? 1 : consumed / (consumed + left);
}
