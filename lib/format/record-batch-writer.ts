/**
 * Builds record batches (the layouts stand in record-batch-header.ts and record-batch-reader.ts).
 *
 * Records are written straight into one growing buffer behind the room for the header, so that appending makes no
 * object per record; uncompressed batches leave without a copy.
 */
import { StratalogError } from '../core/errors.ts';
import { writeInt16, writeInt32, writeInt64 } from './big-endian.ts';
import { compress } from './compression.ts';
import { type CompressionType, compressionId } from './compression-codec.ts';
import { writeCrc } from './record-batch.ts';
import * as layout from './record-batch-header.ts';
import type { RecordHeader } from './record-batch-reader.ts';
import { sizeOfVarint, sizeOfVarlong, VARINT_BYTES_MAX, writeVarint, writeVarlong } from './varint.ts';

/** What a record to be written carries. Text is written as UTF-8. */
export interface NewRecord {
  /** Milliseconds since the epoch; -1 for none. */
  readonly timestamp: number;
  readonly key: Uint8Array | string | null;
  readonly value: Uint8Array | string | null;
  readonly headers?: readonly RecordHeader[];
  /** The record's place after the batch's first offset; default the one after the record before. Only ever grows. */
  readonly offsetDelta?: number;
}

export interface RecordBatchOptions {
  /** Default `none`. */
  readonly compression?: CompressionType;
  /** Level of gzip or zstd; default the codec's own. */
  readonly level?: number;
  /** Default `CreateTime`. With `LogAppendTime` every record reads with the batch's largest timestamp. */
  readonly timestampType?: layout.TimestampType;
  /** An idempotent producer's identity; default -1, none. */
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly isTransactional?: boolean;
  readonly isControl?: boolean;
  /** Default 0, which is what a producer sends. */
  readonly baseOffset?: number;
  /** Default -1, not known yet. */
  readonly partitionLeaderEpoch?: number;
  /** Time from which compaction may drop this batch's tombstones; stored in place of the base timestamp (KIP-534). */
  readonly deleteHorizonMs?: number;
}

/** What `build` may be told besides. */
export interface BuildOptions {
  /**
   * Offsets that the batch covers, less one; default those of its records. Compaction keeps a batch's span when it
   * removes records, and keeps batches without any record at all; such a batch must state it.
   */
  readonly lastOffsetDelta?: number;
  /** The largest timestamp to state in a batch without records; default -1. */
  readonly maxTimestamp?: number;
}

const INITIAL_BYTES = 4096;
const INT32_MAX = 0x7fff_ffff;

/** Takes records one by one and makes one batch of them. */
export class RecordBatchBuilder {
  readonly #options: RecordBatchOptions;
  #buffer: Buffer;
  #position = layout.BATCH_HEADER_BYTES;
  #count = 0;
  #lastOffsetDelta = -1;
  #baseTimestamp = layout.NO_TIMESTAMP;
  #maxTimestamp = layout.NO_TIMESTAMP;

  /** `capacityBytes` is how much room is made at first; it grows by doubling. */
  constructor(options: RecordBatchOptions = {}, capacityBytes: number = INITIAL_BYTES) {
    this.#options = options;
    this.#buffer = Buffer.allocUnsafe(Math.max(capacityBytes, layout.BATCH_HEADER_BYTES));
    if (options.deleteHorizonMs !== undefined) this.#baseTimestamp = options.deleteHorizonMs;
  }

  /** Records taken so far. */
  get recordsCount(): number {
    return this.#count;
  }

  /** Largest timestamp so far; -1 if there is none. */
  get maxTimestamp(): number {
    return this.#maxTimestamp;
  }

  /** Bytes of the batch so far before compression: what `build` gives is no larger, but for incompressible records. */
  get estimatedSizeBytes(): number {
    return this.#position;
  }

  /**
   * Adds a record, unless the batch would then be larger than `maxBytes` before compression: false, and nothing changed.
   * The first record is always taken, so that whoever starts a new batch on false cannot loop; its size is for the caller
   * to judge. INVALID_RECORD when an offset delta does not grow.
   */
  tryAppend(record: NewRecord, maxBytes: number = INT32_MAX): boolean {
    const offsetDelta = record.offsetDelta ?? this.#lastOffsetDelta + 1;
    if (offsetDelta <= this.#lastOffsetDelta || offsetDelta > INT32_MAX) throw badDelta(offsetDelta, this.#lastOffsetDelta);
    const { key, value, headers } = record;
    const base = this.#hasBase() ? this.#baseTimestamp : record.timestamp;
    const timestampDelta = record.timestamp - base;
    const keyBytes = sizeOfData(key);
    const valueBytes = sizeOfData(value);
    const body =
      1 +
      sizeOfVarlong(timestampDelta) +
      sizeOfVarint(offsetDelta) +
      sizeOfVarint(keyBytes) +
      Math.max(keyBytes, 0) +
      sizeOfVarint(valueBytes) +
      Math.max(valueBytes, 0) +
      sizeOfHeaders(headers);
    const end = this.#position + sizeOfVarint(body) + body;
    if (this.#count > 0 && end > maxBytes) return false;
    if (end > this.#buffer.length) this.#grow(end);

    const buffer = this.#buffer;
    let at = writeVarint(buffer, this.#position, body);
    buffer[at++] = 0;
    at = writeVarlong(buffer, at, timestampDelta);
    at = writeVarint(buffer, at, offsetDelta);
    at = writeData(buffer, at, key, keyBytes);
    at = writeData(buffer, at, value, valueBytes);
    at = headers === undefined ? writeVarint(buffer, at, 0) : writeHeaders(buffer, at, headers);

    this.#position = at;
    this.#baseTimestamp = base;
    if (record.timestamp > this.#maxTimestamp) this.#maxTimestamp = record.timestamp;
    this.#lastOffsetDelta = offsetDelta;
    this.#count++;
    return true;
  }

  /**
   * The finished batch. The builder is empty afterwards and may be used for the next one with the same options.
   * INVALID_RECORD without records, unless `lastOffsetDelta` says which offsets the empty batch stands for.
   */
  build(options: BuildOptions = {}): Buffer {
    const lastOffsetDelta = options.lastOffsetDelta ?? this.#lastOffsetDelta;
    if (lastOffsetDelta < 0 || lastOffsetDelta < this.#lastOffsetDelta) {
      throw badDelta(lastOffsetDelta, this.#lastOffsetDelta);
    }
    const batch = this.#finishRecords();
    if (this.#count === 0) this.#maxTimestamp = options.maxTimestamp ?? layout.NO_TIMESTAMP;
    this.#writeHeader(batch, lastOffsetDelta);
    this.#reset();
    return batch;
  }

  #hasBase(): boolean {
    return this.#count > 0 || this.#options.deleteHorizonMs !== undefined;
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.#position);
    this.#buffer = grown;
  }

  #finishRecords(): Buffer {
    const codec = this.#options.compression ?? 'none';
    const whole = this.#buffer.subarray(0, this.#position);
    if (codec === 'none' || this.#count === 0) return whole;
    const records = compress(codec, whole.subarray(layout.BATCH_HEADER_BYTES), this.#options.level);
    const batch = Buffer.allocUnsafe(layout.BATCH_HEADER_BYTES + records.length);
    batch.set(records, layout.BATCH_HEADER_BYTES);
    return batch;
  }

  #writeHeader(batch: Buffer, lastOffsetDelta: number): void {
    const options = this.#options;
    writeInt64(batch, layout.BASE_OFFSET_AT, options.baseOffset ?? 0);
    writeInt32(batch, layout.BATCH_LENGTH_AT, batch.length - layout.LOG_OVERHEAD_BYTES);
    writeInt32(batch, layout.LEADER_EPOCH_AT, options.partitionLeaderEpoch ?? -1);
    batch[layout.MAGIC_AT] = layout.MAGIC_V2;
    writeInt16(batch, layout.ATTRIBUTES_AT, attributesOf(options, this.#count));
    writeInt32(batch, layout.LAST_OFFSET_DELTA_AT, lastOffsetDelta);
    writeInt64(batch, layout.BASE_TIMESTAMP_AT, this.#baseTimestamp);
    writeInt64(batch, layout.MAX_TIMESTAMP_AT, this.#maxTimestamp);
    writeInt64(batch, layout.PRODUCER_ID_AT, options.producerId ?? -1);
    writeInt16(batch, layout.PRODUCER_EPOCH_AT, options.producerEpoch ?? -1);
    writeInt32(batch, layout.BASE_SEQUENCE_AT, options.baseSequence ?? -1);
    writeInt32(batch, layout.RECORDS_COUNT_AT, this.#count);
    writeCrc(batch, 0, batch.length);
  }

  /** What was built may still be looking at the old buffer, so the next batch gets another, as large as this one needed. */
  #reset(): void {
    const shared = this.#count === 0 || (this.#options.compression ?? 'none') === 'none';
    if (shared) this.#buffer = Buffer.allocUnsafe(Math.max(this.#position, layout.BATCH_HEADER_BYTES));
    this.#position = layout.BATCH_HEADER_BYTES;
    this.#count = 0;
    this.#lastOffsetDelta = -1;
    this.#baseTimestamp = this.#options.deleteHorizonMs ?? layout.NO_TIMESTAMP;
    this.#maxTimestamp = layout.NO_TIMESTAMP;
  }
}

/** An upper bound of the bytes that a record takes within a batch, for limits that hold before anything is written. */
export function recordSizeMax(record: NewRecord): number {
  const keyBytes = sizeOfData(record.key);
  const valueBytes = sizeOfData(record.value);
  // Length, offset delta, key length, value length as the widest varints; attributes; the widest safe varlong.
  const fixed = 4 * VARINT_BYTES_MAX + 1 + 8;
  return fixed + Math.max(0, keyBytes) + Math.max(0, valueBytes) + sizeOfHeaders(record.headers);
}

function attributesOf(options: RecordBatchOptions, count: number): number {
  return (
    (count === 0 ? 0 : compressionId(options.compression ?? 'none')) |
    (options.timestampType === 'LogAppendTime' ? layout.LOG_APPEND_TIME_BIT : 0) |
    (options.isTransactional ? layout.TRANSACTIONAL_BIT : 0) |
    (options.isControl ? layout.CONTROL_BIT : 0) |
    (options.deleteHorizonMs === undefined ? 0 : layout.DELETE_HORIZON_BIT)
  );
}

/** Bytes of a key or value; -1, which is also its length field, for null. */
function sizeOfData(data: Uint8Array | string | null): number {
  if (data === null) return -1;
  return typeof data === 'string' ? Buffer.byteLength(data) : data.length;
}

function sizeOfHeaders(headers: readonly RecordHeader[] | undefined): number {
  if (headers === undefined) return 1;
  let size = sizeOfVarint(headers.length);
  for (const header of headers) {
    const keyBytes = sizeOfData(header.key);
    const valueBytes = sizeOfData(header.value);
    size += sizeOfVarint(keyBytes) + keyBytes + sizeOfVarint(valueBytes) + Math.max(0, valueBytes);
  }
  return size;
}

function writeData(buffer: Buffer, at: number, data: Uint8Array | string | null, size: number): number {
  const start = writeVarint(buffer, at, size);
  if (data === null || size === 0) return start;
  if (typeof data === 'string') buffer.write(data, start, size, 'utf8');
  else buffer.set(data, start);
  return start + size;
}

function writeHeaders(buffer: Buffer, at: number, headers: readonly RecordHeader[]): number {
  let position = writeVarint(buffer, at, headers.length);
  for (const header of headers) {
    position = writeData(buffer, position, header.key, sizeOfData(header.key));
    position = writeData(buffer, position, header.value, sizeOfData(header.value));
  }
  return position;
}

function badDelta(offsetDelta: number, last: number): StratalogError {
  return new StratalogError('INVALID_RECORD', `offset delta ${offsetDelta} does not follow ${last}`, {
    field: 'offsetDelta',
    value: offsetDelta,
    limit: INT32_MAX,
  });
}
