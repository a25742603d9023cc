import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { MUTATIONS } from './mutations.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** `SIM_ALL=1` looks for every defect; without it those that take many seeds are left out, by name. */
const ALL = process.env.SIM_ALL === '1';
const SEEDS_MAX = 300;
const OPERATIONS = 200;
const TIMEOUT_MS = 600_000;
const SOUGHT = MUTATIONS.filter(({ manySeeds }) => ALL || manySeeds !== true);
const left = MUTATIONS.filter((mutation) => !SOUGHT.includes(mutation)).map(({ name }) => name);
if (left.length > 0) process.stderr.write(`not looked for without SIM_ALL=1: ${left.join('; ')}\n`);
const run = promisify(execFile);

describe('a seeded defect', () => {
  const rows: string[] = [];
  afterAll(() => {
    process.stdout.write(`seeds to find ${rows.length} seeded defects:\n${rows.join('\n')}\n`);
  });

  it.for(MUTATIONS)('changes text that stands once: $name', ({ file, find }) => {
    expect(readFileSync(join(ROOT, file), 'utf8').split(find)).toHaveLength(2);
  });

  it.for(SOUGHT)('is found: $name', { timeout: TIMEOUT_MS }, async ({ name }) => {
    const args = ['--import', './test/simulation/mutate.ts', 'test/simulation/seeds-to-find.ts', String(SEEDS_MAX), String(OPERATIONS)];
    const { stdout } = await run(process.execPath, args, { cwd: ROOT, env: { ...process.env, MUTATION: name }, timeout: TIMEOUT_MS });
    const found = JSON.parse(stdout) as { seed: number; why: string } | null;
    rows.push(`  ${String(found?.seed ?? 'not found').padStart(9)}  ${name}: ${found?.why ?? ''}`);
    expect(found, `not found in ${SEEDS_MAX} seeds`).not.toBeNull();
  });

  it('is the only thing that is found where seeds are drawn towards it', { timeout: TIMEOUT_MS }, async () => {
    const { planOf } = await import('./plan.ts');
    const { simulate } = await import('./simulation.ts');
    const drawings = new Set(MUTATIONS.flatMap(({ drawn }) => drawn ?? []));
    for (const drawn of drawings) {
      for (let seed = 1; seed <= 3; seed++) expect((await simulate(drawn(planOf(seed, OPERATIONS)))).anomalies, `seed ${seed}`).toEqual([]);
    }
  });
});
