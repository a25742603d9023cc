import type { LeaseId } from '../../core/ids.ts';
import { INLINE_SEGMENT_BYTES_MAX_EMBEDDED } from '../../core/limits.ts';
import type { Clock } from '../../ports/clock.ts';
import type { InlineStore } from '../../ports/inline-store.ts';
import type { DatabaseThread } from './database-thread.ts';

/**
 * Small segments as rows.
 *
 * A segment is handed to the thread and answered at once; the sync of the next lease write makes both durable. While
 * the disk is full it is answered only once it is on disk, so that refused segments do not gather in memory.
 */
export class LocalInlineStore implements InlineStore {
  readonly maxBytes: number;
  readonly #thread: DatabaseThread;
  readonly #clock: Clock;

  /** `maxBytes` 0 puts no new segments here; those that are here stay readable. */
  constructor(thread: DatabaseThread, clock: Clock, maxBytes = INLINE_SEGMENT_BYTES_MAX_EMBEDDED) {
    this.maxBytes = maxBytes;
    this.#thread = thread;
    this.#clock = clock;
  }

  async put(lease: LeaseId, chunks: readonly Uint8Array[]): Promise<void> {
    const segment = { lease, putAtMs: this.#clock.now(), bytes: joined(chunks) };
    if (this.#thread.troubled === undefined) this.#thread.stage(segment);
    else await this.#thread.call('inline.put', segment);
  }

  async get(lease: LeaseId): Promise<Buffer | undefined> {
    const bytes = await this.#thread.call('inline.get', { lease });
    return bytes === null ? undefined : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  async delete(leases: readonly LeaseId[]): Promise<void> {
    if (leases.length > 0) await this.#thread.call('inline.delete', { leases });
  }

  async list(after: LeaseId | undefined, beforeMs: number, limit: number): ReturnType<InlineStore['list']> {
    const rows = await this.#thread.call('inline.list', { after: after ?? null, beforeMs, limit });
    return rows as readonly { lease: LeaseId; size: number }[];
  }
}

/** One piece of memory of its own: a view into a larger buffer would be copied to the thread with all of it. */
function joined(chunks: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const chunk of chunks) size += chunk.byteLength;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
