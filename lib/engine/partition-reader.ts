/** Reads whole batches of one partition from an offset on, and ahead of readers who read on. */
import { StratalogError } from '../core/errors.ts';
import { type LeaseId, type Offset, type PartitionKey, partitionName } from '../core/ids.ts';
import type { LeaseRecord, PlacedEntry } from '../core/lease-record.ts';
import { baseOffsetAt, batchSizeAt, lastOffsetDeltaAt } from '../format/record-batch-header.ts';
import { RecordBatchBuilder } from '../format/record-batch-writer.ts';
import type { Clock } from '../ports/clock.ts';
import type { IndexReader } from './index-reader.ts';
import { type Awaited, ReadAhead, type Reserve } from './read-ahead.ts';
import type { EntryRest, ReadBatches, SegmentReader } from './segment-reader.ts';

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

  constructor(ports: PartitionReaderPorts) {
    this.#ports = ports;
    this.#ahead = new ReadAhead(ports.clock, ports.readAheadBytes);
  }

  /** Whether somebody reads what is behind the end of a log, as of about the last second; never without room for what is read ahead. */
  get isReadingUp(): boolean {
    return this.#ahead.readers > 0;
  }

  /**
   * Reads entries until `maxBytes`. Only the bytes may have been read before: what is asked for was checked against a record
   * that is newer than them, objects never change, and a topic that is made again has another id.
   */
  async read(wanted: Wanted): Promise<PartitionRead | 'below-start'> {
    const { key, offset, end, maxBytes } = wanted;
    const awaited = this.#ahead.take(nameOf(key, offset));
    const read = (awaited && (await this.#fromAhead(awaited, wanted))) ?? (await this.#read(wanted, awaited?.rest));
    if (read !== 'below-start' && read.nextOffset < end && read.bytes > 0) {
      const next = { ...wanted, offset: read.nextOffset, maxBytes: Math.min(maxBytes, this.#ports.readAheadBytes / READERS_WITH_ROOM) };
      const { rest } = read;
      // Who came for what was awaited reads on; who comes for the first time may have wanted no more than this.
      const work = awaited && ((reserve: Reserve, kept: EntryRest | undefined) => this.#readAhead(next, reserve, kept));
      this.#ahead.await(nameOf(key, read.nextOffset), rest, rest?.chunks === undefined ? 0 : rest.length, work);
    }
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
    if (ahead === undefined || ahead.nextOffset > end || ahead.bytes > maxBytes) return undefined;
    const leftBytes = maxBytes - ahead.bytes;
    const mayBeMore = ahead.maxBytes < maxBytes || ahead.nextOffset === ahead.end;
    if (ahead.nextOffset === end || leftBytes === 0 || !mayBeMore) return ahead;
    const more = await this.#read({ ...wanted, offset: ahead.nextOffset, maxBytes: leftBytes }, ahead.rest).catch(() => undefined);
    // What cannot be read is the next fetch's trouble, and one batch that is larger than what is left is its first.
    if (more === undefined || more === 'below-start' || more.bytes > leftBytes) return ahead;
    return { ...more, batches: [...ahead.batches, ...more.batches], bytes: ahead.bytes + more.bytes };
  }

  async #readAhead(next: Wanted, reserve: Reserve, rest: EntryRest | undefined): Promise<AheadRead | undefined> {
    const { key, record, offset, end, maxBytes } = next;
    const entries = await this.#ports.index.entriesFrom(key, record, offset, maxBytes);
    const bytes = entries.reduce((sum, placed) => sum + this.#ports.segments.bytesToRead(placed, maxBytes, rest), 0);
    if (entries.length === 0 || !reserve(bytes)) return undefined;
    const read = await this.#readEntries(next, entries, rest);
    return 'vanished' in read ? undefined : { ...read, maxBytes, end };
  }

  /** An object that vanished was merged, so the index is read again. */
  async #read(wanted: Wanted, rest: EntryRest | undefined): Promise<PartitionRead | 'below-start'> {
    const { key, offset, maxBytes } = wanted;
    let missing: LeaseId | undefined;
    for (let tries = 0, current = wanted.record; ; tries++) {
      const entries = await this.#ports.index.entriesFrom(key, current, offset, maxBytes);
      if (entries.length === 0) return 'below-start';
      const read = await this.#readEntries(wanted, entries, rest);
      if (!('vanished' in read)) return read;
      if (read.vanished.entry.lease === missing || tries >= VANISHED_TRIES) throw lost(key, read.vanished);
      missing = read.vanished.entry.lease;
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
    for (const [i, result] of settled.entries()) {
      if (result.status === 'rejected') {
        failure = result.reason;
        break;
      }
      const placed = entries[i] as PlacedEntry;
      if (result.value === undefined) {
        if (nextOffset === offset) return { vanished: placed };
        break;
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
    if (failure !== undefined && nextOffset === offset) throw failure;
    if (bytes === 0 && nextOffset > offset) {
      // Everything here was compacted away: an empty batch lets a client that counts by batches move on.
      const empty = emptyBatch(offset, nextOffset);
      return { batches: [empty], bytes: empty.length, nextOffset };
    }
    return { batches, bytes, nextOffset, rest };
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
