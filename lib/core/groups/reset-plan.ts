/** Resetting a group's offsets: the choices of Kafka's `kafka-consumer-groups --reset-offsets`, as a closed union. */
import { StratalogError } from '../errors.ts';

export type ResetTarget =
  | { readonly kind: 'earliest' }
  | { readonly kind: 'latest' }
  /** The first record at or after this time, ms since the epoch; the end when there is none. */
  | { readonly kind: 'time'; readonly timeMs: number }
  /** The first record at most this old, ms. */
  | { readonly kind: 'duration'; readonly durationMs: number }
  | { readonly kind: 'offset'; readonly offset: number }
  /** Forwards, or backwards when negative. */
  | { readonly kind: 'shift'; readonly by: number }
  /** What is committed now, made explicit. */
  | { readonly kind: 'current' };

export interface ResetFacts {
  readonly startOffset: number;
  readonly endOffset: number;
  /** -1 when nothing is committed. */
  readonly committed: number;
  /** The offset of the target's time where it has one; -1 when no record is that young. */
  readonly timeOffset?: number;
}

/** The partition's new offset; what lies outside of the log is moved to its nearest end, as Kafka's tool does. */
export function resetOffset(target: ResetTarget, facts: ResetFacts): number {
  const { startOffset, endOffset, committed } = facts;
  const inside = (offset: number) => Math.min(Math.max(offset, startOffset), endOffset);
  switch (target.kind) {
    case 'earliest':
      return startOffset;
    case 'latest':
      return endOffset;
    case 'offset':
      return inside(target.offset);
    case 'shift':
      return inside((committed < 0 ? startOffset : committed) + target.by);
    case 'current':
      return committed < 0 ? endOffset : inside(committed);
    default:
      return facts.timeOffset === undefined || facts.timeOffset < 0 ? endOffset : inside(facts.timeOffset);
  }
}

/** The time a target asks for, undefined where it is not about time. */
export function resetTime(target: ResetTarget, nowMs: number): number | undefined {
  if (target.kind === 'time') return target.timeMs;
  return target.kind === 'duration' ? nowMs - target.durationMs : undefined;
}

/** The target itself when its numbers can be; INVALID_REQUEST with field and value otherwise. */
export function checkResetTarget(target: ResetTarget): ResetTarget {
  const whole = (field: string, value: number, low: number) => {
    if (Number.isSafeInteger(value) && value >= low) return;
    throw new StratalogError('INVALID_REQUEST', `${field} is ${value}, it must be a whole number from ${low}`, {
      field,
      value,
      limit: low,
    });
  };
  if (target.kind === 'time') whole('timeMs', target.timeMs, 0);
  if (target.kind === 'duration') whole('durationMs', target.durationMs, 0);
  if (target.kind === 'offset') whole('offset', target.offset, 0);
  if (target.kind === 'shift') whole('by', target.by, Number.MIN_SAFE_INTEGER);
  return target;
}
