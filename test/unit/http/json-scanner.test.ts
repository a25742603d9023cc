import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StratalogError } from '../../../lib/core/errors.ts';
import { isStrictJson, JsonScanner } from '../../../lib/http/json-scanner.ts';

const read = (text: string) => {
  const scanner = new JsonScanner(Buffer.from(text));
  const value = scanner.readValue();
  scanner.finish();
  return value;
};

describe('the JSON scanner', () => {
  it('reads every value as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(read(text)).toEqual(JSON.parse(text));
        expect(isStrictJson(Buffer.from(text))).toBe(true);
      }),
    );
  });

  it('reads numbers, escapes and white space as JSON.parse does', () => {
    for (const text of ['-0.5e+10', '0', '1E5', '[ 1 ,\n2\t]', '"\\u00e9\\n\\"\\\\"', ' {"a" : {} , "b":[]} ', '"é€😀"', 'true', 'null']) {
      expect(read(text)).toEqual(JSON.parse(text));
    }
  });

  it('refuses whatever JSON.parse refuses, and throws nothing but our error', () => {
    const noise = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '1', '-', '.', 'e', 't', ' ', '\\', 'u', 'a') }),
    );
    fc.assert(
      fc.property(noise, (text) => {
        let expected: unknown;
        try {
          expected = { value: JSON.parse(text) };
        } catch {
          expected = undefined;
        }
        let actual: unknown;
        try {
          actual = { value: read(text) };
        } catch (error) {
          expect(error).toBeInstanceOf(StratalogError);
          actual = undefined;
        }
        // Duplicate keys are the one thing that only we refuse.
        if (actual !== undefined || expected === undefined) expect(actual).toEqual(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['{"a":1,"a":2}', 7, 'twice'],
    ['{"a":{"b":1,"b":1}}', 12, 'twice'],
    ['{"a":1', 6, 'expected'],
    ['[1,]', 3, 'value is expected'],
    ['{"a":"b}', 8, 'not closed'],
    ['"\u0001"', 1, 'control'],
    ['01', 1, 'nothing may follow'],
    ['1.', 2, 'digit'],
    ['', 0, 'value is expected'],
  ])('names the byte where %s goes wrong', (text, position, words) => {
    expect(() => read(text)).toThrowError(
      expect.objectContaining({
        code: 'INVALID_REQUEST',
        message: expect.stringContaining(words),
        details: expect.objectContaining({ position }),
      }),
    );
  });

  it('finds a key that comes twice among many', () => {
    const keys = Array.from({ length: 1_000 }, (_, i) => `"k${i}":${i}`);
    expect(() => read(`{${keys.join(',')},"k7":0}`)).toThrowError(/twice/);
    expect(Object.keys(read(`{${keys.join(',')}}`) as object)).toHaveLength(1_000);
  });

  it('keeps __proto__ as a plain key', () => {
    const value = read('{"__proto__":{"polluted":true}}') as Record<string, unknown>;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value)).toEqual(['__proto__']);
  });

  it('refuses what is nested too deep instead of exhausting the stack', () => {
    expect(() => read('['.repeat(100_000))).toThrowError(/nested deeper than 200/);
    expect(isStrictJson(Buffer.from('['.repeat(100_000)))).toBe(false);
    expect(isStrictJson(Buffer.from(`${'['.repeat(200)}${']'.repeat(200)}`))).toBe(true);
  });

  it('answers the exact text of a value', () => {
    const scanner = new JsonScanner(Buffer.from('  {"n": 12345678901234567890.1000 }  '));
    expect(scanner.passValue().toString()).toBe('{"n": 12345678901234567890.1000 }');
  });

  it('refuses half a surrogate pair where bytes are wanted', () => {
    expect(() => new JsonScanner(Buffer.from('"\\ud800"')).readStringBytes()).toThrowError(/surrogate/);
    expect(new JsonScanner(Buffer.from('"\\ud83d\\ude00"')).readStringBytes().toString()).toBe('😀');
  });
});
