import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isStratalogError } from '../../../lib/core/errors.ts';
import { topicIdFrom } from '../../../lib/core/ids.ts';
import { buildSegment, type NewSlice, readSegmentFooter, SEGMENT_TRAILER_BYTES } from '../../../lib/format/segment.ts';

const corrupt = expect.objectContaining({ code: 'CORRUPT_OBJECT' });

const slice: fc.Arbitrary<NewSlice> = fc.record({
  topicId: fc.uint8Array({ minLength: 16, maxLength: 16 }).map(topicIdFrom),
  partition: fc.nat({ max: 0x7fff_ffff }),
  span: fc.nat({ max: 0xffff_ffff }),
  records: fc.nat({ max: 0xffff_ffff }),
  minTimestamp: fc.integer({ min: -1 }),
  maxTimestamp: fc.maxSafeNat(),
  chunks: fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 3 }),
});
const slices = fc.array(slice, { maxLength: 5 });

const example: NewSlice = {
  topicId: topicIdFrom(Uint8Array.from({ length: 16 }, (_, index) => index)),
  partition: 3,
  span: 5,
  records: 4,
  minTimestamp: 1_700_000_000_000,
  maxTimestamp: 1_700_000_000_005,
  chunks: [Buffer.from('abc'), Buffer.from('de')],
};

describe('a segment', () => {
  it('reads back what was laid out, without copying a batch', () => {
    fc.assert(
      fc.property(slices, (input) => {
        const built = buildSegment(input);
        const bytes = Buffer.concat(built.chunks);
        expect(bytes).toHaveLength(built.sizeBytes);
        expect(built.chunks.slice(0, -1)).toEqual(input.flatMap(({ chunks }) => chunks));
        const footer = readSegmentFooter(bytes, bytes.length);
        expect(footer).toMatchObject({ kind: 'footer', slices: built.slices, sizeBytes: bytes.length });
        for (const [index, { position, length }] of built.slices.entries()) {
          const own = Buffer.concat(input[index]?.chunks ?? []);
          expect(bytes.subarray(position, position + length).equals(own)).toBe(true);
        }
      }),
    );
  });

  it('has these bytes in version 1', () => {
    const bytes = Buffer.concat(buildSegment([example]).chunks);
    expect(bytes.toString('hex')).toBe(
      '6162636465' +
        '000102030405460788090a0b0c0d0e0f' +
        '00000003' +
        '00000000' +
        '00000005' +
        '00000005' +
        '00000004' +
        '0000018bcfe56800' +
        '0000018bcfe56805' +
        '00000005' +
        '00000001' +
        '0000004c' +
        '0001' +
        '0000' +
        '58ae54ba' +
        '534c5347',
    );
  });

  it('says how many bytes of its end the footer needs', () => {
    const bytes = Buffer.concat(buildSegment([example, example]).chunks);
    expect(readSegmentFooter(bytes.subarray(-10))).toEqual({ kind: 'more', bytesNeeded: SEGMENT_TRAILER_BYTES });
    const answer = readSegmentFooter(bytes.subarray(-30), bytes.length);
    expect(answer).toEqual({ kind: 'more', bytesNeeded: 128 });
    expect(readSegmentFooter(bytes.subarray(-128), bytes.length).kind).toBe('footer');
  });

  it('that was cut off anywhere is corrupt', () => {
    const bytes = Buffer.concat(buildSegment([example, example]).chunks);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => readSegmentFooter(bytes.subarray(0, length), length)).toThrow(corrupt);
    }
  });

  it('with any bit of its footer changed is corrupt', () => {
    const built = buildSegment([example, example]);
    const bytes = Buffer.concat(built.chunks);
    for (let bit = 10 * 8; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => readSegmentFooter(changed, bytes.length)).toThrow(corrupt);
    }
  });

  it('of another size than its object is corrupt', () => {
    const bytes = Buffer.concat(buildSegment([example]).chunks);
    expect(() => readSegmentFooter(bytes, bytes.length + 1)).toThrow(corrupt);
  });

  it('made of any bytes reads or is refused with our own error', () => {
    const magic = Buffer.from('534c5347', 'hex');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, end) => {
        try {
          readSegmentFooter(end ? Buffer.concat([bytes, magic]) : bytes);
        } catch (error) {
          if (!isStratalogError(error, 'CORRUPT_OBJECT')) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });
});
