/**
 * Which index pages become one page with one merged file.
 *
 * Pages as rolled name written segments; they are merged when there are many of them, or when they are old. Files made of
 * segments are merged once more, as many as one transaction replaces or one file may hold; that file is *final*, and merge
 * leaves it as it is. So a byte is rewritten twice, however long the log is, and a few dozen files a partition wait for others.
 */
import { type LeaseId, leaseTimeMs } from './ids.ts';
import { type IndexPage, pageBytes, pageEnd, pageMaxTimestamp } from './index-page.ts';
import { MERGE_FINAL_BYTES_MIN, MERGE_PAGES_MAX } from './limits.ts';
import { configNumber, isCompacted, type TopicConfigs } from './topic-config.ts';

export interface MergeRules {
  /** Entries of written segments that make a file worth while. */
  readonly entriesMin: number;
  /** Age of the oldest of them at which they are merged anyway, ms. */
  readonly ageMs: number;
  /** Files made of segments that become a final one. */
  readonly fanIn: number;
  /** Bytes of a file that merge aims at; a single page may exceed it. */
  readonly fileBytesMax: number;
  /** Bytes of the first file that written segments become, which are held meanwhile; a single page may exceed it. */
  readonly heldBytesMax: number;
  /** Longest span of record time in one file, ms. */
  readonly spanMsMax: number;
}

/** Adjacent pages, oldest first, that become one. */
export type MergeRun = readonly IndexPage[];

/** Share of the size aimed at with which a file is full: few more fit. */
const FULL = 3 / 4;

/** Parts of what retention keeps that one file may hold, so that records go soon after their time. */
const FILES_PER_RETENTION = 4;
/** Kafka's indexes store 31-bit distances from a file's first offset. */
const FILE_SPAN_MAX = 0x7fff_ffff;

/** The rules for a topic: a file never outgrows `segment.bytes` and `segment.ms`, nor a quarter of what is retained. */
export function mergeRulesOf(
  configs: TopicConfigs,
  settings: {
    readonly mergeEntriesMin: number;
    readonly mergeAgeMs: number;
    readonly mergeFanIn: number;
    readonly fileBytesMax: number;
    readonly mergeMemoryBytes: number;
  },
): MergeRules {
  const retentionMs = configNumber(configs, 'retention.ms');
  const retentionBytes = configNumber(configs, 'retention.bytes');
  const retained = (limit: number, kept: number) => (kept > 0 ? Math.min(limit, Math.ceil(kept / FILES_PER_RETENTION)) : limit);
  const keepsAll = isCompacted(configs) && !(configs['cleanup.policy'] ?? '').includes('delete');
  const segmentBytes = Math.min(settings.fileBytesMax, configNumber(configs, 'segment.bytes'));
  const segmentMs = configNumber(configs, 'segment.ms');
  const fileBytesMax = keepsAll ? segmentBytes : retained(segmentBytes, retentionBytes);
  return {
    entriesMin: settings.mergeEntriesMin,
    ageMs: settings.mergeAgeMs,
    fanIn: settings.mergeFanIn,
    fileBytesMax,
    heldBytesMax: Math.min(fileBytesMax, settings.mergeMemoryBytes),
    spanMsMax: keepsAll ? segmentMs : retained(segmentMs, retentionMs),
  };
}

/** Whether a page names segments as they were written. */
export function isRawPage(page: IndexPage): boolean {
  return page.entries.some(({ kind }) => kind === 'wal' || kind === 'inline');
}

/** When the oldest written segment of a page was uploaded, ms by its writer's clock; undefined when it has none. */
export function oldestWrittenMs(page: IndexPage): number | undefined {
  let oldest: LeaseId | undefined;
  // Leases begin with their time, in as many digits each.
  for (const { kind, lease } of page.entries) {
    if ((kind === 'wal' || kind === 'inline') && (oldest === undefined || lease < oldest)) oldest = lease;
  }
  return oldest && leaseTimeMs(oldest);
}

/** Whether the file that a run becomes is final. Below some size rewriting costs nothing. */
export function becomesFinal(run: MergeRun): boolean {
  return !run.some(isRawPage) && bytesOf(run) >= MERGE_FINAL_BYTES_MIN;
}

/**
 * Plans the merges of one partition. `pages` are its pages in order, without stubs, all wholly below the tail. Pages that
 * compaction has cleaned are left to compaction. The runs do not overlap.
 */
export function planMerges(pages: readonly IndexPage[], rules: MergeRules, nowMs: number): readonly MergeRun[] {
  const runs: MergeRun[] = [];
  for (const stretch of stretchesOf(pages)) {
    for (const part of alternating(stretch)) {
      runs.push(...(isRawPage(part[0] as IndexPage) ? planRaw(part, rules, nowMs) : planFiles(part, rules)));
    }
  }
  return runs;
}

/** A stretch in parts that are all raw pages or all merged ones. */
function alternating(stretch: readonly IndexPage[]): readonly IndexPage[][] {
  const parts: IndexPage[][] = [];
  for (const page of stretch) {
    const open = parts.at(-1);
    if (open !== undefined && isRawPage(open[0] as IndexPage) === isRawPage(page)) open.push(page);
    else parts.push([page]);
  }
  return parts;
}

/** Runs of pages that follow each other without a hole and are neither final nor cleaned. */
function stretchesOf(pages: readonly IndexPage[]): readonly IndexPage[][] {
  const stretches: IndexPage[][] = [];
  let open: IndexPage[] = [];
  let end: number | undefined;
  for (const page of pages) {
    const stays = page.cleaned === true || page.final === true;
    if (stays || (end !== undefined && page.firstOffset !== end)) {
      if (open.length > 0) stretches.push(open);
      open = [];
    }
    end = pageEnd(page);
    if (!stays) open.push(page);
  }
  if (open.length > 0) stretches.push(open);
  return stretches;
}

/** Written segments: as many pages to a file as fit it; the last file waits until it is worth while, or old. */
function planRaw(pages: readonly IndexPage[], rules: MergeRules, nowMs: number): readonly MergeRun[] {
  const runs = cutIntoFiles(pages, rules.heldBytesMax, rules);
  const last = runs.at(-1) ?? [];
  const entries = last.reduce((sum, page) => sum + page.entries.length, 0);
  const oldest = Math.min(...last.map((page) => oldestWrittenMs(page) ?? nowMs));
  const isDue = entries >= rules.entriesMin || nowMs - oldest >= rules.ageMs || bytesOf(last) >= rules.heldBytesMax / 2;
  return isDue ? runs : runs.slice(0, -1);
}

/** Files made of segments: the last ones wait until they are as many as one transaction takes, or nearly fill a file. */
function planFiles(pages: readonly IndexPage[], rules: MergeRules): readonly MergeRun[] {
  const runs = cutIntoFiles(pages, rules.fileBytesMax, rules, rules.fanIn);
  return runs.filter((run, i) => {
    const isDue = i < runs.length - 1 || run.length >= rules.fanIn || bytesOf(run) >= rules.fileBytesMax * FULL;
    return run.length > 1 && isDue;
  });
}

function cutIntoFiles(pages: readonly IndexPage[], bytesMax: number, rules: MergeRules, pagesMax = MERGE_PAGES_MAX): readonly MergeRun[] {
  const runs: IndexPage[][] = [];
  let open: IndexPage[] = [];
  let openBytes = 0;
  for (const page of pages) {
    const bytes = pageBytes(page);
    const [first] = open;
    const isFull = open.length >= Math.min(pagesMax, MERGE_PAGES_MAX) || openBytes + bytes > bytesMax;
    if (first !== undefined && (isFull || !spanFits(first, page, rules))) {
      runs.push(open);
      open = [];
      openBytes = 0;
    }
    open.push(page);
    openBytes += bytes;
  }
  if (open.length > 0) runs.push(open);
  return runs;
}

/** Whether one file may reach from one page to another, in offsets and in time. */
function spanFits(first: IndexPage, last: IndexPage, rules: MergeRules): boolean {
  if (pageEnd(last) - first.firstOffset > FILE_SPAN_MAX) return false;
  // The largest timestamp before the first page is the nearest to its first record's that the index knows.
  const beganMs = first.maxTimestampBefore;
  return beganMs < 0 || pageMaxTimestamp(last) - beganMs <= rules.spanMsMax;
}

function bytesOf(run: MergeRun): number {
  let bytes = 0;
  for (const page of run) bytes += pageBytes(page);
  return bytes;
}
