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

/** What cleaning has come to so far. */
export interface CleanTally {
  kept: number;
  removed: number;
  /** Whether any byte is another. */
  changed: boolean;
}

/** What is left of batches that follow each other, in order, and notes it in the tally. `gone` comes last when an object was gone on the way. */
export async function* cleanBatches(
  chunks: AsyncIterable<Buffer | 'gone'>,
  limits: CleanLimits,
  run: Run,
  tally: CleanTally,
): AsyncGenerator<Buffer | 'gone'> {
  for await (const { chunk, isLastChunk } of withLast(chunks)) {
    if (chunk === 'gone') {
      yield chunk;
      return;
    }
    const left: Buffer[] = [];
    // Batches that stay as they are leave together, without a copy.
    let from = 0;
    for (const { position, sizeBytes, header } of iterateBatches(chunk)) {
      const end = position + sizeBytes;
      const isLast = limits.keepsLast === true && isLastChunk && end === chunk.length;
      const outcome = cleanBatch(chunk, position, header, limits);
      if (outcome.kind === 'kept' || (outcome.kind === 'emptied' && isLast && header.recordsCount === 0)) {
        tally.kept += header.recordsCount;
        continue;
      }
      tally.changed = true;
      if (position > from) left.push(chunk.subarray(from, position));
      from = end;
      if (outcome.kind === 'rewritten') {
        left.push(outcome.batch);
        tally.kept += outcome.records;
        tally.removed += header.recordsCount - outcome.records;
      } else {
        if (isLast) left.push(emptiedBatch(chunk, position));
        tally.removed += header.recordsCount;
      }
      await run.pause();
    }
    if (from < chunk.length) left.push(chunk.subarray(from));
    yield* letGo(left, chunk);
    await run.pause();
  }
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
function letGo(left: readonly Buffer[], chunk: Buffer): readonly Buffer[] {
  const views = left.filter((part) => part.buffer === chunk.buffer);
  if (views.reduce((sum, part) => sum + part.length, 0) >= chunk.length / 2) return left;
  return left.map((part) => (part.buffer === chunk.buffer ? Buffer.from(part) : part));
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
