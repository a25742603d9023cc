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
/** What a wait in vain costs, in waits that were not. */
const CREDIT_MAX = 8;
const DEBT_MAX = 64;
const NOBODY = { count: 0, untilMs: Number.NEGATIVE_INFINITY };

/**
 * Whether a flush on one disk should wait for the producers that the one before it answered.
 *
 * Those that wait for answers before they send on, as Kafka's do with five requests under way, come back just after a flush.
 * Taken as they come, every other flush holds one of them and costs a sync for itself; so where next to nothing came
 * during a flush of several, those it answered are waited for. Producers at a rate of their own look the same now and then, and
 * only lose by it: a wait in vain costs as much credit as eight others earn, and while there is none the next chances pass.
 */
export class Company {
  #expected = NOBODY;
  #credit = 0;
  /** Submissions that the flush before the last one left to be answered or waiting. */
  #before = Number.POSITIVE_INFINITY;

  /** A flush has ended: `count` submissions of `bytes` together were answered at `nowMs`, and `waiting` came meanwhile. */
  answered(count: number, bytes: number, waiting: number, nowMs: number): void {
    const all = waiting + count;
    // After a stall many come at once, and never again.
    const usual = Math.min(all, this.#before);
    this.#before = all;
    if (usual < ANSWERED_MIN || usual > ANSWERED_MAX || bytes > BYTES_MAX || waiting > count * CAME_SHARE_MAX) return;
    if (this.#credit < 0) this.#credit++;
    else this.#expected = { count: Math.ceil(usual * ENOUGH), untilMs: nowMs + WAIT_MS };
  }

  /** Until when `waiting` submissions should wait for more; long ago when they should not. */
  waitUntil(waiting: number): number {
    return waiting < this.#expected.count ? this.#expected.untilMs : Number.NEGATIVE_INFINITY;
  }

  /** A flush has begun, with `count` submissions. */
  flushed(count: number): void {
    if (this.#expected === NOBODY) return;
    this.#credit = count >= this.#expected.count ? Math.min(CREDIT_MAX, this.#credit + 1) : Math.max(-DEBT_MAX, this.#credit - CREDIT_MAX);
    this.#expected = NOBODY;
  }
}
