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
  UPLOAD_PART_BYTES,
} from '../../core/limits.ts';

/** What a deployment may tune of its maintenance. None of it decides whether data is safe. */
export interface MaintenanceSettings {
  /** Entries of a partition after which they are merged into a file. Fewer: more rewriting, fewer small segments. Default 64. */
  readonly mergeEntriesMin: number;
  /** Age after which what is there is merged however little it is, ms. Default 10 minutes. */
  readonly mergeAgeMs: number;
  /** Files made of segments that become a final one, at most 45. Fewer: smaller files in the end, fewer that wait. Default 45. */
  readonly mergeFanIn: number;
  /** Largest file merge and compaction aim at where the topic's `segment.bytes` allows more. Default 1 GiB. */
  readonly fileBytesMax: number;
  /** Bytes of written segments that a merge holds at once, and what the first file of them is at most. Default 128 MiB. */
  readonly mergeMemoryBytes: number;
  /**
   * Files and copies of more than two parts go to the object store in parts of this size, of which three at most are in memory. Default 16 MiB; S3
   * takes no less than 5 MiB. Larger: fewer requests (66 a GiB at 16 MiB), more memory.
   */
  readonly uploadPartBytes: number;
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
  /** Index pages that are read at once. Fewer: more requests, and less for the thread to decode in one go. Default 100, about a MB. */
  readonly pagesAtOnce: number;
}

export const MAINTENANCE_DEFAULTS: MaintenanceSettings = {
  mergeEntriesMin: MERGE_ENTRIES_MIN,
  mergeAgeMs: MERGE_AGE_MS,
  mergeFanIn: MERGE_FAN_IN,
  fileBytesMax: MERGE_FILE_BYTES_MAX,
  mergeMemoryBytes: MERGE_MEMORY_BYTES,
  uploadPartBytes: UPLOAD_PART_BYTES,
  compactionMemoryBytes: COMPACTION_MEMORY_BYTES,
  sweepAgeMs: SWEEP_AGE_MS,
  deleteDelayMs: DELETE_DELAY_MS,
  stubKeptMs: STUB_KEPT_MS,
  runMs: 5 * 60 * 1000,
  runBytes: 64 * 1024 ** 3,
  runItems: 1_000_000,
  parallel: 4,
  pagesAtOnce: 100,
};
