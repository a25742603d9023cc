import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StratalogError } from '../../../../lib/core/errors.ts';
import { REQUEST_ELEMENTS_MAX } from '../../../../lib/core/limits.ts';
import { Reader, readInt8, readInt32, readString } from '../../../../lib/kafka/wire/reader.ts';

const bytes = (hex: string) => new Reader(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

describe('a reader of the wire protocol', () => {
  it('reads integers with their sign', () => {
    const reader = bytes('ff 8000 80000000 ffffffff fffffffffffffffe 001fffffffffffff');
    expect([reader.int8(), reader.int16(), reader.int32(), reader.uint32()]).toEqual([-1, -32_768, -(2 ** 31), 2 ** 32 - 1]);
    expect([reader.int64(), reader.int64()]).toEqual([-2, Number.MAX_SAFE_INTEGER]);
    expect(reader.remaining).toBe(0);
  });

  it('refuses 64-bit integers that a number cannot hold, unless they are to be clamped', () => {
    expect(() => bytes('0020000000000000').int64()).toThrow('outside of the safe range');
    expect(bytes('7fffffffffffffff').int64Clamped()).toBe(Number.MAX_SAFE_INTEGER);
    expect(bytes('8000000000000000').int64Clamped()).toBe(Number.MIN_SAFE_INTEGER);
    expect(bytes('0000000000000005').int64Clamped()).toBe(5);
  });

  it('reads unsigned varints of up to 32 bits and no more', () => {
    expect(bytes('00').uvarint()).toBe(0);
    expect(bytes('ac02').uvarint()).toBe(300);
    expect(bytes('ffffffff0f').uvarint()).toBe(2 ** 32 - 1);
    expect(() => bytes('ffffffff1f').uvarint()).toThrow(StratalogError);
    expect(() => bytes('ffffffffffffffff01').uvarint()).toThrow(StratalogError);
  });

  it('gives byte fields as views of the request', () => {
    const reader = bytes('00000002 aabb');
    const view = reader.bytes(false);
    expect(view.buffer).toBe(reader.buffer.buffer);
    expect(view.toString('hex')).toBe('aabb');
  });

  it('tells null from empty and refuses null where it may not be', () => {
    expect([bytes('ffff').nullableString(false), bytes('00').nullableString(true), bytes('01').nullableString(true)]).toEqual([
      null,
      null,
      '',
    ]);
    for (const read of [
      () => bytes('ffff').string(false),
      () => bytes('ffffffff').bytes(false),
      () => bytes('00').array(true, 0, readInt8),
      () => bytes('fffe').nullableString(false),
      () => bytes('fffffffe').nullableBytes(false),
      () => bytes('80000000').nullableArray(false, 0, readInt8),
    ]) {
      expect(read).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
    }
  });

  it('allocates nothing for an array that cannot be there', () => {
    expect(() => bytes('7fffffff 00').array(false, 0, readInt32)).toThrow('longer than its request');
    const many = Buffer.alloc(REQUEST_ELEMENTS_MAX + 5);
    many.writeInt32BE(REQUEST_ELEMENTS_MAX + 1);
    expect(() => new Reader(many).array(false, 0, readInt8)).toThrow('too many array elements');
  });

  it('passes over tagged fields it does not know and refuses those that lie about their length', () => {
    const reader = bytes('02 05 03 aabbcc 07 00 11');
    reader.skipTags();
    expect(reader.int8()).toBe(0x11);
    expect(() => bytes('01 05 7f aa').skipTags()).toThrow('longer than its request');
    const known = bytes('01 00 02 0461626364');
    expect(() => {
      known.uvarint();
      known.uvarint();
      const end = known.tagEnd();
      readString(known, 0);
      known.closeTag(end);
    }).toThrow(StratalogError);
  });

  it('never reads past the end of its part of a buffer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), fc.nat(30), (data, cut) => {
        const buffer = Buffer.from(data);
        const end = Math.min(cut, buffer.length);
        for (const read of [
          (r: Reader) => r.int64(),
          (r: Reader) => r.uuid(),
          (r: Reader) => r.float64(),
          (r: Reader) => r.nullableString(true),
          (r: Reader) => r.nullableBytes(false),
          (r: Reader) => r.nullableArray(true, 0, readString),
          (r: Reader) => r.skipTags(),
        ]) {
          const reader = new Reader(buffer, 0, end);
          try {
            read(reader);
          } catch (error) {
            expect(error).toMatchObject({ code: 'INVALID_REQUEST' });
          }
          expect(reader.position).toBeLessThanOrEqual(end);
        }
      }),
    );
  });
});
