/** Reads whole batches of one partition from an offset on, and ahead of readers who read on. */
import { StratalogError } from '../core/errors.ts';
import { type LeaseId, type Offset, type PartitionKey, partitionName } from '../core/ids.ts';
import type { LeaseRecord, PlacedEntry } from '../core/lease-record.ts';
import { blocksOf, type MemoryPool } from '../format/memory-pool.ts';
import { baseOffsetAt, batchSizeAt, lastOffsetDeltaAt } from '../format/record-batch-header.ts';
import { RecordBatchBuilder } from '../format/record-batch-writer.ts';
import type { Clock } from '../ports/clock.ts';
import type { IndexReader } from './index-reader.ts';
import { type Awaited, ReadAhead, type Reserve } from './read-ahead.ts';
import { RecentPages } from './recent-pages.ts';
import type { EntryRest, ReadBatches, SegmentReader } from './segment-reader.ts';

/** Each block of memory that the batches lie in is held once for them, and the one of `rest` once more. */
export interface PartitionRead {
  readonly batches: readonly Buffer[];
  readonly bytes: number;
  /** Where the next read goes on. */
  readonly nextOffset: Offset;
  /** What was read already behind `nextOffset`. */
  readonly rest?: EntryRest | undefined;
}

/** `record` must have been read before the call, with `start <= offset < end <= next`. */
interface Wanted {
  readonly key: PartitionKey;
  readonly record: LeaseRecord;
  readonly offset: Offset;
  /** Nothing from here on is given out. */
  readonly end: Offset;
  /** The first batch may exceed it. */
  readonly maxBytes: number;
}

/** What was read ahead, and what it was asked to be. */
interface AheadRead extends PartitionRead {
  readonly maxBytes: number;
  readonly end: Offset;
}

interface PartitionReaderPorts {
  readonly clock: Clock;
  readonly index: IndexReader;
  readonly segments: SegmentReader;
  readonly memory: MemoryPool;
  /** Bytes that may wait for readers, of all partitions; 0 reads nothing ahead. */
  readonly readAheadBytes: number;
}

const VANISHED_TRIES = 50;
const VANISHED_WAIT_MS = 10;
/** One reader gets at most this share of the room for what is read ahead; what it asks for beyond that is read when it asks. */
const READERS_WITH_ROOM = 4;

export class PartitionReader {
  readonly #ports: PartitionReaderPorts;
  readonly #ahead: ReadAhead<AheadRead, EntryRest>;
  /** Undefined where every read looks for itself. */
  readonly #pages: RecentPages | undefined;

  constructor(ports: PartitionReaderPorts) {
    this.#ports = ports;
    if (ports.readAheadBytes > 0) this.#pages = new RecentPages(ports.clock);
    this.#ahead = new ReadAhead(ports.clock, ports.readAheadBytes);
  }

  /** Whether somebody reads what is behind the end of a log, as of about the last second; never without room for what is read ahead. */
  get isReadingUp(): boolean {
    return this.#ahead.readers > 0;
  }

  /**
   * Reads entries until `maxBytes`. Only the bytes may have been read before: what is asked for was checked against a record
   * that is newer than them, objects never change, and a topic that is made again has another id. The batches are the caller's
   * to release; what nobody came for is left to the garbage collector.
   */
  async read(wanted: Wanted): Promise<PartitionRead | 'below-start'> {
    const { key, offset, end, maxBytes } = wanted;
    const awaited = this.#ahead.take(nameOf(key, offset));
    const read = (awaited && (await this.#fromAhead(awaited, wanted))) ?? (await this.#read(wanted, awaited?.rest));
    this.#letGo(awaited?.rest);
    if (read === 'below-start') return read;
    const { rest } = read;
    let isKept = false;
    if (read.nextOffset < end && read.bytes > 0) {
      const next = { ...wanted, offset: read.nextOffset, maxBytes: Math.min(maxBytes, this.#ports.readAheadBytes / READERS_WITH_ROOM) };
      // Who came for what was awaited reads on; who comes for the first time may have wanted no more than this.
      const work = awaited && ((reserve: Reserve, kept: EntryRest | undefined) => this.#readAhead(next, reserve, kept));
      isKept = this.#ahead.await(nameOf(key, read.nextOffset), rest, rest?.chunks === undefined ? 0 : rest.length, work);
    }
    if (!isKept) this.#letGo(rest);
    return read;
  }

  /** Ends reading ahead; resolves when nothing is being read that nobody waits for. */
  close(): Promise<void> {
    return this.#ahead.close();
  }

  /** What was read ahead, and the batches behind it where it was asked for less. Undefined where it is not what is wanted. */
  async #fromAhead({ read }: Awaited<AheadRead, EntryRest>, wanted: Wanted): Promise<PartitionRead | undefined> {
    const ahead = await read;
    const { end, maxBytes } = wanted;
    if (ahead === undefined) return undefined;
    if (ahead.nextOffset > end || ahead.bytes > maxBytes) {
      this.#giveBack(ahead);
      return undefined;
    }
    const leftBytes = maxBytes - ahead.bytes;
    const mayBeMore = ahead.maxBytes < maxBytes || ahead.nextOffset === ahead.end;
    if (ahead.nextOffset === end || leftBytes === 0 || !mayBeMore) return ahead;
    const more = await this.#read({ ...wanted, offset: ahead.nextOffset, maxBytes: leftBytes }, ahead.rest).catch(() => undefined);
    // What cannot be read is the next fetch's trouble, and one batch that is larger than what is left is its first.
    if (more === undefined || more === 'below-start') return ahead;
    if (more.bytes > leftBytes) {
      this.#giveBack(more);
      return ahead;
    }
    this.#letGo(ahead.rest);
    // A block that both lie in is held twice.
    const before = blocksOf(ahead.batches);
    for (const [memory, view] of blocksOf(more.batches)) if (before.has(memory)) this.#ports.memory.release(view);
    return { ...more, batches: [...ahead.batches, ...more.batches], bytes: ahead.bytes + more.bytes };
  }

  #letGo(rest: EntryRest | undefined): void {
    if (rest?.chunks !== undefined) this.#ports.memory.releaseAll(rest.chunks);
  }

  /** Memory of a read that nobody will see. */
  #giveBack({ batches, rest }: PartitionRead): void {
    this.#ports.memory.releaseAll(batches);
    this.#letGo(rest);
  }

  async #readAhead(next: Wanted, reserve: Reserve, rest: EntryRest | undefined): Promise<AheadRead | undefined> {
    const { key, record, offset, end, maxBytes } = next;
    // The answer that somebody waits for leaves first.
    await this.#ports.clock.turn?.();
    const entries = await this.#ports.index.entriesFrom(key, record, offset, maxBytes, this.#pages);
    const bytes = entries.reduce((sum, placed) => sum + this.#ports.segments.bytesToRead(placed, maxBytes, rest), 0);
    if (entries.length === 0 || !reserve(bytes)) return undefined;
    const read = await this.#readEntries(next, entries, rest);
    if (!('vanished' in read)) return { ...read, maxBytes, end };
    this.#pages?.forget(key);
    return undefined;
  }

  /** An object that vanished was merged, so the index is read again. */
  async #read(wanted: Wanted, rest: EntryRest | undefined): Promise<PartitionRead | 'below-start'> {
    const { key, offset, maxBytes } = wanted;
    let missing: LeaseId | undefined;
    for (let tries = 0, current = wanted.record; ; tries++) {
      // Once an object was not there the store alone is asked: what is missing twice is lost.
      const entries = await this.#ports.index.entriesFrom(key, current, offset, maxBytes, tries === 0 ? this.#pages : undefined);
      if (entries.length === 0) return 'below-start';
      const read = await this.#readEntries(wanted, entries, rest);
      if (!('vanished' in read)) return read;
      if (read.vanished.entry.lease === missing || tries >= VANISHED_TRIES) throw lost(key, read.vanished);
      missing = read.vanished.entry.lease;
      this.#pages?.forget(key);
      await this.#ports.clock.sleep(VANISHED_WAIT_MS * Math.min(tries, 10));
      const [again] = await this.#ports.index.records([key]);
      if (again === undefined || offset < again.start) return 'below-start';
      current = again;
    }
  }

  async #readEntries(
    { key, offset, end, maxBytes }: Wanted,
    entries: readonly PlacedEntry[],
    before: EntryRest | undefined,
  ): Promise<PartitionRead | { readonly vanished: PlacedEntry }> {
    const pending = entries.map((placed) => this.#ports.segments.read(key, placed, offset, maxBytes, before));
    const batches: Buffer[] = [];
    let bytes = 0;
    let nextOffset = offset;
    let rest: EntryRest | undefined;
    let failure: unknown;
    const settled = await Promise.allSettled(pending);
    const reads = settled.flatMap((result) => (result.status === 'fulfilled' && result.value !== undefined ? [result.value] : []));
    for (const [i, result] of settled.entries()) {
      if (result.status === 'rejected') {
        failure = result.reason;
        break;
      }
      const placed = entries[i] as PlacedEntry;
      if (result.value === undefined) {
        if (nextOffset > offset) break;
        this.#shareOut(reads, [], undefined);
        return { vanished: placed };
      }
      const found = result.value.end > end ? takeBelow(result.value, end) : result.value;
      rest = found.rest;
      if (bytes > 0 && bytes + found.bytes > maxBytes) {
        // The budget ends within this entry: take what still fits, batch by batch, from what was read.
        const fitting = takeFitting(found.buffers, maxBytes - bytes);
        batches.push(...fitting.buffers);
        bytes += fitting.bytes;
        nextOffset = fitting.end ?? nextOffset;
        if (rest?.position !== undefined) rest = { ...rest, position: rest.position - (found.bytes - fitting.bytes) };
        break;
      }
      batches.push(...found.buffers);
      bytes += found.bytes;
      nextOffset = found.end;
      if (nextOffset < placed.baseOffset + placed.entry.span || nextOffset >= end) break;
      rest = undefined;
    }
    if (nextOffset === offset || bytes === 0) rest = undefined;
    this.#shareOut(reads, batches, rest);
    if (failure !== undefined && nextOffset === offset) throw failure;
    if (bytes === 0 && nextOffset > offset) {
      // Everything here was compacted away: an empty batch lets a client that counts by batches move on.
      const empty = emptyBatch(offset, nextOffset);
      return { batches: [empty], bytes: empty.length, nextOffset };
    }
    return { batches, bytes, nextOffset, rest };
  }

  /** The block of each entry is held once so far: now for the batches that are given out, for what is kept of the entry, or not at all. */
  #shareOut(reads: readonly ReadBatches[], batches: readonly Buffer[], rest: EntryRest | undefined): void {
    const { memory } = this.#ports;
    const given = blocksOf(batches);
    const kept = rest?.chunks?.[0]?.buffer;
    for (const { buffers, rest: left } of reads) {
      const view = buffers[0] ?? left?.chunks?.[0];
      if (view === undefined) continue;
      const isGiven = given.has(view.buffer);
      if (isGiven && view.buffer === kept) memory.hold(view);
      else if (!isGiven && view.buffer !== kept) memory.release(view);
    }
  }
}

function nameOf(key: PartitionKey, offset: Offset): string {
  return `${partitionName(key)}@${offset}`;
}

/**
 * The batches below an end. The record of a fetch may be hours older than the page it goes by, when its process slept in
 * between, and a page that was merged since names more than the record knew of.
 */
function takeBelow(read: ReadBatches, end: Offset): ReadBatches {
  const buffers: Buffer[] = [];
  let bytes = 0;
  for (const buffer of read.buffers) {
    let at = 0;
    while (at < buffer.length && baseOffsetAt(buffer, at) < end) at += batchSizeAt(buffer, at);
    if (at > 0) buffers.push(buffer.subarray(0, at));
    bytes += at;
    if (at < buffer.length) break;
  }
  return { buffers, bytes, end };
}

/** Whole batches of `buffers` that fit `maxBytes`, and the offset after the last. */
function takeFitting(buffers: readonly Buffer[], maxBytes: number): { buffers: readonly Buffer[]; bytes: number; end?: Offset } {
  const taken: Buffer[] = [];
  let bytes = 0;
  let end: Offset | undefined;
  for (const buffer of buffers) {
    let at = 0;
    while (at < buffer.length) {
      const size = batchSizeAt(buffer, at);
      if (bytes + size > maxBytes) {
        if (at > 0) taken.push(buffer.subarray(0, at));
        return end === undefined ? { buffers: taken, bytes } : { buffers: taken, bytes, end };
      }
      end = baseOffsetAt(buffer, at) + lastOffsetDeltaAt(buffer, at) + 1;
      bytes += size;
      at += size;
    }
    taken.push(buffer);
  }
  return end === undefined ? { buffers: taken, bytes } : { buffers: taken, bytes, end };
}

function emptyBatch(from: Offset, end: Offset): Buffer {
  return new RecordBatchBuilder({ baseOffset: from, partitionLeaderEpoch: 0 }).build({
    lastOffsetDelta: Math.min(end - from - 1, 0x7fff_fffe),
  });
}

function lost(key: PartitionKey, { entry, baseOffset }: PlacedEntry): StratalogError {
  return new StratalogError(
    'CORRUPT_OBJECT',
    `the ${entry.kind} segment ${entry.lease} with offsets ${baseOffset} to ${baseOffset + entry.span - 1} of partition ${key.topicId}/${key.partition} is missing`,
    { field: entry.lease, value: baseOffset, partition: key.partition },
  );
}
