/**
 * Waiting between attempts: exponential with full jitter, so that clients which failed together do not come back
 * together. A wait that the server asked for is kept as the least.
 */
import { isStratalogError } from '../core/errors.ts';

export interface BackoffSettings {
  /** Upper end of the first wait, ms. */
  readonly firstMs: number;
  /** Upper end of every later wait, ms. */
  readonly maxMs: number;
}

/** Milliseconds before attempt `attempt` (1 for the first retry). */
export function backoffMs(attempt: number, settings: BackoffSettings, error?: unknown): number {
  const ceiling = Math.min(settings.maxMs, settings.firstMs * 2 ** Math.min(attempt - 1, 30));
  const drawn = Math.ceil(Math.random() * ceiling);
  const asked = isStratalogError(error) ? (error.details.retryAfterMs ?? 0) : 0;
  return asked > 0 ? asked + drawn : drawn;
}

/** Resolves after `ms` milliseconds, or at once when the signal aborts; never rejects. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}

/** The promise's outcome, or a rejection with the signal's reason when it aborts first. */
export function orAborted<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return promise;
  if (signal.aborted) {
    promise.catch(() => undefined);
    return Promise.reject(signal.reason);
  }
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason);
    signal.addEventListener('abort', aborted, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted));
  });
}
