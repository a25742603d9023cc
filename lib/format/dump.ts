/** Describes the bytes of a segment as written or of a log file, for people who look into them. It never throws on bad bytes. */
import { StratalogError } from '../core/errors.ts';
import { readInt32 } from './big-endian.ts';
import { isCrcValid } from './record-batch.ts';
import { type BatchHeader, batchSizeAt, parseBatchHeader } from './record-batch-header.ts';
import { type LogRecord, readRecords } from './record-batch-reader.ts';
import { readSegmentFooter, SEGMENT_MAGIC, type SegmentSlice } from './segment.ts';

export interface DumpOptions {
  /** Read the records of each batch too; default false. */
  readonly records?: boolean;
  /** Most bytes that one batch may inflate to; default 16 MiB. */
  readonly maxDecompressedBytes?: number;
}

export interface DumpedBatch {
  readonly position: number;
  readonly sizeBytes: number;
  readonly header: BatchHeader;
  readonly crcValid: boolean;
  /** Index of the slice that the batch lies in, in a segment as written. */
  readonly slice?: number;
  /** When records were asked for: all of them, or those before `problem`. */
  readonly records?: readonly LogRecord[];
  /** What is wrong with the records. */
  readonly problem?: string;
}

export interface SegmentDump {
  /** `wal` for a segment as written, with a footer; `log` for plain batches, as in Kafka's log files. */
  readonly kind: 'wal' | 'log';
  readonly sizeBytes: number;
  /** Bytes of batches, that is without the footer. */
  readonly bodyBytes: number;
  /** What the footer lists; empty for a log file. */
  readonly slices: readonly SegmentSlice[];
  /** What is wrong with the footer; its batches are then read as those of a log file. */
  readonly problem?: string;
  /** The batches, read as they are asked for. A generator's return value says what ended it early. */
  readonly batches: Generator<DumpedBatch, string | undefined, undefined>;
}

/** Describes a whole object. */
export function dumpSegment(bytes: Uint8Array, options: DumpOptions = {}): SegmentDump {
  const sizeBytes = bytes.length;
  const asLog = (problem?: string): SegmentDump => ({
    kind: 'log',
    sizeBytes,
    bodyBytes: sizeBytes,
    slices: [],
    ...(problem === undefined ? {} : { problem }),
    batches: walk(bytes, [], sizeBytes, options),
  });
  if (sizeBytes < 4 || readInt32(bytes, sizeBytes - 4) !== SEGMENT_MAGIC) return asLog();
  try {
    const footer = readSegmentFooter(bytes, sizeBytes);
    if (footer.kind === 'more') return asLog(`the footer needs ${footer.bytesNeeded} bytes`);
    const { slices, bodyLength } = footer;
    return { kind: 'wal', sizeBytes, bodyBytes: bodyLength, slices, batches: walk(bytes, slices, bodyLength, options) };
  } catch (error) {
    return asLog(messageOf(error));
  }
}

function* walk(
  bytes: Uint8Array,
  slices: readonly SegmentSlice[],
  end: number,
  options: DumpOptions,
): Generator<DumpedBatch, string | undefined, undefined> {
  let position = 0;
  let slice = 0;
  while (position < end) {
    while (slice < slices.length && position >= sliceEnd(slices[slice])) slice++;
    let batch: DumpedBatch;
    try {
      if (position + batchSizeAt(bytes, position) > end) return `the batch at byte ${position} is cut off at ${end}`;
      batch = describe(bytes, position, options);
    } catch (error) {
      return messageOf(error);
    }
    yield slices.length === 0 ? batch : { ...batch, slice };
    position += batch.sizeBytes;
  }
  return undefined;
}

function describe(bytes: Uint8Array, position: number, options: DumpOptions): DumpedBatch {
  const header = parseBatchHeader(bytes, position);
  const batch = {
    position,
    sizeBytes: header.sizeBytes,
    header,
    crcValid: isCrcValid(bytes, position, header.sizeBytes),
  };
  if (options.records !== true) return batch;
  const { maxDecompressedBytes } = options;
  const records: LogRecord[] = [];
  try {
    const limits = maxDecompressedBytes === undefined ? {} : { maxDecompressedBytes };
    for (const record of readRecords(bytes, position, limits)) records.push(record);
  } catch (error) {
    return { ...batch, records, problem: messageOf(error) };
  }
  return { ...batch, records };
}

function sliceEnd(slice: SegmentSlice | undefined): number {
  return slice === undefined ? 0 : slice.position + slice.length;
}

/** The text of a refusal of ours; anything else is a mistake and goes on. */
function messageOf(error: unknown): string {
  if (error instanceof StratalogError) return error.message;
  throw error;
}
