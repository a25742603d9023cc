/** Bytes a second from which on volumes are filled fast; they no longer are below half of it. */
const FAST_BYTES_PER_SECOND = 128 * 1024 * 1024;
/** Over how long the pace is taken, ms. */
const WINDOW_MS = 100;

/** How fast volumes are filled, which decides whether zeros ahead of what comes are worth it. */
export class FillPace {
  /** Ms, monotonic. */
  readonly #now: () => number;
  #since: number;
  #bytes = 0;
  #isFast = false;

  constructor(now: () => number) {
    this.#now = now;
    this.#since = now();
  }

  /** Whether so much comes that zeros would take the disk from it. As of the newest bytes that were noted. */
  get isFast(): boolean {
    return this.#isFast;
  }

  note(bytes: number): void {
    this.#bytes += bytes;
    const now = this.#now();
    const ms = now - this.#since;
    if (ms < WINDOW_MS) return;
    this.#isFast = (this.#bytes / ms) * 1000 >= FAST_BYTES_PER_SECOND / (this.#isFast ? 2 : 1);
    this.#since = now;
    this.#bytes = 0;
  }
}
