/** What one flush asks of the stores, averaged over many. The same numbers are counted on the engine by a test. */
import { INLINE_SEGMENT_BYTES_MAX, TAIL_ENTRIES_ROLL } from '../limits.ts';

export interface AppendCost {
  /** PUTs of segment objects, over all zones. */
  readonly puts: number;
  /** Items with small segments. */
  readonly inlinePuts: number;
  /** Write units of such an item, to put it and again to take it away. */
  readonly inlineUnits: number;
  /** Writes of lease records, one write unit each. */
  readonly leaseWrites: number;
  /** Index pages put and marks left by rolls, one write unit each. */
  readonly rollWrites: number;
  readonly writeUnits: number;
}

/** A segment's footer, and about its batch headers; measured on segments of a few batches. */
const SEGMENT_OVERHEAD_BYTES = 160;
const WRITE_UNIT_BYTES = 1_024;

/** A flush of `segmentBytes` for `partitions` partitions, into `zones` copies. */
export function appendCost(segmentBytes: number, partitions: number, zones: number): AppendCost {
  const size = segmentBytes + SEGMENT_OVERHEAD_BYTES;
  const inline = size <= INLINE_SEGMENT_BYTES_MAX;
  const inlineUnits = inline ? Math.ceil(size / WRITE_UNIT_BYTES) : 0;
  // A tail is rolled when it holds twelve entries: a page and a mark of work to do.
  const rollWrites = (2 * partitions) / TAIL_ENTRIES_ROLL;
  return {
    puts: inline ? 0 : zones,
    inlinePuts: inline ? 1 : 0,
    inlineUnits,
    leaseWrites: partitions,
    rollWrites,
    writeUnits: inlineUnits + partitions + rollWrites,
  };
}
