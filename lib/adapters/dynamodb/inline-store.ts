import type { LeaseId } from '../../core/ids.ts';
import { leaseTimeMs } from '../../core/ids.ts';
import { INLINE_SEGMENT_BYTES_MAX } from '../../core/limits.ts';
import type { InlineStore } from '../../ports/inline-store.ts';
import { skOf } from './item.ts';
import { HOURS_PK, hourEndMs, hourKey, hourOf, LAST, SEGMENT_SHARDS, segmentKey, segmentPk } from './key-space.ts';
import { fromItem, toItem } from './segment-item.ts';
import { type DynamoTable, inParallel } from './table.ts';

/** Hours this process has written down lately; a writer with a wild clock must not fill memory. */
const HOURS_KEPT = 48;
/** An empty hour is forgotten when it has been over for this long, so that no writer of it is still at work. */
const HOUR_KEPT_MS = 24 * 60 * 60 * 1000;

/**
 * Small segments as items, spread over 16 partition keys an hour. Each hour that has any is written down, so that a
 * listing asks for those hours alone.
 *
 * The age of a segment is that of its lease id, by its writer's clock: DynamoDB tells no time. Whoever deletes by age
 * raises the floor of every partition first, so a wrong clock harms nothing.
 *
 * Cost: 1 write unit a KB; the first of a process in an hour 1 more.
 */
export class DynamoInlineStore implements InlineStore {
  readonly maxBytes: number;
  readonly #table: DynamoTable;
  readonly #hours = new Map<string, Promise<void>>();

  constructor(table: DynamoTable, maxBytes: number = INLINE_SEGMENT_BYTES_MAX) {
    this.#table = table;
    this.maxBytes = maxBytes;
  }

  async put(lease: LeaseId, chunks: readonly Uint8Array[]): Promise<void> {
    const { key, attributes } = toItem(lease, chunks);
    await Promise.all([this.#table.put(key, attributes), this.#noteHour(hourOf(lease))]);
  }

  async get(lease: LeaseId, position = 0, length = Number.POSITIVE_INFINITY): Promise<Buffer | undefined> {
    const item = await this.#table.get(segmentKey(lease));
    return item && fromItem(item).subarray(position, position + length);
  }

  async delete(leases: readonly LeaseId[]): Promise<void> {
    await inParallel(leases, (lease) => this.#table.delete(segmentKey(lease)));
  }

  /** Cost: 1 query, and 16 for each hour that is looked at. */
  async list(after: LeaseId | undefined, beforeMs: number, limit: number): Promise<readonly { lease: LeaseId; size: number }[]> {
    const from = after === undefined ? '0' : hourOf(after);
    const hours = (await this.#table.query({ pk: HOURS_PK, from, to: LAST })).map(skOf);
    const found: { lease: LeaseId; size: number }[] = [];
    for (const hour of hours) {
      if (found.length >= limit || leaseTimeOfHour(hour) >= beforeMs) break;
      const segments = await this.#ofHour(hour, after, limit - found.length);
      if (segments.length === 0 && (after === undefined || hourOf(after) < hour)) await this.#forget(hour, beforeMs);
      found.push(...segments.filter(({ lease }) => leaseTimeMs(lease) < beforeMs));
    }
    return found.slice(0, limit);
  }

  async #ofHour(hour: string, after: LeaseId | undefined, limit: number): Promise<{ lease: LeaseId; size: number }[]> {
    const shards = Array.from({ length: SEGMENT_SHARDS }, (_, shard) => segmentPk(shard, hour));
    const from = after === undefined ? '0' : `${after}0`;
    const items = await inParallel(shards, (pk) => this.#table.query({ pk, from, to: LAST, limit }));
    return items
      .flat()
      .map((item) => ({ lease: skOf(item) as LeaseId, size: fromItem(item).length }))
      .sort((a, b) => (a.lease < b.lease ? -1 : 1))
      .slice(0, limit);
  }

  /** Calls of one hour share one write. */
  #noteHour(hour: string): Promise<void> {
    const known = this.#hours.get(hour);
    if (known !== undefined) return known;
    const noted = this.#table.put(hourKey(hour), {}).then(() => undefined);
    noted.catch(() => this.#hours.delete(hour));
    this.#hours.set(hour, noted);
    for (const oldest of this.#hours.keys()) {
      if (this.#hours.size <= HOURS_KEPT) break;
      this.#hours.delete(oldest);
    }
    return noted;
  }

  async #forget(hour: string, beforeMs: number): Promise<void> {
    if (hourEndMs(hour) + HOUR_KEPT_MS > beforeMs) return;
    await this.#table.delete(hourKey(hour));
    this.#hours.delete(hour);
  }
}

function leaseTimeOfHour(hour: string): number {
  return hourEndMs(hour) - 60 * 60 * 1000;
}
