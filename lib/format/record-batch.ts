/** Record batches as whole pieces: walking them and checking their CRC. */
import { StratalogError } from '../core/errors.ts';
import { readUint32 } from './big-endian.ts';
import { crc32c } from './crc32c.ts';
import {
  ATTRIBUTES_AT,
  BATCH_HEADER_BYTES,
  type BatchAt,
  batchSizeAt,
  CRC_AT,
  LOG_OVERHEAD_BYTES,
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

/** The CRC-32C that the whole batch at a position should state. */
export function crcOf(bytes: Uint8Array, at: number, sizeBytes: number): number {
  return crc32c(bytes.subarray(at + ATTRIBUTES_AT, at + sizeBytes));
}
