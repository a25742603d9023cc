/** Whether bytes that came from a store are the batches that the index says. */
import { isStratalogError } from '../core/errors.ts';
import type { PlacedEntry } from '../core/lease-record.ts';
import { MESSAGE_BYTES_MAX } from '../core/limits.ts';
import { isBaseOffsetRight } from '../format/base-offset-check.ts';
import { isCrcValid, iterateWholeBatches } from '../format/record-batch.ts';
import {
  BATCH_HEADER_BYTES,
  baseOffsetAt,
  batchSizeAt,
  LOG_OVERHEAD_BYTES,
  lastOffsetDeltaAt,
  MAGIC_AT,
  MAGIC_V2,
} from '../format/record-batch-header.ts';

/** No batch is larger: a size above it is damage. Compaction may compress a batch anew, which can make it a little larger. */
export const BATCH_BYTES_MAX = 2 * MESSAGE_BYTES_MAX;

/** Every byte belongs to a whole batch of magic 2, a byte that the CRC does not cover, with a right CRC. */
export function areWhole(bytes: Buffer): boolean {
  return unlessCorrupt(() => fillsWholly(bytes));
}

function fillsWholly(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; ) {
    if (at + BATCH_HEADER_BYTES > bytes.length) return false;
    const size = batchSizeAt(bytes, at);
    if (at + size > bytes.length || bytes[at + MAGIC_AT] !== MAGIC_V2 || !isCrcValid(bytes, at, size)) return false;
    at += size;
  }
  return true;
}

/**
 * Batches of a merged file from byte `position` on: those that are all there have a right CRC and offsets that the entry
 * can have; the last may be cut off. The CRC does not cover a batch's base offset, so a damaged one shows only here: it
 * leaves the entry's range, runs backwards, tears a hole where no record was taken away, or has another check.
 */
export function areInPlace(bytes: Buffer, position: number, placed: PlacedEntry): boolean {
  return unlessCorrupt(() => followOn(bytes, position, placed));
}

function followOn(bytes: Buffer, position: number, { entry, baseOffset }: PlacedEntry): boolean {
  const isDense = entry.records === entry.span;
  const end = baseOffset + entry.span;
  let next = baseOffset;
  let known = position === 0;
  let whole = 0;
  for (const { position: at, sizeBytes } of iterateWholeBatches(bytes)) {
    if (!isCrcValid(bytes, at, sizeBytes)) return false;
    const base = baseOffsetAt(bytes, at);
    if (base < next || (isDense && known && base !== next)) return false;
    if (!isDense && !isBaseOffsetRight(bytes, at)) return false;
    next = base + lastOffsetDeltaAt(bytes, at) + 1;
    known = true;
    if (next > end) return false;
    whole = at + sizeBytes;
  }
  // A batch that is cut off must be one that goes on in the file: one that states too large a size never ends.
  const left = bytes.length - whole;
  if (position + bytes.length >= entry.length) return left === 0;
  if (left < LOG_OVERHEAD_BYTES) return true;
  const size = batchSizeAt(bytes, whole);
  return size <= BATCH_BYTES_MAX && position + whole + size <= entry.length;
}

/** A header that cannot be one is an error of its reader. */
function unlessCorrupt(check: () => boolean): boolean {
  try {
    return check();
  } catch (error) {
    if (isStratalogError(error, 'CORRUPT_MESSAGE')) return false;
    throw error;
  }
}
