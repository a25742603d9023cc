import type { LeaseId } from '../core/ids.ts';

/** One partition's batches of a segment that this process wrote: whole batches, in order. */
interface Slice {
  readonly position: number;
  readonly chunks: readonly Buffer[];
}

/** Where a slice lies in the memory of a block. */
interface KeptSlice {
  readonly position: number;
  readonly from: number;
  readonly to: number;
}

interface KeptSegment {
  readonly block: Block;
  readonly slices: readonly KeptSlice[];
}

/** Memory that segments are copied into one behind the other, and that is emptied as a whole. */
interface Block {
  readonly memory: Buffer;
  used: number;
  readonly leases: LeaseId[];
}

const BLOCK_BYTES = 1024 * 1024;

/**
 * What this process wrote last, so that readers at the end of the log need no read. Bounded in bytes; the oldest goes
 * first.
 *
 * It keeps copies, in memory that it uses again and again. The producers' own buffers would be free of a copy, but whatever outlives two collections of young memory is freed by a full one alone: kept here, they made one
 * necessary for every 14 MB of records.
 */
export class RecentSegments {
  readonly #bytesMax: number;
  readonly #segmentBytesMax: number;
  readonly #segments = new Map<LeaseId, KeptSegment>();
  /** Oldest first; segments are added to the last. */
  readonly #blocks: Block[] = [];
  #bytes = 0;

  /** `segmentBytesMax`: the largest segment that is kept. */
  constructor(bytesMax: number, segmentBytesMax = bytesMax) {
    this.#bytesMax = bytesMax;
    this.#segmentBytesMax = Math.min(bytesMax, segmentBytesMax);
  }

  /** Bytes of memory that are held. */
  get bytes(): number {
    return this.#bytes;
  }

  add(lease: LeaseId, slices: readonly Slice[]): void {
    let bytes = 0;
    for (const { chunks } of slices) for (const { length } of chunks) bytes += length;
    if (bytes > this.#segmentBytesMax || bytes === 0) return;
    const block = this.#blockFor(bytes);
    const kept = slices.map(({ position, chunks }): KeptSlice => {
      const from = block.used;
      for (const chunk of chunks) {
        block.memory.set(chunk, block.used);
        block.used += chunk.length;
      }
      return { position, from, to: block.used };
    });
    block.leases.push(lease);
    this.#segments.set(lease, { block, slices: kept });
  }

  /**
   * Bytes `[position, position + length)` of the segment, as far as they belong to one partition; else undefined. They are written
   * over later: whoever needs them for longer than this turn copies them.
   */
  get(lease: LeaseId, position: number, length: number): Buffer | undefined {
    const segment = this.#segments.get(lease);
    for (const slice of segment?.slices ?? []) {
      const at = slice.from + position - slice.position;
      if (position >= slice.position && at + length <= slice.to) return (segment as KeptSegment).block.memory.subarray(at, at + length);
    }
    return undefined;
  }

  #blockFor(bytes: number): Block {
    const newest = this.#blocks.at(-1);
    if (newest !== undefined && newest.memory.length - newest.used >= bytes) return newest;
    const size = Math.max(bytes, Math.min(BLOCK_BYTES, this.#bytesMax));
    let memory: Buffer | undefined;
    while (this.#bytes + size > this.#bytesMax) {
      const emptied = this.#emptyOldest();
      if (emptied.length === size) memory = emptied;
    }
    const block: Block = { memory: memory ?? Buffer.allocUnsafeSlow(size), used: 0, leases: [] };
    this.#blocks.push(block);
    this.#bytes += size;
    return block;
  }

  #emptyOldest(): Buffer {
    const block = this.#blocks.shift() as Block;
    this.#bytes -= block.memory.length;
    // A segment that was put again may have been kept anew since.
    for (const lease of block.leases) if (this.#segments.get(lease)?.block === block) this.#segments.delete(lease);
    return block.memory;
  }
}
