/**
 * Reads the batches of entries: from what this process wrote last, from inline segments, from objects of any zone.
 *
 * Batches of written segments carry no offsets yet; they are patched here, in buffers that belong to us. A segment is
 * granted once, so every reader patches the same numbers.
 */
import { StratalogError } from '../core/errors.ts';
import type { LeaseId, Offset, PartitionKey } from '../core/ids.ts';
import type { PlacedEntry } from '../core/lease-record.ts';
import { logIndexKey, logKey, walKey } from '../core/segment-key.ts';
import type { MemoryPool } from '../format/memory-pool.ts';
import { iterateWholeBatches, patchBatch } from '../format/record-batch.ts';
import { baseOffsetAt, batchSizeAt, lastOffsetDeltaAt } from '../format/record-batch-header.ts';
import { SegmentIndex } from '../format/segment-index.ts';
import type { RecentSegments } from './recent-segments.ts';
import type { SegmentStorage } from './segment-storage.ts';
import { areInPlace, areWhole } from './whole-batches.ts';

/**
 * Whole batches that follow one another, with their real offsets. Where there are any, they and the chunks of `rest` lie in one block of
 * memory, which is held once for the batches; what is left of an entry is held by who keeps it.
 */
export interface ReadBatches {
  readonly buffers: readonly Buffer[];
  readonly bytes: number;
  /** The first offset after the last batch that was read or passed over. */
  readonly end: Offset;
  /** What is known of the entry behind `end`, where something of it is left. */
  readonly rest?: EntryRest | undefined;
}

/** What a reader knows of an entry that it has not read to its end: saves the next read of it the store, or the index. */
export interface EntryRest {
  readonly lease: LeaseId;
  readonly baseOffset: Offset;
  /** Bytes of the entry. */
  readonly length: number;
  /** All of the entry, checked, where it had to be read whole. */
  readonly chunks?: readonly Buffer[] | undefined;
  /** Where the next batch begins in a merged file. */
  readonly position?: number | undefined;
}

const LEADER_EPOCH = 0;
const LOG_WINDOW_BYTES = 1024 * 1024;
/** An index has some 20 bytes for each 4 KiB of a file of at most 1 GiB. */
const INDEX_BYTES_MAX = 64 * 1024 * 1024;
/** Indexes kept: of six files of 1 GiB with small batches, or of hundreds as they usually are. */
const INDEX_BYTES_KEPT = 32 * 1024 * 1024;
const INDEXES_KEPT = 256;

export class SegmentReader {
  readonly #storage: SegmentStorage;
  readonly #recent: RecentSegments;
  readonly #memory: MemoryPool;
  readonly #allocate: (bytes: number) => Buffer;
  readonly #indexes = new Map<string, { readonly index: Promise<SegmentIndex | undefined>; bytes: number }>();
  #indexBytes = 0;

  constructor(storage: SegmentStorage, recent: RecentSegments, memory: MemoryPool) {
    this.#storage = storage;
    this.#recent = recent;
    this.#memory = memory;
    this.#allocate = (bytes) => memory.take(bytes);
  }

  /**
   * Batches of one entry whose last offset is at or after `offset`, until `maxBytes`; the first may exceed it. `before` is what
   * the read that ended at `offset` left. Undefined when the object is not there (it may have been merged): read the index again.
   * Cost: nothing when written here lately, else 1 GET (2 the first time for a merged file).
   */
  async read(
    key: PartitionKey,
    placed: PlacedEntry,
    offset: Offset,
    maxBytes: number,
    before?: EntryRest | undefined,
  ): Promise<ReadBatches | undefined> {
    const { entry, baseOffset } = placed;
    const known = isOf(before, placed) ? before : undefined;
    if (entry.kind === 'gone') return { buffers: [], bytes: 0, end: baseOffset + entry.span };
    if (entry.kind === 'log') return this.#readLog(key, placed, offset, maxBytes, known?.position);
    const recent = this.#recent.get(entry.lease, entry.position, entry.length);
    if (recent !== undefined) {
      const found = cut([recent], baseOffset, offset, maxBytes);
      return { ...found, buffers: found.bytes === 0 ? [] : [this.#copyOf(found)] };
    }
    const kept = known?.chunks;
    // The batches are held beside what was kept.
    for (const chunk of kept ?? []) this.#memory.hold(chunk);
    const chunks = kept ?? (await this.#written(placed));
    if (chunks === undefined) return undefined;
    return { ...cut(chunks, baseOffset, offset, maxBytes), rest: { lease: entry.lease, baseOffset, length: entry.length, chunks } };
  }

  /** Bytes that a read of an entry takes from a store and holds until its answer has gone. */
  bytesToRead({ entry, baseOffset }: PlacedEntry, maxBytes: number, before: EntryRest | undefined): number {
    if (entry.kind === 'gone') return 0;
    if (entry.kind === 'log') return Math.min(windowFor(maxBytes), entry.length);
    const isHere = isOf(before, { entry, baseOffset }) || this.#recent.get(entry.lease, entry.position, entry.length) !== undefined;
    return isHere ? 0 : entry.length;
  }

  #copyOf({ buffers, bytes }: ReadBatches): Buffer {
    const copy = this.#memory.take(bytes);
    let at = 0;
    for (const buffer of buffers) at += buffer.copy(copy, at);
    return copy;
  }

  async #written({ entry }: PlacedEntry): Promise<readonly Buffer[] | undefined> {
    const { lease, position, length } = entry;
    if (entry.kind === 'inline') {
      const bytes = await this.#storage.getInline(lease, position, length, this.#allocate);
      if (bytes === undefined) return undefined;
      if (bytes.length !== length || !areWhole(bytes)) {
        throw new StratalogError('CORRUPT_OBJECT', `inline segment ${lease} is corrupt at ${position}`, { field: lease, value: position });
      }
      return [bytes];
    }
    const bytes = await this.#storage.getObject(walKey(lease), position, length, entry.zones, areWhole, this.#allocate);
    return bytes === undefined ? undefined : [bytes];
  }

  async #readLog(
    key: PartitionKey,
    placed: PlacedEntry,
    offset: Offset,
    maxBytes: number,
    known: number | undefined,
  ): Promise<ReadBatches | undefined> {
    const { entry, baseOffset } = placed;
    const { lease, length: fileBytes } = entry;
    const objectKey = logKey(key, baseOffset, lease);
    const index = offset <= baseOffset || known !== undefined ? undefined : await this.#index(key, baseOffset, lease, entry.zones);
    let position = known ?? index?.positionOf(offset) ?? 0;
    let window = windowFor(maxBytes);
    while (position < fileBytes) {
      const length = Math.min(window, fileBytes - position);
      const from = position;
      const isRight = (found: Buffer) => areInPlace(found, from, placed);
      const bytes = await this.#storage.getObject(objectKey, from, length, entry.zones, isRight, this.#allocate);
      if (bytes === undefined) return undefined;
      const found = takeBatches(bytes, offset, maxBytes);
      if (found.buffers.length > 0) {
        const next = position + found.consumed;
        const end = next >= fileBytes ? baseOffset + entry.span : found.end;
        return { buffers: found.buffers, bytes: found.bytes, end, rest: { lease, baseOffset, length: fileBytes, position: next } };
      }
      // Nothing at or after the offset yet: go on behind what was read, with a larger window if not one batch fitted.
      if (found.consumed === 0) window = Math.max(window * 2, batchSizeAt(bytes, 0));
      position += found.consumed;
      this.#memory.release(bytes);
    }
    return { buffers: [], bytes: 0, end: baseOffset + entry.span };
  }

  #index(key: PartitionKey, baseOffset: Offset, lease: PlacedEntry['entry']['lease'], zones: number): Promise<SegmentIndex | undefined> {
    const name = logIndexKey(key, baseOffset, lease);
    const known = this.#indexes.get(name);
    if (known !== undefined) return known.index;
    const index = this.#storage.getWhole(name, INDEX_BYTES_MAX, zones, (bytes) => new SegmentIndex(bytes));
    const kept = { index, bytes: 0 };
    this.#indexes.set(name, kept);
    index.then(
      (found) => {
        if (this.#indexes.get(name) !== kept) return;
        kept.bytes = found?.bytes ?? 0;
        this.#indexBytes += kept.bytes;
        this.#trimIndexes();
      },
      () => this.#indexes.delete(name),
    );
    return index;
  }

  /** Drops the oldest indexes; the newest stays. */
  #trimIndexes(): void {
    for (const [name, { bytes }] of this.#indexes) {
      if (this.#indexes.size === 1 || (this.#indexes.size <= INDEXES_KEPT && this.#indexBytes <= INDEX_BYTES_KEPT)) return;
      this.#indexes.delete(name);
      this.#indexBytes -= bytes;
    }
  }
}

function isOf(rest: EntryRest | undefined, { entry, baseOffset }: PlacedEntry): rest is EntryRest {
  return rest !== undefined && rest.lease === entry.lease && rest.baseOffset === baseOffset && rest.length === entry.length;
}

function windowFor(maxBytes: number): number {
  return Math.max(Math.min(maxBytes, LOG_WINDOW_BYTES * 8), LOG_WINDOW_BYTES);
}

/** Gives batches of a written segment their offsets and takes those that reach `offset`. */
function cut(chunks: readonly Buffer[], baseOffset: Offset, offset: Offset, maxBytes: number): ReadBatches {
  const buffers: Buffer[] = [];
  let bytes = 0;
  let next = baseOffset;
  for (const chunk of chunks) {
    let from = -1;
    let at = 0;
    let full = false;
    while (at < chunk.length) {
      const size = batchSizeAt(chunk, at);
      const end = next + lastOffsetDeltaAt(chunk, at) + 1;
      if (end > offset) {
        if (bytes > 0 && bytes + size > maxBytes) {
          full = true;
          break;
        }
        patchBatch(chunk, at, next, LEADER_EPOCH);
        if (from < 0) from = at;
        bytes += size;
      }
      next = end;
      at += size;
    }
    if (from >= 0) buffers.push(chunk.subarray(from, at));
    if (full) return { buffers, bytes, end: next };
  }
  return { buffers, bytes, end: next };
}

/** Takes whole batches of a merged file, which have their real offsets already. */
function takeBatches(
  file: Buffer,
  offset: Offset,
  maxBytes: number,
): { buffers: readonly Buffer[]; bytes: number; end: Offset; consumed: number } {
  let from = -1;
  let at = 0;
  let end = offset;
  for (const { position, sizeBytes } of iterateWholeBatches(file)) {
    const baseOffset = baseOffsetAt(file, position);
    const lastOffset = baseOffset + lastOffsetDeltaAt(file, position);
    if (lastOffset >= offset) {
      if (from >= 0 && position + sizeBytes - from > maxBytes) break;
      if (from < 0) from = position;
      // A file with holes has a check of its offsets here.
      patchBatch(file, position, baseOffset, LEADER_EPOCH);
      end = lastOffset + 1;
    }
    at = position + sizeBytes;
  }
  if (from < 0) return { buffers: [], bytes: 0, end, consumed: at };
  return { buffers: [file.subarray(from, at)], bytes: at - from, end, consumed: at };
}
