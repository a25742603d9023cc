import { describe, expect, it } from 'vitest';
import { RETRY_ADVICE, StratalogError } from '../../../lib/core/errors.ts';
import { ERROR_NUMBERS, errorNumber } from '../../../lib/kafka/error-numbers.ts';

describe('Kafka error numbers', () => {
  it('are there for every code', () => {
    expect(Object.keys(ERROR_NUMBERS).sort()).toEqual(Object.keys(RETRY_ADVICE).sort());
    expect(Object.values(ERROR_NUMBERS)).not.toContain(0);
  });

  it('are found for anything that can be caught', () => {
    expect(errorNumber(new StratalogError('OFFSET_OUT_OF_RANGE', 'x'))).toBe(1);
    expect(errorNumber(new Error('x'))).toBe(-1);
    expect(errorNumber(Object.assign(new Error('x'), { code: 'ENOENT' }))).toBe(-1);
    expect(errorNumber(Object.assign(new Error('x'), { code: 'toString' }))).toBe(-1);
    expect(errorNumber(undefined)).toBe(-1);
    expect(errorNumber(null)).toBe(-1);
  });
});
