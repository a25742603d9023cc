/**
 * Finds where records are: the lease record for the newest, else the index pages. Never lists the bucket, and never costs
 * more for a longer log.
 */
import { StratalogError } from '../core/errors.ts';
import { FLOOR_DELETED, type Offset, type PartitionKey, partitionName } from '../core/ids.ts';
import { type IndexPage, pageBytes, pageEnd } from '../core/index-page.ts';
import { type Entry, type LeaseRecord, type PlacedEntry, tailBase } from '../core/lease-record.ts';
import type { Clock } from '../ports/clock.ts';
import type { LeaseStore } from '../ports/lease-store.ts';
import type { PageStore } from '../ports/page-store.ts';
import type { RecentPages } from './recent-pages.ts';

interface IndexPorts {
  readonly clock: Clock;
  readonly leases: LeaseStore;
  readonly pages: PageStore;
}

const PAGES_AHEAD = 32;
const LOOK_AGAIN_MS = 5;
const LOOKS_MAX = 200;

export class IndexReader {
  readonly #ports: IndexPorts;

  constructor(ports: IndexPorts) {
    this.#ports = ports;
  }

  /** The records of partitions, undefined for those that are not there or deleted. Cost: 1 read each. */
  async records(keys: readonly PartitionKey[]): Promise<readonly (LeaseRecord | undefined)[]> {
    const records = await this.#ports.leases.read(keys);
    return records.map((record) => (record?.floor === FLOOR_DELETED ? undefined : record));
  }

  /**
   * The entries that cover `[offset, ...)` without a hole until they name `bytesWanted` bytes or the log ends.
   * `record` must have been read before the call, and `start <= offset < next`. Cost: nothing within the tail and within a page of
   * `recent`, else 1 query, and 1 more for each 32 pages.
   */
  async entriesFrom(
    key: PartitionKey,
    record: LeaseRecord,
    offset: Offset,
    bytesWanted: number,
    recent?: RecentPages | undefined,
  ): Promise<readonly PlacedEntry[]> {
    for (let looks = 0; looks < LOOKS_MAX; looks++) {
      const base = tailBase(record);
      if (offset >= base) return takeEntries(record.tail, base, offset, bytesWanted);
      const known = recent?.covering(key, offset);
      const page = known ?? (await this.pageAt(key, offset));
      if (page !== undefined && offset < pageEnd(page)) {
        if (known === undefined) recent?.keep(key, [page]);
        return this.#entriesFromPages(key, record, page, offset, bytesWanted, recent);
      }
      // No page covers it: a roll or a merge is half visible. The record tells the truth again.
      const [again] = await this.records([key]);
      if (again === undefined) throw new StratalogError('UNKNOWN_TOPIC_OR_PARTITION', `partition ${partitionName(key)} does not exist`);
      if (offset < again.start) return [];
      record = again;
      await this.#ports.clock.sleep(LOOK_AGAIN_MS);
    }
    throw new StratalogError('CORRUPT_OBJECT', `no index page of partition ${partitionName(key)} covers offset ${offset}`, {
      field: 'offset',
      value: offset,
      partition: key.partition,
    });
  }

  /** The page that covers or precedes an offset; a stub is followed to the page it names. */
  async pageAt(key: PartitionKey, offset: Offset): Promise<IndexPage | undefined> {
    let page = await this.#ports.pages.at(key, offset);
    for (let hops = 0; page?.mergedInto !== undefined; hops++) {
      const target: Offset = page.mergedInto;
      if (target >= page.firstOffset || hops > LOOKS_MAX) return undefined;
      page = await this.#ports.pages.at(key, target);
    }
    return page;
  }

  /**
   * Bytes of the log from its start to its end. What was granted is what is there, unless the log is compacted: then every entry is
   * added up. Cost: nothing within the tail, else 1 query; of a compacted log 1 more for each 32 pages.
   */
  async bytesKept(key: PartitionKey, record: LeaseRecord, compacted: boolean): Promise<number> {
    const base = tailBase(record);
    const { start } = record;
    if (start >= base || compacted) {
      return start < record.next ? bytesOf(await this.entriesFrom(key, record, start, Number.MAX_SAFE_INTEGER)) : 0;
    }
    const page = await this.pageAt(key, start);
    // A roll that is half visible: the next look will find the page, and a size is never of this moment anyway.
    if (page === undefined) return bytesOf(takeEntries(record.tail, base, base, Number.MAX_SAFE_INTEGER));
    const inPage = bytesOf(takeEntries(page.entries, page.firstOffset, start, Number.MAX_SAFE_INTEGER));
    const inTail = bytesOf(takeEntries(record.tail, base, base, Number.MAX_SAFE_INTEGER));
    return Math.max(0, inTail + inPage + record.bytesBelow - page.bytesBefore - pageBytes(page));
  }

  async #entriesFromPages(
    key: PartitionKey,
    record: LeaseRecord,
    first: IndexPage,
    offset: Offset,
    bytesWanted: number,
    recent: RecentPages | undefined,
  ): Promise<readonly PlacedEntry[]> {
    const found = [...takeEntries(first.entries, first.firstOffset, offset, bytesWanted)];
    let last = first;
    let end = pageEnd(first);
    let bytes = bytesOf(found);
    const base = tailBase(record);
    while (bytes < bytesWanted && end < base) {
      const pages = await this.#pagesAfter(key, last, recent);
      if (pages[0]?.firstOffset !== end) return found;
      for (const page of pages) {
        // What does not follow on without a hole is left to the next fetch, which looks again.
        if (page.firstOffset !== end || bytes >= bytesWanted) return found;
        const taken = takeEntries(page.entries, end, end, bytesWanted - bytes);
        found.push(...taken);
        bytes += bytesOf(taken);
        last = page;
        end = pageEnd(page);
      }
    }
    // The tail is of an older moment than the pages; what it still begins with must follow on.
    if (bytes < bytesWanted && end === base) found.push(...takeEntries(record.tail, base, base, bytesWanted - bytes));
    return found;
  }

  async #pagesAfter(key: PartitionKey, page: IndexPage, recent: RecentPages | undefined): Promise<readonly IndexPage[]> {
    const end = pageEnd(page);
    const known = recent?.covering(key, end);
    if (known !== undefined) return [known];
    const pages = (await this.#ports.pages.range(key, end, PAGES_AHEAD)).filter(({ mergedInto }) => mergedInto === undefined);
    recent?.keep(key, [page, ...pages]);
    return pages;
  }
}

function takeEntries(entries: readonly Entry[], base: Offset, offset: Offset, bytesWanted: number): readonly PlacedEntry[] {
  const taken: PlacedEntry[] = [];
  let bytes = 0;
  let at = base;
  for (const entry of entries) {
    if (at + entry.span > offset && bytes < bytesWanted) {
      taken.push({ entry, baseOffset: at });
      bytes += entry.length;
    }
    at += entry.span;
  }
  return taken;
}

function bytesOf(entries: readonly PlacedEntry[]): number {
  let bytes = 0;
  for (const { entry } of entries) bytes += entry.length;
  return bytes;
}
