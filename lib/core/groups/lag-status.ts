/**
 * How a group is doing, told from a sliding window of its commits, without thresholds. The rules are those that Burrow
 * publishes ("Consumer Lag Evaluation Rules"); the states carry these names here:
 *
 *   OK     nothing waits, or the lag was zero or fell at some time in the window
 *   WARN   commits move on, but the lag never falls; or the offset went back and has not recovered (Burrow's REWIND)
 *   STOP   there is lag and no commit came for longer than the whole window spans (Burrow's STOP)
 *   ERROR  commits come and do not move while there is lag (Burrow's STALL), or nobody owns the partition
 */
import { LAG_WINDOW_SAMPLES } from '../limits.ts';

export type LagStatus = 'OK' | 'WARN' | 'STOP' | 'ERROR';
export const LAG_STATUSES: readonly LagStatus[] = ['OK', 'WARN', 'STOP', 'ERROR'];

/** One commit, or one look at the partition. */
export interface LagSample {
  /** When it was committed. */
  readonly atMs: number;
  readonly offset: number;
  /** End offset less the offset, at that time; undefined when the end was not known. */
  readonly lag: number | undefined;
}

export interface LagWindow {
  /** Oldest first. */
  readonly samples: readonly LagSample[];
  /** End offsets seen lately, oldest first. */
  readonly ends: readonly number[];
}

export const EMPTY_WINDOW: LagWindow = { samples: [], ends: [] };

/** The window with one more commit. */
export function withSample(window: LagWindow, sample: LagSample): LagWindow {
  return { ...window, samples: [...window.samples, sample].slice(-LAG_WINDOW_SAMPLES) };
}

/** The window with one more end offset; commits whose lag was not known yet get it from here. */
export function withEnd(window: LagWindow, endOffset: number): LagWindow {
  return {
    samples: window.samples.map((s) => (s.lag === undefined ? { ...s, lag: Math.max(0, endOffset - s.offset) } : s)),
    ends: [...window.ends, endOffset].slice(-LAG_WINDOW_SAMPLES),
  };
}

export interface PartitionFacts {
  readonly window: LagWindow;
  /** Undefined when nothing was ever committed. */
  readonly lag: number | undefined;
  readonly nowMs: number;
  /** Whether a live member owns the partition; null for a group without members, which needs none. */
  readonly owned: boolean | null;
}

/** The status of one partition. A window that is not full yet is judged by what it has, as long as it has two samples. */
export function partitionStatus({ window, lag, nowMs, owned }: PartitionFacts): LagStatus {
  if (owned === false) return 'ERROR';
  const { samples } = window;
  const first = samples[0];
  const last = samples.at(-1);
  if (lag === undefined || lag <= 0 || !first || !last || samples.length < 2) return 'OK';
  const caughtUpLately = window.ends.some((end) => end <= last.offset);
  if (nowMs - last.atMs > last.atMs - first.atMs && !caughtUpLately) return 'STOP';
  if (wentBack(samples)) return 'WARN';
  if (samples.some((sample) => sample.lag === 0)) return 'OK';
  if (samples.every((sample) => sample.offset === first.offset)) return 'ERROR';
  return neverFalls(samples) ? 'WARN' : 'OK';
}

function wentBack(samples: readonly LagSample[]): boolean {
  for (let i = 1; i < samples.length; i++) {
    const reached = (samples[i - 1] as LagSample).offset;
    if ((samples[i] as LagSample).offset < reached) return !samples.slice(i).some((sample) => sample.offset >= reached);
  }
  return false;
}

function neverFalls(samples: readonly LagSample[]): boolean {
  let before: number | undefined;
  for (const { lag } of samples) {
    if (lag === undefined) continue;
    if (before !== undefined && lag < before) return false;
    before = lag;
  }
  return true;
}

/** The worst of all partitions. */
export function worstStatus(statuses: Iterable<LagStatus>): LagStatus {
  let worst = 0;
  for (const status of statuses) worst = Math.max(worst, LAG_STATUSES.indexOf(status));
  return LAG_STATUSES[worst] as LagStatus;
}

/**
 * Consumer utilisation, 0 to 1: of the records that were there to be consumed during the window, the share that was. 1
 * means the consumers keep up; 0.2 means that five times as much capacity is wanted. Undefined before two commits.
 */
export function utilisation(parts: readonly { readonly window: LagWindow; readonly lag: number | undefined }[]): number | undefined {
  let consumed = 0;
  let left = 0;
  let known = false;
  for (const { window, lag } of parts) {
    const first = window.samples[0];
    const last = window.samples.at(-1);
    if (!first || !last || window.samples.length < 2 || lag === undefined) continue;
    known = true;
    consumed += Math.max(0, last.offset - first.offset);
    left += Math.max(0, lag);
  }
  if (!known) return undefined;
  return consumed + left === 0 ? 1 : consumed / (consumed + left);
}
