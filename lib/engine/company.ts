/** Longest wait for company, ms: the least that a timer can. */
const WAIT_MS = 1;
/** Submissions of a flush whose producers are worth waiting for. Where there are more, enough of them are always on their way. */
const ANSWERED_MIN = 4;
const ANSWERED_MAX = 32;
/** Bytes of a flush above which receiving takes longer than a sync: what is there is written while the rest comes. */
const BYTES_MAX = 160 * 1024;
/** What came during a flush is next to nothing below this share of it: at a steady rate about as much comes as is flushed. */
const CAME_SHARE_MAX = 1 / 3;
/** Share of those expected with which a flush begins: one of five that is late is not worth the others' time. */
const ENOUGH = 4 / 5;
/** Share of the newest flush in what one usually takes. */
const NEWEST_SHARE = 1 / 8;
/** Credit that there can be, and what a wait in vain costs of it: twice as much each time, until one is not in vain. */
const CREDIT_MAX = 8;
const VAIN_COST_MAX = 512;
const NOBODY = { count: 0, untilMs: Number.NEGATIVE_INFINITY };

/**
 * Whether a flush on one disk should wait for the producers that the one before it answered.
 *
 * Those that wait for answers before they send on, as Kafka's do with five requests under way, come back just after a flush.
 * Taken as they come, every other flush holds one of them and costs a sync for itself; so where next to nothing came
 * during a flush of several, those it answered are waited for. That saves a flush, and is in vain where whoever came first
 * waited for longer than one takes: producers at a rate of their own look the same now and then, and only lose by it.
 * A wait in vain costs credit, and while there is none the next chances pass.
 */
export class Company {
  #expected = NOBODY;
  #credit = 0;
  #vainCost = CREDIT_MAX;
  /** Submissions that the flush before the last one left to be answered or waiting. */
  #before = Number.POSITIVE_INFINITY;
  /** Since when somebody waits for company. */
  #waitingSince: number | undefined;
  #flushedAt = 0;
  /** What a flush takes, ms, a moving average; nobody is waited for longer anyway. */
  #usualMs = WAIT_MS;

  /** A flush has ended: `count` submissions of `bytes` together were answered at `nowMs`, and `waiting` came meanwhile. */
  answered(count: number, bytes: number, waiting: number, nowMs: number): void {
    this.#usualMs += (Math.min(WAIT_MS, nowMs - this.#flushedAt) - this.#usualMs) * NEWEST_SHARE;
    const all = waiting + count;
    // After a stall many come at once, and never again.
    const usual = Math.min(all, this.#before);
    this.#before = all;
    if (usual < ANSWERED_MIN || usual > ANSWERED_MAX || bytes > BYTES_MAX || waiting > count * CAME_SHARE_MAX) return;
    if (this.#credit < 0) this.#credit++;
    else this.#expected = { count: Math.ceil(usual * ENOUGH), untilMs: nowMs + WAIT_MS };
  }

  /** Until when the `waiting` submissions, at least one, should wait for more; long ago when they should not. */
  waitUntil(waiting: number, nowMs: number): number {
    if (waiting >= this.#expected.count) return Number.NEGATIVE_INFINITY;
    this.#waitingSince ??= nowMs;
    return this.#expected.untilMs;
  }

  /** A flush has begun, with `count` submissions. */
  flushed(count: number, nowMs: number): void {
    this.#flushedAt = nowMs;
    if (this.#expected === NOBODY) return;
    const waitedMs = nowMs - (this.#waitingSince ?? nowMs);
    if (count >= this.#expected.count && waitedMs <= this.#usualMs) {
      this.#credit = Math.min(CREDIT_MAX, this.#credit + 1);
      if (this.#credit === CREDIT_MAX) this.#vainCost = CREDIT_MAX;
    } else {
      this.#credit -= this.#vainCost;
      this.#vainCost = Math.min(VAIN_COST_MAX, this.#vainCost * 2);
    }
    this.#waitingSince = undefined;
    this.#expected = NOBODY;
  }
}
