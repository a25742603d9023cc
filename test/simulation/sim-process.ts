/**
 * A simulated process: a function, a gateway or a client, with a clock of its own.
 *
 * It meets the world only through its clock, its randomness and its store calls, all of which wait at the scheduler.
 * Killed, it never hears an answer again; frozen, its answers and timers wait until it is thawed.
 */
import type { Clock } from '../../lib/ports/clock.ts';
import type { Scheduler } from './scheduler.ts';
import type { SeededRandom } from './seeded-random.ts';

export class SimProcess {
  readonly name: string;
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly #scheduler: Scheduler;
  #state: 'running' | 'frozen' | 'dead' = 'running';
  #heldBack: (() => void)[] = [];
  #freezes = 0;

  constructor(name: string, scheduler: Scheduler, random: SeededRandom, skewMs: number) {
    this.name = name;
    this.#scheduler = scheduler;
    this.random = random;
    this.clock = {
      now: () => scheduler.nowMs + skewMs,
      monotonic: () => scheduler.nowMs,
      sleep: (ms, signal) => this.#sleep(ms, signal),
    };
  }

  get state(): 'running' | 'frozen' | 'dead' {
    return this.#state;
  }

  /** How often it has been frozen. */
  get freezes(): number {
    return this.#freezes;
  }

  kill(): void {
    this.#state = 'dead';
    this.#heldBack = [];
  }

  freeze(): void {
    if (this.#state !== 'running') return;
    this.#state = 'frozen';
    this.#freezes += 1;
  }

  /** Everything that waited comes at once, in the order in which it arrived. */
  thaw(): void {
    if (this.#state !== 'frozen') return;
    this.#state = 'running';
    for (const step of this.#heldBack.splice(0)) this.#scheduler.at(0, `${this.name} goes on`, () => this.deliver(step));
  }

  /** Runs a step inside the process: now, after the thaw, or never. */
  deliver(step: () => void): void {
    if (this.#state === 'running') step();
    else if (this.#state === 'frozen') this.#heldBack.push(step);
  }

  #sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const interrupted = (): void => {
        cancel();
        this.deliver(resolve);
      };
      const cancel = this.#scheduler.at(ms, `${this.name} wakes`, () => {
        signal?.removeEventListener('abort', interrupted);
        this.deliver(resolve);
      });
      signal?.addEventListener('abort', interrupted, { once: true });
    });
  }
}
