import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryPool } from '../../../lib/format/memory-pool.ts';
import { AnswerPieces } from '../../../lib/http/answer-pieces.ts';

const KIB = 1024;
const POOLED_BYTES = 16 * KIB;

/** Batches of these sizes, one list for each block; what they are is what they are filled with. */
function batchesIn(pool: MemoryPool, blocks: readonly (readonly number[])[]) {
  let mark = 0;
  return blocks.flatMap((sizes) => {
    const block = pool.take(sizes.reduce((sum, size) => sum + size, 0));
    let at = 0;
    return sizes.map((size) => {
      const batch = block.subarray(at, at + size).fill(++mark % 200);
      at += size;
      return batch;
    });
  });
}

/** A pool whose memory is written over when it comes back, and throws when it comes back twice. */
const poolOf = () => new MemoryPool({ poison: true, pooledBytesMin: POOLED_BYTES, keptBytesMax: 1024 * 1024 * KIB });

describe('the pieces of an answer', () => {
  it('are its batches, whoever takes all of them or leaves early, and all memory comes back once', () => {
    const size = fc.oneof(fc.integer({ min: 1, max: 40 * KIB }), fc.integer({ min: 200 * KIB, max: 600 * KIB }));
    const block = fc.array(size, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(block, { minLength: 1, maxLength: 8 }), fc.option(fc.nat(20)), (blocks, leavesAfter) => {
        const pool = poolOf();
        const batches = batchesIn(pool, blocks);
        const whole = Buffer.concat(batches);
        const answer = new AnswerPieces(pool, batches);
        const pieces: Buffer[] = [];
        for (const piece of answer.made()) {
          if (pieces.length === leavesAfter) break;
          pieces.push(piece);
        }
        const sent = Buffer.concat(pieces);
        expect(sent.equals(whole.subarray(0, sent.length))).toBe(true);
        if (leavesAfter === null) expect(sent.length).toBe(whole.length);
        answer.release();
        answer.release();
        // Whatever was taken of the pool is there to be taken again.
        const kept = pool.keptBytes;
        const again = blocks.map((sizes) => sizes.reduce((sum, bytes) => sum + bytes, 0)).filter((bytes) => bytes >= POOLED_BYTES);
        for (const bytes of again) pool.take(bytes);
        expect(kept - pool.keptBytes).toBeGreaterThanOrEqual(again.reduce((sum, bytes) => sum + bytes, 0));
      }),
    );
  });

  it('give memory back that was copied before all is sent, and put small batches together', () => {
    const pool = poolOf();
    const batches = batchesIn(
      pool,
      Array.from({ length: 32 }, () => [16 * KIB, 16 * KIB, 16 * KIB, 16 * KIB]),
    );
    const answer = new AnswerPieces(pool, batches);
    const made = answer.made();
    expect(pool.keptBytes).toBe(0);
    expect(made.next().value).toHaveLength(256 * KIB);
    expect(pool.keptBytes).toBe(256 * KIB);
    expect(made.next().value).toHaveLength(256 * KIB);
    expect(pool.keptBytes).toBe(512 * KIB);
    answer.release();
    expect(pool.keptBytes).toBe(32 * 64 * KIB + 512 * KIB);
  });

  it('are large batches as they are', () => {
    const pool = poolOf();
    const [large] = batchesIn(pool, [[300 * KIB]]) as [Buffer];
    const answer = new AnswerPieces(pool, [large]);
    expect([...answer.made()]).toEqual([large]);
    expect(pool.keptBytes).toBe(0);
    answer.release();
    expect(pool.keptBytes).toBeGreaterThanOrEqual(300 * KIB);
  });
});
