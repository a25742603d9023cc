import { LOG_PREFIX, parseLogKey, WAL_PREFIX } from '../../core/segment-key.ts';
import { baseOffsetAt, batchSizeAt, lastOffsetDeltaAt } from '../../format/record-batch-header.ts';
import { readSegmentFooter } from '../../format/segment.ts';
import { SegmentIndex } from '../../format/segment-index.ts';
import { areWhole } from '../whole-batches.ts';

/** Whether the bytes of a copy are what its key says: by the checksums of its batches and of its footer or index. */
export function isCopyWhole(key: string, bytes: Buffer): boolean {
  try {
    if (key.startsWith(WAL_PREFIX)) {
      const footer = readSegmentFooter(bytes, bytes.length);
      return footer.kind === 'footer' && areBatches(bytes.subarray(0, footer.bodyLength));
    }
    if (!key.startsWith(LOG_PREFIX)) return true;
    if (key.endsWith('.index')) return new SegmentIndex(bytes).logBytes >= 0;
    return areBatches(bytes, parseLogKey(key)?.firstOffset ?? 0);
  } catch {
    return false;
  }
}

/** Offsets lie outside the batches' checksums; in a merged file they must at least ascend, from the first one on. */
function areBatches(bytes: Buffer, firstOffset?: number): boolean {
  if (!areWhole(bytes)) return false;
  let next = firstOffset;
  for (let at = 0; at < bytes.length && next !== undefined; at += batchSizeAt(bytes, at)) {
    const base = baseOffsetAt(bytes, at);
    if (base < next) return false;
    next = base + lastOffsetDeltaAt(bytes, at) + 1;
  }
  return true;
}
