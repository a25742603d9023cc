/** Bytes that a producer holds for records not yet answered: a budget with a first-come queue. */
import { StratalogError } from '../core/errors.ts';

interface Waiter {
  readonly bytes: number;
  readonly admit: () => void;
  readonly refuse: (error: unknown) => void;
  readonly timer: NodeJS.Timeout | undefined;
}

export class BufferMemory {
  readonly #limit: number;
  readonly #waiters: Waiter[] = [];
  #used = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  /** Takes the bytes at once when they are free and nobody waits; false otherwise. */
  tryTake(bytes: number): boolean {
    if (this.#waiters.length > 0 || !this.#fits(bytes)) return false;
    this.#used += bytes;
    return true;
  }

  /**
   * Waits in line for the bytes. `admitted` runs synchronously in the order of arrival, so that records keep their
   * order; REQUEST_TIMED_OUT after `maxWaitMs`, the signal's reason when it aborts first.
   */
  take(bytes: number, maxWaitMs: number, signal: AbortSignal | undefined, admitted: () => void, refused: (error: unknown) => void): void {
    const leave = (error: unknown): void => {
      const index = this.#waiters.indexOf(waiter);
      if (index < 0) return;
      this.#waiters.splice(index, 1);
      finish();
      refused(error);
      this.#admitWaiters();
    };
    const aborted = (): void => leave(signal?.reason);
    const finish = (): void => {
      clearTimeout(waiter.timer);
      signal?.removeEventListener('abort', aborted);
    };
    const waiter: Waiter = {
      bytes,
      admit: () => {
        finish();
        admitted();
      },
      refuse: leave,
      timer: setTimeout(() => leave(this.#timedOut(maxWaitMs)), maxWaitMs),
    };
    signal?.addEventListener('abort', aborted, { once: true });
    this.#waiters.push(waiter);
  }

  give(bytes: number): void {
    this.#used -= bytes;
    this.#admitWaiters();
  }

  /** Refuses everyone in line. */
  refuseWaiters(error: unknown): void {
    for (const waiter of [...this.#waiters]) waiter.refuse(error);
  }

  #admitWaiters(): void {
    for (let first = this.#waiters[0]; first !== undefined && this.#fits(first.bytes); first = this.#waiters[0]) {
      this.#waiters.shift();
      this.#used += first.bytes;
      first.admit();
    }
  }

  /** One record is let in alone even if it is larger than the whole budget: it could never be sent otherwise. */
  #fits(bytes: number): boolean {
    return this.#used === 0 || this.#used + bytes <= this.#limit;
  }

  #timedOut(maxWaitMs: number): StratalogError {
    return new StratalogError('REQUEST_TIMED_OUT', `bufferMemory (${this.#limit} bytes) was full for maxBlockMs (${maxWaitMs} ms)`, {
      field: 'bufferMemory',
      limit: this.#limit,
    });
  }
}
