import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  readInt16,
  readInt32,
  readInt64,
  readUint16,
  readUint32,
  writeInt16,
  writeInt32,
  writeInt64,
} from '../../../lib/format/big-endian.ts';

describe('fixed-width integers', () => {
  it('are those of DataView, both ways', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.integer(), fc.nat(5), (long, int, at) => {
        const bytes = new Uint8Array(16);
        const view = new DataView(bytes.buffer);
        writeInt64(bytes, at, long);
        expect(view.getBigInt64(at)).toBe(BigInt(long));
        expect(readInt64(bytes, at, 'value')).toBe(long);
        writeInt32(bytes, at, int);
        expect([readInt32(bytes, at), readUint32(bytes, at)]).toEqual([view.getInt32(at), view.getUint32(at)]);
        expect(view.getInt32(at)).toBe(int);
        writeInt16(bytes, at, int);
        expect([readInt16(bytes, at), readUint16(bytes, at)]).toEqual([view.getInt16(at), view.getUint16(at)]);
      }),
    );
  });

  it.each([2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)])('of 64 bits outside the safe range are refused: %s', (value) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64BE(value);
    expect(() => readInt64(bytes, 0, 'baseOffset')).toThrow(/baseOffset at byte 0 is outside/);
  });
});
