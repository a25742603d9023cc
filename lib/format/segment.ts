/**
 * The segment object as a writer makes it: batches of many partitions, then a footer that says whose bytes are where.
 *
 *     | slice 0: batches of one partition | slice 1 | ... | footer |
 *
 *     footer:   | entry 0 | entry 1 | ... | trailer |          all integers big-endian
 *     entry:     0  topicId       16 bytes
 *               16  partition     int32
 *               20  position      uint32   first byte within the segment
 *               24  length        uint32   bytes, whole batches
 *               28  span          uint32   offsets covered
 *               32  records       uint32
 *               36  minTimestamp  int64    ms since the epoch; -1 if there is none
 *               44  maxTimestamp  int64
 *     trailer:   0  bodyLength    uint32   bytes of all slices, that is where the footer begins
 *                4  entryCount    uint32
 *                8  footerLength  uint32   entries and trailer
 *               12  version       uint16   1
 *               14  flags         uint16   0; a reader refuses flags that it does not know
 *               16  crc           uint32   CRC-32C of the footer up to here
 *               20  magic         4 bytes  "SLSG"
 *
 * The CRC covers the footer alone, since every batch carries its own. Slices lie one after the other without gaps, so
 * that a footer which belongs to other bytes is found out by adding up lengths. What ends the object comes last: a file
 * that was cut off while it was written has no magic at its end.
 */
import { StratalogError } from '../core/errors.ts';
import type { TopicId } from '../core/ids.ts';
import { readInt32, readInt64, readUint16, readUint32, writeInt16, writeInt32, writeInt64 } from './big-endian.ts';
import { crc32c } from './crc32c.ts';
import { writeHex } from './hex.ts';

const SEGMENT_VERSION = 1;
const SEGMENT_ENTRY_BYTES = 52;
export const SEGMENT_TRAILER_BYTES = 24;
/** "SLSG", the last four bytes of every segment. */
export const SEGMENT_MAGIC = 0x534c5347;

const TOPIC_ID_BYTES = 16;
const PARTITION_AT = 16;
const POSITION_AT = 20;
const LENGTH_AT = 24;
const SPAN_AT = 28;
const RECORDS_AT = 32;
const MIN_TIMESTAMP_AT = 36;
const MAX_TIMESTAMP_AT = 44;
const ENTRY_COUNT_AT = 4;
const FOOTER_LENGTH_AT = 8;
const VERSION_AT = 12;
const FLAGS_AT = 14;
const CRC_AT = 16;
const MAGIC_AT = 20;
/** Positions are stored as uint32, and readers of old tools take int32. */
const SEGMENT_BYTES_MAX = 0x7fff_ffff;

/** What the footer says of one partition's bytes, but for where they are. */
export interface SliceFacts {
  readonly topicId: TopicId;
  readonly partition: number;
  /** Offsets that the slice covers. */
  readonly span: number;
  readonly records: number;
  /** Milliseconds since the epoch; -1 if there is none. */
  readonly minTimestamp: number;
  readonly maxTimestamp: number;
}

/** One partition's batches on their way into a segment. */
export interface NewSlice extends SliceFacts {
  /** Whole batches, in offset order; not copied. */
  readonly chunks: readonly Uint8Array[];
}

/** One partition's bytes within a segment. */
export interface SegmentSlice extends SliceFacts {
  readonly position: number;
  readonly length: number;
}

export interface BuiltSegment {
  /** The object's bytes in order: the batches as they were given, then the footer. */
  readonly chunks: readonly Uint8Array[];
  readonly sizeBytes: number;
  /** In the order given. */
  readonly slices: readonly SegmentSlice[];
}

/** Either the footer, or how many bytes from the object's end are needed to read it. */
export type SegmentFooter =
  | { readonly kind: 'footer'; readonly slices: readonly SegmentSlice[]; readonly bodyLength: number; readonly sizeBytes: number }
  | { readonly kind: 'more'; readonly bytesNeeded: number };

/** Lays out a segment. Give one slice per partition. */
export function buildSegment(slices: readonly NewSlice[]): BuiltSegment {
  const chunks: Uint8Array[] = [];
  const placed: SegmentSlice[] = [];
  let position = 0;
  for (const { chunks: own, topicId, partition, span, records, minTimestamp, maxTimestamp } of slices) {
    let length = 0;
    for (const chunk of own) {
      chunks.push(chunk);
      length += chunk.length;
    }
    placed.push({ topicId, partition, position, length, span, records, minTimestamp, maxTimestamp });
    position += length;
  }
  if (position > SEGMENT_BYTES_MAX) {
    throw new StratalogError('REQUEST_TOO_LARGE', `a segment of ${position} bytes is above ${SEGMENT_BYTES_MAX}`, {
      field: 'segment',
      value: position,
      limit: SEGMENT_BYTES_MAX,
    });
  }
  const footer = encodeFooter(placed, position);
  chunks.push(footer);
  return { chunks, sizeBytes: position + footer.length, slices: placed };
}

/**
 * Reads the footer from the last bytes of a segment, or from all of it. With too few bytes it says how many are needed.
 * `objectBytes`, the size of the whole object when it is known, is checked too. CORRUPT_OBJECT on anything wrong, which
 * includes a file that was cut off while it was written.
 */
export function readSegmentFooter(tail: Uint8Array, objectBytes?: number): SegmentFooter {
  if (tail.length < SEGMENT_TRAILER_BYTES) {
    if (objectBytes !== undefined && objectBytes < SEGMENT_TRAILER_BYTES) {
      throw corrupt(`it has ${objectBytes} bytes, a segment has at least ${SEGMENT_TRAILER_BYTES}`);
    }
    return { kind: 'more', bytesNeeded: SEGMENT_TRAILER_BYTES };
  }
  const trailer = tail.length - SEGMENT_TRAILER_BYTES;
  if (readInt32(tail, trailer + MAGIC_AT) !== SEGMENT_MAGIC) throw corrupt('it does not end with the segment magic');
  const version = readUint16(tail, trailer + VERSION_AT);
  const flags = readUint16(tail, trailer + FLAGS_AT);
  if (version !== SEGMENT_VERSION || flags !== 0) {
    throw corrupt(`version ${version} with flags ${flags} is not known; version ${SEGMENT_VERSION} without flags is`);
  }
  const bodyLength = readUint32(tail, trailer);
  const entryCount = readUint32(tail, trailer + ENTRY_COUNT_AT);
  const footerLength = readUint32(tail, trailer + FOOTER_LENGTH_AT);
  const sizeBytes = bodyLength + footerLength;
  if (footerLength !== entryCount * SEGMENT_ENTRY_BYTES + SEGMENT_TRAILER_BYTES) {
    throw corrupt(`its footer states ${footerLength} bytes for ${entryCount} entries`);
  }
  if (objectBytes !== undefined && objectBytes !== sizeBytes) {
    throw corrupt(`it has ${objectBytes} bytes and states ${sizeBytes}`);
  }
  if (tail.length < footerLength) return { kind: 'more', bytesNeeded: footerLength };
  const footer = tail.subarray(tail.length - footerLength);
  if (readUint32(tail, trailer + CRC_AT) !== crcOfFooter(footer)) throw corrupt('the CRC of its footer is wrong');
  return { kind: 'footer', slices: readEntries(footer, entryCount, bodyLength), bodyLength, sizeBytes };
}

function readEntries(footer: Uint8Array, entryCount: number, bodyLength: number): SegmentSlice[] {
  const slices: SegmentSlice[] = [];
  let position = 0;
  for (let index = 0; index < entryCount; index++) {
    const slice = readEntry(footer, index * SEGMENT_ENTRY_BYTES);
    if (slice.position !== position) throw corrupt(`slice ${index} begins at ${slice.position}, not at ${position}`);
    position += slice.length;
    slices.push(slice);
  }
  if (position !== bodyLength) throw corrupt(`its slices end at ${position}, its footer begins at ${bodyLength}`);
  return slices;
}

function readEntry(footer: Uint8Array, at: number): SegmentSlice {
  return {
    topicId: readTopicId(footer, at),
    partition: readInt32(footer, at + PARTITION_AT),
    position: readUint32(footer, at + POSITION_AT),
    length: readUint32(footer, at + LENGTH_AT),
    span: readUint32(footer, at + SPAN_AT),
    records: readUint32(footer, at + RECORDS_AT),
    minTimestamp: readTimestamp(footer, at + MIN_TIMESTAMP_AT),
    maxTimestamp: readTimestamp(footer, at + MAX_TIMESTAMP_AT),
  };
}

function encodeFooter(slices: readonly SegmentSlice[], bodyLength: number): Uint8Array {
  const footer = Buffer.allocUnsafe(slices.length * SEGMENT_ENTRY_BYTES + SEGMENT_TRAILER_BYTES);
  let at = 0;
  for (const slice of slices) {
    writeHex(footer, at, slice.topicId, TOPIC_ID_BYTES);
    writeInt32(footer, at + PARTITION_AT, slice.partition);
    writeInt32(footer, at + POSITION_AT, slice.position);
    writeInt32(footer, at + LENGTH_AT, slice.length);
    writeInt32(footer, at + SPAN_AT, slice.span);
    writeInt32(footer, at + RECORDS_AT, slice.records);
    writeInt64(footer, at + MIN_TIMESTAMP_AT, slice.minTimestamp);
    writeInt64(footer, at + MAX_TIMESTAMP_AT, slice.maxTimestamp);
    at += SEGMENT_ENTRY_BYTES;
  }
  writeInt32(footer, at, bodyLength);
  writeInt32(footer, at + ENTRY_COUNT_AT, slices.length);
  writeInt32(footer, at + FOOTER_LENGTH_AT, footer.length);
  writeInt16(footer, at + VERSION_AT, SEGMENT_VERSION);
  writeInt16(footer, at + FLAGS_AT, 0);
  writeInt32(footer, at + MAGIC_AT, SEGMENT_MAGIC);
  writeInt32(footer, at + CRC_AT, crcOfFooter(footer));
  return footer;
}

function crcOfFooter(footer: Uint8Array): number {
  return crc32c(footer.subarray(0, footer.length - SEGMENT_TRAILER_BYTES + CRC_AT));
}

function readTimestamp(bytes: Uint8Array, at: number): number {
  try {
    return readInt64(bytes, at, 'timestamp');
  } catch (error) {
    throw corrupt('a timestamp of its footer is out of range', error);
  }
}

function readTopicId(bytes: Uint8Array, at: number): TopicId {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset + at, TOPIC_ID_BYTES).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as TopicId;
}

function corrupt(why: string, cause?: unknown): StratalogError {
  return new StratalogError('CORRUPT_OBJECT', `the segment is corrupt: ${why}`, { field: 'segment' }, cause);
}
