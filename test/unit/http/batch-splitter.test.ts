import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BatchSplitter } from '../../../lib/http/batch-splitter.ts';

/** Room that counts what is taken and given back. */
function countingRoom() {
  const held = new Set<Buffer>();
  const room = {
    held,
    take: (bytes: number) => {
      const memory = Buffer.alloc(bytes);
      held.add(memory);
      return memory;
    },
    release: (memory: Buffer) => {
      if (!held.delete(memory)) throw new Error('given back twice');
    },
  };
  return room;
}

/** Bytes with the length of a batch where it stands, and content to know them by. */
function batchLike(contentBytes: number, mark: number): Buffer {
  const bytes = Buffer.alloc(12 + contentBytes, mark);
  bytes.writeInt32BE(contentBytes, 8);
  return bytes;
}

describe('the batch splitter', () => {
  it('finds the same batches however they are cut into pieces, and takes room for those in several pieces alone', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 12 });
    fc.assert(
      fc.property(sizes, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (contents, cuts) => {
        const batches = contents.map((size, index) => batchLike(size, index + 1));
        const whole = Buffer.concat(batches);
        const room = countingRoom();
        const splitter = new BatchSplitter(1_000, room);
        const found: Buffer[] = [];
        for (let at = 0, cut = 0; at < whole.length; cut++) {
          const size = cuts[cut % cuts.length] as number;
          for (const { bytes, inRoom } of splitter.push(whole.subarray(at, at + size))) {
            found.push(Buffer.from(bytes));
            expect(room.held.has(bytes)).toBe(inRoom);
            if (inRoom) room.release(bytes);
          }
          at += size;
        }
        expect(found).toEqual(batches);
        expect(splitter.isWithin).toBe(false);
        expect(room.held.size).toBe(0);
      }),
    );
  });

  it.each([
    ['negative', -1, 'CORRUPT_MESSAGE'],
    ['none', 0, 'CORRUPT_MESSAGE'],
    ['the least there is', -0x8000_0000, 'CORRUPT_MESSAGE'],
    ['above the limit', 989, 'REQUEST_TOO_LARGE'],
    ['2 GB', 0x7fff_ffff, 'REQUEST_TOO_LARGE'],
  ])('stops at a length that is %s, before it takes room', (_, length, code) => {
    const room = countingRoom();
    const splitter = new BatchSplitter(1_000, room);
    const wrong = Buffer.alloc(12);
    wrong.writeInt32BE(length, 8);
    const found: number[] = [];
    expect(() => {
      for (const { bytes } of splitter.push(Buffer.concat([batchLike(988, 1), wrong]))) found.push(bytes.length);
    }).toThrow(expect.objectContaining({ code }));
    expect(found).toEqual([1_000]);
    expect(room.held.size).toBe(0);
  });

  it('gives back the room of a batch that does not end', () => {
    const room = countingRoom();
    const splitter = new BatchSplitter(1_000, room);
    expect([...splitter.push(batchLike(100, 1).subarray(0, 50))]).toEqual([]);
    expect([splitter.isWithin, room.held.size]).toEqual([true, 1]);
    splitter.drop();
    expect([splitter.isWithin, room.held.size]).toEqual([false, 0]);
  });
});
