import { StratalogError } from '../../core/errors.ts';
import { FLOOR_NONE, nextLeaseId } from '../../core/ids.ts';
import { CLOCK_PREFIX } from '../../core/segment-key.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Zone } from '../../ports/object-store.ts';
import type { Random } from '../../ports/random.ts';

/** The time as the object store has it, learned from the date it gives to an object that is put and taken away again. */
export class StoreTime {
  readonly #zones: readonly Zone[];
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(ports: { readonly zones: readonly Zone[]; readonly clock: Clock; readonly random: Random }) {
    this.#zones = ports.zones;
    this.#clock = ports.clock;
    this.#random = ports.random;
  }

  /** Milliseconds since the epoch. The first zone that answers decides. Cost: 1 PUT, 1 HEAD, 1 DELETE. */
  async now(): Promise<number> {
    const key = `${CLOCK_PREFIX}${nextLeaseId(this.#clock.now(), FLOOR_NONE, this.#random.bytes(6))}`;
    let failure: unknown;
    for (const { objects } of this.#zones) {
      try {
        await objects.put(key, []);
        const info = await objects.head(key);
        await objects.delete([key]);
        if (info !== undefined) return info.putAtMs;
      } catch (error) {
        failure = error;
      }
    }
    throw new StratalogError('STORAGE_ERROR', `no zone tells the time: ${String(failure)}`, {}, failure);
  }
}
