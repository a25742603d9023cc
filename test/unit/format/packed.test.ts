import { describe, expect, it } from 'vitest';
import { PackedReader, PackedWriter } from '../../../lib/format/packed.ts';

const MAGIC = 0x54;

function numbersOf(bytes: Uint8Array): number[] {
  return PackedReader.read(bytes, 'test', MAGIC, 1, (reader) => reader.list(1, () => reader.long()));
}

function writerOf(numbers: readonly number[], bytesMax: number): PackedWriter {
  const writer = new PackedWriter(bytesMax, MAGIC, 1);
  writer.count(numbers.length);
  for (const number of numbers) writer.long(number);
  return writer;
}

describe('a packed value', () => {
  it('keeps its bytes while others are written, one within the other, and afterwards', () => {
    const outer = writerOf([1, 2, 3], 64);
    const inner = writerOf([7, 8], 64);
    const first = outer.finish();
    const second = inner.finish();
    const third = writerOf([9, 9, 9, 9], 64).finish();
    expect([first, second, third].map(numbersOf)).toEqual([
      [1, 2, 3],
      [7, 8],
      [9, 9, 9, 9],
    ]);
  });

  it('may be larger than the room that is kept', () => {
    const numbers = Array.from({ length: 5_000 }, (_, i) => 2 ** 45 + i);
    expect(numbersOf(writerOf(numbers, 50_000).finish())).toEqual(numbers);
    expect(numbersOf(writerOf([5], 64).finish())).toEqual([5]);
  });
});
