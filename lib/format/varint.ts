/**
 * Variable-length integers: seven bits a byte, lowest first, the top bit says that another byte follows.
 *
 * Signed ones are zig-zag coded (0, -1, 1, -2 become 0, 1, 2, 3) as in Kafka's records (ByteUtils.java); unsigned ones
 * are those of Kafka's flexible messages. Readers move a cursor and never look at or past its end; writers answer the
 * position after what they wrote and trust the caller to have made room.
 */
import { StratalogError } from '../core/errors.ts';

/** A place in bytes that readers move. `end` is exclusive and lies within `bytes`. */
export interface ByteCursor {
  readonly bytes: Uint8Array;
  position: number;
  readonly end: number;
}

/** Most bytes of a 32-bit varint. */
export const VARINT_BYTES_MAX = 5;
/** Most bytes of a 64-bit varint. */
const VARLONG_BYTES_MAX = 10;

/** Below this magnitude a signed number zig-zags into 31 bits, where integer arithmetic is exact and quick. */
const SMALL = 0x4000_0000;

/** An unsigned 32-bit varint. CORRUPT_MESSAGE past the end, or when a fifth byte says that it goes on. */
export function readUnsignedVarint(cursor: ByteCursor): number {
  const { bytes, end } = cursor;
  let at = cursor.position;
  if (at >= end) throw pastEnd(at);
  let byte = bytes[at++] as number;
  let value = byte & 0x7f;
  for (let shift = 7; byte >= 0x80; shift += 7) {
    if (shift > 28) throw tooLong(cursor.position, VARINT_BYTES_MAX);
    if (at >= end) throw pastEnd(at);
    byte = bytes[at++] as number;
    value |= (byte & 0x7f) << shift;
  }
  cursor.position = at;
  return value >>> 0;
}

/** A zig-zag 32-bit varint. Errors as {@link readUnsignedVarint}. */
export function readVarint(cursor: ByteCursor): number {
  const raw = readUnsignedVarint(cursor);
  return (raw >>> 1) ^ -(raw & 1);
}

/** A zig-zag 64-bit varint as a number. CORRUPT_MESSAGE past the end, above ten bytes, or outside +-(2^53 - 1). */
export function readVarlong(cursor: ByteCursor): number {
  const { bytes, end } = cursor;
  const start = cursor.position;
  let at = start;
  if (at >= end) throw pastEnd(at);
  let byte = bytes[at++] as number;
  const negative = (byte & 1) === 1;
  // Half of the raw value, that is without the sign bit; all of it stays exact up to 2^53.
  let half = (byte & 0x7f) >> 1;
  let scale = 64;
  while (byte >= 0x80) {
    if (at - start >= VARLONG_BYTES_MAX) throw tooLong(start, VARLONG_BYTES_MAX);
    if (at >= end) throw pastEnd(at);
    byte = bytes[at++] as number;
    half += (byte & 0x7f) * scale;
    scale *= 128;
  }
  const value = negative ? -half - 1 : half;
  if (half > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER) {
    throw new StratalogError('CORRUPT_MESSAGE', `varlong at byte ${start} is outside +-(2^53 - 1)`);
  }
  cursor.position = at;
  return value;
}

/** Writes an unsigned 32-bit varint and answers the position after it. */
export function writeUnsignedVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = value >>> 0;
  let position = at;
  while (rest >= 0x80) {
    bytes[position++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[position++] = rest;
  return position;
}

/** Writes a signed 32-bit number zig-zag coded and answers the position after it. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  return writeUnsignedVarint(bytes, at, (value << 1) ^ (value >> 31));
}

/** Writes a safe integer zig-zag coded and answers the position after it. */
export function writeVarlong(bytes: Uint8Array, at: number, value: number): number {
  if (value < SMALL && value >= -SMALL) return writeVarint(bytes, at, value);
  const half = value >= 0 ? value : -value - 1;
  let position = at;
  bytes[position++] = 0x80 | ((half % 64) << 1) | (value < 0 ? 1 : 0);
  let rest = Math.floor(half / 64);
  while (rest >= 0x80) {
    bytes[position++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  bytes[position++] = rest;
  return position;
}

/** Bytes that {@link writeUnsignedVarint} takes for a value: 1 to 5. */
export function sizeOfUnsignedVarint(value: number): number {
  const raw = value >>> 0;
  if (raw < 0x80) return 1;
  if (raw < 0x4000) return 2;
  if (raw < 0x20_0000) return 3;
  return raw < 0x1000_0000 ? 4 : 5;
}

/** Bytes that {@link writeVarint} takes for a value: 1 to 5. */
export function sizeOfVarint(value: number): number {
  return sizeOfUnsignedVarint((value << 1) ^ (value >> 31));
}

/** Bytes that {@link writeVarlong} takes for a value: 1 to 8. */
export function sizeOfVarlong(value: number): number {
  if (value < SMALL && value >= -SMALL) return sizeOfVarint(value);
  let rest = Math.floor((value >= 0 ? value : -value - 1) / 64);
  let size = 1;
  while (rest > 0) {
    rest = Math.floor(rest / 128);
    size++;
  }
  return size;
}

function pastEnd(at: number): StratalogError {
  return new StratalogError('CORRUPT_MESSAGE', `a variable-length integer ends past byte ${at}, where its data ends`);
}

function tooLong(at: number, bytesMax: number): StratalogError {
  return new StratalogError('CORRUPT_MESSAGE', `the variable-length integer at byte ${at} has more than ${bytesMax} bytes`, {
    limit: bytesMax,
  });
}
