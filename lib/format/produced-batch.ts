/** What a batch must be before the log takes it from a producer (LogValidator.java, UnifiedLog.java of Kafka). */
import { type ErrorCode, StratalogError } from '../core/errors.ts';
import { validateCrc } from './record-batch.ts';
import { type BatchHeader, batchSizeAt, parseBatchHeader, truncated } from './record-batch-header.ts';
import { openRecords, type ReadRecordsOptions, type RecordCursor } from './record-batch-reader.ts';

export interface ProducedBatchLimits {
  /** The topic's `max.message.bytes`: most bytes of a batch, header included, as it was sent. */
  readonly maxMessageBytes: number;
}

/**
 * Checks the batch at a position by its header and CRC, with no work per record, and answers the header.
 * Its base offset and leader epoch are not looked at, since the log overwrites them.
 *
 * - CORRUPT_MESSAGE: cut off, wrong CRC, a header that contradicts itself
 * - UNSUPPORTED_FOR_MESSAGE_FORMAT: magic 0 or 1
 * - MESSAGE_TOO_LARGE: more bytes than `maxMessageBytes`
 * - UNSUPPORTED_COMPRESSION_TYPE: a codec that is not known
 * - INVALID_TIMESTAMP: timestamps marked as the log's own
 * - INVALID_RECORD: no records, a count that does not match the offsets, a control batch, a delete horizon, or an
 *   idempotent batch without a sequence number
 */
export function checkProducedBatch(bytes: Uint8Array, at: number, limits: ProducedBatchLimits): BatchHeader {
  const header = parseBatchHeader(bytes, at);
  if (header.sizeBytes > limits.maxMessageBytes) {
    throw new StratalogError(
      'MESSAGE_TOO_LARGE',
      `the batch has ${header.sizeBytes} bytes, max.message.bytes is ${limits.maxMessageBytes}`,
      { field: 'max.message.bytes', value: header.sizeBytes, limit: limits.maxMessageBytes },
    );
  }
  if (at + header.sizeBytes > bytes.length) throw truncated(at, bytes.length - at, header.sizeBytes);
  validateCrc(bytes, at, header.sizeBytes);
  const { recordsCount, lastOffsetDelta, producerId, baseSequence } = header;
  if (recordsCount === 0) throw refused('INVALID_RECORD', 'recordsCount', 0, 'a produced batch has at least one record');
  if (recordsCount !== lastOffsetDelta + 1) {
    throw refused('INVALID_RECORD', 'recordsCount', recordsCount, `its offsets count ${lastOffsetDelta + 1}`);
  }
  if (header.isControl) throw refused('INVALID_RECORD', 'isControl', true, 'clients do not write control batches');
  if (header.hasDeleteHorizon) throw refused('INVALID_RECORD', 'deleteHorizon', true, 'only compaction sets it');
  if (producerId >= 0 && baseSequence < 0) {
    throw refused('INVALID_RECORD', 'baseSequence', baseSequence, 'an idempotent producer numbers its batches');
  }
  if (header.timestampType === 'LogAppendTime') {
    throw refused('INVALID_TIMESTAMP', 'timestampType', 'LogAppendTime', 'only the log sets it');
  }
  return header;
}

/** What a walk over a batch's records found. */
export interface RecordsSummary {
  readonly recordsCount: number;
  /** Smallest and largest timestamp, and the offset delta of the first record with the largest; -1 without records. */
  readonly minTimestamp: number;
  readonly maxTimestamp: number;
  readonly maxTimestampOffsetDelta: number;
  /** Whether any record has no key, which compacted topics refuse. */
  readonly hasNullKey: boolean;
}

/**
 * Walks all records of a produced batch: every length must fit, and offset deltas must run 0, 1, 2 ...
 * CORRUPT_MESSAGE on malformed records, INVALID_RECORD on other offset deltas, MESSAGE_TOO_LARGE past the bound.
 */
export function checkRecords(bytes: Uint8Array, at: number, options: ReadRecordsOptions = {}): RecordsSummary {
  batchSizeAt(bytes, at);
  const cursor = openRecords(bytes, at, options);
  let count = 0;
  let minTimestamp = -1;
  let maxTimestamp = -1;
  let maxTimestampOffsetDelta = -1;
  let hasNullKey = false;
  while (cursor.next()) {
    const { timestamp } = cursor;
    if (cursor.offsetDelta !== count) {
      throw refused('INVALID_RECORD', 'offsetDelta', cursor.offsetDelta, `record ${count} of its batch has it`);
    }
    if (count === 0 || timestamp < minTimestamp) minTimestamp = timestamp;
    if (count === 0 || timestamp > maxTimestamp) {
      maxTimestamp = timestamp;
      maxTimestampOffsetDelta = count;
    }
    if (cursor.keyLength < 0) hasNullKey = true;
    count++;
  }
  return { recordsCount: count, minTimestamp, maxTimestamp, maxTimestampOffsetDelta, hasNullKey };
}

/** Indexes of the records of a batch that a test picks, to tell a producer which ones a refusal is about. */
export function recordsWhere(
  bytes: Uint8Array,
  at: number,
  test: (record: RecordCursor) => boolean,
  options: ReadRecordsOptions = {},
): number[] {
  const found: number[] = [];
  const cursor = openRecords(bytes, at, options);
  for (let index = 0; cursor.next(); index++) if (test(cursor)) found.push(index);
  return found;
}

function refused(code: ErrorCode, field: string, value: string | number | boolean, why: string): StratalogError {
  return new StratalogError(code, `${field} of the batch is ${value}: ${why}`, { field, value });
}
