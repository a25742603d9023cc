/** What lies between processes: a request travels, is worked on where the engine is, and its answer travels back. Either may be lost. */
import { StratalogError } from '../../lib/core/errors.ts';
import type { StoreGate } from './faults.ts';
import type { Scheduler } from './scheduler.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { SimProcess } from './sim-process.ts';

/** How long a client waits for another process. */
const CLIENT_PATIENCE_MS = 40_000;

export class Network {
  readonly #scheduler: Scheduler;
  readonly #random: SeededRandom;
  /** Ways between processes are as good or bad as those to the stores. */
  readonly #gate: StoreGate;

  constructor(scheduler: Scheduler, random: SeededRandom, gate: StoreGate) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#gate = gate;
  }

  /**
   * Has `server` run something for `client`. REQUEST_TIMED_OUT when no answer comes, which says nothing of what was done:
   * a server that is frozen does it when it thaws.
   */
  ask<Answer>(client: SimProcess, server: SimProcess, what: string, run: () => Promise<Answer>): Promise<Answer> {
    const { failBefore, failAfter } = this.#gate.profile;
    const isLost = this.#random.chance(failBefore);
    const isUnanswered = this.#random.chance(failAfter);
    return new Promise((resolve, reject) => {
      const settled = new AbortController();
      const answer = (step: () => void): void => {
        if (isUnanswered) return;
        this.#scheduler.at(this.wayMs(), `${server.name} answers ${client.name} ${what}`, () =>
          client.deliver(() => {
            settled.abort();
            step();
          }),
        );
      };
      this.#scheduler.at(this.wayMs(), `${client.name} asks ${server.name} ${what}${isLost ? ' [lost]' : ''}`, () => {
        if (isLost) return;
        server.deliver(() =>
          run().then(
            (value) => answer(() => resolve(value)),
            (error: unknown) => answer(() => reject(error)),
          ),
        );
      });
      void client.clock
        .sleep(CLIENT_PATIENCE_MS, settled.signal)
        .then(() => reject(new StratalogError('REQUEST_TIMED_OUT', `${server.name} did not answer`)));
    });
  }

  wayMs(): number {
    return this.#random.between(1, this.#gate.profile.latencyMsMax);
  }
}
