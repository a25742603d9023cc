import { describe, expect, it } from 'vitest';
import {
  baseOffsetAt,
  batchSizeAt,
  lastOffsetDeltaAt,
  maxTimestampAt,
  parseBatchHeader,
  recordsCountAt,
} from '../../../lib/format/record-batch-header.ts';
import { goldenBatches } from './golden-batches.ts';

function changed(change: (bytes: Buffer) => void): Buffer {
  const bytes = goldenBatches()[0]?.bytes ?? Buffer.alloc(0);
  change(bytes);
  return bytes;
}

const codeOf = (code: string) => expect.objectContaining({ code });

describe('a batch header', () => {
  it.each(goldenBatches())('has fields that the getters agree with: $name', ({ bytes }) => {
    const at = 5;
    const moved = Buffer.concat([Buffer.alloc(at), bytes]);
    const header = parseBatchHeader(moved, at);
    expect(header).toEqual(parseBatchHeader(bytes, 0));
    expect([
      baseOffsetAt(moved, at),
      batchSizeAt(moved, at),
      lastOffsetDeltaAt(moved, at),
      maxTimestampAt(moved, at),
      recordsCountAt(moved, at),
    ]).toEqual([header.baseOffset, bytes.length, header.lastOffsetDelta, header.maxTimestamp, header.recordsCount]);
  });

  it('is read without the records behind it', () => {
    expect(parseBatchHeader(changed(() => {}).subarray(0, 61), 0).recordsCount).toBe(5);
  });

  it.each([
    ['magic 0', 'UNSUPPORTED_FOR_MESSAGE_FORMAT', (bytes: Buffer) => bytes.writeInt8(0, 16)],
    ['magic 1', 'UNSUPPORTED_FOR_MESSAGE_FORMAT', (bytes: Buffer) => bytes.writeInt8(1, 16)],
    ['magic 3', 'CORRUPT_MESSAGE', (bytes: Buffer) => bytes.writeInt8(3, 16)],
    ['codec 5', 'UNSUPPORTED_COMPRESSION_TYPE', (bytes: Buffer) => bytes.writeInt16BE(5, 21)],
    ['a length below a header', 'CORRUPT_MESSAGE', (bytes: Buffer) => bytes.writeInt32BE(48, 8)],
    ['a negative last offset delta', 'CORRUPT_MESSAGE', (bytes: Buffer) => bytes.writeInt32BE(-1, 23)],
    ['a negative count', 'CORRUPT_MESSAGE', (bytes: Buffer) => bytes.writeInt32BE(-1, 57)],
    ['an offset past 2^53', 'CORRUPT_MESSAGE', (bytes: Buffer) => bytes.writeBigInt64BE(2n ** 53n, 0)],
    ['a timestamp past 2^53', 'CORRUPT_MESSAGE', (bytes: Buffer) => bytes.writeBigInt64BE(2n ** 53n, 35)],
  ])('with %s is refused as %s', (_, code, change) => {
    expect(() => parseBatchHeader(changed(change), 0)).toThrow(codeOf(code));
  });

  it('that is cut off is corrupt, but a short message of magic 1 is named for what it is', () => {
    for (let length = 0; length < 61; length++) {
      expect(() => parseBatchHeader(changed(() => {}).subarray(0, length), 0)).toThrow(codeOf('CORRUPT_MESSAGE'));
    }
    const old = changed((bytes) => bytes.writeInt8(1, 16)).subarray(0, 40);
    expect(() => parseBatchHeader(old, 0)).toThrow(codeOf('UNSUPPORTED_FOR_MESSAGE_FORMAT'));
  });
});
