import { StratalogError } from '../../core/errors.ts';
import { REQUEST_ELEMENTS_MAX } from '../../core/limits.ts';

/** Decodes one value at the reader's position, as the given version of its message lays it out. */
export type Decode<T> = (reader: Reader, version: number) => T;

const TWO_POW_32 = 4_294_967_296;
const SAFE_HIGH_WORD = 2 ** 21;

/**
 * Reads the primitive types of Kafka's wire protocol from a buffer, big endian.
 *
 * Nothing is read past the end and nothing is allocated before the bytes for it are known to be there. Every refusal
 * is INVALID_REQUEST with the position in it. Byte fields are views of the buffer, not copies: who keeps one keeps the
 * whole request alive.
 */
export class Reader {
  readonly buffer: Buffer;
  position: number;
  readonly end: number;
  #elementsLeft = REQUEST_ELEMENTS_MAX;

  constructor(buffer: Buffer, position = 0, end = buffer.length) {
    this.buffer = buffer;
    this.position = position;
    this.end = end;
  }

  /** Bytes not yet read. */
  get remaining(): number {
    return this.end - this.position;
  }

  bool(): boolean {
    return this.int8() !== 0;
  }

  int8(): number {
    const at = this.#take(1);
    return ((this.buffer[at] as number) << 24) >> 24;
  }

  int16(): number {
    const at = this.#take(2);
    const b = this.buffer;
    return (((b[at] as number) << 24) | ((b[at + 1] as number) << 16)) >> 16;
  }

  uint16(): number {
    return this.int16() & 0xffff;
  }

  int32(): number {
    const at = this.#take(4);
    const b = this.buffer;
    return ((b[at] as number) << 24) | ((b[at + 1] as number) << 16) | ((b[at + 2] as number) << 8) | (b[at + 3] as number);
  }

  uint32(): number {
    return this.int32() >>> 0;
  }

  /** A 64-bit integer that a JavaScript number holds exactly (|n| < 2^53); anything else is refused. */
  int64(): number {
    const high = this.int32();
    const low = this.uint32();
    if (high >= SAFE_HIGH_WORD || high < -SAFE_HIGH_WORD) {
      throw this.#invalid('a 64-bit integer is outside of the safe range', high, Number.MAX_SAFE_INTEGER);
    }
    return high * TWO_POW_32 + low;
  }

  /**
   * A 64-bit integer, brought to the nearest safe number. For fields where every number beyond the safe range means
   * what the largest one means: a fetch at offset 2^63 - 1 is out of range, not a broken request.
   */
  int64Clamped(): number {
    const high = this.int32();
    const low = this.uint32();
    if (high >= SAFE_HIGH_WORD) return Number.MAX_SAFE_INTEGER;
    if (high < -SAFE_HIGH_WORD) return Number.MIN_SAFE_INTEGER;
    return high * TWO_POW_32 + low;
  }

  float64(): number {
    return this.buffer.readDoubleBE(this.#take(8));
  }

  /** An unsigned varint of at most 32 bits (KIP-482). */
  uvarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.buffer[this.#take(1)] as number;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value >= TWO_POW_32) break;
        return value;
      }
    }
    throw this.#invalid('a varint is longer than 32 bits', value, TWO_POW_32 - 1);
  }

  /** A UUID in its canonical form, lower case: 8-4-4-4-12. */
  uuid(): string {
    const at = this.#take(16);
    const hex = this.buffer.toString('hex', at, at + 16);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  string(flexible: boolean): string {
    const length = flexible ? this.uvarint() - 1 : this.int16();
    if (length < 0) throw this.#invalid('a string that may not be null is null', length, 0);
    return this.#text(length);
  }

  nullableString(flexible: boolean): string | null {
    const length = flexible ? this.uvarint() - 1 : this.int16();
    if (length === -1) return null;
    if (length < 0) throw this.#invalid('a string has a negative length', length, -1);
    return this.#text(length);
  }

  /** A view of a byte field. */
  bytes(flexible: boolean): Buffer {
    const length = flexible ? this.uvarint() - 1 : this.int32();
    if (length < 0) throw this.#invalid('a byte field that may not be null is null', length, 0);
    return this.#view(length);
  }

  /** A view of a byte field, or null. */
  nullableBytes(flexible: boolean): Buffer | null {
    const length = flexible ? this.uvarint() - 1 : this.int32();
    if (length === -1) return null;
    if (length < 0) throw this.#invalid('a byte field has a negative length', length, -1);
    return this.#view(length);
  }

  array<T>(flexible: boolean, version: number, decode: Decode<T>): T[] {
    const array = this.nullableArray(flexible, version, decode);
    if (array === null) throw this.#invalid('an array that may not be null is null', -1, 0);
    return array;
  }

  nullableArray<T>(flexible: boolean, version: number, decode: Decode<T>): T[] | null {
    const length = flexible ? this.uvarint() - 1 : this.int32();
    if (length === -1) return null;
    if (length < 0) throw this.#invalid('an array has a negative length', length, -1);
    // Every element takes at least one byte, so a length beyond the rest of the request is a lie.
    if (length > this.remaining) throw this.#invalid('an array is longer than its request', length, this.remaining);
    this.#elementsLeft -= length;
    if (this.#elementsLeft < 0) {
      throw this.#invalid('a request has too many array elements', length, REQUEST_ELEMENTS_MAX);
    }
    const array: T[] = [];
    for (let i = 0; i < length; i++) array.push(decode(this, version));
    return array;
  }

  /** A structure that a byte before it says to be there (1) or null (-1). */
  nullableStruct<T>(version: number, decode: Decode<T>): T | null {
    return this.int8() < 0 ? null : decode(this, version);
  }

  /** Reads the length of a tagged field; answers the position where its value ends. */
  tagEnd(): number {
    const length = this.uvarint();
    if (length > this.remaining) throw this.#invalid('a tagged field is longer than its request', length, this.remaining);
    return this.position + length;
  }

  /** Ends a tagged field: what its decoder left unread is passed over, and it must not have read more. */
  closeTag(end: number): void {
    if (this.position > end) throw this.#invalid('a tagged field is longer than its length says', this.position, end);
    this.position = end;
  }

  /** Passes over a section of tagged fields of which none is known. */
  skipTags(): void {
    for (let left = this.uvarint(); left > 0; left--) {
      this.uvarint();
      this.position = this.tagEnd();
    }
  }

  #text(length: number): string {
    const at = this.#take(length);
    return this.buffer.toString('utf8', at, at + length);
  }

  #view(length: number): Buffer {
    const at = this.#take(length);
    return this.buffer.subarray(at, at + length);
  }

  #take(length: number): number {
    const at = this.position;
    if (length > this.end - at) throw this.#invalid('a request ends in the middle of a field', length, this.end - at);
    this.position = at + length;
    return at;
  }

  #invalid(what: string, value: number, limit: number): StratalogError {
    const position = this.position;
    return new StratalogError('INVALID_REQUEST', `${what}: ${value} at byte ${position}, limit ${limit}`, {
      value,
      limit,
      position,
    });
  }
}

/** Elements of arrays of primitives, in the shape that `Reader.array` takes. */
export const readInt8: Decode<number> = (reader) => reader.int8();
export const readInt32: Decode<number> = (reader) => reader.int32();
export const readInt64: Decode<number> = (reader) => reader.int64();
export const readString: Decode<string> = (reader) => reader.string(false);
export const readCompactString: Decode<string> = (reader) => reader.string(true);
