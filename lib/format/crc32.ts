import { crc32 as native } from '@node-rs/crc32';

/**
 * CRC-32 (IEEE 802.3) as an unsigned 32-bit number: for what only we read. Processors multiply it without carries, at 8 GB/s where CRC-32C does 3.5;
 * `previous` continues one begun on the bytes before.
 */
export function crc32(bytes: Uint8Array, previous = 0): number {
  return native(bytes, previous);
}
