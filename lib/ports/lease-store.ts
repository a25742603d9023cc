import type { PartitionKey } from '../core/ids.ts';
import type { LeaseRecord } from '../core/lease-record.ts';

/** One conditional write: `record` replaces the stored one if that still has version `expected`. */
export interface LeaseWrite {
  readonly key: PartitionKey;
  readonly expected: number;
  /** Its version is `expected + 1`. */
  readonly record: LeaseRecord;
}

/**
 * `applied`: the write was made. `refused`: the store answered that the version is another one; `current` is the record
 * as it is now, undefined if there is none. A refusal does not prove that the write was never applied (the client
 * library may have sent it twice). `unknown`: no answer; it may be applied now, later or never. A `cause` of STORAGE_FULL,
 * STORAGE_READ_ONLY or ACCESS_DENIED says that this attempt was not applied and never will be.
 */
export type LeaseWriteOutcome =
  | { readonly kind: 'applied' }
  | { readonly kind: 'refused'; readonly current: LeaseRecord | undefined }
  | { readonly kind: 'unknown'; readonly cause: unknown };

/** The lease records: one item a partition, written only by compare-and-set. */
export interface LeaseStore {
  /** How large a record may grow here; a grant keeps within it. */
  readonly capacity: { readonly tailEntriesRoll: number; readonly tailEntriesMax: number; readonly producersMax: number };

  /** Creates records that are not there; those that are stay as they are. May be repeated. Cost: 1 write a partition. */
  create(keys: readonly PartitionKey[], record: LeaseRecord): Promise<void>;

  /** The records as they are at some moment during the call (strongly consistent), in the order asked. Cost: 1 read a record. */
  read(keys: readonly PartitionKey[]): Promise<readonly (LeaseRecord | undefined)[]>;

  /**
   * Each write is atomic by itself; there is no order and no atomicity between them, but an adapter may make all of
   * them durable at once. Never throws for a single write's fate. Cost: 1 write unit a KB of each record.
   */
  write(writes: readonly LeaseWrite[]): Promise<readonly LeaseWriteOutcome[]>;

  /** Removes the records of a deleted topic. May be repeated. */
  remove(keys: readonly PartitionKey[]): Promise<void>;
}
