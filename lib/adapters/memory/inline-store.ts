import type { LeaseId } from '../../core/ids.ts';
import { INLINE_SEGMENT_BYTES_MAX } from '../../core/limits.ts';
import type { Clock } from '../../ports/clock.ts';
import type { InlineStore } from '../../ports/inline-store.ts';

/** Small segments in a map by lease. */
export class MemoryInlineStore implements InlineStore {
  readonly maxBytes: number;
  readonly #segments = new Map<LeaseId, { readonly bytes: Buffer; readonly putAtMs: number }>();
  readonly #clock: Pick<Clock, 'now'>;

  constructor(clock: Pick<Clock, 'now'>, maxBytes = INLINE_SEGMENT_BYTES_MAX) {
    this.#clock = clock;
    this.maxBytes = maxBytes;
  }

  async put(lease: LeaseId, chunks: readonly Uint8Array[]): Promise<void> {
    if (!this.#segments.has(lease)) this.#segments.set(lease, { bytes: Buffer.concat(chunks), putAtMs: this.#clock.now() });
  }

  async get(lease: LeaseId, position = 0, length = Number.POSITIVE_INFINITY): Promise<Buffer | undefined> {
    const segment = this.#segments.get(lease);
    return segment === undefined ? undefined : Buffer.from(segment.bytes.subarray(position, position + length));
  }

  async delete(leases: readonly LeaseId[]): Promise<void> {
    for (const lease of leases) this.#segments.delete(lease);
  }

  async list(after: LeaseId | undefined, beforeMs: number, limit: number): Promise<readonly { lease: LeaseId; size: number }[]> {
    const old = [...this.#segments].filter(([lease, { putAtMs }]) => putAtMs < beforeMs && (after === undefined || lease > after));
    return old
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .slice(0, limit)
      .map(([lease, { bytes }]) => ({ lease, size: bytes.length }));
  }
}
