/**
 * Counts the bytes of all requests that are read and not yet answered, over every connection of a server, so that many
 * clients together cannot take more memory than the limit and one request. Kafka's `queued.max.request.bytes`.
 */
export class RequestBudget {
  readonly #limit: number;
  #used = 0;
  readonly #waiting = new Set<() => void>();

  /** `limit` in bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes taken now. */
  get used(): number {
    return this.#used;
  }

  get exhausted(): boolean {
    return this.#used >= this.#limit;
  }

  take(bytes: number): void {
    this.#used += bytes;
  }

  /** Gives bytes back; if that makes room, everyone who waits is called once. */
  give(bytes: number): void {
    this.#used -= bytes;
    if (this.exhausted || this.#waiting.size === 0) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resume of waiting) resume();
  }

  /** Calls `resume` when there is room again. The same function is kept once. */
  whenRoom(resume: () => void): void {
    this.#waiting.add(resume);
  }

  /** Forgets a waiter whose connection is gone. */
  forget(resume: () => void): void {
    this.#waiting.delete(resume);
  }
}
