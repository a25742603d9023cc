/** What compaction leaves of batches: Kafka's rules for records (`Cleaner.shouldRetainRecord`), tombstones and empty batches. */
import type { Offset } from '../../core/ids.ts';
import { iterateBatches } from '../../format/record-batch.ts';
import { emptiedBatch, filterBatch } from '../../format/record-batch-filter.ts';
import type { BatchHeader } from '../../format/record-batch-header.ts';
import type { RecordCursor } from '../../format/record-batch-reader.ts';
import type { OffsetBits, OffsetMap } from './offset-map.ts';
import type { Run } from './run.ts';

export interface CleanLimits {
  readonly map: OffsetMap;
  /** Which records of the part that the map was filled from are the last of their key. */
  readonly last?: OffsetBits | undefined;
  /** The first offset that the map does not speak of: from here on everything stays. */
  readonly upTo: Offset;
  readonly nowMs: number;
  readonly deleteRetentionMs: number;
  /** The last batch stays, empty if need be, so that the file tells where the log ends. */
  readonly keepsLast?: boolean;
}

export interface CleanedBatches {
  readonly chunks: readonly Buffer[];
  readonly kept: number;
  readonly removed: number;
  /** Whether any byte is another. */
  readonly changed: boolean;
}

/** Cleans batches that follow each other, in order. Undefined when an object was gone on the way. */
export async function cleanBatches(
  chunks: AsyncIterable<Buffer | 'gone'>,
  limits: CleanLimits,
  run: Run,
): Promise<CleanedBatches | undefined> {
  const left: Buffer[] = [];
  let kept = 0;
  let removed = 0;
  let changed = false;
  for await (const { chunk, isLastChunk } of withLast(chunks)) {
    if (chunk === 'gone') return undefined;
    const before = left.length;
    // Batches that stay as they are leave together, without a copy.
    let from = 0;
    for (const { position, sizeBytes, header } of iterateBatches(chunk)) {
      const end = position + sizeBytes;
      const isLast = limits.keepsLast === true && isLastChunk && end === chunk.length;
      const outcome = cleanBatch(chunk, position, header, limits);
      if (outcome.kind === 'kept' || (outcome.kind === 'emptied' && isLast && header.recordsCount === 0)) {
        kept += header.recordsCount;
        continue;
      }
      changed = true;
      if (position > from) left.push(chunk.subarray(from, position));
      from = end;
      if (outcome.kind === 'rewritten') {
        left.push(outcome.batch);
        kept += outcome.records;
        removed += header.recordsCount - outcome.records;
      } else {
        if (isLast) left.push(emptiedBatch(chunk, position));
        removed += header.recordsCount;
      }
      await run.pause();
    }
    if (from < chunk.length) left.push(chunk.subarray(from));
    letGo(left, before, chunk);
    await run.pause();
  }
  return { chunks: left, kept, removed, changed };
}

/** Each chunk with whether it is the last one. */
async function* withLast(
  chunks: AsyncIterable<Buffer | 'gone'>,
): AsyncGenerator<{ readonly chunk: Buffer | 'gone'; readonly isLastChunk: boolean }> {
  let waiting: Buffer | 'gone' | undefined;
  for await (const chunk of chunks) {
    if (waiting !== undefined) yield { chunk: waiting, isLastChunk: false };
    waiting = chunk;
  }
  if (waiting !== undefined) yield { chunk: waiting, isLastChunk: true };
}

/** Small parts that stay must not keep the whole chunk in memory. */
function letGo(left: Buffer[], from: number, chunk: Buffer): void {
  const views = left.slice(from).filter((part) => part.buffer === chunk.buffer);
  if (views.reduce((sum, part) => sum + part.length, 0) >= chunk.length / 2) return;
  for (let i = from; i < left.length; i++) {
    const part = left[i] as Buffer;
    if (part.buffer === chunk.buffer) left[i] = Buffer.from(part);
  }
}

function cleanBatch(bytes: Buffer, at: number, header: BatchHeader, limits: CleanLimits): ReturnType<typeof filterBatch> {
  // Whether a transaction counts stands in its marker, so neither is touched.
  if (header.isControl || header.isTransactional || header.baseOffset >= limits.upTo) return { kind: 'kept' };
  const horizonMs = header.hasDeleteHorizon ? header.baseTimestamp : undefined;
  const tombstonesGo = horizonMs !== undefined && horizonMs <= limits.nowMs;
  const keeps = (record: RecordCursor): boolean => {
    const { offset, keyStart, keyLength } = record;
    if (offset >= limits.upTo) return true;
    // Keyless records are refused when they are produced; one from before the topic was compacted has no key to live by.
    if (keyLength < 0) return false;
    if (record.valueLength < 0 && tombstonesGo) return false;
    if (last !== undefined && offset >= last.from) return last.has(offset);
    return offset >= limits.map.get(record.bytes, keyStart, keyStart + keyLength);
  };
  const { last } = limits;
  const wholly = header.lastOffset < limits.upTo;
  return filterBatch(bytes, at, { keeps, deleteHorizonMs: wholly ? limits.nowMs + limits.deleteRetentionMs : undefined });
}
