import { StratalogError } from '../../core/errors.ts';

/** Encodes one value at the writer's position, as the given version of its message lays it out. */
export type Encode<T> = (writer: Writer, value: T, version: number) => void;

/** Record batches as they leave the store: one buffer, or several that follow each other. */
export type RecordChunks = Buffer | readonly Buffer[];

/** What the encoder of a message takes: the message with every field left out that should have its default. */
export type Draft<T> = T extends Buffer | string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer E)[]
    ? readonly Draft<E>[]
    : { readonly [K in keyof T]?: Draft<T[K]> | undefined };

/** Record bytes below this are copied into the message: a chunk of its own costs more than moving so few bytes. */
const COPY_BYTES_MAX = 512;

const SHORT_MAX = 32_767;

/**
 * Writes the primitive types of Kafka's wire protocol, big endian, into a buffer that grows.
 *
 * Record batches are not copied: the message is a list of buffers of which some are the store's own, so they must not
 * change until the message has left. `finish` gives the list.
 */
export class Writer {
  #buffer: Buffer;
  /** Start of the bytes in `#buffer` that no chunk holds yet. */
  #start = 0;
  #position = 0;
  readonly #chunks: Buffer[] = [];
  #chunkBytes = 0;

  /** `capacity` is a guess, in bytes, of what the message takes without its record batches. */
  constructor(capacity = 512) {
    this.#buffer = Buffer.allocUnsafe(capacity);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#chunkBytes + this.#position - this.#start;
  }

  bool(value: boolean): void {
    this.int8(value ? 1 : 0);
  }

  int8(value: number): void {
    const at = this.#reserve(1);
    this.#buffer[at] = value;
  }

  int16(value: number): void {
    const at = this.#reserve(2);
    const b = this.#buffer;
    b[at] = value >> 8;
    b[at + 1] = value;
  }

  uint16(value: number): void {
    this.int16(value);
  }

  int32(value: number): void {
    const at = this.#reserve(4);
    const b = this.#buffer;
    b[at] = value >> 24;
    b[at + 1] = value >> 16;
    b[at + 2] = value >> 8;
    b[at + 3] = value;
  }

  uint32(value: number): void {
    this.int32(value);
  }

  int64(value: number): void {
    const high = Math.floor(value / 4_294_967_296);
    this.int32(high);
    this.int32(value - high * 4_294_967_296);
  }

  float64(value: number): void {
    const at = this.#reserve(8);
    this.#buffer.writeDoubleBE(value, at);
  }

  /** An unsigned varint of at most 32 bits (KIP-482). */
  uvarint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.int8((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.int8(rest);
  }

  /** A UUID in its canonical form: 8-4-4-4-12. */
  uuid(value: string): void {
    const at = this.#reserve(16);
    if (value.length !== 36 || this.#buffer.write(value.replaceAll('-', ''), at, 16, 'hex') !== 16) {
      throw new StratalogError('INTERNAL', `uuid is not in canonical form: ${value}`, { field: 'uuid', value });
    }
  }

  string(value: string | null, flexible: boolean): void {
    if (value === null) {
      if (flexible) this.uvarint(0);
      else this.int16(-1);
      return;
    }
    const length = Buffer.byteLength(value);
    if (flexible) this.uvarint(length + 1);
    else {
      if (length > SHORT_MAX) {
        throw new StratalogError('INTERNAL', `string has ${length} bytes, limit ${SHORT_MAX}`, {
          value: length,
          limit: SHORT_MAX,
        });
      }
      this.int16(length);
    }
    const at = this.#reserve(length);
    this.#buffer.write(value, at, length, 'utf8');
  }

  /** A byte field, copied. */
  bytes(value: Buffer | null, flexible: boolean): void {
    this.#length(value === null ? -1 : value.length, flexible);
    if (value !== null) this.#copy(value);
  }

  /** Record batches: their length, then the batches by reference (small ones are copied). */
  records(value: RecordChunks | null, flexible: boolean): void {
    if (value === null) {
      this.#length(-1, flexible);
    } else if (Buffer.isBuffer(value)) {
      this.#length(value.length, flexible);
      this.#append(value);
    } else {
      let length = 0;
      for (const chunk of value) length += chunk.length;
      this.#length(length, flexible);
      for (const chunk of value) this.#append(chunk);
    }
  }

  array<T>(values: readonly T[] | null, flexible: boolean, version: number, encode: Encode<T>): void {
    this.#length(values === null ? -1 : values.length, flexible);
    if (values !== null) for (const value of values) encode(this, value, version);
  }

  /** A structure behind the byte that says whether it is there (1) or null (-1). */
  nullableStruct<T>(value: T | null, version: number, encode: Encode<T>): void {
    this.int8(value === null ? -1 : 1);
    if (value !== null) encode(this, value, version);
  }

  /** Begins a tagged field; what it answers goes to `closeTag` after the value was written. */
  openTag(tag: number): number {
    this.uvarint(tag);
    const at = this.#reserve(1);
    return at - this.#start;
  }

  /** Ends a tagged field by writing its length where `openTag` left room, moving the value if the length is long. */
  closeTag(opened: number): void {
    const at = this.#start + opened;
    const length = this.#position - at - 1;
    if (length < 0x80) {
      this.#buffer[at] = length;
      return;
    }
    let extra = 0;
    for (let rest = length >>> 7; rest > 0; rest >>>= 7) extra++;
    this.#reserve(extra);
    const start = this.#start + opened;
    const end = start + 1 + length;
    this.#buffer.copyWithin(start + 1 + extra, start + 1, end);
    this.#position = start;
    this.uvarint(length);
    this.#position = end + extra;
  }

  /**
   * Ends the message. With `sizePrefixed` the first four bytes, which the caller wrote as any int32, become the number
   * of bytes that follow them.
   */
  finish(sizePrefixed = false): Buffer[] {
    const length = this.length;
    this.#seal();
    if (sizePrefixed) (this.#chunks[0] as Buffer).writeInt32BE(length - 4, 0);
    return this.#chunks;
  }

  #length(length: number, flexible: boolean): void {
    if (flexible) this.uvarint(length + 1);
    else this.int32(length);
  }

  #append(value: Buffer): void {
    if (value.length <= COPY_BYTES_MAX) {
      this.#copy(value);
      return;
    }
    this.#seal();
    this.#chunks.push(value);
    this.#chunkBytes += value.length;
  }

  #copy(value: Buffer): void {
    const at = this.#reserve(value.length);
    value.copy(this.#buffer, at);
  }

  #seal(): void {
    if (this.#position === this.#start) return;
    this.#chunks.push(this.#buffer.subarray(this.#start, this.#position));
    this.#chunkBytes += this.#position - this.#start;
    this.#start = this.#position;
  }

  #reserve(length: number): number {
    const at = this.#position;
    if (at + length > this.#buffer.length) return this.#grow(length);
    this.#position = at + length;
    return at;
  }

  #grow(length: number): number {
    const used = this.#position - this.#start;
    const grown = Buffer.allocUnsafe(Math.max(512, 2 * (used + length)));
    this.#buffer.copy(grown, 0, this.#start, this.#position);
    this.#buffer = grown;
    this.#start = 0;
    this.#position = used + length;
    return used;
  }
}

/** Elements of arrays of primitives, in the shape that `Writer.array` takes. */
export const writeInt8: Encode<number> = (writer, value) => writer.int8(value);
export const writeInt32: Encode<number> = (writer, value) => writer.int32(value);
export const writeInt64: Encode<number> = (writer, value) => writer.int64(value);
export const writeString: Encode<string> = (writer, value) => writer.string(value, false);
export const writeCompactString: Encode<string> = (writer, value) => writer.string(value, true);
