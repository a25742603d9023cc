import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SPEC_MUTATIONS } from './mutations.ts';
import { type Config, configText, findTlc, runTlc } from './tlc.ts';

/** `SPEC_ALL=1` checks every configuration and every mutation (about 20 minutes on two cores). */
const ALL = process.env.SPEC_ALL === '1';
const QUICK: readonly Config[] = ['shared', 'sleeper'];
const CONFIGS: readonly Config[] = ALL ? [...QUICK, 'sleeperretention', 'writepath', 'merge', 'read', 'readretention'] : QUICK;
const MINUTES = 60_000;
const RUN_TIMEOUT_MS = 20 * MINUTES;

const tlc = findTlc();
const jar = 'jar' in tlc ? tlc.jar : null;
if ('missing' in tlc) process.stderr.write(`the specification is not checked: ${tlc.missing}\n`);

describe('the specification', () => {
  it('is checked wherever the tests run in CI', () => {
    if (process.env.CI) expect(tlc).toHaveProperty('jar');
  });

  it('knows every rule that the table of mutations breaks, and no other', () => {
    const text = readFileSync(join(import.meta.dirname, 'Stratalog.tla'), 'utf8');
    const known = new Set([...text.matchAll(/Mutated\("([^"]+)"\)/g)].map((match) => match[1]));
    expect(new Set(SPEC_MUTATIONS.map((entry) => entry.mutation))).toEqual(known);
  });

  it('refuses to replace a constant that a configuration does not have', () => {
    expect(() => configText('shared', { constants: { Nonsense: '1' } })).toThrow('Nonsense');
  });

  it.runIf(jar !== null).for(CONFIGS)('holds in every state of %s', { timeout: RUN_TIMEOUT_MS }, async (config: Config) => {
    const result = await runTlc(jar ?? '', config);
    expect(result.violated, result.output.slice(-2_000)).toBeNull();
    expect(result.distinctStates).toBeGreaterThan(10_000);
  });

  it.runIf(jar !== null).for(SPEC_MUTATIONS.filter((entry) => ALL || entry.quick))(
    'needs its rule: "$mutation" fells $falls',
    { timeout: RUN_TIMEOUT_MS },
    async (entry) => {
      const result = await runTlc(jar ?? '', entry.config, entry);
      expect(result.violated).toBe(entry.falls);
    },
  );
});
