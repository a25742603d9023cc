import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32c as portableCrc } from '../../../functions/portable/crc32.ts';
import { compressFrameSync, uncompressSync as uncompressLz4 } from '../../../functions/portable/lz4.ts';
import { compressSync, uncompressSync } from '../../../functions/portable/snappy.ts';
import { crc32c } from '../../../lib/format/crc32c.ts';
import { compressLz4, decompressLz4 } from '../../../lib/format/lz4-frame.ts';
import { compressSnappy, decompressSnappy } from '../../../lib/format/snappy-framing.ts';

/** Text that compresses, noise that does not, and everything between. */
const content = fc.oneof(
  fc.uint8Array({ maxLength: 5_000 }),
  fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(2_000)).map(([word, times]) => Buffer.concat(Array(times).fill(word))),
);

describe('the portable codecs of the function bundles', () => {
  it('give the checksums of the native package, whole and in parts', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, cut) => {
        expect(portableCrc(bytes)).toBe(crc32c(bytes));
        expect(portableCrc(bytes.subarray(cut), portableCrc(bytes.subarray(0, cut)))).toBe(crc32c(bytes));
      }),
    );
    const large = randomBytes(1_000_003);
    expect(portableCrc(large)).toBe(crc32c(large));
  });

  it('write lz4 frames that the native codec reads', () => {
    fc.assert(
      fc.property(content, (bytes) => Buffer.from(bytes).equals(decompressLz4(compressFrameSync(bytes), 1e7))),
      { numRuns: 300 },
    );
  });

  it('inflate lz4 blocks that the native codec wrote, and refuse those that do not fit', () => {
    const bytes = Buffer.from('abcdefgh'.repeat(5_000));
    const frame = compressLz4(bytes) as Buffer;
    const blockAt = (frame.readUInt8(4) & 8) === 0 ? 7 : 15;
    const block = frame.subarray(blockAt + 4, blockAt + 4 + (frame.readUInt32LE(blockAt) & 0x7fff_ffff));
    const sized = (room: number) => {
      const head = Buffer.alloc(4);
      head.writeUInt32LE(room);
      return Buffer.concat([head, block]);
    };
    expect(uncompressLz4(sized(100_000)).equals(bytes)).toBe(true);
    expect(() => uncompressLz4(sized(100))).toThrow(/more than 100 bytes/);
  });

  it('write and read snappy as the native codec does', () => {
    fc.assert(
      fc.property(content, (bytes) => {
        expect(uncompressSync(compressSync(bytes)).equals(bytes)).toBe(true);
        expect(Buffer.from(decompressSnappy(compressSync(bytes), 1e7)).equals(bytes)).toBe(true);
      }),
    );
    const framed = compressSnappy(Buffer.from('abc'.repeat(100))) as Buffer;
    expect(framed.length).toBeGreaterThan(0);
    expect(() => uncompressSync(Buffer.from([0x80, 0x80]))).toThrow();
  });
});
