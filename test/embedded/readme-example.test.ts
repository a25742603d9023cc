/** The README's example of a broker in other people's tests, taken from the README and run by vitest as it stands there. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { startStratalog } from '../../lib/runtime/testing.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

test('the example in the README passes as it is written', async () => {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const example = [...readme.matchAll(/```ts\n(.*?)```/gs)]
    .map(([, code]) => code ?? '')
    .find((code) => code.includes('stratalog/testing'));
  expect(example).toContain('startStratalog');
  // Among the packages, so that the example finds those it imports; the one that is not built here stands for its source.
  const folder = await mkdtemp(join(ROOT, 'node_modules', '.readme-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'example.test.ts'), example ?? '');
  const alias = JSON.stringify({ 'stratalog/testing': join(ROOT, 'lib/runtime/testing.ts') });
  await writeFile(
    join(folder, 'vitest.config.ts'),
    `export default { root: ${JSON.stringify(folder)}, resolve: { alias: ${alias} }, test: { include: ['example.test.ts'], exclude: [], testTimeout: 60_000 } };\n`,
  );
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const { stdout } = await run(process.execPath, [vitest, 'run', '--config', join(folder, 'vitest.config.ts')], { cwd: folder });
  expect(stdout).toMatch(/1 passed/);
});

test('fifty brokers stand side by side, each with an address and a cluster id of its own', async () => {
  const brokers = await Promise.all(Array.from({ length: 50 }, (_, i) => startStratalog({ topics: [`t${i}`] })));
  expect(new Set(brokers.map(({ brokers: address }) => address)).size).toBe(50);
  const topics = await Promise.all(brokers.map(async ({ url }) => JSON.stringify(await (await fetch(`${url}/v1/topics`)).json())));
  for (const [i, text] of topics.entries()) expect(text).toContain(`"t${i}"`);
  await Promise.all(brokers.map((broker) => broker.close()));
});
