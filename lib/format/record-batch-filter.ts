/** Takes records out of a batch, as compaction does: the batch keeps its offsets, its producer and its codec. */
import { writeInt32, writeInt64 } from './big-endian.ts';
import { compress } from './compression.ts';
import { writeCrc } from './record-batch.ts';
import * as layout from './record-batch-header.ts';
import { openRecords, type RecordCursor } from './record-batch-reader.ts';
import { RecordBatchBuilder } from './record-batch-writer.ts';

/** What became of a batch: every record stays, none does, or there is a new batch with those that do. */
export type FilteredBatch =
  | { readonly kind: 'kept' }
  | { readonly kind: 'emptied' }
  | { readonly kind: 'rewritten'; readonly batch: Buffer; readonly records: number };

export interface BatchFilter {
  /** Whether the record that the cursor stands at stays. */
  readonly keeps: (record: RecordCursor) => boolean;
  /** The time from which tombstones of this batch may go; given when a tombstone stays and the batch has none yet. */
  readonly deleteHorizonMs?: number | undefined;
}

/** Neighbouring records that stay, within the body. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/** Walks the records of the batch at a position and keeps those that the filter wants. CORRUPT_MESSAGE as for reading. */
export function filterBatch(bytes: Uint8Array, at: number, filter: BatchFilter): FilteredBatch {
  const records = openRecords(bytes, at, { maxDecompressedBytes: Number.MAX_SAFE_INTEGER });
  const { header } = records;
  const ranges: Range[] = [];
  let kept = 0;
  let keptBytes = 0;
  let tombstones = 0;
  let maxTimestamp = layout.NO_TIMESTAMP;
  while (records.next()) {
    if (!filter.keeps(records)) continue;
    kept++;
    keptBytes += records.recordEnd - records.recordStart;
    if (records.valueLength < 0) tombstones++;
    if (records.timestamp > maxTimestamp) maxTimestamp = records.timestamp;
    const last = ranges.at(-1);
    if (last !== undefined && last.end === records.recordStart) ranges[ranges.length - 1] = { start: last.start, end: records.recordEnd };
    else ranges.push({ start: records.recordStart, end: records.recordEnd });
  }
  if (kept === 0) return { kind: 'emptied' };
  const horizonMs = tombstones > 0 && !header.hasDeleteHorizon ? filter.deleteHorizonMs : undefined;
  if (kept === header.recordsCount && horizonMs === undefined) return { kind: 'kept' };
  const batch =
    horizonMs === undefined
      ? copied(bytes, at, header, records.bytes, ranges, keptBytes, kept, maxTimestamp)
      : rebuilt(bytes, at, filter, horizonMs);
  return { kind: 'rewritten', batch, records: kept };
}

/** The batch without any record, standing for the same offsets: it keeps the end of a log, and its producer's sequence. */
export function emptiedBatch(bytes: Uint8Array, at: number): Buffer {
  const header = layout.parseBatchHeader(bytes, at);
  return new RecordBatchBuilder(identityOf(header)).build({ lastOffsetDelta: header.lastOffsetDelta, maxTimestamp: header.maxTimestamp });
}

/** Records as they lie: their deltas count from a base that stays, so that nothing needs to be encoded anew. */
function copied(
  bytes: Uint8Array,
  at: number,
  header: layout.BatchHeader,
  body: Uint8Array,
  ranges: readonly Range[],
  keptBytes: number,
  kept: number,
  maxTimestamp: number,
): Buffer {
  const isPlain = header.compression === 'none';
  const raw = Buffer.allocUnsafe(keptBytes + (isPlain ? layout.BATCH_HEADER_BYTES : 0));
  let position = isPlain ? layout.BATCH_HEADER_BYTES : 0;
  for (const { start, end } of ranges) {
    raw.set(body.subarray(start, end), position);
    position += end - start;
  }
  let batch = raw;
  if (!isPlain) {
    const packed = compress(header.compression, raw);
    batch = Buffer.allocUnsafe(layout.BATCH_HEADER_BYTES + packed.length);
    batch.set(packed, layout.BATCH_HEADER_BYTES);
  }
  batch.set(bytes.subarray(at, at + layout.BATCH_HEADER_BYTES), 0);
  writeInt32(batch, layout.BATCH_LENGTH_AT, batch.length - layout.LOG_OVERHEAD_BYTES);
  writeInt64(batch, layout.MAX_TIMESTAMP_AT, maxTimestamp);
  writeInt32(batch, layout.RECORDS_COUNT_AT, kept);
  writeCrc(batch, 0, batch.length);
  return batch;
}

/** A horizon takes the place of the base timestamp, so every record is encoded anew. */
function rebuilt(bytes: Uint8Array, at: number, filter: BatchFilter, deleteHorizonMs: number): Buffer {
  const records = openRecords(bytes, at, { maxDecompressedBytes: Number.MAX_SAFE_INTEGER });
  const { header } = records;
  const builder = new RecordBatchBuilder({ ...identityOf(header), compression: header.compression, deleteHorizonMs }, header.sizeBytes);
  while (records.next()) {
    if (!filter.keeps(records)) continue;
    const { key, value, timestamp, offsetDelta } = records;
    builder.tryAppend({ key, value, timestamp, offsetDelta, ...(records.headerCount > 0 ? { headers: records.headers() } : {}) });
  }
  return builder.build({ lastOffsetDelta: header.lastOffsetDelta });
}

function identityOf(header: layout.BatchHeader) {
  const { baseOffset, partitionLeaderEpoch, timestampType, producerId, producerEpoch, baseSequence, isTransactional, isControl } = header;
  return { baseOffset, partitionLeaderEpoch, timestampType, producerId, producerEpoch, baseSequence, isTransactional, isControl };
}
