/** `npm run bench -- [NAME...] [--quick]`: runs benchmarks and prints a table each; results are added to .tmp/bench.jsonl. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import type { BenchmarkRow } from './benchmark.ts';
import { BENCHMARKS } from './registry.ts';
import { memoryGivenBack } from './warm-memory.ts';

const ROOT = new URL('../..', import.meta.url).pathname;

function commitOf(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

function print(rows: readonly BenchmarkRow[]): void {
  console.table(Object.fromEntries(rows.map(({ what, figures }) => [what, figures])));
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
});
const unknown = positionals.filter((name) => !BENCHMARKS.some((benchmark) => benchmark.name === name));
if (values.help || unknown.length > 0) {
  if (unknown.length > 0) console.error(`no such benchmark: ${unknown.join(', ')}`);
  console.error('usage: npm run bench -- [NAME...] [--quick]\n');
  for (const { name, about } of BENCHMARKS) console.error(`  ${name.padEnd(14)} ${about}`);
  process.exit(values.help ? 0 : 2);
}
const givenBack = memoryGivenBack();
const machine = {
  cpus: cpus().length,
  model: cpus()[0]?.model ?? 'unknown',
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  givesMemoryBack: givenBack !== undefined,
};
if (givenBack !== undefined) console.error(givenBack);
mkdirSync(`${ROOT}/.tmp`, { recursive: true });
for (const benchmark of BENCHMARKS.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
  console.error(`${benchmark.name}: ${benchmark.about}`);
  const loadBefore = loadavg()[0] ?? 0;
  const rows = await benchmark.run({ quick: values.quick, progress: (text) => console.error(`  ${text}`) });
  print(rows);
  console.error(`  load before ${loadBefore.toFixed(1)}, after ${(loadavg()[0] ?? 0).toFixed(1)}\n`);
  const line = { benchmark: benchmark.name, commit: commitOf(), machine, quick: values.quick, at: new Date().toISOString(), rows };
  appendFileSync(`${ROOT}/.tmp/bench.jsonl`, `${JSON.stringify(line)}\n`);
}
