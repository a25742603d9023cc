import type { LeaseId } from '../core/ids.ts';

/** One partition's batches of a segment that this process wrote: whole batches, in order. */
interface Slice {
  readonly position: number;
  readonly chunks: readonly Buffer[];
}

/**
 * What this process wrote last, so that readers at the end of the log need no read. Bounded in bytes; the oldest goes
 * first. The bytes are the producers' own buffers, not copies.
 */
export class RecentSegments {
  readonly #bytesMax: number;
  readonly #segments = new Map<LeaseId, { readonly slices: readonly Slice[]; readonly bytes: number }>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  add(lease: LeaseId, slices: readonly Slice[], bytes: number): void {
    if (bytes > this.#bytesMax) return;
    this.#segments.set(lease, { slices, bytes });
    this.#bytes += bytes;
    for (const [oldest, segment] of this.#segments) {
      if (this.#bytes <= this.#bytesMax) break;
      this.#segments.delete(oldest);
      this.#bytes -= segment.bytes;
    }
  }

  /** The chunks that cover `[position, position + length)` of the segment exactly, or undefined. */
  get(lease: LeaseId, position: number, length: number): readonly Buffer[] | undefined {
    const segment = this.#segments.get(lease);
    if (segment === undefined) return undefined;
    for (const slice of segment.slices) {
      let at = slice.position;
      const found: Buffer[] = [];
      for (const chunk of slice.chunks) {
        if (at >= position && at + chunk.length <= position + length) found.push(chunk);
        at += chunk.length;
      }
      if (found.length > 0 && found.reduce((sum, chunk) => sum + chunk.length, 0) === length) return found;
    }
    return undefined;
  }
}
