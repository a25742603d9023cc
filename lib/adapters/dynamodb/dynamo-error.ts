/** What DynamoDB's answers and silences mean to a caller. */
import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { type ErrorCode, StratalogError } from '../../core/errors.ts';

/** Refused because of load; nothing was done. */
const THROTTLES = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'LimitExceededException',
  'TooManyRequestsException',
  'TransactionInProgressException',
  // A plain write that meets a running transaction must be sent again.
  'TransactionConflictException',
]);
const DENIALS = new Set([
  'AccessDeniedException',
  'UnrecognizedClientException',
  'MissingAuthenticationTokenException',
  'IncompleteSignatureException',
  'InvalidClientTokenId',
  'ExpiredTokenException',
  'ExpiredToken',
  'CredentialsProviderError',
  'OptInRequired',
]);
/** The client library learns the clock's error from the answer and signs the next attempt right. */
const SKEWS = new Set(['RequestExpired', 'RequestTimeTooSkewed']);
/** DynamoDB has one name for a signature of another time and for one by a wrong key; its words tell them apart. */
const SIGNATURE = 'InvalidSignatureException';
const SKEWED = /signature (expired|not yet current)/i;
/** The request never left this machine, or reached nobody. */
const UNREACHED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);
const REASON_REFUSED = 'ConditionalCheckFailed';

export interface Operation {
  /** The API's name, as in an IAM policy. */
  readonly action: string;
  readonly table: string;
}

export function isRefusal(error: unknown): error is ConditionalCheckFailedException {
  return error instanceof ConditionalCheckFailedException;
}

/** Whether a transaction was cancelled because one of its conditions failed. */
export function isRefusedTransaction(error: unknown): boolean {
  return error instanceof TransactionCanceledException && (error.CancellationReasons ?? []).some(({ Code }) => Code === REASON_REFUSED);
}

/** The error of a read: it may be asked again whatever happened. */
export function readError(error: unknown, operation: Operation): StratalogError {
  return known(error, operation) ?? wrap('STORAGE_ERROR', error, operation, textOf(error));
}

/** The error of a write. OUTCOME_UNKNOWN unless it is certain that nothing was done. */
export function writeError(error: unknown, operation: Operation): StratalogError {
  return known(error, operation) ?? wrap('OUTCOME_UNKNOWN', error, operation, `${textOf(error)}; it may or may not have been done`);
}

/** Errors that say by themselves that nothing was done. */
function known(error: unknown, operation: Operation): StratalogError | undefined {
  if (error instanceof StratalogError) return error;
  const name = String((error as { name?: unknown } | null)?.name ?? '');
  const code = String((error as { code?: unknown } | null)?.code ?? '');
  const text = textOf(error);
  if (THROTTLES.has(name)) return wrap('THROTTLED', error, operation, text);
  if (error instanceof TransactionCanceledException) {
    // Not refused, so it met another transaction or too little capacity: nothing of it was done.
    return wrap('THROTTLED', error, operation, (error.CancellationReasons ?? []).map(({ Code }) => Code).join(', '));
  }
  const skewed = SKEWS.has(name) || (name === SIGNATURE && SKEWED.test(text));
  if (DENIALS.has(name) || (name === SIGNATURE && !skewed)) return wrap('ACCESS_DENIED', error, operation, text);
  if (skewed) return wrap('THROTTLED', error, operation, `${text}; the clock of this machine may be wrong`);
  if (name === 'ResourceNotFoundException') {
    return wrap('ACCESS_DENIED', error, operation, 'there is no such table; check its name, the region and the account');
  }
  if (name === 'ValidationException' || name === 'ItemCollectionSizeLimitExceededException') {
    return wrap('INTERNAL', error, operation, text);
  }
  if (UNREACHED.has(code)) return wrap('STORAGE_ERROR', error, operation, text);
  return undefined;
}

function wrap(code: ErrorCode, error: unknown, { action, table }: Operation, text: string): StratalogError {
  return new StratalogError(
    code,
    `dynamodb:${action} on table ${table}: ${text}`,
    { action: `dynamodb:${action}`, resource: table },
    error,
  );
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === '' || error.message === 'UnknownError' ? error.name : error.message;
}
