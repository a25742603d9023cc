import {
  COMPACTION_MEMORY_BYTES,
  DELETE_DELAY_MS,
  MERGE_AGE_MS,
  MERGE_ENTRIES_MIN,
  MERGE_FAN_IN,
  MERGE_FILE_BYTES_MAX,
  MERGE_MEMORY_BYTES,
  STUB_KEPT_MS,
  SWEEP_AGE_MS,
} from '../../core/limits.ts';

/** What a deployment may tune of its maintenance. None of it decides whether data is safe. */
export interface MaintenanceSettings {
  /** Entries of a partition after which they are merged into a file. Fewer: more rewriting, fewer small segments. Default 64. */
  readonly mergeEntriesMin: number;
  /** Age after which what is there is merged however little it is, ms. Default 10 minutes. */
  readonly mergeAgeMs: number;
  /** Files of about one size that become one of the next. More: fewer rewrites, more files. Default 32. */
  readonly mergeFanIn: number;
  /** Largest file merge aims at, below the topic's `segment.bytes`; a file is in memory while it is put. Default 128 MiB. */
  readonly fileBytesMax: number;
  /** Bytes of records that a merge holds at once. Default 128 MiB. */
  readonly mergeMemoryBytes: number;
  /** Bytes of the map from keys to offsets that a compaction holds; keys that do not fit take another pass. Default 128 MiB. */
  readonly compactionMemoryBytes: number;
  /** How old a segment is before sweep looks whether anything names it, ms by the store's clock. At least 15 minutes. Default an hour. */
  readonly sweepAgeMs: number;
  /** How long an object stays after it was found to be unnamed, ms. At least a minute. */
  readonly deleteDelayMs: number;
  /** How long a replaced page keeps its place, ms by the store's clock. Longer than any writer may sleep. Default a day. */
  readonly stubKeptMs: number;
  /** Longest run of a job, ms. Default 5 minutes; a Lambda ends after 15. */
  readonly runMs: number;
  /** Most bytes that a run reads. */
  readonly runBytes: number;
  /** Most things (partitions, segments, objects) that a run looks at. */
  readonly runItems: number;
  /** Requests to the object stores at once. */
  readonly parallel: number;
}

export const MAINTENANCE_DEFAULTS: MaintenanceSettings = {
  mergeEntriesMin: MERGE_ENTRIES_MIN,
  mergeAgeMs: MERGE_AGE_MS,
  mergeFanIn: MERGE_FAN_IN,
  fileBytesMax: MERGE_FILE_BYTES_MAX,
  mergeMemoryBytes: MERGE_MEMORY_BYTES,
  compactionMemoryBytes: COMPACTION_MEMORY_BYTES,
  sweepAgeMs: SWEEP_AGE_MS,
  deleteDelayMs: DELETE_DELAY_MS,
  stubKeptMs: STUB_KEPT_MS,
  runMs: 5 * 60 * 1000,
  runBytes: 64 * 1024 ** 3,
  runItems: 1_000_000,
  parallel: 4,
};
