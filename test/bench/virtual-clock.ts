import type { Clock } from '../../lib/ports/clock.ts';

interface Sleeper {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
  over: boolean;
}

/**
 * Time that passes only while nobody has anything to do. What a model says of a store's delays is then what is measured,
 * whatever else the machine is doing; the processor's own time is not in it.
 */
export class VirtualClock implements Clock {
  #nowMs = 0;
  #order = 0;
  /** A binary heap, the earliest first. */
  readonly #sleepers: Sleeper[] = [];

  now(): number {
    return START_MS + this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper: Sleeper = { at: this.#nowMs + Math.max(0, ms), order: this.#order++, wake: resolve, over: false };
      this.#push(sleeper);
      signal?.addEventListener(
        'abort',
        () => {
          sleeper.over = true;
          resolve();
        },
        { once: true },
      );
    });
  }

  /** Lets time pass until the work is done. Everything in it must wait by this clock alone. */
  async run<Value>(work: Promise<Value>): Promise<Value> {
    let done = false;
    const settle = (): void => {
      done = true;
    };
    work.then(settle, settle);
    for (;;) {
      // All that is ready goes first: a turn of the event loop ends when no promise has anything left to do.
      await new Promise((resolve) => setImmediate(resolve));
      if (done) return work;
      const next = this.#pop();
      if (next === undefined) throw new Error('nobody sleeps and the work is not done: something waits for real time');
      if (next.over) continue;
      this.#nowMs = Math.max(this.#nowMs, next.at);
      next.wake();
    }
  }

  #push(sleeper: Sleeper): void {
    const heap = this.#sleepers;
    let i = heap.push(sleeper) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!isEarlier(sleeper, heap[parent] as Sleeper)) break;
      heap[i] = heap[parent] as Sleeper;
      i = parent;
    }
    heap[i] = sleeper;
  }

  #pop(): Sleeper | undefined {
    const heap = this.#sleepers;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isEarlier(heap[child + 1] as Sleeper, heap[child] as Sleeper)) child++;
      if (!isEarlier(heap[child] as Sleeper, last)) break;
      heap[i] = heap[child] as Sleeper;
      i = child;
    }
    heap[i] = last;
    return first;
  }
}

const START_MS = 1_700_000_000_000;

function isEarlier(one: Sleeper, other: Sleeper): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
