import { StratalogError } from '../core/errors.ts';
import type { Offset, PartitionKey } from '../core/ids.ts';
import { type IndexPage, pageEnd, pageMaxTimestamp } from '../core/index-page.ts';
import { type LeaseRecord, lastStableOffset, type PlacedEntry, tailBase } from '../core/lease-record.ts';
import { unknownPartition } from '../core/topic.ts';
import { iterateBatches } from '../format/record-batch.ts';
import { openRecords } from '../format/record-batch-reader.ts';
import type { PageStore } from '../ports/page-store.ts';
import type { Isolation } from './fetch.ts';
import type { IndexReader } from './index-reader.ts';
import type { SegmentReader } from './segment-reader.ts';
import type { TopicCatalog } from './topics.ts';

export interface ListOffsetRequest {
  readonly topic: string;
  readonly partition: number;
  /** A time is ms since the epoch and asks for the first record at or after it. */
  readonly at: 'earliest' | 'latest' | 'max-timestamp' | number;
  readonly isolation?: Isolation | undefined;
}

/** `offset` is -1 when no record is at or after the time asked for; `timestamp` is -1 where none applies. */
export interface FoundOffset {
  readonly offset: Offset;
  readonly timestamp: number;
}

interface ListOffsetPorts {
  readonly topics: TopicCatalog;
  readonly index: IndexReader;
  readonly segments: SegmentReader;
  readonly pages: PageStore;
}

const NONE: FoundOffset = { offset: -1, timestamp: -1 };
const PAGES_AT_ONCE = 32;
const READ_BYTES = 8 * 1024 * 1024;

/** Finds offsets by name or by time, exact to the record. */
export class ListOffsetUseCase {
  readonly #ports: ListOffsetPorts;

  constructor(ports: ListOffsetPorts) {
    this.#ports = ports;
  }

  /** Cost: 1 read by name; by time a query for each halving of the pages, then the segments of one entry. */
  async listOffset(request: ListOffsetRequest): Promise<FoundOffset> {
    const topic = await this.#ports.topics.get(request.topic);
    if (!Number.isInteger(request.partition) || request.partition < 0 || request.partition >= topic.partitions) {
      throw unknownPartition(request.topic, request.partition);
    }
    const key = { topicId: topic.id, partition: request.partition };
    const [record] = await this.#ports.index.records([key]);
    if (record === undefined) throw unknownPartition(request.topic, request.partition);
    const end = request.isolation === 'read_committed' ? lastStableOffset(record) : record.next;
    switch (request.at) {
      case 'earliest':
        return { offset: record.start, timestamp: -1 };
      case 'latest':
        return { offset: end, timestamp: -1 };
      case 'max-timestamp':
        return this.#maxTimestamp(key, record);
      default:
        return this.#byTime(key, record, end, request.at);
    }
  }

  async #byTime(key: PartitionKey, record: LeaseRecord, end: Offset, time: number): Promise<FoundOffset> {
    if (!Number.isFinite(time))
      throw new StratalogError('INVALID_REQUEST', `at is ${time}, it must be a time in ms`, { field: 'at', value: time });
    const from = await this.#firstPageReaching(key, record, time);
    for await (const placed of this.#entries(key, record, from)) {
      if (placed.entry.maxTimestamp < time) continue;
      const found = await this.#within(key, placed, Math.max(record.start, placed.baseOffset), (timestamp) => timestamp >= time);
      if (found !== undefined) return found.offset < end ? found : NONE;
    }
    return NONE;
  }

  async #maxTimestamp(key: PartitionKey, record: LeaseRecord): Promise<FoundOffset> {
    let max = record.tail.reduce((most, entry) => Math.max(most, entry.maxTimestamp), -1);
    let inTail = true;
    const base = tailBase(record);
    // The running maximum counts removed records too, so it only says whether the pages can hold a larger one.
    if (record.start < base && record.maxTimestampBelow >= max) {
      for await (const page of this.#pages(key, record.start, base)) {
        const most = pageMaxTimestamp(page);
        if (most >= max) {
          inTail = most === max ? inTail : false;
          max = most;
        }
      }
    }
    if (max < 0) return NONE;
    for await (const placed of this.#entries(key, record, inTail && record.maxTimestampBelow < max ? base : record.start)) {
      if (placed.entry.maxTimestamp < max) continue;
      const found = await this.#within(key, placed, Math.max(record.start, placed.baseOffset), (timestamp) => timestamp >= max);
      if (found !== undefined) return found;
    }
    return NONE;
  }

  /** The first offset of a page from which on, in order, the first entry that reaches `time` is the one sought. */
  async #firstPageReaching(key: PartitionKey, record: LeaseRecord, time: number): Promise<Offset> {
    const base = tailBase(record);
    if (record.maxTimestampBelow < time) return base;
    let low = record.start;
    let high = base;
    // Before every page stands the largest timestamp so far, which only grows: halve the offsets until one page is left.
    while (low < high) {
      const middle = low + Math.floor((high - low) / 2);
      const page = await this.#ports.index.pageAt(key, middle);
      if (page === undefined || pageEnd(page) <= middle) break;
      if (Math.max(page.maxTimestampBefore, pageMaxTimestamp(page)) >= time) {
        if (page.firstOffset <= low) return low;
        high = page.firstOffset;
      } else low = pageEnd(page);
    }
    return low;
  }

  async *#entries(key: PartitionKey, record: LeaseRecord, from: Offset): AsyncGenerator<PlacedEntry> {
    const base = tailBase(record);
    let at = from;
    while (at < record.next) {
      const entries = await this.#ports.index.entriesFrom(key, record, at, at < base ? READ_BYTES : Number.MAX_SAFE_INTEGER);
      const last = entries.at(-1);
      if (last === undefined) return;
      yield* entries;
      at = last.baseOffset + last.entry.span;
    }
  }

  async *#pages(key: PartitionKey, from: Offset, end: Offset): AsyncGenerator<IndexPage> {
    const first = await this.#ports.index.pageAt(key, from);
    if (first === undefined) return;
    yield first;
    for (let at = pageEnd(first), from = at; at < end; ) {
      const found = await this.#ports.pages.range(key, from, PAGES_AT_ONCE);
      const last = found.at(-1);
      if (last === undefined) return;
      const pages = found.filter((page) => page.mergedInto === undefined);
      yield* pages;
      at = Math.max(at, ...pages.map(pageEnd));
      // Stubs stand between the pages, sometimes more of them than are asked for at once.
      from = Math.max(at, last.firstOffset + 1);
    }
  }

  /** The first record of an entry, at or after `from`, whose timestamp fits. */
  async #within(
    key: PartitionKey,
    placed: PlacedEntry,
    from: Offset,
    fits: (timestamp: number) => boolean,
  ): Promise<FoundOffset | undefined> {
    const end = placed.baseOffset + placed.entry.span;
    for (let at = from; at < end; ) {
      const read = await this.#ports.segments.read(key, placed, at, READ_BYTES);
      if (read === undefined)
        throw new StratalogError('REQUEST_TIMED_OUT', `segment ${placed.entry.lease} was merged while it was read; ask again`);
      for (const buffer of read.buffers) {
        for (const { position, header } of iterateBatches(buffer)) {
          if (!fits(header.maxTimestamp)) continue;
          const records = openRecords(buffer, position, { maxDecompressedBytes: Number.MAX_SAFE_INTEGER });
          while (records.next()) {
            if (records.offset >= from && fits(records.timestamp)) return { offset: records.offset, timestamp: records.timestamp };
          }
        }
      }
      if (read.end <= at) return undefined;
      at = read.end;
    }
    return undefined;
  }
}
