import type { Zone } from '../../ports/object-store.ts';
import type { Telemetry } from '../../ports/telemetry.ts';

/** Which zones answered the jobs of this process when they last asked them. */
export class ZoneHealth {
  readonly #telemetry: Telemetry;
  readonly #down = new Set<string>();

  constructor(telemetry: Telemetry) {
    this.#telemetry = telemetry;
  }

  /** Names of the zones that did not answer, in order. */
  get down(): readonly string[] {
    return [...this.#down].sort();
  }

  note({ name }: Zone, isUp: boolean): void {
    if (isUp) this.#down.delete(name);
    else this.#down.add(name);
    this.#telemetry.gauge('zone_up', isUp ? 1 : 0, { zone: name });
  }
}
