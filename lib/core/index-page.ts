/**
 * Index pages: what the tail of a lease record held before it was cut, and after merging, the merged files.
 *
 * A page is found by its first offset. Roll puts it, merge replaces whole pages, retention removes them; each of these
 * names the version it read. A page that was merged into an earlier one stays behind for a while as a *stub* without
 * entries, so that a roller which slept cannot put the replaced page back; readers follow it to the page it names.
 */
import type { Offset } from './ids.ts';
import { type Entry, type LeaseRecord, spanOf, tailBase } from './lease-record.ts';

export interface IndexPage {
  readonly firstOffset: Offset;
  /** Counts writes of this page; 0 when roll put it. */
  readonly version: number;
  readonly entries: readonly Entry[];
  /** Largest timestamp of all records before the page, -1 if there is none. */
  readonly maxTimestampBefore: number;
  /** Bytes ever granted before the page. */
  readonly bytesBefore: number;
  /** Set by compaction: every key of the page was looked for in all that was written before it; the rest of the log is dirty. */
  readonly cleaned?: true;
  /** Set by merge: the page's file was made of files, and merge leaves it as it is. Never with `cleaned`. */
  readonly final?: true;
  /** Set on a stub: the first offset of the page that covers this range now. A stub has no entries. */
  readonly mergedInto?: Offset;
  /** Set on a stub: when it was left, ms since the epoch by the store's time; stubs go a day later. */
  readonly mergedAtMs?: number;
}

/** Names one written state of a page. */
export interface PageRef {
  readonly firstOffset: Offset;
  readonly version: number;
}

/** The first offset after the page. */
export function pageEnd(page: IndexPage): Offset {
  return page.firstOffset + spanOf(page.entries);
}

/** Largest timestamp within the page, -1 if it has none. */
export function pageMaxTimestamp(page: IndexPage): number {
  let max = -1;
  for (const entry of page.entries) if (entry.maxTimestamp > max) max = entry.maxTimestamp;
  return max;
}

/** Bytes that the page's entries name. */
export function pageBytes(page: IndexPage): number {
  let bytes = 0;
  for (const entry of page.entries) bytes += entry.length;
  return bytes;
}

/** The page that rolls the whole tail of a record. The tail must not be empty. */
export function pageOfTail(record: LeaseRecord): IndexPage {
  return {
    firstOffset: tailBase(record),
    version: 0,
    entries: record.tail,
    maxTimestampBefore: record.maxTimestampBelow,
    bytesBefore: record.bytesBelow,
  };
}
