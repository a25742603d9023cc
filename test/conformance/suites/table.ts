/** The table of every test of a suite in CLIENTS.md: read to know what is expected, written anew on request. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const FILE = join(import.meta.dirname, '../CLIENTS.md');

export interface Row {
  readonly test: string;
  /** `pass`, or `-` for one that is not run or does not pass, with the reason. */
  readonly result: 'pass' | '-';
  readonly reason: string;
}

export type Tables = ReadonlyMap<string, readonly Row[]>;

/** The tables by the heading above them. */
export async function readTables(): Promise<Tables> {
  return parseTables(await readFile(FILE, 'utf8'));
}

export function parseTables(document: string): Tables {
  const sections = document.split(/^## /m).slice(1);
  return new Map(
    sections.map((section) => {
      const [title = '', ...lines] = section.split('\n');
      const rows = lines.filter((line) => line.startsWith('| ') && !/^\| (?:test |-)/.test(line)).map(rowOf);
      return [title.trim(), rows];
    }),
  );
}

function rowOf(line: string): Row {
  const [test = '', result = '', reason = ''] = line
    .slice(1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
  if (result !== 'pass' && result !== '-') throw new Error(`CLIENTS.md: the result of '${test}' is '${result}', it must be pass or -`);
  if (result === '-' && reason === '') throw new Error(`CLIENTS.md: '${test}' does not pass and names no reason`);
  return { test, result, reason };
}

/** Puts rows in place of those under a heading, which has to be there. */
export async function writeRows(title: string, rows: readonly Row[]): Promise<void> {
  await writeFile(FILE, withRows(await readFile(FILE, 'utf8'), title, rows));
}

export function withRows(document: string, title: string, rows: readonly Row[]): string {
  const at = document.indexOf(`## ${title}\n`);
  if (at < 0) throw new Error(`CLIENTS.md has no heading '## ${title}'`);
  const table = document.indexOf('| test ', at);
  const after = /\n\n/g;
  after.lastIndex = table;
  const end = after.exec(document)?.index ?? document.length;
  const cells = [['test', 'result', 'reason'], ['', '', ''], ...rows.map((row) => [row.test, row.result, row.reason].map(escaped))];
  const widths = [0, 1, 2].map((column) => Math.max(3, ...cells.map((line) => (line[column] ?? '').length)));
  const lines = cells.map((line, i) =>
    i === 1
      ? `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
      : `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`,
  );
  return `${document.slice(0, table)}${lines.join('\n')}${end === document.length ? '\n' : document.slice(end)}`;
}

function escaped(cell: string): string {
  return cell.replaceAll('|', '\\|');
}
