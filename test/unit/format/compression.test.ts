import { Readable } from 'node:stream';
import { createZstdCompress, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { compressSync as snappyBlock } from 'snappy';
import { describe, expect, it } from 'vitest';
import { isStratalogError } from '../../../lib/core/errors.ts';
import { compress, decompress } from '../../../lib/format/compression.ts';
import { COMPRESSION_TYPES, compressionId, compressionOf, isCompressionType } from '../../../lib/format/compression-codec.ts';

const MIB = 1024 * 1024;
const tooLarge = expect.objectContaining({ code: 'MESSAGE_TOO_LARGE' });
const corrupt = expect.objectContaining({ code: 'CORRUPT_MESSAGE' });

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

describe('sizes that an input states', () => {
  it('are not believed when they cannot be: snappy', () => {
    const lie = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0x00]);
    expect(() => decompress('snappy', lie, Number.MAX_SAFE_INTEGER)).toThrow(corrupt);
  });

  it('are not believed when they cannot be: an lz4 block longer than its frame allows', () => {
    const frame = Buffer.from(compress('lz4', Buffer.from('some text, some text, some text')));
    frame.writeUInt32LE(70_000, 7);
    expect(() => decompress('lz4', Buffer.concat([frame, Buffer.alloc(80_000)]), MIB)).toThrow(corrupt);
  });
});

describe('what other clients send', () => {
  it('is read when snappy is one raw block without the Java frame', () => {
    const text = Buffer.from('raw '.repeat(100));
    expect(Buffer.compare(decompress('snappy', snappyBlock(text), 1000), text)).toBe(0);
  });

  it('is read when an lz4 frame carries a content size, block checksums and a content checksum', () => {
    // 'abc' stored as it is: FLG 0x7c, size 3, one block with its checksum, end mark, content checksum; checksums are passed over.
    const frame = Buffer.from('04224d187c400300000000000000ff' + '03000080616263' + '00000000' + '00000000' + '00000000', 'hex');
    expect(Buffer.from(decompress('lz4', frame, 10)).toString()).toBe('abc');
  });

  it.each([
    ['a wrong magic', '04224d1960408200000000'],
    ['dependent blocks', '04224d1840408200000000'],
    ['a dictionary', '04224d1861408200000000'],
    ['a block size code of 3', '04224d1860308200000000'],
    ['no end mark', '04224d18604082'],
    ['bytes after its end', '04224d1860408200000000ff'],
  ])('is refused when an lz4 frame has %s', (_, hex) => {
    expect(() => decompress('lz4', Buffer.from(hex, 'hex'), 10)).toThrow(corrupt);
  });
});

describe('codecs', () => {
  it('have the numbers of a batch attribute, and others are unsupported', () => {
    expect(COMPRESSION_TYPES.map(compressionId)).toEqual([0, 1, 2, 3, 4]);
    expect([0, 1, 2, 3, 4].map(compressionOf)).toEqual(COMPRESSION_TYPES);
    expect(() => compressionOf(5)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_COMPRESSION_TYPE' }));
    expect([isCompressionType('zstd'), isCompressionType('brotli')]).toEqual([true, false]);
  });

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
