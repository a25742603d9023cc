/** CRC-32C (Castagnoli), the checksum of record batches and of our own footers. */
import { crc32c as native } from '@node-rs/crc32';

/** The checksum of `bytes` as an unsigned 32-bit number; `previous` continues one begun on the bytes before. */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  return native(bytes, previous);
}
