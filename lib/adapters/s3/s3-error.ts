/** What S3's answers and silences mean to a caller. Every request of ours may be repeated, so silence is no danger. */
import { type ErrorCode, StratalogError } from '../../core/errors.ts';

const THROTTLES = new Set(['SlowDown', 'ServiceUnavailable', 'RequestLimitExceeded', 'ThrottlingException', 'Throttling']);
/** Two conditional puts of one key met: neither is known to have won, the next attempt will tell. */
const CONFLICTS = new Set(['ConditionalRequestConflict', 'OperationAborted']);
const DENIALS = new Set([
  'AccessDenied',
  'AllAccessDisabled',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'InvalidToken',
  'CredentialsProviderError',
  'NoSuchBucket',
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);
/** The client library learns the clock's error from the answer and signs the next attempt right. */
const SKEWS = new Set(['RequestTimeTooSkewed', 'RequestExpired']);

export interface ObjectOperation {
  /** The action, as in an IAM policy. */
  readonly action: string;
  readonly bucket: string;
  readonly key: string;
}

export function statusOf(error: unknown): number {
  return (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata?.httpStatusCode ?? 0;
}

export function nameOf(error: unknown): string {
  const { name, Code } = (error ?? {}) as { name?: unknown; Code?: unknown };
  return String(name === undefined || name === 'Error' ? (Code ?? name) : name);
}

/** The error of an operation; THROTTLED and STORAGE_ERROR are worth another attempt, ACCESS_DENIED is not. */
export function objectError(error: unknown, operation: ObjectOperation): StratalogError {
  if (error instanceof StratalogError) return error;
  const name = nameOf(error);
  const status = statusOf(error);
  if (THROTTLES.has(name) || CONFLICTS.has(name) || SKEWS.has(name) || status === 503 || status === 429 || status === 409) {
    return wrap('THROTTLED', error, operation);
  }
  if (DENIALS.has(name) || status === 403 || status === 401) return wrap('ACCESS_DENIED', error, operation);
  return wrap('STORAGE_ERROR', error, operation);
}

function wrap(code: ErrorCode, error: unknown, { action, bucket, key }: ObjectOperation): StratalogError {
  const name = nameOf(error);
  const message = error instanceof Error && error.message !== '' && error.message !== name ? `${name}: ${error.message}` : name;
  const hint =
    name === 'PermanentRedirect' || name === 'AuthorizationHeaderMalformed' ? '; the bucket is in another region than this client' : '';
  const resource = `arn:aws:s3:::${bucket}/${key}`;
  return new StratalogError(code, `${action} on ${resource}: ${message}${hint}`, { action, resource }, error);
}
