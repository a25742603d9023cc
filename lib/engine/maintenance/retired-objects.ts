import type { LeaseId } from '../../core/ids.ts';
import { walKey } from '../../core/segment-key.ts';
import type { Clock } from '../../ports/clock.ts';
import type { InlineStore } from '../../ports/inline-store.ts';
import type { Zone } from '../../ports/object-store.ts';

/** An object that nothing names any more, for certain, since a write of this process took its last name away. */
export type RetiredObject = { readonly kind: 'object'; readonly key: string } | { readonly kind: 'inline'; readonly lease: LeaseId };

const KEYS_PER_DELETE = 1_000;
/** What does not fit is left to sweep, which finds it by itself. */
const RETIRED_MAX = 200_000;

/**
 * Objects on their way out: they are deleted when every reader that saw their name has long come back. What this
 * process forgets by ending is found again by sweep.
 */
export class RetiredObjects {
  readonly #clock: Clock;
  readonly #waitMs: number;
  readonly #waiting: { readonly object: RetiredObject; readonly at: number }[] = [];

  constructor(clock: Clock, waitMs: number) {
    this.#clock = clock;
    this.#waitMs = waitMs;
  }

  get size(): number {
    return this.#waiting.length;
  }

  add(objects: readonly RetiredObject[]): void {
    const at = this.#clock.monotonic();
    for (const object of objects) if (this.#waiting.length < RETIRED_MAX) this.#waiting.push({ object, at });
  }

  addSegment(kind: 'wal' | 'inline', lease: LeaseId): void {
    this.add([kind === 'wal' ? { kind: 'object', key: walKey(lease) } : { kind: 'inline', lease }]);
  }

  /** Deletes those that have waited long enough, in every zone; answers how many. One that fails is left to sweep. */
  async deleteDue(zones: readonly Zone[], inline: InlineStore | undefined): Promise<number> {
    const now = this.#clock.monotonic();
    let due = this.#waiting.findIndex(({ at }) => now - at < this.#waitMs);
    if (due < 0) due = this.#waiting.length;
    let deleted = 0;
    while (due > 0) {
      const batch = this.#waiting.splice(0, Math.min(due, KEYS_PER_DELETE));
      due -= batch.length;
      await deleteObjects(
        batch.map(({ object }) => object),
        zones,
        inline,
      );
      deleted += batch.length;
    }
    return deleted;
  }
}

/** Deletes at most 1,000 objects in every zone. A zone that fails does not keep the others from it; its error is thrown at the end. */
export async function deleteObjects(
  objects: readonly RetiredObject[],
  zones: readonly Zone[],
  inline: InlineStore | undefined,
): Promise<void> {
  const keys = objects.flatMap((object) => (object.kind === 'object' ? [object.key] : []));
  const leases = objects.flatMap((object) => (object.kind === 'inline' ? [object.lease] : []));
  if (leases.length > 0) await inline?.delete(leases);
  if (keys.length === 0) return;
  const ends = await Promise.allSettled(zones.map((zone) => zone.objects.delete(keys)));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
