/** Records as a consumer hands them out, decoded from fetched batches. */
import { isStratalogError, StratalogError } from '../core/errors.ts';
import { MESSAGE_BYTES_MAX } from '../core/limits.ts';
import { iterateWholeBatches, validateCrc } from '../format/record-batch.ts';
import { type LogRecord, type RecordHeader, readRecords } from '../format/record-batch-reader.ts';
import type { Deserializer } from './serializers.ts';

export interface ConsumerRecord<Key, Value> {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since the epoch; -1 if there is none. */
  readonly timestamp: number;
  readonly key: Key | null;
  /** Null: a tombstone. */
  readonly value: Value | null;
  readonly headers: readonly RecordHeader[];
}

/** Where records come from and how they become values. */
export interface RecordDecoding<Key, Value> {
  readonly topic: string;
  readonly partition: number;
  readonly keyDeserializer: Deserializer<Key>;
  readonly valueDeserializer: Deserializer<Value>;
}

/**
 * Records from `from` (inclusive) to `until` (exclusive) in fetched batches, lazily. Control batches, which mark the ends of
 * transactions, are passed over. CORRUPT_MESSAGE when the bytes are not what was stored; INVALID_RECORD with the offset
 * when a deserializer fails.
 */
export function* decodeRecords<Key, Value>(
  batches: Uint8Array,
  from: number,
  until: number,
  decoding: RecordDecoding<Key, Value>,
): Generator<ConsumerRecord<Key, Value>, void, undefined> {
  for (const { position, sizeBytes, header } of iterateWholeBatches(batches)) {
    if (header.lastOffset < from || header.isControl) continue;
    if (header.baseOffset >= until) return;
    validateCrc(batches, position, sizeBytes);
    for (const record of readRecords(batches, position, { maxDecompressedBytes: MESSAGE_BYTES_MAX })) {
      if (record.offset >= until) return;
      if (record.offset >= from) yield decodeRecord(record, decoding);
    }
  }
}

function decodeRecord<Key, Value>(record: LogRecord, decoding: RecordDecoding<Key, Value>): ConsumerRecord<Key, Value> {
  const { topic, partition, keyDeserializer, valueDeserializer } = decoding;
  const read = <Part>(part: 'key' | 'value', bytes: Uint8Array | null, deserialize: Deserializer<Part>): Part | null => {
    if (bytes === null) return null;
    try {
      return deserialize(bytes, { topic, part });
    } catch (error) {
      throw unreadable(error, part, decoding, record.offset);
    }
  };
  return {
    topic,
    partition,
    offset: record.offset,
    timestamp: record.timestamp,
    key: read('key', record.key, keyDeserializer),
    value: read('value', record.value, valueDeserializer),
    headers: record.headers,
  };
}

function unreadable(
  error: unknown,
  part: 'key' | 'value',
  { topic, partition }: { readonly topic: string; readonly partition: number },
  offset: number,
): StratalogError {
  const reason = error instanceof Error ? error.message : String(error);
  const code = isStratalogError(error) ? error.code : 'INVALID_RECORD';
  return new StratalogError(
    code,
    `${reason} (${topic}, partition ${partition}, offset ${offset})`,
    { field: part, topic, partition, offset },
    error,
  );
}
