import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isStratalogError, StratalogError } from '../../../lib/core/errors.ts';
import {
  readUnsignedVarint,
  readVarint,
  readVarlong,
  sizeOfUnsignedVarint,
  sizeOfVarint,
  sizeOfVarlong,
  writeUnsignedVarint,
  writeVarint,
  writeVarlong,
} from '../../../lib/format/varint.ts';

const cursorOn = (bytes: Uint8Array, end = bytes.length) => ({ bytes, position: 0, end });

const kinds = [
  ['unsigned varint', fc.nat({ max: 0xffff_ffff }), readUnsignedVarint, writeUnsignedVarint, sizeOfUnsignedVarint],
  ['varint', fc.integer(), readVarint, writeVarint, sizeOfVarint],
  ['varlong', fc.maxSafeInteger(), readVarlong, writeVarlong, sizeOfVarlong],
] as const;

describe.each(kinds)('a %s', (_, values, read, write, sizeOf) => {
  it('reads back, takes the stated size, and moves the cursor by it', () => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = new Uint8Array(12);
        const end = write(bytes, 0, value);
        const cursor = cursorOn(bytes);
        expect(read(cursor)).toBe(value);
        expect([cursor.position, sizeOf(value)]).toEqual([end, end]);
      }),
      { numRuns: 1000 },
    );
  });

  it('is refused when it goes past the end, whatever memory follows', () => {
    fc.assert(
      fc.property(values, fc.nat(), (value, cut) => {
        const bytes = new Uint8Array(12);
        const end = cut % write(bytes, 0, value);
        expect(() => read(cursorOn(bytes, end))).toThrow(StratalogError);
      }),
    );
  });

  it('reads or is refused with our own error, and never moves past the end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        const cursor = cursorOn(bytes);
        try {
          expect(Number.isSafeInteger(read(cursor))).toBe(true);
        } catch (error) {
          if (!isStratalogError(error, 'CORRUPT_MESSAGE')) throw error;
        }
        expect(cursor.position).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('known bytes', () => {
  // From Kafka's own tests of ByteUtils (KIP-98): zig-zag, lowest seven bits first.
  it.each([
    [0, [0x00]],
    [-1, [0x01]],
    [1, [0x02]],
    [63, [0x7e]],
    [-64, [0x7f]],
    [64, [0x80, 0x01]],
    [8191, [0xfe, 0x7f]],
    [-8193, [0x81, 0x80, 0x01]],
    [2147483647, [0xfe, 0xff, 0xff, 0xff, 0x0f]],
    [-2147483648, [0xff, 0xff, 0xff, 0xff, 0x0f]],
  ])('of %i are as in Kafka, as varint and as varlong', (value, bytes) => {
    const written = new Uint8Array(10);
    expect([...written.subarray(0, writeVarint(written, 0, value))]).toEqual(bytes);
    expect([...written.subarray(0, writeVarlong(written, 0, value))]).toEqual(bytes);
    expect(readVarlong(cursorOn(Uint8Array.from(bytes)))).toBe(value);
  });

  it('of numbers beyond 2^53, of six-byte varints and eleven-byte varlongs are refused', () => {
    const largest = Uint8Array.from([...Array(9).fill(0xff), 0x01]);
    expect(() => readVarlong(cursorOn(largest))).toThrow(/outside/);
    expect(() => readVarint(cursorOn(new Uint8Array(12).fill(0x80)))).toThrow(/more than 5 bytes/);
    expect(() => readVarlong(cursorOn(new Uint8Array(12).fill(0x80)))).toThrow(/more than 10 bytes/);
  });
});
