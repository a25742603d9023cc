/** Errors of the HTTP API, back as what they were at the server. */
import { type ErrorCode, type ErrorDetails, RETRY_ADVICE, StratalogError } from '../core/errors.ts';
import { HEADER_RETRY_AFTER_MS, type Problem } from '../http/contract.ts';
import type { HttpAnswer } from './http-exchange.ts';

const NO_DETAIL: ReadonlySet<string> = new Set(['type', 'title', 'status', 'detail', 'instance', 'code', 'retriable']);
const SHOWN_BODY_BYTES = 200;

/** The error that a problem document tells of; an unknown code (a newer server) is judged by its `retriable`. */
export function errorOfProblem(problem: Partial<Problem>, status: number): StratalogError {
  const details: Record<string, ErrorDetails[string]> = {};
  for (const [name, value] of Object.entries(problem)) {
    if (!NO_DETAIL.has(name) && isPlain(value)) details[name] = value;
  }
  const { code } = problem;
  const message = problem.detail ?? problem.title ?? `the server answered ${status}`;
  // A server that is closing comes back, or another takes its place; for us that is one that cannot be reached.
  if (code === 'CLOSED') return new StratalogError('UNAVAILABLE', message, details);
  if (typeof code === 'string' && Object.hasOwn(RETRY_ADVICE, code)) return new StratalogError(code as ErrorCode, message, details);
  return new StratalogError(problem.retriable ? 'UNAVAILABLE' : codeOfStatus(status), message, {
    ...details,
    status,
    serverCode: String(code),
  });
}

/** The error of an answer that is not 2xx. What is no problem document came from something in between: a proxy, a gateway. */
export function errorOfAnswer(answer: HttpAnswer): StratalogError {
  const problem = parseProblem(answer);
  const error = problem === undefined ? foreignError(answer) : errorOfProblem(problem, answer.status);
  const retryAfterMs = retryAfterOf(answer);
  if (retryAfterMs === undefined || error.details.retryAfterMs !== undefined) return error;
  return new StratalogError(error.code, error.message, { ...error.details, retryAfterMs });
}

function parseProblem({ headers, body }: HttpAnswer): Partial<Problem> | undefined {
  if (!headers['content-type']?.includes('json')) return undefined;
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    return typeof parsed === 'object' && parsed !== null && 'code' in parsed ? (parsed as Partial<Problem>) : undefined;
  } catch {
    return undefined;
  }
}

function foreignError({ status, body }: HttpAnswer): StratalogError {
  const text = body.subarray(0, SHOWN_BODY_BYTES).toString('utf8').trim();
  return new StratalogError(codeOfStatus(status), `the server answered ${status}${text === '' ? '' : `: ${text}`}`, { status });
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 429) return 'THROTTLED';
  if (status === 401 || status === 403) return 'ACCESS_DENIED';
  if (status === 413) return 'REQUEST_TOO_LARGE';
  if (status === 408 || status >= 500) return 'UNAVAILABLE';
  return status === 404 ? 'NOT_FOUND' : 'INVALID_REQUEST';
}

/** What `Retry-After` says in ms; dates, which only proxies send, are passed over. */
function retryAfterOf({ headers }: HttpAnswer): number | undefined {
  const exact = Number(headers[HEADER_RETRY_AFTER_MS] ?? Number.NaN);
  if (Number.isFinite(exact) && exact >= 0) return exact;
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

function isPlain(value: unknown): value is string | number | boolean | null {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
