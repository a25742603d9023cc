/**
 * The one error class of Stratalog and its closed list of codes.
 *
 * A code says what happened; `RETRY_ADVICE` says whether the same call may succeed later. HTTP statuses and Kafka
 * error numbers are total tables at the edges (`lib/http`, `lib/kafka`). Messages are for people and never parsed.
 */

/** Whether the caller should send the same call again: `never`, `after-backoff`, or `after-refresh` of what it knows. */
export type RetryAdvice = 'never' | 'after-backoff' | 'after-refresh';

/** Every code with its retry advice. A new code is added here and then in the two tables at the edges. */
export const RETRY_ADVICE = {
  // Bad input
  INVALID_REQUEST: 'never',
  INVALID_TOPIC: 'never',
  INVALID_CONFIG: 'never',
  INVALID_PARTITIONS: 'never',
  INVALID_REPLICATION_FACTOR: 'never',
  INVALID_RECORD: 'never',
  INVALID_TIMESTAMP: 'never',
  INVALID_REQUIRED_ACKS: 'never',
  CORRUPT_MESSAGE: 'after-backoff',
  UNSUPPORTED_COMPRESSION_TYPE: 'never',
  UNSUPPORTED_FOR_MESSAGE_FORMAT: 'never',
  MESSAGE_TOO_LARGE: 'never',
  RECORD_LIST_TOO_LARGE: 'never',
  REQUEST_TOO_LARGE: 'never',
  POLICY_VIOLATION: 'never',
  // What is not there, or there already
  UNKNOWN_TOPIC_OR_PARTITION: 'after-refresh',
  UNKNOWN_TOPIC_ID: 'after-refresh',
  TOPIC_ALREADY_EXISTS: 'never',
  OFFSET_OUT_OF_RANGE: 'never',
  NOT_FOUND: 'never',
  // Idempotent and transactional producers
  OUT_OF_ORDER_SEQUENCE_NUMBER: 'never',
  INVALID_PRODUCER_EPOCH: 'never',
  UNKNOWN_PRODUCER_ID: 'never',
  INVALID_TXN_STATE: 'never',
  // acks and zones
  NOT_ENOUGH_REPLICAS: 'after-backoff',
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 'after-backoff',
  // Groups
  GROUP_ID_NOT_FOUND: 'never',
  INVALID_GROUP_ID: 'never',
  NON_EMPTY_GROUP: 'never',
  GROUP_SUBSCRIBED_TO_TOPIC: 'never',
  GROUP_MAX_SIZE_REACHED: 'never',
  // A member that is fenced or forgotten gives up what it has and joins anew, which is another call.
  UNKNOWN_MEMBER_ID: 'never',
  MEMBER_ID_REQUIRED: 'after-refresh',
  FENCED_MEMBER_EPOCH: 'never',
  STALE_MEMBER_EPOCH: 'after-refresh',
  FENCED_INSTANCE_ID: 'never',
  UNRELEASED_INSTANCE_ID: 'after-backoff',
  UNSUPPORTED_ASSIGNOR: 'never',
  INCONSISTENT_GROUP_PROTOCOL: 'never',
  INVALID_SESSION_TIMEOUT: 'never',
  ILLEGAL_GENERATION: 'never',
  REBALANCE_IN_PROGRESS: 'after-refresh',
  OFFSET_METADATA_TOO_LARGE: 'never',
  INVALID_COMMIT_OFFSET_SIZE: 'never',
  COORDINATOR_NOT_AVAILABLE: 'after-backoff',
  COORDINATOR_LOAD_IN_PROGRESS: 'after-backoff',
  NOT_COORDINATOR: 'after-refresh',
  // Load, time and the stores below
  THROTTLED: 'after-backoff',
  REQUEST_TIMED_OUT: 'after-backoff',
  OUTCOME_UNKNOWN: 'after-backoff',
  /** The server cannot be reached, hung up, or answered something that is no answer of ours; only clients say this. */
  UNAVAILABLE: 'after-backoff',
  STORAGE_ERROR: 'after-backoff',
  STORAGE_FULL: 'after-backoff',
  STORAGE_READ_ONLY: 'never',
  CORRUPT_OBJECT: 'never',
  FOLDER_IN_USE: 'never',
  ACCESS_DENIED: 'never',
  UNSUPPORTED_VERSION: 'never',
  CLOSED: 'never',
  INTERNAL: 'never',
} as const satisfies Record<string, RetryAdvice>;

/** The closed list of what can go wrong. */
export type ErrorCode = keyof typeof RETRY_ADVICE;

/**
 * Facts for programs: the field at fault, the value it had, the limit it broke, and what the code needs besides.
 * Values are small and printable; a whole batch or body never goes in here.
 */
export interface ErrorDetails {
  readonly field?: string;
  readonly value?: string | number | boolean | null;
  readonly limit?: string | number;
  /** Milliseconds after which a retry has a chance; sent as `Retry-After` and as Kafka's throttle time. */
  readonly retryAfterMs?: number;
  readonly topic?: string;
  readonly partition?: number;
  /** Index of the record at fault within its request. */
  readonly recordIndex?: number;
  /** Indexes of all records at fault within their batch, where the rest of it would have been taken. */
  readonly recordIndexes?: readonly number[];
  readonly [name: string]: string | number | boolean | readonly number[] | null | undefined;
}

/** What every part of Stratalog throws or answers when it refuses or fails. */
export class StratalogError extends Error {
  override readonly name = 'StratalogError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }

  /** True when the same call may succeed later. */
  get retriable(): boolean {
    return RETRY_ADVICE[this.code] !== 'never';
  }
}

/** Whether a caught value is ours, and optionally of one of the given codes. */
export function isStratalogError(error: unknown, ...codes: readonly ErrorCode[]): error is StratalogError {
  return error instanceof StratalogError && (codes.length === 0 || codes.includes(error.code));
}

/** Stops the request on a mistake of our own; bad input is never checked with this. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new StratalogError('INTERNAL', `assertion failed: ${message}`);
}
