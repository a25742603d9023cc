import { beforeAll, describe, expect, it } from 'vitest';
import { NODE_RDKAFKA } from '../suites/node-rdkafka.ts';
import type { Outcome } from '../suites/suite.ts';
import { readTables } from '../suites/table.ts';

const INSTALL_AND_RUN_MS = 1_800_000;
const rows = (await readTables()).get(NODE_RDKAFKA.title) ?? [];
const expected = rows.filter(({ result }) => result === 'pass');

describe("node-rdkafka's own tests", () => {
  const outcomes = new Map<string, Outcome>();
  let listed: readonly string[] = [];

  beforeAll(async () => {
    const folder = await NODE_RDKAFKA.install();
    listed = (await NODE_RDKAFKA.tests(folder)).map(({ name }) => name);
    const names = expected.map(({ test }) => test);
    await NODE_RDKAFKA.run(folder, names, (outcome) => outcomes.set(outcome.test, outcome));
  }, INSTALL_AND_RUN_MS);

  it('are all in the table of CLIENTS.md', () => {
    expect(rows.map(({ test }) => test).sort()).toEqual([...listed].sort());
  });

  it.each(expected)('$test', ({ test }) => {
    expect(outcomes.get(test)).toMatchObject({ result: 'pass' });
  });
});
