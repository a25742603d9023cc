/** Record batches as whole pieces: walking them, checking their CRC, and giving them offsets in place. */
import { StratalogError } from '../core/errors.ts';
import { readUint16, readUint32, writeInt16, writeInt32, writeInt64 } from './big-endian.ts';
import { crc32c } from './crc32c.ts';
import {
  ATTRIBUTES_AT,
  BASE_OFFSET_AT,
  BATCH_HEADER_BYTES,
  type BatchAt,
  batchSizeAt,
  CRC_AT,
  LEADER_EPOCH_AT,
  LOG_APPEND_TIME_BIT,
  LOG_OVERHEAD_BYTES,
  MAX_TIMESTAMP_AT,
  parseBatchHeader,
  truncated,
} from './record-batch-header.ts';

/** Every batch of concatenated batches, lazily. CORRUPT_MESSAGE when the last one is cut off. */
export function* iterateBatches(bytes: Uint8Array, from = 0): Generator<BatchAt, void, undefined> {
  let position = from;
  while (position < bytes.length) {
    const header = parseBatchHeader(bytes, position);
    const { sizeBytes } = header;
    if (position + sizeBytes > bytes.length) throw truncated(position, bytes.length - position, sizeBytes);
    yield { position, sizeBytes, header };
    position += sizeBytes;
  }
}

/**
 * Every whole batch, and a quiet stop before one that is cut off: what a fetch answer and the end of a file may hold.
 * Whole batches that are wrong are still CORRUPT_MESSAGE.
 */
export function* iterateWholeBatches(bytes: Uint8Array, from = 0): Generator<BatchAt, void, undefined> {
  let position = from;
  while (position + LOG_OVERHEAD_BYTES <= bytes.length) {
    if (position + batchSizeAt(bytes, position) > bytes.length) return;
    const header = parseBatchHeader(bytes, position);
    yield { position, sizeBytes: header.sizeBytes, header };
    position += header.sizeBytes;
  }
}

/** Checks the CRC-32C of the batch at a position. CORRUPT_MESSAGE when it is cut off or its CRC is another. */
export function validateCrc(bytes: Uint8Array, at: number, sizeBytes: number): void {
  if (at + sizeBytes > bytes.length || sizeBytes < BATCH_HEADER_BYTES) throw truncated(at, bytes.length - at, sizeBytes);
  const stated = readUint32(bytes, at + CRC_AT);
  const computed = crcOf(bytes, at, sizeBytes);
  if (stated !== computed) {
    throw new StratalogError('CORRUPT_MESSAGE', `the batch at byte ${at} states CRC ${stated}, its bytes have ${computed}`, {
      field: 'crc',
      value: stated,
      limit: computed,
    });
  }
}

/** Whether the CRC-32C of the whole batch at a position is right. */
export function isCrcValid(bytes: Uint8Array, at: number, sizeBytes: number): boolean {
  return readUint32(bytes, at + CRC_AT) === crcOf(bytes, at, sizeBytes);
}

/** Gives the batch at a position its offset, in place: 12 bytes, both outside the CRC. */
export function patchBatch(bytes: Uint8Array, at: number, baseOffset: number, leaderEpoch: number): void {
  writeInt64(bytes, at + BASE_OFFSET_AT, baseOffset);
  writeInt32(bytes, at + LEADER_EPOCH_AT, leaderEpoch);
}

/** Corrects the maximum timestamp of the batch at a position, in place, with a new CRC: reads all its bytes. */
export function setMaxTimestamp(bytes: Uint8Array, at: number, timestamp: number): void {
  writeInt64(bytes, at + MAX_TIMESTAMP_AT, timestamp);
  writeCrc(bytes, at, batchSizeAt(bytes, at));
}

/** Makes `timestamp` the time of all records (`message.timestamp.type=LogAppendTime`), in place, with a new CRC. */
export function toLogAppendTime(bytes: Uint8Array, at: number, timestamp: number): void {
  writeInt16(bytes, at + ATTRIBUTES_AT, readUint16(bytes, at + ATTRIBUTES_AT) | LOG_APPEND_TIME_BIT);
  setMaxTimestamp(bytes, at, timestamp);
}

/** Computes and writes the CRC of the whole batch at a position. */
export function writeCrc(bytes: Uint8Array, at: number, sizeBytes: number): void {
  writeInt32(bytes, at + CRC_AT, crcOf(bytes, at, sizeBytes));
}

function crcOf(bytes: Uint8Array, at: number, sizeBytes: number): number {
  return crc32c(bytes.subarray(at + ATTRIBUTES_AT, at + sizeBytes));
}
