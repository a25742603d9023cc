import { isStratalogError } from '../core/errors.ts';

/** What a client is told about an error in words. What is not ours may hold anything, so it is not shown. */
export function shownMessage(error: unknown): string {
  return isStratalogError(error) ? error.message : 'the server failed unexpectedly; its log has more';
}
