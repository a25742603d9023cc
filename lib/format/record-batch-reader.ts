/**
 * The records of a batch, read lazily.
 *
 *     record: | length varint | attributes int8 | timestampDelta varlong | offsetDelta varint
 *             | keyLength varint, key | valueLength varint, value | headerCount varint, headers |
 *     header: | keyLength varint, key UTF-8 | valueLength varint, value |     a length of -1 stands for null
 *
 * Keys and values are views of the batch, or of what it was decompressed to: nothing is copied, and whoever keeps one
 * keeps the whole piece alive.
 */
import { StratalogError } from '../core/errors.ts';
import { DECOMPRESSED_BYTES_MIN } from '../core/limits.ts';
import { decompress } from './compression.ts';
import { BATCH_HEADER_BYTES, type BatchHeader, parseBatchHeader, truncated } from './record-batch-header.ts';
import { type ByteCursor, readVarint, readVarlong } from './varint.ts';

export interface RecordHeader {
  readonly key: string;
  readonly value: Uint8Array | null;
}

export interface LogRecord {
  readonly offset: number;
  /** Milliseconds since the epoch; -1 if there is none. */
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
  /** The record's own attributes: unused by Kafka so far, 0. */
  readonly attributes: number;
  /** The producer's sequence number of this record; -1 without an idempotent producer. */
  readonly sequence: number;
}

export interface ReadRecordsOptions {
  /** Most bytes that the records may inflate to; default 16 MiB. MESSAGE_TOO_LARGE above. */
  readonly maxDecompressedBytes?: number;
}

const NO_HEADERS: readonly RecordHeader[] = [];
/** A record has at least its attributes, two deltas, two lengths and a header count. */
const RECORD_BYTES_MIN = 6;
const SEQUENCES = 0x8000_0000;

const utf8 = new TextDecoder();

/**
 * Walks the records of one batch without making an object per record: `next()` moves to the following record, the fields
 * then describe it until the next call. Everything throws CORRUPT_MESSAGE when a length does not fit.
 */
export class RecordCursor {
  readonly header: BatchHeader;
  /** The records as they lie after decompression; positions below count in here. */
  readonly bytes: Uint8Array;
  /** The record as stored, its length field included: first byte and the byte after the last. */
  recordStart = 0;
  recordEnd = 0;
  attributes = 0;
  timestamp = NaN;
  offsetDelta = 0;
  /** First byte of the key, and its length or -1 for null; likewise the value. */
  keyStart = 0;
  keyLength = -1;
  valueStart = 0;
  valueLength = -1;
  headerCount = 0;
  readonly #cursor: { readonly bytes: Uint8Array; position: number; end: number };
  readonly #end: number;
  #headersStart = 0;
  #remaining: number;

  constructor(header: BatchHeader, bytes: Uint8Array) {
    this.header = header;
    this.bytes = bytes;
    this.#end = bytes.length;
    this.#cursor = { bytes, position: 0, end: bytes.length };
    this.#remaining = header.recordsCount;
    if (header.recordsCount * (RECORD_BYTES_MIN + 1) > bytes.length) {
      throw corrupt(`${header.recordsCount} records do not fit ${bytes.length} bytes`);
    }
  }

  /** Moves to the next record; false after the last. CORRUPT_MESSAGE if bytes are left over then. */
  next(): boolean {
    const cursor = this.#cursor;
    const start = this.recordEnd;
    cursor.end = this.#end;
    cursor.position = start;
    if (this.#remaining === 0) {
      if (start !== this.#end) throw corrupt(`${this.#end - start} bytes follow the last of ${this.header.recordsCount} records`);
      return false;
    }
    const length = readVarint(cursor);
    const end = cursor.position + length;
    if (length < RECORD_BYTES_MIN || end > this.#end) throw corrupt(`the record at byte ${start} states ${length} bytes`);
    cursor.end = end;
    this.attributes = ((this.bytes[cursor.position++] as number) << 24) >> 24;
    const timestamp = this.header.baseTimestamp + readVarlong(cursor);
    this.timestamp = this.header.timestampType === 'LogAppendTime' ? this.header.maxTimestamp : timestamp;
    this.offsetDelta = readVarint(cursor);
    this.keyLength = readLength(cursor, 'key');
    this.keyStart = cursor.position;
    if (this.keyLength > 0) cursor.position += this.keyLength;
    this.valueLength = readLength(cursor, 'value');
    this.valueStart = cursor.position;
    if (this.valueLength > 0) cursor.position += this.valueLength;
    this.headerCount = readVarint(cursor);
    this.#headersStart = cursor.position;
    if (this.headerCount !== 0) this.#passHeaders();
    if (cursor.position !== end) throw corrupt(`the record at byte ${start} ends at byte ${cursor.position}, not ${end}`);
    if (this.offsetDelta < 0 || this.offsetDelta > this.header.lastOffsetDelta) {
      throw corrupt(`the record at byte ${start} has offset delta ${this.offsetDelta} of ${this.header.lastOffsetDelta}`);
    }
    if (!Number.isSafeInteger(timestamp)) throw corrupt(`the record at byte ${start} has timestamp ${timestamp}`);
    this.recordStart = start;
    this.recordEnd = end;
    this.#remaining--;
    return true;
  }

  get offset(): number {
    return this.header.baseOffset + this.offsetDelta;
  }

  /** The key as a view, or null. */
  get key(): Uint8Array | null {
    return this.keyLength < 0 ? null : this.bytes.subarray(this.keyStart, this.keyStart + this.keyLength);
  }

  /** The value as a view, or null: then the record is a tombstone. */
  get value(): Uint8Array | null {
    return this.valueLength < 0 ? null : this.bytes.subarray(this.valueStart, this.valueStart + this.valueLength);
  }

  get sequence(): number {
    const { baseSequence } = this.header;
    return baseSequence < 0 ? -1 : (baseSequence + this.offsetDelta) % SEQUENCES;
  }

  /** The headers of the record, read anew at each call. Keys that are not UTF-8 read with replacement characters. */
  headers(): readonly RecordHeader[] {
    if (this.headerCount === 0) return NO_HEADERS;
    const cursor = { bytes: this.bytes, position: this.#headersStart, end: this.recordEnd };
    const headers: RecordHeader[] = [];
    for (let index = 0; index < this.headerCount; index++) {
      const key = utf8.decode(view(cursor, readLength(cursor, 'header key')));
      const length = readLength(cursor, 'header value');
      headers.push({ key, value: length < 0 ? null : view(cursor, length) });
    }
    return headers;
  }

  #passHeaders(): void {
    const cursor = this.#cursor;
    // A header has two lengths at least, which bounds the loop by the record's own size.
    if (this.headerCount < 0 || this.headerCount * 2 > cursor.end - cursor.position) {
      throw corrupt(`a record states ${this.headerCount} headers`);
    }
    for (let index = 0; index < this.headerCount; index++) {
      const keyLength = readLength(cursor, 'header key');
      if (keyLength < 0) throw corrupt('a record has a header without a key');
      cursor.position += keyLength;
      const valueLength = readLength(cursor, 'header value');
      if (valueLength > 0) cursor.position += valueLength;
    }
  }
}

/** Opens the records of the batch at a position, decompressing them now. Errors of the header, the codec, the bound. */
export function openRecords(bytes: Uint8Array, at: number, options: ReadRecordsOptions = {}): RecordCursor {
  const header = parseBatchHeader(bytes, at);
  const end = at + header.sizeBytes;
  if (end > bytes.length) throw truncated(at, bytes.length - at, header.sizeBytes);
  const stored = bytes.subarray(at + BATCH_HEADER_BYTES, end);
  const max = options.maxDecompressedBytes ?? DECOMPRESSED_BYTES_MIN;
  // A batch that compaction emptied has no records at all, not a compressed nothing.
  const records = stored.length === 0 || header.compression === 'none' ? stored : decompress(header.compression, stored, max);
  return new RecordCursor(header, records);
}

/** The records of the batch at a position, lazily and without copies. CORRUPT_MESSAGE or MESSAGE_TOO_LARGE on the way. */
export function* readRecords(bytes: Uint8Array, at: number, options: ReadRecordsOptions = {}): Generator<LogRecord, void, undefined> {
  const cursor = openRecords(bytes, at, options);
  while (cursor.next()) {
    yield {
      offset: cursor.offset,
      timestamp: cursor.timestamp,
      key: cursor.key,
      value: cursor.value,
      headers: cursor.headers(),
      attributes: cursor.attributes,
      sequence: cursor.sequence,
    };
  }
}

/** A length of -1 or more that fits what is left of the record. */
function readLength(cursor: ByteCursor, what: string): number {
  const length = readVarint(cursor);
  if (length < -1 || length > cursor.end - cursor.position) {
    throw corrupt(`a ${what} states ${length} bytes, ${cursor.end - cursor.position} are left in its record`);
  }
  return length;
}

function view(cursor: ByteCursor, length: number): Uint8Array {
  const start = cursor.position;
  cursor.position = start + length;
  return cursor.bytes.subarray(start, start + length);
}

function corrupt(message: string): StratalogError {
  return new StratalogError('CORRUPT_MESSAGE', message, { field: 'records' });
}
