import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { linesOf, ROOT, sourceFiles, textOf } from './source-files.ts';

const SOURCE_LINES_MAX = 500;
const TEST_LINES_MAX = 800;
const DEPTH_MAX = 3;
const VAGUE_NAMES = ['utils', 'util', 'helpers', 'helper', 'common', 'types', 'misc'];
const TEST_PROJECTS = [
  'unit',
  'contract',
  'tidy',
  'spec',
  'simulation',
  'embedded',
  'bench',
  'infra',
  'integration',
  'conformance',
  'chaos',
];

const sources = sourceFiles(['lib', 'functions', 'bin']);
const tests = sourceFiles(['test']);

describe('files', () => {
  it('are under their cap of lines, unless they say that they are generated', () => {
    const tooLong = [
      ...sources.filter((file) => linesOf(file) > SOURCE_LINES_MAX && !isGenerated(file)),
      ...tests.filter((file) => linesOf(file) > TEST_LINES_MAX),
    ];
    expect(tooLong).toEqual([]);
  });

  it('lie at most three folders below their top-level folder and have names that say something', () => {
    expect(sources.filter((file) => file.split('/').length - 2 > DEPTH_MAX)).toEqual([]);
    expect([...sources, ...tests].filter((file) => VAGUE_NAMES.includes(file.split('/').at(-1)?.replace(/\.ts$/, '') ?? ''))).toEqual([]);
  });

  it('that are tests belong to a project of the test runner', () => {
    const stray = tests.filter((file) => file.endsWith('.test.ts') && !TEST_PROJECTS.includes(file.split('/')[1] ?? ''));
    expect(stray).toEqual([]);
    const configured = readFileSync(join(ROOT, 'vitest.config.ts'), 'utf8');
    for (const project of TEST_PROJECTS) expect(configured).toContain(`project('${project}'`);
  });

  it('in lib have a README of their folder', () => {
    const folders = readdirSync(join(ROOT, 'lib'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.filter(({ name }) => !existsSync(join(ROOT, 'lib', name, 'README.md'))).map(({ name }) => name)).toEqual([]);
  });

  it('in lib are reached by a test', () => {
    const imported = new Set(tests.flatMap(importsOf));
    const reached = new Set<string>();
    const open = [...imported].filter((file) => sources.includes(file));
    for (let file = open.pop(); file !== undefined; file = open.pop()) {
      if (reached.has(file)) continue;
      reached.add(file);
      open.push(...importsOf(file).filter((target) => sources.includes(target)));
    }
    const untested = sources.filter((file) => file.startsWith('lib/') && !reached.has(file));
    expect(untested).toEqual([]);
  });
});

function isGenerated(file: string): boolean {
  return /^\/\*\*? ?Generated|^\/\/ Generated/m.test(textOf(file).slice(0, 400));
}

/** Files of the project that a file imports, statically or not, by the relative paths in its text. */
function importsOf(file: string): readonly string[] {
  const folder = file.split('/').slice(0, -1);
  return [...textOf(file).matchAll(/(?:from|import\(|import|new URL\()\s*['"](\.{1,2}\/[^'"]+\.ts)['"]/g)].map(([, path]) => {
    const parts = [...folder];
    for (const part of (path ?? '').split('/')) {
      if (part === '..') parts.pop();
      else if (part !== '.') parts.push(part);
    }
    return parts.join('/');
  });
}
