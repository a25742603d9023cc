import { describe, expect, it } from 'vitest';
import {
  isCrcValid,
  iterateBatches,
  iterateWholeBatches,
  patchBatch,
  setMaxTimestamp,
  toLogAppendTime,
  validateCrc,
} from '../../../lib/format/record-batch.ts';
import { parseBatchHeader } from '../../../lib/format/record-batch-header.ts';
import { readRecords } from '../../../lib/format/record-batch-reader.ts';
import { goldenBatches } from './golden-batches.ts';

const corrupt = expect.objectContaining({ code: 'CORRUPT_MESSAGE' });

describe('concatenated batches', () => {
  const golden = goldenBatches().map(({ bytes }) => bytes);
  const all = Buffer.concat(golden);

  it('are walked one by one, by either walk', () => {
    for (const walk of [iterateBatches, iterateWholeBatches]) {
      const found = [...walk(all)];
      expect(found.map(({ sizeBytes }) => sizeBytes)).toEqual(golden.map(({ length }) => length));
      expect(found.every(({ position, header }) => isCrcValid(all, position, header.sizeBytes))).toBe(true);
    }
  });

  it('are walked from a position', () => {
    expect([...iterateBatches(all, golden[0]?.length)]).toHaveLength(golden.length - 1);
  });

  it('cut off in the last one end quietly or are refused, by the walk', () => {
    const [first, second] = golden as [Buffer, Buffer];
    for (let cut = 0; cut < second.length; cut++) {
      const bytes = Buffer.concat([first, second.subarray(0, cut)]);
      expect([...iterateWholeBatches(bytes)]).toHaveLength(1);
      if (cut > 0) expect(() => [...iterateBatches(bytes)]).toThrow(corrupt);
    }
  });

  it('with a broken length are refused by either walk, and never loop', () => {
    for (const length of [-1, 0, 48, -0x8000_0000]) {
      const bytes = Buffer.from(all);
      bytes.writeInt32BE(length, 8);
      for (const walk of [iterateBatches, iterateWholeBatches]) expect(() => [...walk(bytes)]).toThrow(corrupt);
    }
  });
});

describe.each(goldenBatches())('the batch "$name"', ({ bytes: original }) => {
  it('keeps its CRC when it gets an offset and an epoch', () => {
    const bytes = Buffer.concat([Buffer.alloc(7), original]);
    patchBatch(bytes, 7, 2 ** 52 + 1, 9);
    validateCrc(bytes, 7, original.length);
    expect(parseBatchHeader(bytes, 7)).toMatchObject({ baseOffset: 2 ** 52 + 1, partitionLeaderEpoch: 9 });
    expect(bytes.subarray(7 + 16).equals(original.subarray(16))).toBe(true);
  });

  it('has a right CRC after its maximum timestamp is corrected', () => {
    const bytes = Buffer.from(original);
    setMaxTimestamp(bytes, 0, 1_800_000_000_000);
    validateCrc(bytes, 0, bytes.length);
    expect(parseBatchHeader(bytes, 0).maxTimestamp).toBe(1_800_000_000_000);
  });

  it('reads every record with the log append time it was given', () => {
    const bytes = Buffer.from(original);
    toLogAppendTime(bytes, 0, 1_800_000_000_000);
    validateCrc(bytes, 0, bytes.length);
    expect(parseBatchHeader(bytes, 0).timestampType).toBe('LogAppendTime');
    for (const record of readRecords(bytes, 0)) expect(record.timestamp).toBe(1_800_000_000_000);
  });

  it('has a wrong CRC with any one bit after it changed', () => {
    for (let bit = 21 * 8; bit < original.length * 8; bit += 5) {
      const bytes = Buffer.from(original);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => validateCrc(bytes, 0, bytes.length)).toThrow(corrupt);
    }
  });
});
