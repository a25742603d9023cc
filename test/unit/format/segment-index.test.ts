import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isStratalogError } from '../../../lib/core/errors.ts';
import { iterateBatches } from '../../../lib/format/record-batch.ts';
import { RecordBatchBuilder } from '../../../lib/format/record-batch-writer.ts';
import { fitsSegmentIndex, indexLog, SegmentIndex, SegmentIndexBuilder } from '../../../lib/format/segment-index.ts';

const corrupt = expect.objectContaining({ code: 'CORRUPT_OBJECT' });

interface Piece {
  readonly records: number;
  readonly gap: number;
  readonly timestamp: number;
}

function logOf(firstOffset: number, pieces: readonly Piece[]): Buffer {
  let next = firstOffset;
  const batches = pieces.map(({ records, gap, timestamp }) => {
    const builder = new RecordBatchBuilder({ baseOffset: next });
    for (let index = 0; index < records; index++) builder.tryAppend({ timestamp: timestamp + index, key: null, value: 'v' });
    next += records + gap;
    return builder.build({ lastOffsetDelta: records + gap - 1 });
  });
  return Buffer.concat(batches);
}

const pieces = fc.array(fc.record({ records: fc.integer({ min: 1, max: 4 }), gap: fc.nat(3), timestamp: fc.nat(200) }), {
  minLength: 1,
  maxLength: 40,
});

describe('an index', () => {
  it('leads to a batch at or before the one that has an offset or a timestamp, and not far before', () => {
    fc.assert(
      fc.property(pieces, fc.nat(2 ** 40), fc.integer({ min: 1, max: 400 }), (input, firstOffset, interval) => {
        const log = logOf(firstOffset, input);
        const index = new SegmentIndex(indexLog(log, firstOffset, interval));
        const batches = [...iterateBatches(log)];
        const largest = Math.max(...batches.map(({ sizeBytes }) => sizeBytes));
        expect([index.firstOffset, index.logBytes]).toEqual([firstOffset, log.length]);
        for (const { position, header } of batches) {
          for (const offset of [header.baseOffset, header.lastOffset]) {
            const start = index.positionOf(offset);
            expect(batches.some((batch) => batch.position === start)).toBe(true);
            expect(start).toBeLessThanOrEqual(position);
            expect(position - start).toBeLessThanOrEqual(interval + 2 * largest);
          }
        }
        for (let timestamp = -1; timestamp < 210; timestamp += 7) {
          const wanted = batches.find(({ header }) => header.maxTimestamp >= timestamp);
          if (wanted !== undefined) expect(index.positionOfTimestamp(timestamp)).toBeLessThanOrEqual(wanted.position);
        }
        expect(index.maxTimestamp).toBe(Math.max(...batches.map(({ header }) => header.maxTimestamp)));
      }),
    );
  });

  it('has sections of the bytes that Kafka stores', () => {
    const builder = new SegmentIndexBuilder(1000, 100);
    for (const [lastOffset, timestamp] of [
      [1004, 50],
      [1009, 70],
      [1012, 60],
    ] as const)
      builder.add(lastOffset, timestamp, 90);
    const index = new SegmentIndex(builder.build());
    // The third batch comes after 180 bytes, past the interval of 100; the largest timestamp so far is the second's.
    expect(Buffer.from(index.offsetIndex).toString('hex')).toBe('0000000c000000b4');
    expect(Buffer.from(index.timeIndex).toString('hex')).toBe('000000000000004600000009');
  });

  it('of an empty log, or one without timestamps, begins at 0', () => {
    const empty = new SegmentIndex(new SegmentIndexBuilder(5).build());
    expect([empty.positionOf(5), empty.positionOfTimestamp(9), empty.maxTimestamp, empty.logBytes]).toEqual([0, 0, -1, 0]);
  });

  it('holds offsets up to 2^31 - 1 past its first', () => {
    expect([fitsSegmentIndex(7, 7 + 0x7fff_ffff), fitsSegmentIndex(7, 8 + 0x7fff_ffff)]).toEqual([true, false]);
    expect(() => new SegmentIndexBuilder(7).add(8 + 0x7fff_ffff, 1, 100)).toThrow(/fits an index/);
  });

  it('cut off or with any bit changed is corrupt', () => {
    const bytes = indexLog(logOf(3, Array<Piece>(5).fill({ records: 2, gap: 0, timestamp: 9 })), 3, 50);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => new SegmentIndex(bytes.subarray(0, length))).toThrow(corrupt);
    }
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => new SegmentIndex(changed)).toThrow(corrupt);
    }
  });

  it('made of any bytes is refused with our own error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        try {
          new SegmentIndex(Buffer.concat([Buffer.from('SLIX\u0000\u0001\u0000\u0000'), bytes]));
        } catch (error) {
          if (!isStratalogError(error, 'CORRUPT_OBJECT')) throw error;
        }
      }),
    );
  });
});
