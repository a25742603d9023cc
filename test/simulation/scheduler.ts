/**
 * Decides the order of every asynchronous step of a simulation, from a seed, in virtual time.
 *
 * Whatever would wait in the world (a store's answer, a timer, an injected fault) is parked here as an event with a
 * due time. The scheduler takes one event at a time, the earliest first and a drawn one among equals, moves the clock
 * to it and lets the promises it woke run until nothing moves. Promise jobs run in a fixed order as long as nothing
 * else feeds the event loop, so the seed decides everything; a test compares trace hashes to prove it.
 */
import type { SeededRandom } from './seeded-random.ts';
import type { Trace } from './trace.ts';

/** The real one, kept from before a guard replaces it. */
const setImmediateOfHost = setImmediate;

/** Events without any change of virtual time after which something is surely turning in a circle. */
const EVENTS_AT_ONE_TIME_MAX = 200_000;
/** Many times what the longest run takes. */
const EVENTS_MAX = 600_000;

export interface ParkedEvent {
  readonly label: string;
  readonly dueMs: number;
  /** Drawn when parked: the order among events that are due at the same time. */
  readonly tie: number;
  /** True when the process behind it cannot go on now; the holder parks it again later. */
  readonly held?: () => boolean;
  readonly run: () => void;
}

export class Scheduler {
  readonly random: SeededRandom;
  readonly trace: Trace;
  readonly #heap: ParkedEvent[] = [];
  #nowMs: number;
  #tick = 0;

  constructor(random: SeededRandom, trace: Trace, startMs: number) {
    this.random = random;
    this.trace = trace;
    this.#nowMs = startMs;
  }

  /** Virtual time: ms since the epoch, what the stores' clocks show. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Counts steps. Orders what happened within one millisecond. */
  get tick(): number {
    return this.#tick;
  }

  get parked(): number {
    return this.#heap.length;
  }

  /** A moment of its own for something a client sees, so that "ended before it began" is well defined. */
  nextTick(): number {
    this.#tick += 1;
    return this.#tick;
  }

  /** Parks a step; answers a function that takes it out again. */
  at(delayMs: number, label: string, run: () => void): () => void {
    let cancelled = false;
    this.#push({
      label,
      dueMs: this.#nowMs + Math.max(0, Math.round(delayMs)),
      tie: this.random.uint32(),
      run: () => {
        if (!cancelled) run();
      },
      held: () => cancelled,
    });
    return () => {
      cancelled = true;
    };
  }

  /** Resolves after virtual time. */
  wait(delayMs: number, label: string): Promise<void> {
    return new Promise((resolve) => {
      this.at(delayMs, label, resolve);
    });
  }

  /** Runs until `done` holds, nothing is parked, or virtual time has passed `untilMs`; says which. */
  async run(done: () => boolean, untilMs: number): Promise<'done' | 'idle' | 'late'> {
    let atThisTime = 0;
    await quiescence();
    while (!done()) {
      const event = this.#pop();
      if (event === undefined) return 'idle';
      if (event.dueMs > untilMs) {
        this.#push(event);
        return 'late';
      }
      if (event.held?.()) continue;
      atThisTime = event.dueMs > this.#nowMs ? 0 : atThisTime + 1;
      if (atThisTime > EVENTS_AT_ONE_TIME_MAX) throw new Error(`virtual time stands still at ${event.label}`);
      if (this.trace.lines > EVENTS_MAX) throw new Error(`there is no end to it, last came ${event.label}`);
      this.#nowMs = Math.max(this.#nowMs, event.dueMs);
      this.#tick += 1;
      this.trace.add(this.#nowMs, event.label);
      event.run();
      await quiescence();
    }
    return 'done';
  }

  #push(event: ParkedEvent): void {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !before(event, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): ParkedEvent | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      let below = heap[child];
      const right = heap[child + 1];
      if (below !== undefined && right !== undefined && before(right, below)) {
        child += 1;
        below = right;
      }
      if (below === undefined || !before(below, last)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function before(one: ParkedEvent, other: ParkedEvent): boolean {
  return one.dueMs !== other.dueMs ? one.dueMs < other.dueMs : one.tie < other.tie;
}

/** Resolves when no promise job is left: the host runs all of them before its next turn. */
export function quiescence(): Promise<void> {
  return new Promise((resolve) => {
    setImmediateOfHost(resolve);
  });
}
