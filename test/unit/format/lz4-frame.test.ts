import { describe, expect, it } from 'vitest';
import { compressLz4, decompressLz4 } from '../../../lib/format/lz4-frame.ts';

const corrupt = expect.objectContaining({ code: 'CORRUPT_MESSAGE' });

describe('an lz4 frame', () => {
  it('is written with independent blocks and the right header checksum', () => {
    // 60 40 82: version 1 with independent blocks, blocks of 64 KiB, and their checksum, as lz4-java writes it.
    const frame = Buffer.from(compressLz4(Buffer.from('hello hello hello')));
    expect(frame.subarray(0, 7).toString('hex')).toBe('04224d18604082');
    expect(Buffer.from(decompressLz4(frame, 17)).toString()).toBe('hello hello hello');
  });

  it('is read with a content size, block checksums and a content checksum', () => {
    // One block stored as it is; the checksums are zeros, which shows that they are passed over.
    const header = '04224d187c400300000000000000ff';
    const frame = Buffer.from(`${header}0300008061626300000000${'00000000'}${'00000000'}`, 'hex');
    expect(Buffer.from(decompressLz4(frame, 10)).toString()).toBe('abc');
  });

  it('is refused when a block is longer than its header allows', () => {
    const frame = Buffer.from(compressLz4(Buffer.from('some text, some text, some text')));
    frame.writeUInt32LE(70_000, 7);
    expect(() => decompressLz4(Buffer.concat([frame, Buffer.alloc(80_000)]), 1_000_000)).toThrow(corrupt);
  });

  it.each([
    ['a wrong magic', '04224d1960408200000000'],
    ['another version', '04224d18a0408200000000'],
    ['dependent blocks', '04224d1840408200000000'],
    ['a dictionary', '04224d1861408200000000'],
    ['a block size code of 3', '04224d1860308200000000'],
    ['no end mark', '04224d18604082'],
    ['bytes after its end', '04224d1860408200000000ff'],
    ['a block that is not lz4', '04224d1860408202000000f0ff00000000'],
  ])('is refused with %s', (_, hex) => {
    expect(() => decompressLz4(Buffer.from(hex, 'hex'), 10)).toThrow(corrupt);
  });
});
