/**
 * Small packed values: the cursor that the codecs of stored metadata write and read with.
 *
 * A packed value begins with a magic byte, which says what it is, and a version byte. Whole numbers are varints; lease
 * ids are their 12 bytes. Nothing but CORRUPT_OBJECT leaves a reader, whatever the bytes are.
 */
import { isStratalogError, StratalogError } from '../core/errors.ts';
import type { LeaseId } from '../core/ids.ts';
import { writeHex } from './hex.ts';
import { type ByteCursor, readUnsignedVarint, readVarlong, writeUnsignedVarint, writeVarlong } from './varint.ts';

const LEASE_BYTES = 12;
/** Room that is used again and again: a lease record at its largest, but for many producers. */
const ROOM_BYTES = 8 * 1024;

/** Nobody writes into it now. */
let spare: Buffer | undefined = Buffer.allocUnsafeSlow(ROOM_BYTES);

/** Writes a packed value of at most as many bytes as the caller says. */
export class PackedWriter {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytesMax: number, magic: number, version: number) {
    this.#bytes = spare !== undefined && bytesMax <= spare.length ? spare : Buffer.allocUnsafe(bytesMax);
    if (this.#bytes === spare) spare = undefined;
    this.#bytes[this.#at++] = magic;
    this.#bytes[this.#at++] = version;
  }

  byte(value: number): void {
    this.#bytes[this.#at++] = value;
  }

  /** A whole number from 0 to 2^32 - 1. */
  count(value: number): void {
    this.#at = writeUnsignedVarint(this.#bytes, this.#at, value);
  }

  /** Any safe integer. */
  long(value: number): void {
    this.#at = writeVarlong(this.#bytes, this.#at, value);
  }

  lease(id: LeaseId): void {
    writeHex(this.#bytes, this.#at, id, LEASE_BYTES);
    this.#at += LEASE_BYTES;
  }

  /** What was written, in memory of its own. Nothing is written after that. */
  finish(): Uint8Array<ArrayBuffer> {
    const written = Uint8Array.prototype.slice.call(this.#bytes, 0, this.#at) as Uint8Array<ArrayBuffer>;
    if (this.#bytes.length === ROOM_BYTES) spare = this.#bytes;
    return written;
  }
}

/** Reads a packed value and never looks past its end. */
export class PackedReader {
  readonly #cursor: ByteCursor;
  readonly #what: string;

  constructor(bytes: Uint8Array, what: string) {
    this.#cursor = { bytes, position: 0, end: bytes.length };
    this.#what = what;
  }

  byte(): number {
    const value = this.#cursor.bytes[this.#cursor.position];
    if (value === undefined) throw this.corrupt(`it ends at byte ${this.#cursor.end}, where more is due`);
    this.#cursor.position++;
    return value;
  }

  count(): number {
    return readUnsignedVarint(this.#cursor);
  }

  long(): number {
    return readVarlong(this.#cursor);
  }

  /** A safe integer that is 0 or more. */
  size(): number {
    const value = this.long();
    if (value < 0) throw this.corrupt(`a size or offset is ${value}`);
    return value;
  }

  lease(): LeaseId {
    const { bytes, position, end } = this.#cursor;
    if (end - position < LEASE_BYTES) throw this.corrupt(`it ends at byte ${end}, within a lease id`);
    this.#cursor.position += LEASE_BYTES;
    return Buffer.from(bytes.buffer, bytes.byteOffset + position, LEASE_BYTES).toString('hex') as LeaseId;
  }

  /** As many items as a count says; each takes at least `bytesMin`, so that a wild count is refused before the work. */
  list<Item>(bytesMin: number, read: (index: number) => Item): Item[] {
    const count = this.count();
    const { position, end } = this.#cursor;
    if (count * bytesMin > end - position) throw this.corrupt(`${count} items do not fit the ${end - position} bytes that are left`);
    return Array.from({ length: count }, (_, index) => read(index));
  }

  corrupt(why: string): StratalogError {
    return new StratalogError('CORRUPT_OBJECT', `${this.#what} is corrupt: ${why}`, { field: this.#what });
  }

  /** Refuses another kind or version, and bytes after the end. */
  static read<Value>(bytes: Uint8Array, what: string, magic: number, version: number, read: (reader: PackedReader) => Value): Value {
    const reader = new PackedReader(bytes, what);
    try {
      const found = reader.byte();
      if (found !== magic) throw reader.corrupt(`its first byte is ${found}, not ${magic}`);
      const foundVersion = reader.byte();
      if (foundVersion !== version) throw reader.corrupt(`its version is ${foundVersion}, this program reads ${version}`);
      const value = read(reader);
      const rest = reader.#cursor.end - reader.#cursor.position;
      if (rest > 0) throw reader.corrupt(`${rest} bytes follow its end`);
      return value;
    } catch (error) {
      if (isStratalogError(error, 'CORRUPT_MESSAGE')) throw reader.corrupt(error.message);
      throw error;
    }
  }
}
