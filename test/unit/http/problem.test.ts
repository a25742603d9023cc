import { describe, expect, it } from 'vitest';
import { type ErrorCode, RETRY_ADVICE, StratalogError } from '../../../lib/core/errors.ts';
import { asStratalogError, problemOf, retryAfterOf, STATUS_OF } from '../../../lib/http/problem.ts';

describe('problems', () => {
  it('have a status for every code: 4xx or 5xx, and no success', () => {
    for (const code of Object.keys(RETRY_ADVICE) as ErrorCode[]) expect(STATUS_OF[code]).toBeGreaterThanOrEqual(400);
  });

  it('carry the code, the field, the value and the limit, and never lose their own members to details', () => {
    const error = new StratalogError('THROTTLED', 'too much', {
      field: 'body',
      value: 2,
      limit: 1,
      retryAfterMs: 1_200,
      status: 7,
      title: 'x',
    });
    expect(problemOf(error)).toEqual({
      type: 'urn:stratalog:error:THROTTLED',
      title: 'throttled',
      status: 429,
      detail: 'too much',
      code: 'THROTTLED',
      retriable: true,
      field: 'body',
      value: 2,
      limit: 1,
      retryAfterMs: 1_200,
    });
  });

  it('say when to come back, in whole seconds, where that helps', () => {
    expect(retryAfterOf(new StratalogError('THROTTLED', '', { retryAfterMs: 1_200 }), 429)).toBe('2');
    expect(retryAfterOf(new StratalogError('STORAGE_ERROR', ''), 503)).toBe('1');
    expect(retryAfterOf(new StratalogError('STORAGE_READ_ONLY', ''), 503)).toBeUndefined();
    expect(retryAfterOf(new StratalogError('INVALID_REQUEST', ''), 400)).toBeUndefined();
  });

  it('do not tell what a stranger’s error says', () => {
    const error = asStratalogError(new TypeError('x is undefined'));
    expect(error.code).toBe('INTERNAL');
    expect(error.message).not.toContain('undefined');
    expect(error.cause).toBeInstanceOf(TypeError);
  });
});
