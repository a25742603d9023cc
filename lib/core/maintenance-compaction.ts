/**
 * When a partition is compacted: Kafka's rules (`LogCleanerManager.grabFilthiestCompactedLog`, `cleanableOffsets`), on
 * pages of the index instead of segment files. The tail stands for the active segment, which is rolled in time and not compacted.
 */
import { leaseTimeMs, type Offset } from './ids.ts';
import { type IndexPage, pageBytes, pageEnd, pageMaxTimestamp } from './index-page.ts';
import type { LeaseRecord } from './lease-record.ts';
import { configNumber, type TopicConfigs } from './topic-config.ts';

export interface CompactionRules {
  /** `min.cleanable.dirty.ratio`. */
  readonly dirtyRatioMin: number;
  /** `min.compaction.lag.ms`: what is younger stays as it is. */
  readonly lagMinMs: number;
  /** `max.compaction.lag.ms`: what is older is compacted whatever the ratio. */
  readonly lagMaxMs: number;
  /** `delete.retention.ms`: how long a tombstone stays once it was compacted. */
  readonly deleteRetentionMs: number;
}

export function compactionRulesOf(configs: TopicConfigs): CompactionRules {
  return {
    dirtyRatioMin: configNumber(configs, 'min.cleanable.dirty.ratio'),
    lagMinMs: configNumber(configs, 'min.compaction.lag.ms'),
    lagMaxMs: configNumber(configs, 'max.compaction.lag.ms'),
    deleteRetentionMs: configNumber(configs, 'delete.retention.ms'),
  };
}

/** How a partition stands before compaction. */
export interface Cleanable {
  /** First offset that no compaction has looked at. */
  readonly dirtyFrom: Offset;
  /** The first offset after what may be compacted now. */
  readonly end: Offset;
  readonly cleanBytes: number;
  readonly dirtyBytes: number;
  readonly dirtyRecords: number;
  /** No record of the dirty part is older, ms; undefined when there is none. */
  readonly oldestDirtyMs: number | undefined;
}

/**
 * Measures adjacent pages, oldest first. `stableEnd` is the last stable offset: what is not decided is not compacted.
 * Everything after the first page that is not clean counts as dirty.
 */
export function cleanableOf(pages: readonly IndexPage[], rules: CompactionRules, stableEnd: Offset, nowMs: number): Cleanable {
  let cleanBytes = 0;
  let dirtyBytes = 0;
  let dirtyRecords = 0;
  let oldestDirtyMs: number | undefined;
  let dirtyFrom: Offset | undefined;
  let end = pages[0]?.firstOffset ?? 0;
  for (const page of pages) {
    const newestMs = pageMaxTimestamp(page) >= 0 ? pageMaxTimestamp(page) : writtenMs(page);
    const tooYoung = rules.lagMinMs > 0 && nowMs - newestMs < rules.lagMinMs;
    if (pageEnd(page) > stableEnd || (page.cleaned !== true && tooYoung)) break;
    if (page.cleaned === true && dirtyFrom === undefined) cleanBytes += pageBytes(page);
    else {
      dirtyFrom ??= page.firstOffset;
      dirtyBytes += pageBytes(page);
      for (const entry of page.entries) dirtyRecords += entry.records;
      const beganMs = page.maxTimestampBefore >= 0 ? Math.min(page.maxTimestampBefore, newestMs) : Math.min(newestMs, writtenMs(page));
      oldestDirtyMs = Math.min(oldestDirtyMs ?? beganMs, beganMs);
    }
    end = pageEnd(page);
  }
  return { dirtyFrom: dirtyFrom ?? end, end, cleanBytes, dirtyBytes, dirtyRecords, oldestDirtyMs };
}

/** How long the tail may hold records, ms: Kafka rolls the active segment of a compacted topic by the sooner of both (`LogConfig.maxSegmentMs`). */
export function tailAgeMaxMs(configs: TopicConfigs): number {
  return Math.min(configNumber(configs, 'segment.ms'), configNumber(configs, 'max.compaction.lag.ms'));
}

/** From when on the tail has to be rolled so that compaction can come to it, ms; never when it is empty, at once when it holds `segment.bytes`. */
export function tailDueMs({ tail }: LeaseRecord, configs: TopicConfigs): number {
  let oldestMs = Number.POSITIVE_INFINITY;
  let bytes = 0;
  for (const { lease, length } of tail) {
    oldestMs = Math.min(oldestMs, leaseTimeMs(lease));
    bytes += length;
  }
  return bytes >= configNumber(configs, 'segment.bytes') ? 0 : oldestMs + tailAgeMaxMs(configs);
}

/** Whether it is worth while, or time. */
export function shouldCompact(cleanable: Cleanable, rules: CompactionRules, nowMs: number): boolean {
  const { dirtyBytes, cleanBytes, oldestDirtyMs } = cleanable;
  if (dirtyBytes === 0) return false;
  if (oldestDirtyMs !== undefined && nowMs - oldestDirtyMs > rules.lagMaxMs) return true;
  return dirtyBytes / (dirtyBytes + cleanBytes) > rules.dirtyRatioMin;
}

function writtenMs(page: IndexPage): number {
  let oldest = Number.MAX_SAFE_INTEGER;
  for (const { lease } of page.entries) oldest = Math.min(oldest, leaseTimeMs(lease));
  return oldest;
}
