import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StratalogError } from '../../../../lib/core/errors.ts';
import { compileTopicPattern } from '../../../../lib/core/groups/topic-pattern.ts';

const PATTERNS = [
  'a',
  'a|b',
  '(ab)*',
  'a+b?',
  'or.*',
  '[a-c]+',
  '[^a]b',
  '\\d{2,3}',
  'x{2}',
  'a{2,}',
  '(a|b){1,2}c',
  '^ab$',
  'a\\.b',
  '[\\w.-]+',
  '(?:ab|c)+',
  '^a|^b',
  '(^a+)|(?:^b$)',
  'a$|b',
  'a^b',
  '(a$)*x?',
  'a*?b+?',
  '(?<name>ab)?c',
  '',
];

describe('a topic pattern', () => {
  it('matches whole names as the same expression does elsewhere', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'x', '1', '2', '.', 'o', 'r'), maxLength: 8 });
    fc.assert(
      fc.property(fc.constantFrom(...PATTERNS.filter((p) => p !== '')), name, (pattern, text) => {
        expect(compileTopicPattern(pattern)(text)).toBe(new RegExp(`^(?:${pattern})$`).test(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['(?i)Orders-.*', 'oRDERS-x', 'rders-x'],
    ['(?i:ab)c', 'ABc', 'ABC'],
    ['a(?i)b|c', 'aB', 'AB'],
    ['(?s)a.b', 'a.b', 'ab'],
    ['(?P<n>a)b', 'ab', 'a'],
    ['\\Aab\\z', 'ab', 'abc'],
    ['\\Qa.b\\E+', 'a.b', 'axb'],
    ['\\Qa.b', 'a.b', 'axb'],
    ['[[:alpha:][:digit:]-]+', 'a-1', 'a_1'],
    ['[[:^digit:]]', 'x', '1'],
    ['[^[:upper:]]', 'x', 'X'],
  ])('reads %j as RE2 does: %j matches, %j does not', (pattern, yes, no) => {
    expect([yes, no].map(compileTopicPattern(pattern))).toEqual([true, false]);
  });

  it('answers within bounds where a matcher that backtracks would not', () => {
    expect(compileTopicPattern('(a+)+b')('a'.repeat(249))).toBe(false);
    expect(compileTopicPattern('(a|aa)*c')('a'.repeat(249))).toBe(false);
  });

  it.each(['', '(', 'a)', '[a', '*a', 'a{3,2}', '(?=a)', '(?x:a)', '[[:nothing:]]', '\\1', 'a**', '((a{200}){200}){200}', 'a'.repeat(257)])(
    'refuses %j with a typed error',
    (pattern) => {
      expect(() => compileTopicPattern(pattern)).toThrow(StratalogError);
    },
  );

  it('never throws anything but a refusal', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab()[]{}*+?|\\^$.,-1209dw'), maxLength: 20 }), (pattern) => {
        try {
          compileTopicPattern(pattern)('ab12');
        } catch (error) {
          expect(error).toBeInstanceOf(StratalogError);
        }
      }),
    );
  });
});
