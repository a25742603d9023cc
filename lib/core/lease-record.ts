/**
 * The lease record of a partition: the one item whose conditional write gives a segment its offsets.
 *
 * Every process may hold an old copy. A copy is only ever used to decide a write that names the version it was decided
 * on, or to answer a read after it was fetched with strong consistency.
 */
import type { LeaseId, Offset, ProducerId } from './ids.ts';

/**
 * Where an entry's bytes are: `wal` a segment object as written, `inline` a small segment kept as an item, `log` a
 * merged file of this partition, `gone` a range without bytes (compacted away, or lost and marked so by an operator).
 */
export type EntryKind = 'wal' | 'inline' | 'log' | 'gone';

/** A range of offsets and where its bytes are. It stores a span, not offsets: its base follows from its place. */
export interface Entry {
  readonly lease: LeaseId;
  readonly kind: EntryKind;
  /** First byte within the object. */
  readonly position: number;
  /** Bytes, whole batches. */
  readonly length: number;
  /** Offsets covered, at least 1. More than `records` after compaction. */
  readonly span: number;
  readonly records: number;
  /** Largest record timestamp, ms since the epoch; -1 if there is none. */
  readonly maxTimestamp: number;
  /** Zones that held the object when it was granted: bit n for zone n. Inline segments count as all zones. */
  readonly zones: number;
}

/** One of the last five batches of a producer, kept to recognise a repeated send. */
export interface ProducerBatch {
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly baseOffset: Offset;
  readonly timestamp: number;
}

/** What a partition knows of one idempotent producer. */
export interface ProducerState {
  readonly producerId: ProducerId;
  readonly epoch: number;
  /** Oldest first, at most five; empty when only the epoch is known. */
  readonly batches: readonly ProducerBatch[];
  /** When the producer last wrote here, ms since the epoch by the writer's clock; decides eviction and expiry only. */
  readonly lastUsedMs: number;
}

/** The first offset of a transaction that is still open in this partition. */
export interface OpenTransaction {
  readonly producerId: ProducerId;
  readonly firstOffset: Offset;
}

export interface LeaseRecord {
  /** Counts every write of the record. */
  readonly version: number;
  /** The offset the next record gets: log end offset and high watermark. */
  readonly next: Offset;
  /** Log start offset. */
  readonly start: Offset;
  /** Lease ids at or below it are refused. */
  readonly floor: LeaseId;
  /** The newest granted entries, oldest first. */
  readonly tail: readonly Entry[];
  /** Largest timestamp of all records below the tail, -1 if there is none. */
  readonly maxTimestampBelow: number;
  /** Bytes ever granted below the tail. */
  readonly bytesBelow: number;
  /** The newest producers, least recently used first. */
  readonly producers: readonly ProducerState[];
  /** Counts producers moved out to items of their own. */
  readonly evictions: number;
  readonly open: readonly OpenTransaction[];
}

/** The record of a partition that nothing was written to. */
export function emptyLeaseRecord(floor: LeaseId): LeaseRecord {
  return {
    version: 0,
    next: 0,
    start: 0,
    floor,
    tail: [],
    maxTimestampBelow: -1,
    bytesBelow: 0,
    producers: [],
    evictions: 0,
    open: [],
  };
}

/** Offsets covered by a run of entries. */
export function spanOf(entries: readonly Entry[]): number {
  let span = 0;
  for (const entry of entries) span += entry.span;
  return span;
}

/** The first offset that the tail names; equal to `next` when the tail is empty. */
export function tailBase(record: LeaseRecord): Offset {
  return record.next - spanOf(record.tail);
}

/** An entry with the offset of its first record. */
export interface PlacedEntry {
  readonly entry: Entry;
  readonly baseOffset: Offset;
}

/** The entry that covers `offset` among entries that begin at `base`, or undefined when none does. */
export function entryAt(entries: readonly Entry[], base: Offset, offset: Offset): PlacedEntry | undefined {
  let at = base;
  if (offset < base) return undefined;
  for (const entry of entries) {
    if (offset < at + entry.span) return { entry, baseOffset: at };
    at += entry.span;
  }
  return undefined;
}

/** The last stable offset: where readers of committed records stop. */
export function lastStableOffset(record: LeaseRecord): Offset {
  let stable = record.next;
  for (const transaction of record.open) stable = Math.min(stable, transaction.firstOffset);
  return stable;
}

/** The record with a higher floor, or the same record when the floor is high enough already. */
export function withFloor(record: LeaseRecord, floor: LeaseId): LeaseRecord {
  return floor > record.floor ? { ...record, floor, version: record.version + 1 } : record;
}

/** The record with a higher log start, or the same record when `start` is not within `start < new <= next`. */
export function withStart(record: LeaseRecord, start: Offset): LeaseRecord {
  return start > record.start && start <= record.next ? { ...record, start, version: record.version + 1 } : record;
}
