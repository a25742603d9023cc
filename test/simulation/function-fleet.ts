/**
 * Functions: each environment serves one invocation at a time and is frozen as soon as it has answered, with whatever it
 * had begun beside; the next invocation thaws it. One that takes too long is ended, and any may vanish.
 */
import { StratalogError } from '../../lib/core/errors.ts';
import type { Engine } from '../../lib/engine/engine.ts';
import type { Maintenance } from '../../lib/engine/maintenance/maintenance.ts';
import type { Network } from './network.ts';
import type { Scheduler } from './scheduler.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { SimProcess } from './sim-process.ts';

/** An environment is ended when its invocation has taken as long as this. */
const INVOCATION_MS_MAX = 5 * 60_000;

export interface Environment {
  readonly process: SimProcess;
  readonly engine: Engine;
  readonly maintenance: Maintenance;
}

export class FunctionFleet {
  readonly #scheduler: Scheduler;
  readonly #random: SeededRandom;
  readonly #network: Network;
  readonly #make: () => Environment;
  readonly #environmentsMax: number;
  readonly #idle: Environment[] = [];
  readonly #busy = new Set<Environment>();

  constructor(scheduler: Scheduler, random: SeededRandom, network: Network, environmentsMax: number, make: () => Environment) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#network = network;
    this.#environmentsMax = environmentsMax;
    this.#make = make;
  }

  /** One invocation. THROTTLED when every environment is busy. */
  async invoke<Answer>(client: SimProcess, what: string, run: (environment: Environment) => Promise<Answer>): Promise<Answer> {
    const environment = this.#take();
    if (environment === undefined) throw new StratalogError('THROTTLED', 'every environment is busy');
    const { process } = environment;
    const cancel = this.#scheduler.at(INVOCATION_MS_MAX, `${process.name} has taken too long`, () => this.#end(environment));
    const begin = (): Promise<Answer> => {
      const end = (): void => {
        cancel();
        this.#rest(environment);
      };
      const running = run(environment);
      running.then(end, end);
      return running;
    };
    process.thaw();
    return this.#network.ask(client, process, what, begin);
  }

  /** An environment goes, in the middle of whatever it does. */
  strike(): string | undefined {
    const all = [...this.#idle, ...this.#busy];
    if (all.length === 0) return undefined;
    const environment = this.#random.pick(all);
    this.#end(environment);
    return environment.process.name;
  }

  /** All idle environments go: what they had begun beside their invocations never ends. */
  reclaim(): void {
    for (const environment of [...this.#idle]) this.#end(environment);
  }

  #take(): Environment | undefined {
    const { length } = this.#idle;
    const isNew =
      length === 0 ? this.#busy.size < this.#environmentsMax : this.#random.chance(0.1) && length + this.#busy.size < this.#environmentsMax;
    const environment = isNew ? this.#make() : this.#idle.splice(Math.floor(this.#random.fraction() * length), 1)[0];
    if (environment !== undefined) this.#busy.add(environment);
    return environment;
  }

  #rest(environment: Environment): void {
    if (!this.#busy.delete(environment)) return;
    environment.process.freeze();
    this.#idle.push(environment);
  }

  #end(environment: Environment): void {
    environment.process.kill();
    this.#busy.delete(environment);
    const at = this.#idle.indexOf(environment);
    if (at >= 0) this.#idle.splice(at, 1);
  }
}
