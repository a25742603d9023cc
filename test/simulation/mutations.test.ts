import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { MUTATIONS } from './mutations.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const SEEDS_MAX = 100;
const OPERATIONS = 200;
const FIND_TIMEOUT_MS = 120_000;
const run = promisify(execFile);

describe('a seeded defect', () => {
  it.for(MUTATIONS)('changes text that stands once: $name', ({ file, find }) => {
    expect(readFileSync(join(ROOT, file), 'utf8').split(find)).toHaveLength(2);
  });

  it.for(MUTATIONS)('is found: $name', { timeout: FIND_TIMEOUT_MS }, async ({ name }) => {
    const args = ['--import', './test/simulation/mutate.ts', 'test/simulation/seeds-to-find.ts', String(SEEDS_MAX), String(OPERATIONS)];
    const { stdout } = await run(process.execPath, args, { cwd: ROOT, env: { ...process.env, MUTATION: name }, timeout: FIND_TIMEOUT_MS });
    const found = JSON.parse(stdout) as { seed: number; why: string } | null;
    process.stdout.write(`${name}: ${found === null ? 'not found' : `seed ${found.seed}, ${found.why}`}\n`);
    expect(found).not.toBeNull();
  });
});
