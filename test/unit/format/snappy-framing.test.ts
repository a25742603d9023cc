import { compressSync as rawBlock } from 'snappy';
import { describe, expect, it } from 'vitest';
import { compressSnappy, decompressSnappy } from '../../../lib/format/snappy-framing.ts';

const corrupt = expect.objectContaining({ code: 'CORRUPT_MESSAGE' });
const FRAME_HEADER = '82534e41505059000000000100000001';

describe('snappy', () => {
  it('is written in the frame of the Java library, in blocks of 32 KiB', () => {
    const framed = Buffer.from(compressSnappy(Buffer.alloc(70_000)));
    expect(framed.subarray(0, 16).toString('hex')).toBe(FRAME_HEADER);
    const sizes: number[] = [];
    for (let at = 16; at < framed.length; at += 4 + framed.readInt32BE(at)) {
      sizes.push(decompressSnappy(framed.subarray(at + 4, at + 4 + framed.readInt32BE(at)), 40_000).length);
    }
    expect(sizes).toEqual([32_768, 32_768, 4_464]);
  });

  it('is read when it is one raw block without the frame, as some clients send it', () => {
    const text = Buffer.from('raw '.repeat(100));
    expect(Buffer.compare(decompressSnappy(rawBlock(text), 400), text)).toBe(0);
  });

  it('is not believed when it states a size that no block of its length can have', () => {
    const lie = Buffer.from('ffffffff0f00', 'hex');
    expect(() => decompressSnappy(lie, Number.MAX_SAFE_INTEGER)).toThrow(corrupt);
  });

  it.each([
    ['a block length cut off', '000000'],
    ['a block longer than what is there', '000000050100'],
    ['a block of no bytes', '00000000'],
    ['a block of negative length', 'ffffffff00'],
    ['a block that is not snappy', '000000020aff'],
  ])('is refused with %s', (_, hex) => {
    expect(() => decompressSnappy(Buffer.from(FRAME_HEADER + hex, 'hex'), 1000)).toThrow(corrupt);
  });
});
