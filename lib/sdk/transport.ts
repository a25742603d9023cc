/**
 * How the SDK reaches a log. Record batches travel as Kafka's own bytes, everything else as plain values.
 *
 * Implementations make one attempt a call and throw StratalogError: UNAVAILABLE when no answer came (for a write: it may
 * or may not have happened), REQUEST_TIMED_OUT when none came in time, otherwise what the server said. Whoever calls
 * decides about retries. Every call takes a signal and rejects with its reason.
 */
import type { StratalogError } from '../core/errors.ts';

/** Options of every call. */
export interface CallOptions {
  /** Ends the call; it rejects with the signal's reason. What was already sent may still take effect. */
  readonly signal?: AbortSignal | undefined;
}

/** Which records a reader sees: all, or those of committed transactions and those outside transactions. */
export type Isolation = 'read_uncommitted' | 'read_committed';

export interface ProduceBatchesRequest extends CallOptions {
  readonly topic: string;
  readonly partition: number;
  /** One or more whole record batches of version 2. */
  readonly batches: Uint8Array;
  /** 0: answered before anything is decided; 1: after one zone; -1: after `min.insync.replicas` zones. */
  readonly acks: 0 | 1 | -1;
  /** How long the server may take, ms. */
  readonly timeoutMs: number;
}

/** What became of one batch. `timestamp` is the time of the append where the topic stamps it, else -1. */
export type BatchOutcome =
  | { readonly kind: 'appended'; readonly baseOffset: number; readonly timestamp: number; readonly duplicate: boolean }
  | { readonly kind: 'refused'; readonly error: StratalogError };

export interface ProduceBatchesAnswer {
  readonly logStartOffset: number;
  /** One outcome a batch, in order; none with acks 0. */
  readonly batches: readonly BatchOutcome[];
}

export interface FetchBatchesRequest extends CallOptions {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Bytes to answer at most; the first batch may exceed it. */
  readonly maxBytes: number;
  /** How long the server may wait for records, ms. */
  readonly maxWaitMs: number;
  /** Bytes that end the wait. */
  readonly minBytes: number;
  readonly isolation: Isolation;
}

export interface FetchBatchesAnswer {
  /** Whole batches one after another; the first may begin before `offset`. */
  readonly batches: Uint8Array;
  /** Where to read on, also past ranges that hold no records any more. */
  readonly nextOffset: number;
  readonly highWatermark: number;
  readonly logStartOffset: number;
  /** Wait this long before asking again: a server that cannot wait itself says so. */
  readonly retryAfterMs?: number;
}

/** A place in a partition, by meaning or by time (ms since the epoch). */
export type OffsetAt = 'earliest' | 'latest' | 'max-timestamp' | number;

export interface OffsetAnswer {
  /** -1 when no record is at or after the time. */
  readonly offset: number;
  /** Timestamp of that record, ms; -1 if it has none. */
  readonly timestamp: number;
}

export interface TopicSummary {
  readonly id: string;
  readonly name: string;
  readonly partitions: number;
  /** Settings that were given, by Kafka's names; all others have their defaults. */
  readonly configs: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

export interface PartitionOffsets {
  readonly partition: number;
  /** First offset that can be read. */
  readonly startOffset: number;
  /** Offset that the next record gets. */
  readonly endOffset: number;
  /** A zone misses copies of its objects, as the newest replication of the process that answers found. */
  readonly underReplicated?: boolean;
}

export interface TopicDescription extends TopicSummary {
  readonly offsets: readonly PartitionOffsets[];
}

export interface TopicCreation {
  readonly name: string;
  readonly partitions?: number | undefined;
  readonly configs?: Readonly<Record<string, string>> | undefined;
}

/** Changes of a topic: a setting given as null goes back to its default; `partitions` is the new count. */
export interface TopicAlteration {
  readonly configs?: Readonly<Record<string, string | null>> | undefined;
  readonly partitions?: number | undefined;
}

export interface TopicPage {
  readonly topics: readonly TopicSummary[];
  /** Name to give as `after` for the next page; absent on the last. */
  readonly next?: string;
}

/** Any call of the HTTP API whose request and answer are JSON. */
export interface JsonRequest extends CallOptions {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/v1`, with encoded parts: `/groups/g/offsets`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
}

export interface Transport {
  /** Bytes of batches that one request carries at most; larger ones are REQUEST_TOO_LARGE before they are sent. Undefined: no bound of its own. */
  readonly requestBytesMax?: number | undefined;
  /** Appends batches to one partition. Repeating it is safe for batches of an idempotent producer only. */
  produceBatches(request: ProduceBatchesRequest): Promise<ProduceBatchesAnswer>;
  /** Reads whole batches. OFFSET_OUT_OF_RANGE outside the log. */
  fetchBatches(request: FetchBatchesRequest): Promise<FetchBatchesAnswer>;
  listOffset(topic: string, partition: number, at: OffsetAt, options?: CallOptions): Promise<OffsetAnswer>;
  /** Moves the log start to `before`, or to the end with -1; answers the new start. */
  deleteRecords(topic: string, partition: number, before: number, options?: CallOptions): Promise<{ readonly logStartOffset: number }>;
  initProducerId(options?: CallOptions): Promise<{ readonly producerId: number; readonly producerEpoch: number }>;
  createTopic(creation: TopicCreation, options?: CallOptions): Promise<TopicSummary>;
  /** One page of topics by name, those after `after`. */
  listTopics(page: { readonly after?: string; readonly limit?: number }, options?: CallOptions): Promise<TopicPage>;
  describeTopic(topic: string, options?: CallOptions): Promise<TopicDescription>;
  alterTopic(topic: string, alteration: TopicAlteration, options?: CallOptions): Promise<TopicSummary>;
  deleteTopic(topic: string, options?: CallOptions): Promise<void>;
  /** Calls that have no method of their own (consumer groups); a transport without it has none. Undefined for an empty answer. */
  json?<Answer>(request: JsonRequest): Promise<Answer>;
  /** Ends connections. Calls under way fail with CLOSED. */
  close(): Promise<void>;
}
