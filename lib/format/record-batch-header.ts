/**
 * The header of a record batch, version 2 (DefaultRecordBatch.java), read in place.
 *
 *     byte  0  baseOffset           int64   given by the log: outside the CRC
 *           8  batchLength          int32   bytes after this field
 *          12  partitionLeaderEpoch int32   given by the log: outside the CRC
 *          16  magic                int8    2
 *          17  crc                  uint32  CRC-32C of byte 21 to the end
 *          21  attributes           int16   bits 0-2 codec, 3 timestamp type, 4 transactional, 5 control, 6 delete horizon
 *          23  lastOffsetDelta      int32
 *          27  baseTimestamp        int64   the delete horizon itself when bit 6 is set
 *          35  maxTimestamp         int64
 *          43  producerId           int64   -1: none
 *          51  producerEpoch        int16
 *          53  baseSequence         int32   -1: none
 *          57  recordsCount         int32
 *          61  records              compressed as one piece
 *
 * What the log changes lies outside the CRC, so a batch gets its offset by 12 bytes written in place.
 */
import { StratalogError } from '../core/errors.ts';
import { readInt16, readInt32, readInt64, readUint16, readUint32 } from './big-endian.ts';
import { type CompressionType, compressionOf } from './compression-codec.ts';

export const BASE_OFFSET_AT = 0;
export const BATCH_LENGTH_AT = 8;
export const LEADER_EPOCH_AT = 12;
export const MAGIC_AT = 16;
export const CRC_AT = 17;
export const ATTRIBUTES_AT = 21;
export const LAST_OFFSET_DELTA_AT = 23;
export const BASE_TIMESTAMP_AT = 27;
export const MAX_TIMESTAMP_AT = 35;
export const PRODUCER_ID_AT = 43;
export const PRODUCER_EPOCH_AT = 51;
export const BASE_SEQUENCE_AT = 53;
export const RECORDS_COUNT_AT = 57;

/** Bytes of a batch before its records. */
export const BATCH_HEADER_BYTES = 61;
/** Bytes up to the end of the batchLength field, which counts what follows them. */
export const LOG_OVERHEAD_BYTES = 12;
/** The only record format that is stored; older ones are refused. */
export const MAGIC_V2 = 2;
/** A timestamp that is not there. */
export const NO_TIMESTAMP = -1;

const CODEC_MASK = 0x07;
export const LOG_APPEND_TIME_BIT = 0x08;
export const TRANSACTIONAL_BIT = 0x10;
export const CONTROL_BIT = 0x20;
export const DELETE_HORIZON_BIT = 0x40;

/** Who set the timestamps of a batch: its producer, or the log when it arrived (`message.timestamp.type`). */
export type TimestampType = 'CreateTime' | 'LogAppendTime';

export interface BatchHeader {
  readonly baseOffset: number;
  /** Offset of the last record, also where compaction removed it. */
  readonly lastOffset: number;
  /** Bytes of the whole batch, header included. */
  readonly sizeBytes: number;
  readonly partitionLeaderEpoch: number;
  readonly magic: number;
  readonly crc: number;
  readonly compression: CompressionType;
  readonly timestampType: TimestampType;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  /** Set when `baseTimestamp` is the time from which compaction may drop this batch's tombstones (KIP-534). */
  readonly hasDeleteHorizon: boolean;
  readonly lastOffsetDelta: number;
  /** What the records' timestamp deltas count from, ms since the epoch; -1 if there is none. */
  readonly baseTimestamp: number;
  /** Largest timestamp of the records, ms since the epoch; -1 if there is none. */
  readonly maxTimestamp: number;
  /** -1 when the producer is not idempotent. */
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  /** Records within; 0 in a batch that compaction emptied. */
  readonly recordsCount: number;
}

/** Where a batch lies within the bytes it was found in. */
export interface BatchAt {
  readonly position: number;
  readonly sizeBytes: number;
  readonly header: BatchHeader;
}

/**
 * Bytes of the batch at a position, header included, as its length field states; they may not all be there.
 * CORRUPT_MESSAGE when fewer than 12 bytes are there or the length is below that of a header.
 */
export function batchSizeAt(bytes: Uint8Array, at: number): number {
  if (at < 0 || at + LOG_OVERHEAD_BYTES > bytes.length) throw truncated(at, bytes.length - at, LOG_OVERHEAD_BYTES);
  const size = readInt32(bytes, at + BATCH_LENGTH_AT) + LOG_OVERHEAD_BYTES;
  if (size < BATCH_HEADER_BYTES) {
    throw new StratalogError('CORRUPT_MESSAGE', `the batch at byte ${at} states ${size} bytes, a header alone has 61`, {
      field: 'batchLength',
      value: size - LOG_OVERHEAD_BYTES,
    });
  }
  return size;
}

/**
 * The fields of a batch header. Needs the header only; the records may be missing.
 *
 * CORRUPT_MESSAGE on a header that is cut off or contradicts itself, UNSUPPORTED_FOR_MESSAGE_FORMAT for magic 0 and 1,
 * UNSUPPORTED_COMPRESSION_TYPE for an unknown codec. The CRC is not looked at: see {@link validateCrc}.
 */
export function parseBatchHeader(bytes: Uint8Array, at: number): BatchHeader {
  // Older formats are told apart first: their other fields mean something else.
  if (at + BATCH_HEADER_BYTES > bytes.length) throw headerCutOff(bytes, at);
  checkMagic(bytes, at);
  const sizeBytes = batchSizeAt(bytes, at);
  const attributes = readUint16(bytes, at + ATTRIBUTES_AT);
  const baseOffset = readInt64(bytes, at + BASE_OFFSET_AT, 'baseOffset');
  const lastOffsetDelta = readInt32(bytes, at + LAST_OFFSET_DELTA_AT);
  const recordsCount = readInt32(bytes, at + RECORDS_COUNT_AT);
  if (lastOffsetDelta < 0) throw badField(at, 'lastOffsetDelta', lastOffsetDelta);
  if (recordsCount < 0) throw badField(at, 'recordsCount', recordsCount);
  return {
    baseOffset,
    lastOffset: baseOffset + lastOffsetDelta,
    sizeBytes,
    partitionLeaderEpoch: readInt32(bytes, at + LEADER_EPOCH_AT),
    magic: MAGIC_V2,
    crc: readUint32(bytes, at + CRC_AT),
    compression: compressionOf(attributes & CODEC_MASK),
    timestampType: (attributes & LOG_APPEND_TIME_BIT) === 0 ? 'CreateTime' : 'LogAppendTime',
    isTransactional: (attributes & TRANSACTIONAL_BIT) !== 0,
    isControl: (attributes & CONTROL_BIT) !== 0,
    hasDeleteHorizon: (attributes & DELETE_HORIZON_BIT) !== 0,
    lastOffsetDelta,
    baseTimestamp: readInt64(bytes, at + BASE_TIMESTAMP_AT, 'baseTimestamp'),
    maxTimestamp: readInt64(bytes, at + MAX_TIMESTAMP_AT, 'maxTimestamp'),
    producerId: readInt64(bytes, at + PRODUCER_ID_AT, 'producerId'),
    producerEpoch: readInt16(bytes, at + PRODUCER_EPOCH_AT),
    baseSequence: readInt32(bytes, at + BASE_SEQUENCE_AT),
    recordsCount,
  };
}

// The getters below make no object and check nothing: for batches that were validated when they came in.

export function baseOffsetAt(bytes: Uint8Array, at: number): number {
  return readInt64(bytes, at + BASE_OFFSET_AT, 'baseOffset');
}

export function lastOffsetDeltaAt(bytes: Uint8Array, at: number): number {
  return readInt32(bytes, at + LAST_OFFSET_DELTA_AT);
}

export function maxTimestampAt(bytes: Uint8Array, at: number): number {
  return readInt64(bytes, at + MAX_TIMESTAMP_AT, 'maxTimestamp');
}

export function recordsCountAt(bytes: Uint8Array, at: number): number {
  return readInt32(bytes, at + RECORDS_COUNT_AT);
}

function checkMagic(bytes: Uint8Array, at: number): void {
  const magic = bytes[at + MAGIC_AT] as number;
  if (magic === MAGIC_V2) return;
  if (magic < MAGIC_V2) {
    throw new StratalogError(
      'UNSUPPORTED_FOR_MESSAGE_FORMAT',
      `the batch at byte ${at} has magic ${magic}; only record batches of magic 2 are taken`,
      { field: 'magic', value: magic, limit: MAGIC_V2 },
    );
  }
  throw badField(at, 'magic', magic);
}

/** A message of magic 0 or 1 may be shorter than a version 2 header, and is still named for what it is. */
function headerCutOff(bytes: Uint8Array, at: number): StratalogError {
  const magic = bytes[at + MAGIC_AT];
  if (magic === 0 || magic === 1) {
    try {
      checkMagic(bytes, at);
    } catch (error) {
      return error as StratalogError;
    }
  }
  return truncated(at, bytes.length - at, BATCH_HEADER_BYTES);
}

/** The refusal of a batch that is not all there. */
export function truncated(at: number, have: number, need: number): StratalogError {
  return new StratalogError('CORRUPT_MESSAGE', `the batch at byte ${at} is cut off: ${have} of ${need} bytes are there`, {
    field: 'batchLength',
    value: have,
    limit: need,
  });
}

function badField(at: number, field: string, value: number): StratalogError {
  return new StratalogError('CORRUPT_MESSAGE', `${field} of the batch at byte ${at} is ${value}`, { field, value });
}
