import { Readable } from 'node:stream';
import { createZstdCompress, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { compressSync as snappyBlock } from 'snappy';
import { describe, expect, it } from 'vitest';
import { isStratalogError } from '../../../lib/core/errors.ts';
import { compress, decompress } from '../../../lib/format/compression.ts';
import { COMPRESSION_TYPES } from '../../../lib/format/compression-codec.ts';

const MIB = 1024 * 1024;
const tooLarge = expect.objectContaining({ code: 'MESSAGE_TOO_LARGE' });

/** Bytes that some codecs shrink much, some little: repeats of a random piece with a random tail. */
const content = fc
  .tuple(fc.uint8Array({ maxLength: 300 }), fc.nat(500), fc.uint8Array({ maxLength: 300 }))
  .map(([piece, times, tail]) => Buffer.concat([...Array<Uint8Array>(times).fill(piece), tail]));

describe.each(COMPRESSION_TYPES)('%s', (codec) => {
  it('gives back what was compressed, and no byte more than allowed', () => {
    fc.assert(
      fc.property(content, (bytes) => {
        const packed = compress(codec, bytes);
        expect(Buffer.compare(decompress(codec, packed, bytes.length), bytes)).toBe(0);
        if (bytes.length > 1) expect(() => decompress(codec, packed, bytes.length - 1)).toThrow(tooLarge);
      }),
    );
  });

  it('gives back pieces longer than a block', () => {
    const bytes = Buffer.alloc(5 * MIB);
    for (let at = 0; at < bytes.length; at++) bytes[at] = (at * at) >> (at % 11);
    expect(Buffer.compare(decompress(codec, compress(codec, bytes), bytes.length), bytes)).toBe(0);
  });
});

describe.each(COMPRESSION_TYPES.filter((codec) => codec !== 'none'))('%s, of hostile bytes,', (codec) => {
  it('reads or refuses any bytes with our own error', () => {
    const packed = fc.tuple(content, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }), fc.nat()).map(([bytes, edits, cut]) => {
      const changed = Uint8Array.from(compress(codec, bytes));
      for (const [at, value] of edits) changed[at % changed.length] = value;
      return changed.subarray(0, changed.length - (cut % 4));
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), packed), (bytes) => {
        try {
          expect(decompress(codec, bytes, MIB).length).toBeLessThanOrEqual(MIB);
        } catch (error) {
          if (!isStratalogError(error, 'CORRUPT_MESSAGE', 'MESSAGE_TOO_LARGE')) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** Gigabytes of zeros in a small frame, made in pieces so that the test itself stays small. */
const bombs: readonly (readonly ['gzip' | 'snappy' | 'lz4' | 'zstd', () => Uint8Array | Promise<Uint8Array>])[] = [
  // Members may follow one another, and inflate to their sum.
  ['gzip', () => Buffer.concat(Array<Uint8Array>(64).fill(gzipSync(Buffer.alloc(16 * MIB))))],
  ['zstd', () => zstdBomb(64)],
  ['lz4', () => lz4Bomb(256)],
  ['snappy', () => snappyBomb(256)],
];

/** One frame, fed 16 MiB at a time. */
async function zstdBomb(times: number): Promise<Uint8Array> {
  const zeros = Buffer.alloc(16 * MIB);
  const pieces: Uint8Array[] = [];
  for await (const piece of Readable.from(Array<Uint8Array>(times).fill(zeros)).pipe(createZstdCompress())) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** One block of 4 MiB, repeated. */
function lz4Bomb(times: number): Uint8Array {
  const frame = compress('lz4', Buffer.alloc(4 * MIB + 1));
  const size = Buffer.from(frame).readUInt32LE(7);
  const block = frame.subarray(7, 11 + size);
  return Buffer.concat([frame.subarray(0, 7), ...Array<Uint8Array>(times).fill(block), Buffer.alloc(4)]);
}

function snappyBomb(times: number): Uint8Array {
  const block = snappyBlock(Buffer.alloc(4 * MIB));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(block.length);
  const frame = compress('snappy', new Uint8Array(0));
  return Buffer.concat([frame, ...Array<Uint8Array[]>(times).fill([length, block]).flat()]);
}

describe('an input that inflates to a gigabyte', () => {
  it.each(bombs)('is refused with flat memory: %s', async (codec, make) => {
    const bomb = await make();
    // Snappy's best ratio is 21, the others' 255 and more.
    expect(bomb.length).toBeLessThan(64 * MIB);
    const before = process.memoryUsage().rss;
    for (let round = 0; round < 3; round++) expect(() => decompress(codec, bomb, 16 * MIB)).toThrow(tooLarge);
    // Each round may hold the bound and a piece of output; a gigabyte would show.
    expect(process.memoryUsage().rss - before).toBeLessThan(160 * MIB);
  });
});

describe('codecs', () => {
  it('with levels obey them', () => {
    const words = ['offset', 'topic', 'batch', 'record', 'segment', 'lease', 'producer', 'consumer'];
    const text = Array.from({ length: 20_000 }, (_, index) => words[(index * index * 31 + (index >> 3)) % 8]).join(' ');
    for (const [codec, high] of [
      ['gzip', 9],
      ['zstd', 19],
    ] as const) {
      const sizes = [1, high].map((level) => compress(codec, Buffer.from(text), level).length);
      expect(sizes[1]).toBeLessThan(sizes[0] as number);
    }
  });
});
