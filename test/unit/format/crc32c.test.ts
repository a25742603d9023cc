import { describe, expect, it } from 'vitest';
import { crc32c } from '../../../lib/format/crc32c.ts';

describe('CRC-32C', () => {
  it('gives the check value of the Castagnoli polynomial', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  });

  it('gives the values of RFC 3720 for 32 bytes of zeros and of ones', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  });

  it('goes on from the checksum of the bytes before', () => {
    expect(crc32c(Buffer.from('6789'), crc32c(Buffer.from('12345')))).toBe(crc32c(Buffer.from('123456789')));
  });
});
