import {
  APPEND_BUFFER_BYTES,
  APPEND_TIMEOUT_MS,
  FETCH_BYTES_DEFAULT,
  FLUSHES_IN_FLIGHT_MAX,
  PARTITIONS_DEFAULT,
  READ_CACHE_BYTES,
  SEGMENT_TARGET_BYTES,
} from '../core/limits.ts';

/** What a deployment may tune. Each says what it does to latency, cost and memory. */
export interface EngineSettings {
  /** `num.partitions`: partitions of a topic created without a count. Default 1. */
  readonly defaultPartitions: number;
  /** Bytes at which a flush is cut. Larger: fewer requests, more memory and more to send again. Default 8 MiB. */
  readonly segmentTargetBytes: number;
  /** Accepted, unanswered bytes in this process; producers are told to wait past it. Default 64 MiB. */
  readonly appendBufferBytes: number;
  /** Uploads at once. More hide a slow store's latency, hold more memory and are more requests. Default 4; 8 on S3. */
  readonly flushesInFlight: number;
  /**
   * Whether a flush is alone, until its offsets are granted, while less than `flushBesideBytes` wait for the next one. Where uploading takes longer than
   * granting (S3) uploads should overlap; where both end with one commit on one disk, waiting makes flushes larger and fewer.
   */
  readonly flushUntilGranted: boolean;
  /**
   * Waiting bytes from which a flush begins beside others that are not granted yet, with `flushUntilGranted`. From about a MiB on a
   * disk takes longer for the bytes than for the sync, and nothing is gained by waiting for more. Default: `segmentTargetBytes`.
   */
  readonly flushBesideBytes: number;
  /**
   * Least time between the starts of two flushes, ms, but where `segmentTargetBytes` wait; 0 begins one whenever a slot is free.
   * More: fewer and larger requests, and half of it is added to what a record waits. What comes after a pause never waits. Default 0.
   */
  readonly lingerMs: number;
  /** Kept bytes of what this process wrote last, for readers at the end of the log. Default 64 MiB. */
  readonly readCacheBytes: number;
  /** Largest segment that is kept so. Each is copied once, which a disk with a page cache saves nobody. Default 64 MiB, hence all. */
  readonly readCacheSegmentBytes: number;
  /**
   * Bytes that are read for readers before they ask, who read a log from further back piece by piece, and who then go by the index
   * pages of the last second; 0 reads nothing ahead and looks up each page anew. Hides the store's time and the reader's own from
   * each other. Where each read is paid for, some are paid for nobody. Default 0.
   */
  readonly readAheadBytes: number;
  /** How long an append waits for its answer by default, ms. Default 30,000. */
  readonly appendTimeoutMs: number;
  /** Bytes of a fetch that names no limit. Default 50 MiB. */
  readonly fetchBytes: number;
  /** How old this process's view of the topics may be, ms. 0 asks each time. Default 1,000. */
  readonly catalogMaxAgeMs: number;
  /** Between two looks at the lease records of partitions that readers wait on, ms: the first and the longest. */
  readonly pollMinMs: number;
  readonly pollMaxMs: number;
  /** No other process writes here, so nobody polls for what others appended. */
  readonly soleWriter: boolean;
  /** The process does not wait for data: a fetch at the end of the log answers at once with `retryAfterMs`. */
  readonly neverWait: boolean;
  /** Index of the zone that this process writes to first and reads from first. Default 0. */
  readonly preferredZone: number;
  /** How long the preferred zone may take before the next one is tried as well, ms. Default 1,000. */
  readonly zoneHedgeMs: number;
}

export const ENGINE_DEFAULTS: EngineSettings = {
  defaultPartitions: PARTITIONS_DEFAULT,
  segmentTargetBytes: SEGMENT_TARGET_BYTES,
  appendBufferBytes: APPEND_BUFFER_BYTES,
  flushesInFlight: FLUSHES_IN_FLIGHT_MAX,
  flushUntilGranted: false,
  flushBesideBytes: SEGMENT_TARGET_BYTES,
  lingerMs: 0,
  readCacheBytes: READ_CACHE_BYTES,
  readCacheSegmentBytes: READ_CACHE_BYTES,
  readAheadBytes: 0,
  appendTimeoutMs: APPEND_TIMEOUT_MS,
  fetchBytes: FETCH_BYTES_DEFAULT,
  catalogMaxAgeMs: 1_000,
  pollMinMs: 50,
  pollMaxMs: 5_000,
  soleWriter: false,
  neverWait: false,
  preferredZone: 0,
  zoneHedgeMs: 1_000,
};
