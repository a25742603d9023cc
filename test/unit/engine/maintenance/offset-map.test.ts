import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyHash } from '../../../../lib/engine/maintenance/key-hash.ts';
import { OffsetMap } from '../../../../lib/engine/maintenance/offset-map.ts';

const SECRET = Uint8Array.from({ length: 16 }, (_, i) => i);

describe('the hash of keys', () => {
  it.each([
    [0, 'a3817f04ba25a8e66df67214c7550293'],
    [1, 'da87c1d86b99af44347659119b22fc45'],
    [15, '5493e99933b0a8117e08ec0f97cfc3d9'],
  ])('is SipHash-2-4 with 128 bits, by the published vector of %i bytes', (length, expected) => {
    const hash = new KeyHash(SECRET);
    const bytes = Uint8Array.from({ length: length + 7 }, (_, i) => i - 3);
    hash.update(bytes, 3, 3 + length);
    const parts = Buffer.alloc(16);
    for (const [i, part] of hash.out.entries()) parts.writeInt32LE(part, i * 4);
    expect(parts.toString('hex')).toBe(expected);
  });
});

describe('the map of offsets', () => {
  it('answers what a plain map answers', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 200 }), (keys) => {
        const map = new OffsetMap(keys.length, 1_000_000, SECRET);
        const plain = new Map<string, number>();
        for (const [offset, key] of keys.entries()) {
          expect(map.put(key, 0, key.length, offset)).toBe(true);
          plain.set(Buffer.from(key).toString('hex'), offset);
        }
        expect(map.size).toBe(plain.size);
        for (const [key, offset] of plain) expect(map.get(Buffer.from(key, 'hex'), 0, key.length / 2)).toBe(offset);
        expect(map.get(Buffer.from('a key that is not there, at all'), 0, 31)).toBe(-1);
      }),
    );
  });

  it('says when it is full, and still takes keys that it has', () => {
    const map = new OffsetMap(1_000, 24 * 10, SECRET);
    const keys = Array.from({ length: 20 }, (_, i) => Buffer.from(`key ${i}`));
    const taken = keys.filter((key, i) => map.put(key, 0, key.length, i));
    expect(taken).toHaveLength(9);
    const [first] = taken;
    if (first === undefined) throw new Error('none taken');
    expect(map.put(first, 0, first.length, 77)).toBe(true);
    expect(map.get(first, 0, first.length)).toBe(77);
  });

  it('tells which offsets of a range are the last of their key', () => {
    const map = new OffsetMap(100, 1_000_000, new Uint8Array(16));
    const offsets = [3, 4, 9, 10, 11, 64];
    for (const [i, offset] of offsets.entries()) {
      const key = Buffer.from(`k${i % 4}`);
      map.put(key, 0, key.length, offset);
    }
    const bits = map.lastOffsets(4, 64);
    expect(Array.from({ length: 60 }, (_, i) => 4 + i).filter((offset) => bits.has(offset))).toEqual([9, 10, 11]);
  });
});
