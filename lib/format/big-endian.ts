/**
 * Fixed-width integers, big-endian as in everything Kafka stores and sends.
 *
 * The functions index bytes directly and check no bounds: callers compare a whole header's size with the buffer once
 * and then read its fields. Sixty-four-bit values are plain numbers made of two 32-bit halves; a value outside
 * +-(2^53 - 1) cannot be an offset, a timestamp or a producer id of ours and is refused.
 */
import { StratalogError } from '../core/errors.ts';

const HIGH = 0x1_0000_0000;

export function readInt16(bytes: Uint8Array, at: number): number {
  return (((bytes[at] as number) << 24) >> 16) | (bytes[at + 1] as number);
}

export function readUint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

export function readInt32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
}

export function readUint32(bytes: Uint8Array, at: number): number {
  return readInt32(bytes, at) >>> 0;
}

/** A signed 64-bit integer as a number; CORRUPT_MESSAGE, naming `field`, when it is not a safe integer. */
export function readInt64(bytes: Uint8Array, at: number, field: string): number {
  const value = readInt32(bytes, at) * HIGH + readUint32(bytes, at + 4);
  // Rounding is no danger to this test: it only happens above 2^53, and never brings a value back below.
  if (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER) {
    throw new StratalogError('CORRUPT_MESSAGE', `${field} at byte ${at} is outside +-(2^53 - 1)`, { field });
  }
  return value;
}

export function writeInt16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8;
  bytes[at + 1] = value;
}

/** Writes the low 32 bits; signed and unsigned values alike. */
export function writeInt32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 24;
  bytes[at + 1] = value >> 16;
  bytes[at + 2] = value >> 8;
  bytes[at + 3] = value;
}

/** Writes a safe integer as signed 64 bits. */
export function writeInt64(bytes: Uint8Array, at: number, value: number): void {
  const high = Math.floor(value / HIGH);
  writeInt32(bytes, at, high);
  writeInt32(bytes, at + 4, value - high * HIGH);
}
