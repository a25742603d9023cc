import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { MUTATIONS } from './mutations.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** `SIM_ALL=1` looks for every defect; without it those that take long are left out, by name. */
const ALL = process.env.SIM_ALL === '1';
const SEEDS_MAX = 200;
const RARE_SEEDS_MAX = 5_000;
const OPERATIONS = 200;
const FIND_TIMEOUT_MS = 120_000;
const RARE_TIMEOUT_MS = 1_800_000;
const SOUGHT = MUTATIONS.filter(({ rare }) => ALL || rare !== true);
const rare = MUTATIONS.filter((mutation) => !SOUGHT.includes(mutation)).map(({ name }) => name);
if (rare.length > 0) process.stderr.write(`not looked for without SIM_ALL=1: ${rare.join('; ')}\n`);
const run = promisify(execFile);

describe('a seeded defect', () => {
  it.for(MUTATIONS)('changes text that stands once: $name', ({ file, find }) => {
    expect(readFileSync(join(ROOT, file), 'utf8').split(find)).toHaveLength(2);
  });

  it.for(SOUGHT)('is found: $name', { timeout: RARE_TIMEOUT_MS }, async ({ name, rare }) => {
    const seeds = rare === true ? RARE_SEEDS_MAX : SEEDS_MAX;
    const args = ['--import', './test/simulation/mutate.ts', 'test/simulation/seeds-to-find.ts', String(seeds), String(OPERATIONS)];
    const timeout = rare === true ? RARE_TIMEOUT_MS : FIND_TIMEOUT_MS;
    const { stdout } = await run(process.execPath, args, { cwd: ROOT, env: { ...process.env, MUTATION: name }, timeout });
    const found = JSON.parse(stdout) as { seed: number; why: string } | null;
    process.stdout.write(`${name}: ${found === null ? 'not found' : `seed ${found.seed}, ${found.why}`}\n`);
    expect(found).not.toBeNull();
  });
});
