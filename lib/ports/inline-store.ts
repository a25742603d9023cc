import type { LeaseId } from '../core/ids.ts';

/**
 * Small segments, kept as items beside the lease records. They count as held by all zones.
 *
 * An adapter may delay durability up to the next `LeaseStore.write` of the same process, as long as a write that was
 * applied never outlives a segment put before it.
 */
export interface InlineStore {
  /** Segments up to this many bytes are put here, larger ones become objects. 0 when there is no such store. */
  readonly maxBytes: number;
  /** Stores a segment under its lease. May be repeated. When it resolves nobody refers to the chunks any more. Cost: 1 write a KB. */
  put(lease: LeaseId, chunks: readonly Uint8Array[]): Promise<void>;
  /**
   * Bytes `[position, position + length)` of a segment, fewer where it ends before, by default all; undefined when there is
   * no such segment. `allocate` gives memory to read into, where the store can: who reads much then reads into the same again.
   * Cost: 1 read a 4 KB of the whole segment.
   */
  get(lease: LeaseId, position?: number, length?: number, allocate?: (bytes: number) => Buffer): Promise<Buffer | undefined>;
  /** Removes segments; absent ones are fine. At most 1,000. */
  delete(leases: readonly LeaseId[]): Promise<void>;
  /** Leases of segments in order, after `after`, older than `beforeMs` by the store's clock, at most `limit`. */
  list(after: LeaseId | undefined, beforeMs: number, limit: number): Promise<readonly { readonly lease: LeaseId; readonly size: number }[]>;
}
