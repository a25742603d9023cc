/**
 * The sparse index beside a merged log file: by offset and by timestamp, an entry about every 4 KiB of log.
 *
 *     header:   0  magic          4 bytes  "SLIX"
 *               4  version        uint16   1
 *               6  flags          uint16   0
 *               8  firstOffset    int64    relative offsets count from here
 *              16  logBytes       uint32   size of the log file
 *              20  offsetEntries  uint32
 *              24  timeEntries    uint32
 *     offset section, 8 bytes an entry:    relative offset int32 | position int32
 *     time section,  12 bytes an entry:    timestamp int64 | relative offset int32
 *     footer:      crc            uint32   CRC-32C of all before it
 *
 * The sections are Kafka's own `.index` and `.timeindex` files byte for byte (OffsetIndex.java, TimeIndex.java), and are
 * filled by its rule (LogSegment.java): once more than the interval was written since the last entry, the next batch is
 * entered by its *last* offset and its position, and the largest timestamp so far by the last offset of its batch.
 * Both sections ascend strictly, so a lookup finds the last entry at or below and the reader walks on from there.
 */
import { assert, StratalogError } from '../core/errors.ts';
import { readInt32, readInt64, readUint16, readUint32, writeInt16, writeInt32, writeInt64 } from './big-endian.ts';
import { crc32c } from './crc32c.ts';
import { iterateBatches } from './record-batch.ts';
import { NO_TIMESTAMP } from './record-batch-header.ts';

/** Kafka's `index.interval.bytes`. */
const INDEX_INTERVAL_BYTES = 4096;
const SEGMENT_INDEX_VERSION = 1;
/** "SLIX", the first four bytes of every index. */
const SEGMENT_INDEX_MAGIC = 0x534c4958;

const VERSION_AT = 4;
const FLAGS_AT = 6;
const FIRST_OFFSET_AT = 8;
const LOG_BYTES_AT = 16;
const OFFSET_ENTRIES_AT = 20;
const TIME_ENTRIES_AT = 24;
const HEADER_BYTES = 28;
const OFFSET_ENTRY_BYTES = 8;
const TIME_ENTRY_BYTES = 12;
const CRC_BYTES = 4;
const INT32_MAX = 0x7fff_ffff;

/** Whether a log file beginning at `firstOffset` may hold this offset: Kafka's indexes store 31-bit distances. */
export function fitsSegmentIndex(firstOffset: number, lastOffset: number): boolean {
  return lastOffset - firstOffset <= INT32_MAX;
}

/** Makes the index of a log file while its batches are written. */
export class SegmentIndexBuilder {
  readonly #firstOffset: number;
  readonly #intervalBytes: number;
  readonly #offsets: number[] = [];
  readonly #positions: number[] = [];
  readonly #timestamps: number[] = [];
  readonly #timeOffsets: number[] = [];
  #position = 0;
  #bytesSinceEntry = 0;
  #maxTimestamp = NO_TIMESTAMP;
  #maxTimestampOffset = 0;

  /** `intervalBytes`: bytes of log between entries, default 4096. */
  constructor(firstOffset: number, intervalBytes: number = INDEX_INTERVAL_BYTES) {
    this.#firstOffset = firstOffset;
    this.#intervalBytes = intervalBytes;
  }

  /** Notes the next batch of the file. Batches come in offset order; see {@link fitsSegmentIndex} for how far. */
  add(lastOffset: number, maxTimestamp: number, sizeBytes: number): void {
    const relative = lastOffset - this.#firstOffset;
    assert(relative >= 0 && relative <= INT32_MAX, `offset ${lastOffset} fits an index from ${this.#firstOffset}`);
    if (maxTimestamp > this.#maxTimestamp) {
      this.#maxTimestamp = maxTimestamp;
      this.#maxTimestampOffset = relative;
    }
    if (this.#bytesSinceEntry > this.#intervalBytes) {
      this.#offsets.push(relative);
      this.#positions.push(this.#position);
      this.#addTime();
      this.#bytesSinceEntry = 0;
    }
    this.#position += sizeBytes;
    this.#bytesSinceEntry += sizeBytes;
  }

  /** The finished index object. Its last time entry is the file's largest timestamp. */
  build(): Buffer {
    this.#addTime();
    const offsetBytes = this.#offsets.length * OFFSET_ENTRY_BYTES;
    const timeBytes = this.#timestamps.length * TIME_ENTRY_BYTES;
    const bytes = Buffer.alloc(HEADER_BYTES + offsetBytes + timeBytes + CRC_BYTES);
    writeInt32(bytes, 0, SEGMENT_INDEX_MAGIC);
    writeInt16(bytes, VERSION_AT, SEGMENT_INDEX_VERSION);
    writeInt64(bytes, FIRST_OFFSET_AT, this.#firstOffset);
    writeInt32(bytes, LOG_BYTES_AT, this.#position);
    writeInt32(bytes, OFFSET_ENTRIES_AT, this.#offsets.length);
    writeInt32(bytes, TIME_ENTRIES_AT, this.#timestamps.length);
    let at = HEADER_BYTES;
    for (const [index, offset] of this.#offsets.entries()) {
      writeInt32(bytes, at, offset);
      writeInt32(bytes, at + 4, this.#positions[index] as number);
      at += OFFSET_ENTRY_BYTES;
    }
    for (const [index, timestamp] of this.#timestamps.entries()) {
      writeInt64(bytes, at, timestamp);
      writeInt32(bytes, at + 8, this.#timeOffsets[index] as number);
      at += TIME_ENTRY_BYTES;
    }
    writeInt32(bytes, at, crc32c(bytes.subarray(0, at)));
    return bytes;
  }

  #addTime(): void {
    if (this.#maxTimestamp === NO_TIMESTAMP || this.#maxTimestamp <= (this.#timestamps.at(-1) ?? NO_TIMESTAMP)) return;
    this.#timestamps.push(this.#maxTimestamp);
    this.#timeOffsets.push(this.#maxTimestampOffset);
  }
}

/** The index of a log file that is at hand as a whole. CORRUPT_MESSAGE when its batches are not. */
export function indexLog(log: Uint8Array, firstOffset: number, intervalBytes?: number): Buffer {
  const builder = new SegmentIndexBuilder(firstOffset, intervalBytes);
  for (const { header } of iterateBatches(log)) builder.add(header.lastOffset, header.maxTimestamp, header.sizeBytes);
  return builder.build();
}

/** An index that was read and checked. Lookups look at the bytes in place. */
export class SegmentIndex {
  readonly firstOffset: number;
  /** Size of the log file that the index belongs to. */
  readonly logBytes: number;
  /** Size of the index itself. */
  readonly bytes: number;
  /** The offset section: what Kafka calls the `.index` file. */
  readonly offsetIndex: Uint8Array;
  /** The time section: what Kafka calls the `.timeindex` file. */
  readonly timeIndex: Uint8Array;

  /** Reads an index object. CORRUPT_OBJECT on anything wrong with it. */
  constructor(bytes: Uint8Array) {
    if (bytes.length < HEADER_BYTES + CRC_BYTES) throw corrupt(`it has ${bytes.length} bytes`);
    if (readInt32(bytes, 0) !== SEGMENT_INDEX_MAGIC) throw corrupt('it does not begin with the index magic');
    const version = readUint16(bytes, VERSION_AT);
    const flags = readUint16(bytes, FLAGS_AT);
    if (version !== SEGMENT_INDEX_VERSION || flags !== 0) throw corrupt(`version ${version}, flags ${flags} are not known`);
    const offsetsEnd = HEADER_BYTES + readUint32(bytes, OFFSET_ENTRIES_AT) * OFFSET_ENTRY_BYTES;
    const timesEnd = offsetsEnd + readUint32(bytes, TIME_ENTRIES_AT) * TIME_ENTRY_BYTES;
    if (bytes.length !== timesEnd + CRC_BYTES) throw corrupt(`it has ${bytes.length} bytes, not ${timesEnd + CRC_BYTES}`);
    if (readUint32(bytes, timesEnd) !== crc32c(bytes.subarray(0, timesEnd))) throw corrupt('its CRC is wrong');
    this.firstOffset = safely(() => readInt64(bytes, FIRST_OFFSET_AT, 'firstOffset'));
    this.logBytes = readUint32(bytes, LOG_BYTES_AT);
    this.bytes = bytes.length;
    this.offsetIndex = bytes.subarray(HEADER_BYTES, offsetsEnd);
    this.timeIndex = bytes.subarray(offsetsEnd, timesEnd);
  }

  /** Where to begin to look for an offset: the start of a batch at or before the one that has it. */
  positionOf(offset: number): number {
    const entry = lastAtOrBelow(this.offsetIndex.length / OFFSET_ENTRY_BYTES, (index) => {
      return this.firstOffset + readInt32(this.offsetIndex, index * OFFSET_ENTRY_BYTES) - offset;
    });
    return entry < 0 ? 0 : readInt32(this.offsetIndex, entry * OFFSET_ENTRY_BYTES + 4);
  }

  /** Where to begin to look for the first record with this timestamp or a later one: no batch before can hold it. */
  positionOfTimestamp(timestamp: number): number {
    const entry = lastAtOrBelow(this.timeIndex.length / TIME_ENTRY_BYTES, (index) => {
      return safely(() => readInt64(this.timeIndex, index * TIME_ENTRY_BYTES, 'timestamp')) - timestamp;
    });
    if (entry < 0) return 0;
    return this.positionOf(this.firstOffset + readInt32(this.timeIndex, entry * TIME_ENTRY_BYTES + 8));
  }

  /** Largest timestamp in the file; -1 if it has none. */
  get maxTimestamp(): number {
    const { length } = this.timeIndex;
    return length === 0 ? NO_TIMESTAMP : safely(() => readInt64(this.timeIndex, length - TIME_ENTRY_BYTES, 'timestamp'));
  }
}

/** Index of the last of `count` ascending entries whose distance to the target is not positive; -1 if there is none. */
function lastAtOrBelow(count: number, distance: (index: number) => number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (distance(middle) <= 0) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function safely(read: () => number): number {
  try {
    return read();
  } catch (error) {
    throw corrupt('a number of it is out of range', error);
  }
}

function corrupt(why: string, cause?: unknown): StratalogError {
  return new StratalogError('CORRUPT_OBJECT', `the segment index is corrupt: ${why}`, { field: 'index' }, cause);
}
