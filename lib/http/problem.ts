/** Errors as HTTP sees them: one total table from code to status, and the problem document (RFC 9457). */
import { type ErrorCode, StratalogError } from '../core/errors.ts';
import type { Problem } from './contract.ts';

/** The status of every code. Facts of the request are 4xx, facts of the service and its stores 5xx. */
export const STATUS_OF = {
  INVALID_REQUEST: 400,
  INVALID_TOPIC: 400,
  INVALID_CONFIG: 400,
  INVALID_PARTITIONS: 400,
  INVALID_REPLICATION_FACTOR: 400,
  INVALID_RECORD: 400,
  INVALID_TIMESTAMP: 400,
  INVALID_REQUIRED_ACKS: 400,
  CORRUPT_MESSAGE: 400,
  UNSUPPORTED_COMPRESSION_TYPE: 400,
  UNSUPPORTED_FOR_MESSAGE_FORMAT: 400,
  MESSAGE_TOO_LARGE: 413,
  RECORD_LIST_TOO_LARGE: 413,
  REQUEST_TOO_LARGE: 413,
  POLICY_VIOLATION: 403,
  UNKNOWN_TOPIC_OR_PARTITION: 404,
  UNKNOWN_TOPIC_ID: 404,
  TOPIC_ALREADY_EXISTS: 409,
  OFFSET_OUT_OF_RANGE: 416,
  NOT_FOUND: 404,
  OUT_OF_ORDER_SEQUENCE_NUMBER: 409,
  INVALID_PRODUCER_EPOCH: 409,
  UNKNOWN_PRODUCER_ID: 409,
  INVALID_TXN_STATE: 409,
  NOT_ENOUGH_REPLICAS: 503,
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 503,
  GROUP_ID_NOT_FOUND: 404,
  INVALID_GROUP_ID: 400,
  NON_EMPTY_GROUP: 409,
  GROUP_SUBSCRIBED_TO_TOPIC: 409,
  GROUP_MAX_SIZE_REACHED: 409,
  UNKNOWN_MEMBER_ID: 404,
  MEMBER_ID_REQUIRED: 400,
  FENCED_MEMBER_EPOCH: 409,
  STALE_MEMBER_EPOCH: 409,
  FENCED_INSTANCE_ID: 409,
  UNRELEASED_INSTANCE_ID: 409,
  UNSUPPORTED_ASSIGNOR: 400,
  INCONSISTENT_GROUP_PROTOCOL: 409,
  INVALID_SESSION_TIMEOUT: 400,
  ILLEGAL_GENERATION: 409,
  REBALANCE_IN_PROGRESS: 409,
  OFFSET_METADATA_TOO_LARGE: 413,
  INVALID_COMMIT_OFFSET_SIZE: 413,
  COORDINATOR_NOT_AVAILABLE: 503,
  COORDINATOR_LOAD_IN_PROGRESS: 503,
  NOT_COORDINATOR: 503,
  THROTTLED: 429,
  REQUEST_TIMED_OUT: 504,
  OUTCOME_UNKNOWN: 504,
  STORAGE_ERROR: 503,
  STORAGE_FULL: 507,
  STORAGE_READ_ONLY: 503,
  CORRUPT_OBJECT: 500,
  FOLDER_IN_USE: 503,
  ACCESS_DENIED: 403,
  UNSUPPORTED_VERSION: 400,
  UNAVAILABLE: 503,
  CLOSED: 503,
  INTERNAL: 500,
} as const satisfies Record<ErrorCode, number>;

/** Seconds of `Retry-After` on 429 and 503 when the error does not say. */
const RETRY_AFTER_DEFAULT_S = 1;

/** Names that a problem document has itself; a detail of the same name is left out. */
const RESERVED: ReadonlySet<string> = new Set([
  'type',
  'title',
  'status',
  'detail',
  'instance',
  'code',
  'retriable',
  'httpStatus',
  'bodyTimedOut',
]);

/** Anything thrown, as ours. What is not ours is INTERNAL, and its message stays inside. */
export function asStratalogError(error: unknown): StratalogError {
  if (error instanceof StratalogError) return error;
  return new StratalogError('INTERNAL', 'the server failed to answer this request; its log has the reason', {}, error);
}

/** The problem document of an error; `status` only where HTTP knows better than the code (404 route, 405, 406, 408, 415). */
export function problemOf(error: StratalogError, status: number = STATUS_OF[error.code]): Problem {
  const details: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(error.details)) {
    if (value !== undefined && !RESERVED.has(name)) details[name] = value;
  }
  return {
    type: `urn:stratalog:error:${error.code}`,
    title: error.code.toLowerCase().replaceAll('_', ' '),
    status,
    detail: error.message,
    code: error.code,
    retriable: error.retriable,
    ...details,
  };
}

/** The value of `Retry-After`, whole seconds rounded up, for the statuses that carry one. */
export function retryAfterOf(error: StratalogError, status: number): string | undefined {
  const { retryAfterMs } = error.details;
  if (status !== 429 && status !== 503 && retryAfterMs === undefined) return undefined;
  if (retryAfterMs === undefined) return error.retriable ? String(RETRY_AFTER_DEFAULT_S) : undefined;
  return String(Math.max(1, Math.ceil(retryAfterMs / 1000)));
}
