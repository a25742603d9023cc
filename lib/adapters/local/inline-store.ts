import type { LeaseId } from '../../core/ids.ts';
import { INLINE_SEGMENT_BYTES_MAX_EMBEDDED, ROW_SEGMENT_BYTES_MAX } from '../../core/limits.ts';
import { crc32 } from '../../format/crc32.ts';
import type { Clock } from '../../ports/clock.ts';
import type { InlineStore } from '../../ports/inline-store.ts';
import type { InlineRow, VolumePlace } from './database-commands.ts';
import type { DatabaseThread } from './database-thread.ts';
import { allocateNew } from './open-files.ts';
import { RecentPlaces } from './recent-places.ts';
import type { SegmentVolumes } from './segment-volumes.ts';

/** A volume that got nothing for so long is left, so that it can go when its segments have. */
const SEAL_AFTER_MS = 60_000;
/** Segments in volumes whose place is remembered, the newest, up to twice as many: some 100 bytes each. */
const PLACES_KEPT = 16_384;
/** Rows that are deleted in one transaction: every commit of others waits for all of them. */
const DELETED_TOGETHER = 64;
/** Rows that are looked at in one command, for the same reason: all that a minute of 800 a second leaves took 56 ms. */
const LISTED_TOGETHER = 128;

/** Segments that are older stay, ms: others are merged and deleted a minute or two after they came. */
const GATHER_AFTER_MS = 300_000;

/**
 * Segments beside the lease records, in volumes; a few small ones as rows.
 *
 * A small one is handed to the thread and answered at once: it lies in the frame of the lease write that comes next, or is a row of its commit, and the
 * one sync makes both durable. So is the place of a larger segment, whose bytes are in a volume by then.
 * While the disk is full a segment is answered only once it is on disk, so that refused ones do not gather in memory.
 */
export class LocalInlineStore implements InlineStore {
  readonly maxBytes: number;
  readonly #thread: DatabaseThread;
  readonly #volumes: SegmentVolumes;
  readonly #clock: Clock;
  /** A segment never moves, so that its place need not be asked of the thread again. */
  readonly #places = new RecentPlaces(PLACES_KEPT);
  #lastAppendMs = 0;
  /** The volume from which on the next one is gathered. */
  #gatheredTo = 0;

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
    if (this.#thread.troubled === undefined) {
      this.#thread.stage(segment, {
        placed: (place) => {
          this.#lastAppendMs = this.#clock.monotonic();
          this.#places.set(lease, place);
        },
      });
      return;
    }
    this.#volumes.giveRoom();
    await this.#thread.call('inline.put', segment);
  }

  async get(lease: LeaseId, position = 0, length = Number.POSITIVE_INFINITY, allocate = allocateNew): Promise<Buffer | undefined> {
    const known = this.#places.get(lease);
    const bytes = known === undefined ? undefined : await this.#read(known, position, length, allocate);
    if (bytes !== undefined) return bytes;
    // A segment that was put twice has the place of its first put, which may outlast the other's volume.
    const found = this.#thread.rowNow(lease) ?? (await this.#thread.call('inline.get', { lease }));
    if (found === null) return undefined;
    if (!(found instanceof Uint8Array)) {
      this.#places.set(lease, found);
      return this.#read(found, position, length, allocate);
    }
    const wanted = Buffer.from(found.buffer, found.byteOffset, found.byteLength).subarray(position, position + length);
    if (allocate === allocateNew) return wanted;
    const own = allocate(wanted.length);
    wanted.copy(own);
    return own;
  }

  async delete(leases: readonly LeaseId[]): Promise<void> {
    if (leases.length === 0) return;
    for (const lease of leases) this.#places.delete(lease);
    if (this.#clock.monotonic() - this.#lastAppendMs > SEAL_AFTER_MS) this.#volumes.seal();
    const settledBelow = this.#volumes.settledBelow;
    for (let at = 0; at < leases.length; at += DELETED_TOGETHER) {
      const ask = { leases: leases.slice(at, at + DELETED_TOGETHER), settledBelow };
      await this.#volumes.remove(await this.#thread.call('inline.delete', ask));
    }
  }

  async list(after: LeaseId | undefined, beforeMs: number, limit: number): ReturnType<InlineStore['list']> {
    // What cannot be gathered now, since the disk is full for instance, can be the next time.
    if (after === undefined) await this.#gather().catch(() => {});
    const found: { readonly lease: LeaseId; readonly size: number }[] = [];
    for (let last: string | null = after ?? null; ; ) {
      const rows: readonly InlineRow[] = await this.#thread.call('inline.list', { after: last, limit: LISTED_TOGETHER });
      for (const { lease, size, putAtMs } of rows) {
        if (putAtMs < beforeMs) found.push({ lease: lease as LeaseId, size });
        if (found.length === limit) return found;
      }
      if (rows.length < LISTED_TOGETHER) return found;
      last = rows.at(-1)?.lease ?? null;
    }
  }

  async #putInVolume(lease: LeaseId, chunks: readonly Uint8Array[], size: number): Promise<void> {
    const later = this.#thread.troubled === undefined;
    const { place, settle } = await (later ? this.#volumes.write(chunks, size) : this.#volumes.append(chunks, size));
    this.#lastAppendMs = this.#clock.monotonic();
    const segment = { lease, putAtMs: this.#clock.now(), content: place, ...(later ? { crc: crcOf(chunks) } : {}) };
    if (later || this.#thread.troubled === undefined) {
      try {
        this.#thread.stage(segment, { told: settle });
      } catch (error) {
        settle();
        throw error;
      }
    } else await this.#thread.call('inline.put', segment).finally(settle);
    this.#places.set(lease, place);
  }

  #read(place: VolumePlace, position: number, length: number, allocate: (bytes: number) => Buffer): Promise<Buffer | undefined> | Buffer {
    const now = this.#thread.readNow(() => this.#volumes.readNow(place, position, length, allocate));
    return now ?? this.#volumes.read(place, position, length, allocate);
  }

  /**
   * Small segments that stay where others have gone become rows, so that the volume can go: a quiet partition's newest ones are not merged. One volume each
   * time, so that nobody waits for a look at all of them.
   */
  async #gather(): Promise<void> {
    const ask = { from: this.#gatheredTo, below: this.#volumes.settledBelow, beforeMs: this.#clock.now() - GATHER_AFTER_MS };
    const found = await this.#thread.call('inline.gather', ask);
    this.#gatheredTo = found === null ? 0 : found.volume + (found.isDone ? 1 : 0);
    if (found?.isEmpty === true) await this.#volumes.remove([found.volume]);
  }
}

function crcOf(chunks: readonly Uint8Array[]): number {
  let crc = 0;
  for (const chunk of chunks) crc = crc32(chunk, crc);
  return crc;
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
