/**
 * The words of the HTTP API: media types, header names, and the shape of every request and answer under `/v1`.
 *
 * Types and constants only, no imports, so that a client loads nothing by importing it. The zod schemas in `schemas.ts`
 * are checked against these types by the compiler.
 */

export const MEDIA_TYPE_JSON = 'application/json';
/** One JSON object a line (newline-delimited JSON). */
export const MEDIA_TYPE_NDJSON = 'application/x-ndjson';
/** Server-sent events; follows the log. */
export const MEDIA_TYPE_EVENTS = 'text/event-stream';
/** Concatenated record batches of magic 2, as Kafka stores them. `application/octet-stream` is taken as the same. */
export const MEDIA_TYPE_BATCHES = 'application/vnd.stratalog.batches';
export const MEDIA_TYPE_BYTES = 'application/octet-stream';
/** Errors (RFC 9457). */
export const MEDIA_TYPE_PROBLEM = 'application/problem+json';

/** The id of a request: taken from the caller when given, else made up; always answered. */
export const HEADER_REQUEST_ID = 'x-request-id';
/** With raw batches and NDJSON these carry what the JSON answer has as fields. */
export const HEADER_NEXT_OFFSET = 'stratalog-next-offset';
export const HEADER_HIGH_WATERMARK = 'stratalog-high-watermark';
export const HEADER_LAST_STABLE_OFFSET = 'stratalog-last-stable-offset';
export const HEADER_LOG_START_OFFSET = 'stratalog-log-start-offset';
/** Milliseconds after which to ask again, where the server does not wait itself. */
export const HEADER_RETRY_AFTER_MS = 'stratalog-retry-after-ms';

/** Acknowledgements wanted: 0 none, 1 one zone, `all` or -1 every zone that `min.insync.replicas` asks for. */
export type AcksText = 0 | 1 | -1 | 'all';
export type IsolationLevel = 'read_uncommitted' | 'read_committed';
/** How keys and values are shown, see {@link BytesText}. Default `utf8`. */
export type RecordEncoding = 'utf8' | 'base64' | 'json';

/** Any JSON value. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue };

/**
 * Bytes as JSON. A string stands for its UTF-8 bytes, `base64` for any bytes, `json` for the text of the value exactly
 * as it stands in the request, so that no digit of a number is lost; null is null (a tombstone).
 * What a read shows can be sent back and gives the same bytes, whatever the encoding.
 */
export type BytesText = string | { readonly base64: string } | { readonly json: JsonValue } | null;

export interface TopicCreateRequest {
  /** 1 to 249 of `[a-zA-Z0-9._-]`. */
  readonly name: string;
  /** 1 to 10,000, default 1. */
  readonly partitions?: number;
  /** Kafka's topic settings by name. */
  readonly configs?: Readonly<Record<string, string>>;
  /** Check everything, create nothing. */
  readonly validateOnly?: boolean;
}

export interface TopicAlterRequest {
  /** Settings to change; null takes a setting back to its default. */
  readonly configs?: Readonly<Record<string, string | null>>;
  /** The new count; it can only grow. */
  readonly partitions?: number;
  readonly validateOnly?: boolean;
}

export interface TopicAnswer {
  readonly id: string;
  readonly name: string;
  readonly partitions: number;
  /** Settings that were given; all of them with `?configs=all`. */
  readonly configs: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

export interface PartitionOffsets {
  readonly partition: number;
  /** The first offset that can be read. */
  readonly startOffset: number;
  /** The offset the next record gets. */
  readonly endOffset: number;
  /** A zone misses copies of its objects, as the newest replication of the process that answers found. */
  readonly underReplicated?: boolean;
}

export interface TopicDescription extends TopicAnswer {
  readonly offsets: readonly PartitionOffsets[];
}

export interface TopicListAnswer {
  readonly topics: readonly TopicAnswer[];
  /** `after` of the next page; absent on the last one. */
  readonly next?: string;
}

export interface RecordHeaderText {
  readonly key: string;
  readonly value: BytesText;
}

export interface RecordInput {
  /** Default null. */
  readonly key?: BytesText;
  /** Default null. */
  readonly value?: BytesText;
  /** A list, in which a key may come again, or an object. */
  readonly headers?: readonly RecordHeaderText[] | Readonly<Record<string, BytesText>>;
  /** Default: by the key's murmur2 hash as Kafka's producer does it; any one partition when there is no key. */
  readonly partition?: number;
  /** Milliseconds since the epoch; default now. */
  readonly timestamp?: number;
}

export interface RecordsProduceRequest {
  /** Default `all`. */
  readonly acks?: AcksText;
  readonly records: readonly RecordInput[];
}

export interface RecordPlace {
  readonly partition: number;
  /** -1 with acks=0, where nobody waits for it. */
  readonly offset: number;
  readonly timestamp: number;
}

/** What happened to one record, or to one line of NDJSON. */
export type RecordOutcome = RecordPlace | { readonly error: Problem };

export interface RecordsProduceAnswer {
  readonly records: readonly RecordOutcome[];
}

/** The last line of an NDJSON answer that was asked for with `results=failed`. */
export interface ProduceSummary {
  readonly summary: { readonly records: number; readonly failed: number };
}

/** One failed line of an NDJSON answer that was asked for with `results=failed`; lines count from 1. */
export interface FailedLine {
  readonly line: number;
  readonly error: Problem;
}

/** A batch that was stored. */
export interface AppendedBatch {
  readonly baseOffset: number;
  /** Offsets the batch takes. */
  readonly span: number;
  /** Milliseconds since the epoch when the topic stamps records itself, else -1. */
  readonly timestamp: number;
  /** True when an idempotent producer had sent the batch before; the offset is the first one's. */
  readonly duplicate: boolean;
}

export type BatchOutcome = AppendedBatch | { readonly error: Problem };

/** Answer to raw batches: one outcome a batch, in order; empty with acks=0. */
export interface BatchesProduceAnswer {
  readonly logStartOffset: number;
  readonly batches: readonly BatchOutcome[];
}

/** A line of the answer to batches that come as a stream. An empty line comes first, and says that batches may be sent. */
export type BatchLine = (AppendedBatch & { readonly logStartOffset: number }) | { readonly error: Problem };

export interface RecordText {
  readonly offset: number;
  /** Milliseconds since the epoch; -1 if there is none. */
  readonly timestamp: number;
  readonly key: BytesText;
  readonly value: BytesText;
  readonly headers: readonly RecordHeaderText[];
}

export interface RecordsAnswer {
  readonly records: readonly RecordText[];
  /** Where to go on reading. */
  readonly nextOffset: number;
  readonly highWatermark: number;
  readonly logStartOffset: number;
  /** Milliseconds after which to ask again, where the server does not wait itself. */
  readonly retryAfterMs?: number;
}

export interface OffsetAnswer {
  /** -1 when no record is at or after the time asked for. */
  readonly offset: number;
  readonly timestamp: number;
}

export interface RecordsDeleteAnswer {
  readonly logStartOffset: number;
}

export interface ProducerAnswer {
  readonly producerId: number;
  readonly producerEpoch: number;
}

export interface HealthAnswer {
  readonly status: 'ok' | 'not ready';
  readonly reason?: string;
}

/** What went wrong (RFC 9457), with the code that programs look at and the field, the value and the limit at fault. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** One of the codes in `lib/core/errors.ts`. */
  readonly code: string;
  /** Whether the same request may succeed later. */
  readonly retriable: boolean;
  readonly field?: string;
  readonly value?: string | number | boolean | null;
  readonly limit?: string | number;
  readonly retryAfterMs?: number;
  readonly [name: string]: unknown;
}
