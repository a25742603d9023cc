import { type LeaseId, type PartitionKey, partitionName } from '../../core/ids.ts';
import type { SegmentSlice } from '../../format/segment.ts';

interface Remaining {
  readonly kind: 'wal' | 'inline';
  /** Bytes of all slices together. */
  readonly size: number;
  /** Bytes of each partition's slice that were not replaced yet. */
  readonly bytes: Map<string, number>;
}

/** Segments followed at once; one that falls out is found by sweep. */
const SEGMENTS_MAX = 100_000;

/**
 * Which parts of written segments merges of this process have replaced. A batch is granted at most once, so a segment
 * whose every byte was named and is now replaced can be named by nothing any more, and needs no fence.
 */
export class Coverage {
  readonly #segments = new Map<LeaseId, Remaining>();

  /** Begins to follow a segment; `slices` are those of its footer. */
  follow(kind: 'wal' | 'inline', lease: LeaseId, slices: readonly SegmentSlice[]): void {
    if (this.#segments.has(lease)) return;
    const size = slices.reduce((sum, { length }) => sum + length, 0);
    this.#segments.set(lease, { kind, size, bytes: new Map(slices.map((slice) => [partitionName(slice), slice.length])) });
    for (const oldest of this.#segments.keys()) {
      if (this.#segments.size <= SEGMENTS_MAX) break;
      this.#segments.delete(oldest);
    }
  }

  /** Bytes of a segment's batches; undefined when it is not followed. */
  sizeOf(lease: LeaseId): number | undefined {
    return this.#segments.get(lease)?.size;
  }

  /** An entry of this segment was replaced. Answers what kind of segment it was when nothing of it is left. */
  replaced(lease: LeaseId, key: PartitionKey, length: number): 'wal' | 'inline' | undefined {
    const segment = this.#segments.get(lease);
    const name = partitionName(key);
    const left = segment?.bytes.get(name);
    if (segment === undefined || left === undefined) return undefined;
    if (left > length) segment.bytes.set(name, left - length);
    else segment.bytes.delete(name);
    if (segment.bytes.size > 0) return undefined;
    this.#segments.delete(lease);
    return segment.kind;
  }
}
