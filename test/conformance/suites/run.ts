/**
 * Runs the long suites and compares them with CLIENTS.md: `node run.ts [librdkafka|franz-go ...] [--only TEXT] [--write]`.
 *
 * What the table calls a pass has to pass; a test that it does not name, and one that it names but that is gone, are
 * errors. `--only` runs the tests whose names begin with a text. `--write` puts what was found into the table.
 */
import { parseArgs } from 'node:util';
import { FRANZ_GO } from './franz-go.ts';
import { librdkafka } from './librdkafka.ts';
import { NODE_RDKAFKA } from './node-rdkafka.ts';
import type { Outcome, Suite } from './suite.ts';
import { type Row, readTables, writeRows } from './table.ts';

const SUITES: Readonly<Record<string, readonly Suite[]>> = {
  librdkafka: [librdkafka('classic'), librdkafka('consumer')],
  'franz-go': [FRANZ_GO],
  'node-rdkafka': [NODE_RDKAFKA],
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string' }, write: { type: 'boolean', default: false } },
});
// The short one is part of the tests that run on every change.
const names = positionals.length > 0 ? positionals : ['librdkafka', 'franz-go'];
let failures = 0;
for (const name of names) {
  const suites = SUITES[name];
  if (suites === undefined) throw new Error(`there is no suite '${name}'; there are ${Object.keys(SUITES).join(', ')}`);
  for (const suite of suites) failures += await runSuite(suite);
}
process.exitCode = failures === 0 ? 0 : 1;

/** Answers how many tests are not as the table says. */
async function runSuite(suite: Suite): Promise<number> {
  const began = performance.now();
  const expected = new Map((await readTables()).get(suite.title)?.map((row) => [row.test, row]));
  const folder = await suite.install();
  const installed = performance.now();
  const all = await suite.tests(folder);
  const chosen = all.filter(({ name }) => values.only === undefined || name.startsWith(values.only));
  const wanted = chosen.filter(({ name, local }) => local === undefined && expected.get(name)?.result !== '-').map(({ name }) => name);
  const outcomes = new Map<string, Outcome>();
  console.log(`${suite.title}: ${all.length} tests, ${wanted.length} to run`);
  await suite.run(folder, wanted, (outcome) => {
    outcomes.set(outcome.test, outcome);
    if (outcome.result !== 'pass') console.log(`  ${outcome.result} ${outcome.test} (${outcome.seconds.toFixed(1)} s): ${outcome.said}`);
  });
  const rows = all.map(({ name, local }): Row => {
    const outcome = outcomes.get(name);
    if (local !== undefined) return { test: name, result: '-', reason: local };
    if (outcome?.result === 'pass') return { test: name, result: 'pass', reason: '' };
    return expected.get(name) ?? { test: name, result: '-', reason: `to be explained: ${outcome?.said ?? 'not run'}` };
  });
  const unknown = values.only === undefined ? all.filter(({ name }) => !expected.has(name)).map(({ name }) => name) : [];
  const gone = [...expected.keys()].filter((name) => !all.some((test) => test.name === name));
  const wrong = wanted.filter((name) => outcomes.get(name)?.result !== 'pass');
  const seconds = (from: number, to: number) => `${((to - from) / 1_000).toFixed(0)} s`;
  console.log(
    `${suite.title}: ${wanted.length - wrong.length} of ${wanted.length} passed, ${all.length - chosen.length + chosen.length - wanted.length} not run; ` +
      `installed in ${seconds(began, installed)}, run in ${seconds(installed, performance.now())}`,
  );
  for (const name of wrong) console.log(`  does not pass: ${name}`);
  if (values.write) await writeRows(suite.title, rows);
  else for (const name of [...unknown, ...gone]) console.log(`  in the suite or in CLIENTS.md, not in both: ${name}`);
  return wrong.length + (values.write ? 0 : unknown.length + gone.length);
}
