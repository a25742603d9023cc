import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Frame, FrameWriter, frameBytesAt, PREFIX_BYTES, readFrame } from '../../../../lib/adapters/local/journal-frame.ts';

const KEY = Buffer.from('12345678');
const place = { key: KEY, volume: 7, position: 4096 };

const inside = fc.record({ lease: fc.string(), putAtMs: fc.nat(), content: fc.uint8Array({ maxLength: 300 }) });
const beside = fc.record({
  lease: fc.string(),
  putAtMs: fc.maxSafeNat(),
  content: fc.record({ volume: fc.integer({ min: 1, max: 9_999_999_999 }), position: fc.nat(), size: fc.nat() }),
  crc: fc.option(fc.nat(), { nil: undefined }),
});
const segments = fc.array(fc.oneof(inside, beside), { maxLength: 5 });
const writes = fc.array(
  fc
    .array(fc.record({ key: fc.string(), expected: fc.nat(), record: fc.uint8Array({ maxLength: 100 }) }), { maxLength: 4 })
    .map((rows) => ({
      keys: rows.map(({ key }) => key),
      expected: rows.map(({ expected }) => expected),
      records: rows.map(({ record }) => record),
    })),
  { maxLength: 3 },
);

describe('a frame of the journal', () => {
  const writer = new FrameWriter();
  const written = (...draft: Parameters<FrameWriter['draft']>) => {
    const frame = writer.draft(...draft);
    return { frame, bytes: Buffer.concat(frame.chunksAt({ ...place, sequence: 3 })) };
  };

  it('says what was written, and where its segments lie', () => {
    fc.assert(
      fc.property(segments, writes, (someSegments, someWrites) => {
        const { frame, bytes } = written(someSegments as never, someWrites);
        expect(bytes).toHaveLength(frame.bytes);
        expect(frameBytesAt(bytes.subarray(0, PREFIX_BYTES), KEY)).toBe(bytes.length);
        const read = readFrame(bytes, place) as Frame;
        expect(read.sequence).toBe(3);
        expect(read.segments).toEqual(frame.rowsAt(place.volume, place.position));
        for (const [i, { content }] of someSegments.entries()) {
          const row = read.segments[i];
          if (!(content instanceof Uint8Array)) expect(row?.place).toEqual(content);
          else {
            expect(row).toMatchObject({ place: { volume: 7, size: content.length }, crc: undefined });
            const at = (row?.place.position ?? 0) - place.position;
            expect(bytes.subarray(at, at + content.length).equals(content)).toBe(true);
          }
        }
        const rows = someWrites.flatMap(({ keys, expected, records }) =>
          keys.map((key, i) => ({ key, version: (expected[i] ?? 0) + 1, record: records[i] })),
        );
        expect(read.leases).toEqual(rows);
      }),
    );
  });

  it('is none when a bit of it is another, when it is cut off, or where it was not written', () => {
    const { bytes } = written(
      [{ lease: 'a', putAtMs: 1, content: randomBytes(40) }],
      [{ keys: ['k'], expected: [1], records: [randomBytes(30)] }],
    );
    expect(readFrame(bytes, place)?.segments).toHaveLength(1);
    for (let at = 0; at < bytes.length; at++) {
      const other = Buffer.from(bytes);
      other[at] = (other[at] as number) ^ (1 << (at % 8));
      expect(readFrame(other, place)).toBeUndefined();
      expect(readFrame(bytes.subarray(0, at), place)).toBeUndefined();
    }
    expect(readFrame(Buffer.concat([bytes, Buffer.alloc(1)]), place)).toBeUndefined();
    expect(readFrame(bytes, { ...place, volume: 8 })).toBeUndefined();
    expect(readFrame(bytes, { ...place, position: 8192 })).toBeUndefined();
    expect(readFrame(bytes, { ...place, key: Buffer.from('87654321') })).toBeUndefined();
  });

  it('is found in no other bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(readFrame(Buffer.from(bytes), place)).toBeUndefined();
      }),
    );
  });

  it('has its numbers whatever the longest head before it was', () => {
    const long = written([], [{ keys: ['k'.repeat(1000)], expected: [0], records: [randomBytes(100_000)] }]);
    expect(readFrame(long.bytes, place)?.leases[0]?.record).toHaveLength(100_000);
    expect(readFrame(written([], []).bytes, place)).toEqual({ sequence: 3, bytes: PREFIX_BYTES, segments: [], leases: [] });
  });
});
