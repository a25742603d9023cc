import { expect, it } from 'vitest';
import { isBaseOffsetRight, stampBaseOffset } from '../../../lib/format/base-offset-check.ts';
import { isCrcValid, patchBatch } from '../../../lib/format/record-batch.ts';
import { batchSizeAt, LEADER_EPOCH_AT } from '../../../lib/format/record-batch-header.ts';
import { RecordBatchBuilder } from '../../../lib/format/record-batch-writer.ts';

it('any flipped bit of a base offset or of its check is noticed, and the CRC stays right', () => {
  const builder = new RecordBatchBuilder();
  builder.tryAppend({ timestamp: 1, key: 'k', value: 'v' });
  const bytes = builder.build();
  patchBatch(bytes, 0, 123_456_789_012, 0);
  expect(isBaseOffsetRight(bytes, 0)).toBe(false);
  stampBaseOffset(bytes, 0);
  expect(isBaseOffsetRight(bytes, 0)).toBe(true);
  expect(isCrcValid(bytes, 0, batchSizeAt(bytes, 0))).toBe(true);
  expect(bytes.readInt32BE(LEADER_EPOCH_AT)).toBeGreaterThanOrEqual(0);
  for (const [from, length] of [
    [0, 8],
    [LEADER_EPOCH_AT, 4],
  ] as const) {
    for (let bit = 0; bit < length * 8; bit++) {
      const at = from + (bit >> 3);
      // Offsets stay below 2^53: the highest bits of one cannot be read at all.
      if (from === 0 && bit < 11) continue;
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (7 - (bit & 7))), at);
      expect(isBaseOffsetRight(bytes, 0)).toBe(false);
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (7 - (bit & 7))), at);
    }
  }
});
