/**
 * Which index pages become one page with one merged file.
 *
 * Pages as rolled name written segments; they are merged when there are many of them, or when they are old. Merged files
 * of about one size are merged again into one of the next size, so that the number of files grows with the logarithm of
 * the log and a byte is rewritten seldom. A file that has half the size aimed at stays as it is.
 */
import { leaseTimeMs } from './ids.ts';
import { type IndexPage, pageBytes, pageEnd, pageMaxTimestamp } from './index-page.ts';
import { MERGE_PAGES_MAX, MERGE_TINY_BYTES } from './limits.ts';
import { configNumber, isCompacted, type TopicConfigs } from './topic-config.ts';

export interface MergeRules {
  /** Entries of written segments that make a file worth while. */
  readonly entriesMin: number;
  /** Age of the oldest of them at which they are merged anyway, ms. */
  readonly ageMs: number;
  /** Files of one size that become one of the next. */
  readonly fanIn: number;
  /** Bytes of a file that merge aims at; a single page may exceed it. */
  readonly fileBytesMax: number;
  /** Longest span of record time in one file, ms. */
  readonly spanMsMax: number;
}

/** Adjacent pages, oldest first, that become one. */
export type MergeRun = readonly IndexPage[];

/** Parts of what retention keeps that one file may hold, so that records go soon after their time. */
const FILES_PER_RETENTION = 4;
/** Kafka's indexes store 31-bit distances from a file's first offset. */
const FILE_SPAN_MAX = 0x7fff_ffff;

/** The rules for a topic: a file never outgrows `segment.bytes` and `segment.ms`, nor a quarter of what is retained. */
export function mergeRulesOf(
  configs: TopicConfigs,
  settings: { readonly mergeEntriesMin: number; readonly mergeAgeMs: number; readonly mergeFanIn: number; readonly fileBytesMax: number },
): MergeRules {
  const retentionMs = configNumber(configs, 'retention.ms');
  const retentionBytes = configNumber(configs, 'retention.bytes');
  const retained = (limit: number, kept: number) => (kept > 0 ? Math.min(limit, Math.ceil(kept / FILES_PER_RETENTION)) : limit);
  const keepsAll = isCompacted(configs) && !(configs['cleanup.policy'] ?? '').includes('delete');
  const segmentBytes = Math.min(settings.fileBytesMax, configNumber(configs, 'segment.bytes'));
  const segmentMs = configNumber(configs, 'segment.ms');
  return {
    entriesMin: settings.mergeEntriesMin,
    ageMs: settings.mergeAgeMs,
    fanIn: settings.mergeFanIn,
    fileBytesMax: keepsAll ? segmentBytes : retained(segmentBytes, retentionBytes),
    spanMsMax: keepsAll ? segmentMs : retained(segmentMs, retentionMs),
  };
}

/** Whether a page names segments as they were written. */
export function isRawPage(page: IndexPage): boolean {
  return page.entries.some(({ kind }) => kind === 'wal' || kind === 'inline');
}

/** When the oldest written segment of a page was uploaded, ms by its writer's clock; undefined when it has none. */
export function oldestWrittenMs(page: IndexPage): number | undefined {
  let oldest: number | undefined;
  for (const { kind, lease } of page.entries) {
    if (kind !== 'wal' && kind !== 'inline') continue;
    const timeMs = leaseTimeMs(lease);
    if (oldest === undefined || timeMs < oldest) oldest = timeMs;
  }
  return oldest;
}

/**
 * Plans the merges of one partition. `pages` are its pages in order, without stubs, all wholly below the tail. Pages that
 * compaction has cleaned are left to compaction. The runs do not overlap.
 */
export function planMerges(pages: readonly IndexPage[], rules: MergeRules, nowMs: number): readonly MergeRun[] {
  const runs: MergeRun[] = [];
  for (const stretch of stretchesOf(pages)) {
    let merged: readonly IndexPage[] = [];
    for (const part of alternating(stretch)) {
      if (!isRawPage(part[0] as IndexPage)) {
        merged = part;
        continue;
      }
      const rawRuns = planRaw(part, rules, nowMs);
      const first = rawRuns[0];
      const taken = first === undefined ? 0 : tinyBefore(merged, first, rules);
      const kept = merged.length - taken;
      if (first !== undefined && taken > 0) rawRuns[0] = [...merged.slice(kept), ...first];
      runs.push(...planTiers(merged.slice(0, kept), rules), ...rawRuns);
      merged = [];
    }
    runs.push(...planTiers(merged, rules));
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

/** Runs of pages that follow each other without a hole and were not cleaned. */
function stretchesOf(pages: readonly IndexPage[]): readonly IndexPage[][] {
  const stretches: IndexPage[][] = [];
  let open: IndexPage[] = [];
  let end: number | undefined;
  for (const page of pages) {
    if (page.cleaned === true || (end !== undefined && page.firstOffset !== end)) {
      if (open.length > 0) stretches.push(open);
      open = [];
    }
    end = pageEnd(page);
    if (page.cleaned !== true) open.push(page);
  }
  if (open.length > 0) stretches.push(open);
  return stretches;
}

/** Written segments: as many pages to a file as fit it; the last file waits until it is worth while, or old. */
function planRaw(pages: readonly IndexPage[], rules: MergeRules, nowMs: number): MergeRun[] {
  const runs: IndexPage[][] = [];
  let open: IndexPage[] = [];
  for (const page of pages) {
    if (open.length > 0 && !fits([...open, page], rules)) {
      runs.push(open);
      open = [];
    }
    open.push(page);
  }
  if (open.length > 0) {
    const entries = open.reduce((sum, page) => sum + page.entries.length, 0);
    const oldest = Math.min(...open.map((page) => oldestWrittenMs(page) ?? nowMs));
    const isOld = nowMs - oldest >= rules.ageMs;
    if (entries >= rules.entriesMin || isOld || bytesOf(open) >= rules.fileBytesMax / 2) runs.push(open);
  }
  return runs;
}

/**
 * How many tiny files before a run of written segments go with it, so that a slow partition does not gather them. A run of
 * as many entries as a file wants stands for itself: its bytes are rewritten with others of its size.
 */
function tinyBefore(merged: readonly IndexPage[], run: MergeRun, rules: MergeRules): number {
  if (run.reduce((sum, page) => sum + page.entries.length, 0) >= rules.entriesMin) return 0;
  let bytes = bytesOf(run);
  let taken = 0;
  for (let i = merged.length - 1; i >= 0; i--) {
    const page = merged[i] as IndexPage;
    const size = pageBytes(page);
    // Only what is smaller than what comes after it: then each byte is rewritten at most once for each doubling.
    if (size > bytes || size >= MERGE_TINY_BYTES || !fits(merged.slice(i).concat(run), rules)) break;
    bytes += size;
    taken++;
  }
  return taken;
}

function planTiers(pages: readonly IndexPage[], rules: MergeRules): readonly MergeRun[] {
  const runs: MergeRun[] = [];
  const taken = new Set<IndexPage>();
  const top = tierOf(rules.fileBytesMax, rules);
  for (let tier = 0; tier <= top; tier++) {
    for (const stretch of neighbours(pages, tier, rules, taken)) {
      for (const run of cutIntoFiles(stretch, rules)) {
        const ofTier = run.filter((page) => tierOf(pageBytes(page), rules) === tier).length;
        // Full when nothing more fits it; else it waits for enough of its size.
        const full = run.length > 1 && bytesOf(run) >= (rules.fileBytesMax * 3) / 4;
        if (ofTier < rules.fanIn && !full) continue;
        for (const page of run) taken.add(page);
        runs.push(run);
      }
    }
  }
  return runs.sort((a, b) => (a[0] as IndexPage).firstOffset - (b[0] as IndexPage).firstOffset);
}

/** Stretches of pages of a size or below, which are not final and not in another run yet. */
function neighbours(pages: readonly IndexPage[], tier: number, rules: MergeRules, taken: ReadonlySet<IndexPage>): readonly IndexPage[][] {
  const stretches: IndexPage[][] = [];
  let open: IndexPage[] = [];
  for (const page of pages) {
    const size = pageBytes(page);
    if (!taken.has(page) && size < rules.fileBytesMax / 2 && tierOf(size, rules) <= tier) open.push(page);
    else if (open.length > 0) {
      stretches.push(open);
      open = [];
    }
  }
  if (open.length > 0) stretches.push(open);
  return stretches;
}

function cutIntoFiles(pages: readonly IndexPage[], rules: MergeRules): readonly MergeRun[] {
  const runs: IndexPage[][] = [];
  let open: IndexPage[] = [];
  for (const page of pages) {
    if (open.length > 0 && (open.length >= rules.fanIn || !fits([...open, page], rules))) {
      runs.push(open);
      open = [];
    }
    open.push(page);
  }
  if (open.length > 0) runs.push(open);
  return runs;
}

/** 0 for tiny files, and one more for each `fanIn` times the size. */
function tierOf(bytes: number, rules: MergeRules): number {
  if (bytes < MERGE_TINY_BYTES) return 0;
  return 1 + Math.floor(Math.log(bytes / MERGE_TINY_BYTES) / Math.log(rules.fanIn));
}

function fits(run: MergeRun, rules: MergeRules): boolean {
  const first = run[0] as IndexPage;
  const last = run.at(-1) as IndexPage;
  if (run.length > MERGE_PAGES_MAX || bytesOf(run) > rules.fileBytesMax) return false;
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
