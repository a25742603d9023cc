import { describe, expect, it } from 'vitest';
import type { LeaseId, TopicId } from '../../../../lib/core/ids.ts';
import { logKey, walKey } from '../../../../lib/core/segment-key.ts';
import { isCopyWhole } from '../../../../lib/engine/maintenance/verify-copy.ts';
import { MAGIC_AT } from '../../../../lib/format/record-batch-header.ts';
import { RecordBatchBuilder } from '../../../../lib/format/record-batch-writer.ts';
import { buildSegment } from '../../../../lib/format/segment.ts';

const KEY = { topicId: '00000000-0000-4000-8000-000000000000' as TopicId, partition: 0 };
const LEASE = '0'.repeat(24) as LeaseId;

function segment(): { readonly bytes: Buffer; readonly batchBytes: number } {
  const builder = new RecordBatchBuilder({});
  builder.tryAppend({ timestamp: 1, key: null, value: 'a value' });
  const batch = builder.build();
  const built = buildSegment([{ ...KEY, chunks: [batch], span: 1, records: 1, minTimestamp: 1, maxTimestamp: 1 }]);
  return { bytes: Buffer.concat(built.chunks), batchBytes: batch.length };
}

/** Bytes of a batch that its checksum does not cover and that nobody reads from a written segment: offset and leader epoch. */
const UNREAD = new Set([0, 1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 15]);

describe('a copy', () => {
  it('of a written segment is whole as it is, and not with any bit of what readers look at changed', () => {
    const { bytes } = segment();
    expect(isCopyWhole(walKey(LEASE), bytes)).toBe(true);
    for (let at = 0; at < bytes.length; at++) {
      if (UNREAD.has(at)) continue;
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x40;
      expect(isCopyWhole(walKey(LEASE), damaged), `byte ${at}`).toBe(false);
    }
  });

  it('of a merged file must have the magic of its batches, which no checksum covers', () => {
    const { bytes, batchBytes } = segment();
    const file = bytes.subarray(0, batchBytes);
    expect(isCopyWhole(logKey(KEY, 0, LEASE), file)).toBe(true);
    const damaged = Buffer.from(file);
    damaged[MAGIC_AT] = 66;
    expect(isCopyWhole(logKey(KEY, 0, LEASE), damaged)).toBe(false);
  });
});
