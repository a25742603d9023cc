/**
 * The grant: one pure function that decides which offsets the waiting segments get in one partition.
 *
 * It looks at one version of the lease record and answers with the next version. Adapters apply the result as a
 * compare-and-set on the version it was decided on, so a decision is applied at most once, ever, and it puts its first
 * record at the offset which that version called `next`. One bad batch never refuses a flush: duplicates are answered,
 * bad batches get their error, the rest is granted under the same lease.
 */
import type { ErrorCode } from './errors.ts';
import { FLOOR_DELETED, type LeaseId, NO_PRODUCER_ID, type Offset, type ProducerId } from './ids.ts';
import { type Entry, type EntryKind, type LeaseRecord, type ProducerState, spanOf, tailBase } from './lease-record.ts';
import { afterAppend, decideSequence } from './producer-state.ts';

/** What a grant needs to know of one batch; from its header alone. */
export interface GrantBatch {
  /** First byte within the segment object. */
  readonly position: number;
  readonly length: number;
  /** Offsets the batch takes: its last offset delta plus one. */
  readonly span: number;
  readonly records: number;
  readonly maxTimestamp: number;
  /** -1 when the producer is not idempotent. */
  readonly producerId: ProducerId;
  readonly producerEpoch: number;
  readonly baseSequence: number;
}

/** One uploaded segment's batches for this partition, in the order they stand in the segment. */
export interface GrantRequest {
  readonly lease: LeaseId;
  readonly kind: EntryKind;
  readonly zones: number;
  readonly batches: readonly GrantBatch[];
}

export type BatchAnswer =
  | { readonly kind: 'granted'; readonly baseOffset: Offset }
  | { readonly kind: 'duplicate'; readonly baseOffset: Offset; readonly timestamp: number }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string };

/** `fenced`: the lease is at or below the floor, upload again under a new one. `deleted`: the partition is gone. */
export type RequestAnswer =
  | { readonly kind: 'decided'; readonly batches: readonly BatchAnswer[] }
  | { readonly kind: 'fenced'; readonly floor: LeaseId }
  | { readonly kind: 'deleted' };

/** What the writer has learned of producers that are not in the record: a state, or null for "no such item". */
export interface KnownProducers {
  /** The record's `evictions` when they were read; the knowledge is void once that has moved. */
  readonly evictions: number;
  readonly states: ReadonlyMap<ProducerId, ProducerState | null>;
}

/** Offsets that a page holds already and the tail still names: cut with this write if the tail still begins there. */
export interface TailCut {
  readonly tailBase: Offset;
  readonly entries: number;
}

export interface GrantLimits {
  readonly tailEntriesMax: number;
  readonly producersMax: number;
}

export type GrantDecision =
  /** `record` is the next version; `evicted` must be stored as items of their own before it is written. */
  | {
      readonly kind: 'decided';
      readonly record: LeaseRecord;
      readonly answers: readonly RequestAnswer[];
      readonly evicted: readonly ProducerState[];
      readonly grantedSpan: number;
    }
  /** Nothing can be decided before these producers' items were read. */
  | { readonly kind: 'needs-producers'; readonly producerIds: readonly ProducerId[] }
  /** The tail is full: put the page first, then cut. */
  | { readonly kind: 'needs-roll' };

/** Decides all waiting segments of a partition, in order, on one version of its record. */
export function grant(
  record: LeaseRecord,
  requests: readonly GrantRequest[],
  context: { readonly nowMs: number; readonly limits: GrantLimits; readonly known?: KnownProducers; readonly cut?: TailCut },
): GrantDecision {
  if (record.floor === FLOOR_DELETED) {
    return { kind: 'decided', record, answers: requests.map(() => ({ kind: 'deleted' })), evicted: [], grantedSpan: 0 };
  }
  const missing = producersToRead(record, requests, context.known);
  if (missing.length > 0) return { kind: 'needs-producers', producerIds: missing };

  const draft = new Draft(cutTail(record, context.cut), context.nowMs, context.known, context.limits.tailEntriesMax);
  const answers = requests.map((request): RequestAnswer => {
    if (request.lease <= record.floor) return { kind: 'fenced', floor: record.floor };
    return { kind: 'decided', batches: request.batches.map((batch) => draft.place(request, batch)) };
  });
  if (draft.needsRoll) return { kind: 'needs-roll' };
  return { kind: 'decided', ...draft.finish(context.limits.producersMax), answers };
}

/** The record without the entries that a page holds, when its tail still begins where the page does. */
export function cutTail(record: LeaseRecord, cut: TailCut | undefined): LeaseRecord {
  if (cut === undefined || cut.entries > record.tail.length || tailBase(record) !== cut.tailBase) return record;
  const gone = record.tail.slice(0, cut.entries);
  let maxTimestampBelow = record.maxTimestampBelow;
  let bytesBelow = record.bytesBelow;
  for (const entry of gone) {
    maxTimestampBelow = Math.max(maxTimestampBelow, entry.maxTimestamp);
    bytesBelow += entry.length;
  }
  return { ...record, tail: record.tail.slice(cut.entries), maxTimestampBelow, bytesBelow };
}

function producersToRead(record: LeaseRecord, requests: readonly GrantRequest[], known: KnownProducers | undefined): readonly ProducerId[] {
  if (record.evictions === 0) return [];
  const missing = new Set<ProducerId>();
  for (const request of requests) {
    for (const { producerId } of request.batches) {
      if (producerId === NO_PRODUCER_ID) continue;
      if (record.producers.some((state) => state.producerId === producerId)) continue;
      if (known?.evictions === record.evictions && known.states.has(producerId)) continue;
      missing.add(producerId);
    }
  }
  return [...missing];
}

/** The next version while it is being made. */
class Draft {
  readonly #record: LeaseRecord;
  readonly #nowMs: number;
  readonly #known: KnownProducers | undefined;
  readonly tail: Entry[];
  readonly #producers: Map<ProducerId, ProducerState>;
  #next: Offset;
  readonly #touched = new Set<ProducerId>();
  readonly #entriesMax: number;
  #full = false;

  constructor(record: LeaseRecord, nowMs: number, known: KnownProducers | undefined, entriesMax: number) {
    this.#entriesMax = entriesMax;
    this.#record = record;
    this.#nowMs = nowMs;
    this.#known = known;
    this.tail = [...record.tail];
    this.#next = record.next;
    this.#producers = new Map(record.producers.map((state) => [state.producerId, state]));
  }

  /** The tail has no room, and rolling would make some. */
  get needsRoll(): boolean {
    return this.#full && this.#record.tail.length > 0;
  }

  place(request: GrantRequest, batch: GrantBatch): BatchAnswer {
    const idempotent = batch.producerId !== NO_PRODUCER_ID;
    const known = idempotent ? this.#stateOf(batch.producerId) : undefined;
    if (idempotent) {
      const decision = decideSequence(known, batch);
      if (decision.kind === 'refuse') return { kind: 'refused', code: decision.code, message: decision.message };
      if (decision.kind === 'duplicate') {
        return { kind: 'duplicate', baseOffset: decision.batch.baseOffset, timestamp: decision.batch.timestamp };
      }
    }
    this.#full ||= this.tail.length >= this.#entriesMax && !this.#continues(request, batch);
    if (this.#full) {
      // Only a request whose refused batches tear it into more pieces than an empty tail holds comes here for good.
      return {
        kind: 'refused',
        code: 'THROTTLED',
        message: `the request needs more than the ${this.#entriesMax} entries of a lease record`,
      };
    }
    const baseOffset = this.#next;
    if (idempotent) {
      // Deleting first moves the producer to the end of the map, which is the end evicted last.
      this.#producers.delete(batch.producerId);
      this.#producers.set(batch.producerId, afterAppend(known, batch, baseOffset, batch.maxTimestamp, this.#nowMs));
      this.#touched.add(batch.producerId);
    }
    this.#append(request, batch);
    this.#next += batch.span;
    return { kind: 'granted', baseOffset };
  }

  #stateOf(producerId: ProducerId): ProducerState | undefined {
    // Never forgotten by age here: a writer whose clock is a day fast would take every resent batch for a new one.
    return this.#producers.get(producerId) ?? this.#known?.states.get(producerId) ?? undefined;
  }

  /** Batches that follow each other in one segment share an entry, so that a flush costs one entry a partition. */
  #append(request: GrantRequest, batch: GrantBatch): void {
    const last = this.tail.at(-1);
    if (last !== undefined && this.#continues(request, batch)) {
      this.tail[this.tail.length - 1] = {
        ...last,
        length: last.length + batch.length,
        span: last.span + batch.span,
        records: last.records + batch.records,
        maxTimestamp: Math.max(last.maxTimestamp, batch.maxTimestamp),
      };
      return;
    }
    this.tail.push({
      lease: request.lease,
      kind: request.kind,
      position: batch.position,
      length: batch.length,
      span: batch.span,
      records: batch.records,
      maxTimestamp: batch.maxTimestamp,
      zones: request.zones,
    });
  }

  /** Whether the batch lies right behind the newest entry, in the same segment, granted by this same write. */
  #continues(request: GrantRequest, batch: GrantBatch): boolean {
    const last = this.tail.at(-1);
    if (last === undefined || this.tail.length <= this.#record.tail.length) return false;
    return last.lease === request.lease && last.position + last.length === batch.position;
  }

  finish(producersMax: number): { record: LeaseRecord; evicted: readonly ProducerState[]; grantedSpan: number } {
    const producers = this.#touched.size > 0 ? [...this.#producers.values()] : this.#record.producers;
    // A state that this write makes must not leave before it: its item would tell of batches that nobody was granted
    // yet, and never will be if the write fails. Such producers stay, above the limit, until the next grant.
    const surplus = Math.max(0, Math.min(producers.length - producersMax, producers.length - this.#touched.size));
    const record: LeaseRecord = {
      ...this.#record,
      version: this.#record.version + 1,
      next: this.#next,
      tail: this.tail,
      producers: surplus > 0 ? producers.slice(surplus) : producers,
      evictions: this.#record.evictions + surplus,
    };
    return { record, evicted: producers.slice(0, surplus), grantedSpan: this.#next - this.#record.next };
  }
}

/**
 * What became of an attempt whose answer was lost or was a refusal, seen from a later version of the record: `applied`
 * when the offset it stood for names its lease, `dead` when it names another or is not given out yet, and
 * `look-in-pages` when the offset has left the tail.
 */
export function resolveInRecord(
  record: LeaseRecord,
  attempt: { readonly base: Offset; readonly lease: LeaseId },
): 'applied' | 'dead' | 'look-in-pages' {
  if (attempt.base >= record.next) return 'dead';
  let at = record.next - spanOf(record.tail);
  if (attempt.base < at) return 'look-in-pages';
  for (const entry of record.tail) {
    if (at === attempt.base) return entry.lease === attempt.lease ? 'applied' : 'dead';
    at += entry.span;
  }
  return 'dead';
}
