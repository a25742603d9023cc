/** Records as they are given to a producer, and what comes back for each. */
import { StratalogError } from '../core/errors.ts';
import { checkTopicName } from '../core/topic.ts';
import type { RecordHeader } from '../format/record-batch-reader.ts';
import { shown } from './option-check.ts';

/** A header's value; text is sent as UTF-8. */
export type HeaderValue = string | Uint8Array | null;

export interface ProducerRecord<Key, Value> {
  readonly topic: string;
  /** Default null. Records of one key go to one partition and keep their order. */
  readonly key?: Key | null | undefined;
  /** Null is a tombstone: in a compacted topic it deletes the key. Default null. */
  readonly value?: Value | null | undefined;
  /** By name, or as a list where a name may come again. */
  readonly headers?: Readonly<Record<string, HeaderValue>> | readonly { readonly key: string; readonly value: HeaderValue }[] | undefined;
  /** Default: the partitioner's choice. */
  readonly partition?: number | undefined;
  /** Milliseconds since the epoch; default now. */
  readonly timestamp?: number | undefined;
}

/** Where a record is. */
export interface RecordMetadata {
  readonly topic: string;
  /** -1 when the record was dropped. */
  readonly partition: number;
  /** -1 with acks 0, or when the record was dropped. */
  readonly offset: number;
  /** The record's timestamp, ms: its own, or that of the append where the topic stamps records. */
  readonly timestamp: number;
  /** True when the buffer was full and `onFull` is 'drop': the record was never sent. */
  readonly dropped?: true;
}

/** A record on its way, with the promise that its sender holds. */
export interface PendingRecord {
  readonly topic: string;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
  readonly timestamp: number;
  /** As given; undefined leaves it to the partitioner. */
  readonly partition: number | undefined;
  /** Bytes charged to the buffer. */
  readonly bytes: number;
  /** When `deliveryTimeoutMs` is over, ms of the monotonic clock. */
  readonly deadline: number;
  readonly resolve: (metadata: RecordMetadata) => void;
  readonly reject: (error: unknown) => void;
}

const utf8 = new TextEncoder();

/** The topic of a record when it may be one; INVALID_RECORD or INVALID_TOPIC otherwise. */
export function topicOf(record: unknown): string {
  if (typeof record !== 'object' || record === null) {
    throw new StratalogError('INVALID_RECORD', `the record is ${shown(record)}, it must be an object with a topic`, { field: 'record' });
  }
  const topic = 'topic' in record ? record.topic : undefined;
  if (typeof topic !== 'string') {
    throw new StratalogError('INVALID_RECORD', `topic of the record is ${shown(topic)}, it must be a string`, { field: 'topic' });
  }
  return checkTopicName(topic);
}

/** The headers as the format has them. */
export function headersOf(given: ProducerRecord<unknown, unknown>['headers']): readonly RecordHeader[] {
  if (given === undefined) return [];
  if (isList(given)) return given.map(({ key, value }) => ({ key, value: headerBytes(key, value) }));
  return Object.entries(given).map(([key, value]) => ({ key, value: headerBytes(key, value) }));
}

/** The timestamp, or now; INVALID_TIMESTAMP unless it is a whole number from 0. */
export function timestampOf(given: number | undefined): number {
  if (given === undefined) return Date.now();
  if (Number.isSafeInteger(given) && given >= 0) return given;
  throw new StratalogError('INVALID_TIMESTAMP', `timestamp is ${shown(given)}, it must be a whole number of milliseconds from 0`, {
    field: 'timestamp',
    value: shown(given),
  });
}

function headerBytes(name: unknown, value: unknown): Uint8Array | null {
  if (typeof name !== 'string') {
    throw new StratalogError('INVALID_RECORD', `the key of a header is ${shown(name)}, it must be a string`, { field: 'headers' });
  }
  if (value === null || value instanceof Uint8Array) return value;
  if (typeof value === 'string') return utf8.encode(value);
  throw new StratalogError('INVALID_RECORD', `header '${name}' is ${shown(value)}, it must be a string, bytes or null`, {
    field: 'headers',
  });
}

function isList<Item>(given: Readonly<Record<string, unknown>> | readonly Item[]): given is readonly Item[] {
  return Array.isArray(given);
}
