import { describe, expect, it } from 'vitest';
import type { LeaseId } from '../../../lib/core/ids.ts';
import type { PlacedEntry } from '../../../lib/core/lease-record.ts';
import { areInPlace, areWhole } from '../../../lib/engine/whole-batches.ts';
import { stampBaseOffset } from '../../../lib/format/base-offset-check.ts';
import { patchBatch } from '../../../lib/format/record-batch.ts';
import { RecordBatchBuilder } from '../../../lib/format/record-batch-writer.ts';

function batchAt(offset: number, records = 2): Buffer {
  const builder = new RecordBatchBuilder({});
  for (let i = 0; i < records; i++) builder.tryAppend({ timestamp: 1_000, key: null, value: `v${offset + i}` });
  const bytes = builder.build();
  patchBatch(bytes, 0, offset, 0);
  return bytes;
}

function placed(baseOffset: number, span: number, records = span, length = 1_000): PlacedEntry {
  return {
    baseOffset,
    entry: { lease: '0'.repeat(24) as LeaseId, kind: 'log', position: 0, length, span, records, maxTimestamp: 1_000, zones: 1 },
  };
}

describe('bytes of batches', () => {
  it('are whole when every byte belongs to a batch with a right checksum', () => {
    const bytes = Buffer.concat([batchAt(10), batchAt(12)]);
    expect(areWhole(bytes)).toBe(true);
    expect(areWhole(bytes.subarray(0, bytes.length - 1))).toBe(false);
    const damaged = Buffer.from(bytes);
    damaged[bytes.length - 1] = (damaged[bytes.length - 1] ?? 0) ^ 1;
    expect(areWhole(damaged)).toBe(false);
  });

  it('are not whole when a batch states a size that none can have', () => {
    for (const size of [0, 15, 48, 0x7fff_ffff, -1]) {
      const damaged = batchAt(10);
      damaged.writeInt32BE(size, 8);
      expect(areWhole(damaged), `size ${size}`).toBe(false);
    }
  });

  it('are not whole when the magic is wrong, which no checksum covers', () => {
    const damaged = batchAt(10);
    damaged[16] = 66;
    expect(areWhole(damaged)).toBe(false);
    expect(areInPlace(damaged, 0, placed(10, 2))).toBe(false);
  });

  it('are in place when their offsets follow on within the range of the entry; the last may be cut off', () => {
    const bytes = Buffer.concat([batchAt(10), batchAt(12)]);
    expect(areInPlace(bytes, 0, placed(10, 4))).toBe(true);
    expect(areInPlace(bytes.subarray(0, bytes.length - 5), 0, placed(10, 4))).toBe(true);
    expect(areInPlace(batchAt(12), 100, placed(10, 4))).toBe(true);
  });

  it('are not in place when a batch states a size that leads out of the file: it would be waited for without end', () => {
    const bytes = Buffer.concat([batchAt(10), batchAt(12)]);
    const { length } = bytes;
    expect(areInPlace(bytes, 0, placed(10, 4, 4, length))).toBe(true);
    bytes.writeInt32BE(0x4000_0000, length / 2 + 8);
    expect(areInPlace(bytes, 0, placed(10, 4, 4, length))).toBe(false);
    expect(areInPlace(bytes, 0, placed(10, 4, 4, 2 * length))).toBe(false);
  });

  it('are not in place when any bit of a base offset is wrong, which no checksum covers', () => {
    for (let bit = 0; bit < 63; bit++) {
      const damaged = Buffer.concat([batchAt(10), batchAt(12)]);
      const second = damaged.length / 2;
      damaged.writeBigInt64BE(12n ^ (1n << BigInt(bit)), second);
      expect(areInPlace(damaged, 0, placed(10, 4)), `bit ${bit}`).toBe(false);
    }
  });

  it('may leave offsets out where records were taken away, and are held against the check of each offset', () => {
    const sparse = (...offsets: number[]) =>
      Buffer.concat(
        offsets.map((offset) => {
          const bytes = batchAt(offset);
          stampBaseOffset(bytes, 0);
          return bytes;
        }),
      );
    const bytes = sparse(10, 15);
    expect(areInPlace(bytes, 0, placed(10, 8, 4))).toBe(true);
    expect(areInPlace(bytes, 0, placed(10, 6, 4))).toBe(false);
    expect(areInPlace(sparse(15, 10), 0, placed(10, 8, 4))).toBe(false);
    // Either would fit the hole.
    for (const offset of [13, 14]) {
      const damaged = Buffer.from(bytes);
      damaged.writeBigInt64BE(BigInt(offset), damaged.length / 2);
      expect(areInPlace(damaged, 0, placed(10, 8, 4)), `offset ${offset}`).toBe(false);
    }
  });
});
