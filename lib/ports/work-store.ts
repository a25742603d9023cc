import type { PartitionKey } from '../core/ids.ts';

/**
 * The right to do a shard of a job for a while. It saves double work and names who coordinates; no safety rests on it,
 * since its holder may sleep past the expiry and wake. Times are the callers' own clocks.
 */
export interface WorkLease {
  readonly job: string;
  readonly shard: number;
  /** Who holds it; for coordinators the address clients reach it at. */
  readonly owner: string;
  /** Rises each time the holder changes. */
  readonly epoch: number;
  readonly expiresAtMs: number;
}

/** Work was found in a partition. `stamp` tells this mark from a later one on the same partition. */
export interface WorkMark {
  readonly key: PartitionKey;
  readonly stamp: number;
}

export type AcquireOutcome = { readonly kind: 'held'; readonly lease: WorkLease } | { readonly kind: 'taken'; readonly lease: WorkLease };

/** Work leases by job and shard, and marks of work to do. */
export interface WorkStore {
  /** The lease as it stands, expired or not. Strongly consistent. Cost: 1 read. */
  read(job: string, shard: number): Promise<WorkLease | undefined>;

  /**
   * Takes the lease if it is free, expired at `nowMs` or the owner's already; the epoch rises unless it was the owner's
   * and had not expired. Atomic; may be repeated. Throws OUTCOME_UNKNOWN. Cost: 1 read and 1 write.
   */
  acquire(job: string, shard: number, owner: string, nowMs: number, ttlMs: number): Promise<AcquireOutcome>;

  /** Moves the expiry of a lease that still has this owner and epoch. Atomic. Throws OUTCOME_UNKNOWN. Cost: 1 write. */
  renew(lease: WorkLease, expiresAtMs: number): Promise<'renewed' | 'lost'>;

  /** Ends a lease that still has this owner and epoch; the epoch is remembered. May be repeated. Cost: 1 write. */
  release(lease: WorkLease): Promise<void>;

  /** Leaves a mark on each partition; one that is there gets a new stamp. May be repeated. Cost: 1 write a partition. */
  mark(keys: readonly PartitionKey[]): Promise<void>;

  /** Marks of one of the 64 shards, in a fixed order, at most `limit`. Cost: 1 query. */
  marks(shard: number, limit: number): Promise<readonly WorkMark[]>;

  /** Removes marks that nobody has renewed since they were read. May be repeated. Cost: 1 write each. */
  unmark(marks: readonly WorkMark[]): Promise<void>;
}
