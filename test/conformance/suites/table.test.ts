import { describe, expect, it } from 'vitest';
import { parseTables, type Row, withRows } from './table.ts';

const DOCUMENT = `# Title

## One

| test | result | reason |
| ---- | ------ | ------ |
| a    | pass   |        |

Words.

## Two

| test | result | reason |
| ---- | ------ | ------ |
`;

describe('the table of other suites', () => {
  it('is read as it was written, in its place', () => {
    const rows: readonly Row[] = [
      { test: 'b', result: 'pass', reason: '' },
      { test: 'c | d', result: '-', reason: 'needs a | or two' },
    ];
    const once = withRows(DOCUMENT, 'One', rows);
    const twice = withRows(once, 'Two', rows.slice(1));
    expect(parseTables(twice)).toEqual(
      new Map([
        ['One', rows],
        ['Two', rows.slice(1)],
      ]),
    );
    expect(once).toContain('\n\nWords.\n\n## Two');
    expect(withRows(withRows(twice, 'Two', []), 'One', [{ test: 'a', result: 'pass', reason: '' }])).toBe(
      DOCUMENT.replaceAll(/\| -+ \| -+ \| -+ \|/g, (line) => line),
    );
  });

  it('refuses a test that does not pass and has no reason', () => {
    expect(() => parseTables('## X\n\n| test | result | reason |\n| --- | --- | --- |\n| a | - | |\n')).toThrow('names no reason');
    expect(() => parseTables('## X\n\n| a | maybe | |\n')).toThrow('must be pass or -');
  });
});
