import type { LeaseId, Offset, PartitionKey } from '../../core/ids.ts';
import { logIndexKey, logKey, walKey } from '../../core/segment-key.ts';
import type { Clock } from '../../ports/clock.ts';
import type { InlineStore } from '../../ports/inline-store.ts';
import type { Zone } from '../../ports/object-store.ts';

/** An object that nothing names any more, for certain, since a write of this process took its last name away. */
export type RetiredObject = { readonly kind: 'object'; readonly key: string } | { readonly kind: 'inline'; readonly lease: LeaseId };

const KEYS_PER_DELETE = 1_000;
/** Small segments that go between two pauses: on a folder one commit, which producers wait for; elsewhere a request each, at once. */
const LEASES_PER_DELETE = 25;
/** What does not fit is left to sweep, which finds it by itself. */
const RETIRED_MAX = 200_000;

/** Where objects are to be deleted. */
export interface DeletePlaces {
  readonly zones: readonly Zone[];
  readonly inline: InlineStore | undefined;
  readonly onFailed: (zone: Zone, error: unknown) => void;
  /** Gives way to others between two deletes. */
  readonly pause: () => Promise<void>;
}

/**
 * Objects on their way out: they are deleted when every reader that saw their name has long come back. What this
 * process forgets by ending is found again by sweep.
 */
export class RetiredObjects {
  readonly #clock: Clock;
  readonly #waitMs: number;
  readonly #waiting = new Map<string, { readonly object: RetiredObject; readonly dueAt: number }>();

  /** `waitMs`: how long every object stays at the least. */
  constructor(clock: Clock, waitMs: number) {
    this.#clock = clock;
    this.#waitMs = waitMs;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Objects that are waiting already keep their time. `waitMs`: longer than all others. */
  add(objects: readonly RetiredObject[], waitMs = 0): void {
    const dueAt = this.#clock.monotonic() + Math.max(waitMs, this.#waitMs);
    for (const object of objects) {
      const name = object.kind === 'object' ? object.key : object.lease;
      if (this.#waiting.size < RETIRED_MAX && !this.#waiting.has(name)) this.#waiting.set(name, { object, dueAt });
    }
  }

  addSegment(kind: 'wal' | 'inline', lease: LeaseId): void {
    this.add([kind === 'wal' ? { kind: 'object', key: walKey(lease) } : { kind: 'inline', lease }]);
  }

  /** A merged file and its index; `waitMs` is the topic's `file.delete.delay.ms`. */
  addFile(key: PartitionKey, firstOffset: Offset, lease: LeaseId, waitMs: number): void {
    this.add(
      [
        { kind: 'object', key: logKey(key, firstOffset, lease) },
        { kind: 'object', key: logIndexKey(key, firstOffset, lease) },
      ],
      waitMs,
    );
  }

  /**
   * Deletes those that have waited long enough, in every zone; answers how many. A zone that fails keeps no other from it: it is
   * told of once, and what it still has is left to the sweep that lists it again.
   */
  async deleteDue(places: DeletePlaces): Promise<number> {
    const now = this.#clock.monotonic();
    const due = [...this.#waiting].filter(([, { dueAt }]) => dueAt <= now);
    const failed = new Set<Zone>();
    for (let at = 0; at < due.length; at += KEYS_PER_DELETE) {
      const batch = due.slice(at, at + KEYS_PER_DELETE);
      for (const [name] of batch) this.#waiting.delete(name);
      const left = places.zones.filter((zone) => !failed.has(zone));
      const failures = await deleteObjects(
        batch.map(([, { object }]) => object),
        { ...places, zones: left },
      );
      for (const { zone, error } of failures) {
        failed.add(zone);
        places.onFailed(zone, error);
      }
    }
    return due.length;
  }

  /** How long the object that is most overdue has waited past its time, ms; 0 when none has. */
  get overdueMs(): number {
    const now = this.#clock.monotonic();
    let overdue = 0;
    for (const { dueAt } of this.#waiting.values()) overdue = Math.max(overdue, now - dueAt);
    return overdue;
  }
}

/** Deletes at most 1,000 objects in every zone; answers which zones failed. An inline store that fails throws. */
async function deleteObjects(
  objects: readonly RetiredObject[],
  { zones, inline, pause }: DeletePlaces,
): Promise<readonly { readonly zone: Zone; readonly error: unknown }[]> {
  const keys = objects.flatMap((object) => (object.kind === 'object' ? [object.key] : []));
  const leases = objects.flatMap((object) => (object.kind === 'inline' ? [object.lease] : []));
  for (let at = 0; at < leases.length; at += LEASES_PER_DELETE) {
    await inline?.delete(leases.slice(at, at + LEASES_PER_DELETE));
    await pause();
  }
  if (keys.length === 0) return [];
  const ends = await Promise.allSettled(zones.map((zone) => zone.objects.delete(keys)));
  return zones.flatMap((zone, i) => {
    const end = ends[i];
    return end?.status === 'rejected' ? [{ zone, error: end.reason as unknown }] : [];
  });
}
