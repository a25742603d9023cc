import type { LeaseId } from '../../core/ids.ts';
import { INLINE_SEGMENT_BYTES_MAX_EMBEDDED, ROW_SEGMENT_BYTES_MAX } from '../../core/limits.ts';
import type { Clock } from '../../ports/clock.ts';
import type { InlineStore } from '../../ports/inline-store.ts';
import type { DatabaseThread } from './database-thread.ts';
import type { SegmentVolumes } from './segment-volumes.ts';

/** A volume that got nothing for so long is left, so that it can go when its segments have. */
const SEAL_AFTER_MS = 60_000;

/**
 * Segments beside the lease records: small ones as rows, larger ones in volumes.
 *
 * A row is handed to the thread and answered at once; the sync of the next lease write makes both durable. A segment in
 * a volume is on disk before its place is handed over. While the disk is full a row is answered only once it is on disk,
 * so that refused segments do not gather in memory.
 */
export class LocalInlineStore implements InlineStore {
  readonly maxBytes: number;
  readonly #thread: DatabaseThread;
  readonly #volumes: SegmentVolumes;
  readonly #clock: Clock;
  #lastAppendMs = 0;

  /** `maxBytes` 0 puts no new segments here; those that are here stay readable. */
  constructor(thread: DatabaseThread, volumes: SegmentVolumes, clock: Clock, maxBytes = INLINE_SEGMENT_BYTES_MAX_EMBEDDED) {
    this.maxBytes = maxBytes;
    this.#thread = thread;
    this.#volumes = volumes;
    this.#clock = clock;
  }

  async put(lease: LeaseId, chunks: readonly Uint8Array[]): Promise<void> {
    let size = 0;
    for (const { byteLength } of chunks) size += byteLength;
    if (size > ROW_SEGMENT_BYTES_MAX) return this.#putInVolume(lease, chunks, size);
    const segment = { lease, putAtMs: this.#clock.now(), content: joined(chunks, size) };
    if (this.#thread.troubled === undefined) this.#thread.stage(segment);
    else await this.#thread.call('inline.put', segment);
  }

  async get(lease: LeaseId, position = 0, length = Number.POSITIVE_INFINITY): Promise<Buffer | undefined> {
    const found = await this.#thread.call('inline.get', { lease });
    if (found === null) return undefined;
    if (!(found instanceof Uint8Array)) return this.#volumes.read(found, position, length);
    return Buffer.from(found.buffer, found.byteOffset, found.byteLength).subarray(position, position + length);
  }

  async delete(leases: readonly LeaseId[]): Promise<void> {
    if (leases.length === 0) return;
    if (this.#clock.monotonic() - this.#lastAppendMs > SEAL_AFTER_MS) this.#volumes.seal();
    const settledBelow = this.#volumes.settledBelow;
    await this.#volumes.remove(await this.#thread.call('inline.delete', { leases, settledBelow }));
  }

  async list(after: LeaseId | undefined, beforeMs: number, limit: number): ReturnType<InlineStore['list']> {
    const rows = await this.#thread.call('inline.list', { after: after ?? null, beforeMs, limit });
    return rows as readonly { lease: LeaseId; size: number }[];
  }

  async #putInVolume(lease: LeaseId, chunks: readonly Uint8Array[], size: number): Promise<void> {
    const { place, settle } = await this.#volumes.append(chunks, size);
    this.#lastAppendMs = this.#clock.monotonic();
    try {
      const segment = { lease, putAtMs: this.#clock.now(), content: place };
      if (this.#thread.troubled === undefined) this.#thread.stage(segment);
      else await this.#thread.call('inline.put', segment);
    } finally {
      settle();
    }
  }
}

/** One piece of memory of its own: a view into a larger buffer would be copied to the thread with all of it. */
function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
