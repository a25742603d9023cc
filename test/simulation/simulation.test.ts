import { describe, expect, it } from 'vitest';
import { type Plan, planOf } from './plan.ts';
import { shrink } from './shrink.ts';
import { simulate } from './simulation.ts';

/** `SIM_SEEDS=10000` runs as many; the seeds are fixed. CI can afford a minute or two. */
const SEEDS = Number(process.env.SIM_SEEDS ?? (process.env.CI ? 1_000 : 100));
const OPERATIONS = 200;

describe('the simulation', () => {
  it('runs the same seed to the same trace, 20 seeds twice', async () => {
    const digests = new Set<string>();
    for (let seed = 1; seed <= 20; seed++) {
      const plan = planOf(seed, OPERATIONS);
      const first = await simulate(plan);
      const second = await simulate(plan);
      expect(second.digest).toBe(first.digest);
      digests.add(first.digest);
    }
    expect(digests.size).toBe(20);
  });

  it(`finds nothing wrong in ${SEEDS} seeds`, { timeout: SEEDS * 2_000 + 60_000 }, async () => {
    let operations = 0;
    let steps = 0;
    const startedAt = performance.now();
    for (let seed = 1; seed <= SEEDS; seed++) {
      const verdict = await simulate(planOf(seed, OPERATIONS));
      expect(verdict.anomalies, `seed ${seed}: npm run sim -- --seed ${seed} --trace`).toEqual([]);
      operations += verdict.operations;
      steps += verdict.steps;
    }
    const seconds = (performance.now() - startedAt) / 1_000;
    process.stdout.write(`simulation: ${SEEDS} seeds, ${operations} operations, ${steps} steps, ${(SEEDS / seconds).toFixed(1)} seeds/s\n`);
    expect(operations).toBeGreaterThan(SEEDS * OPERATIONS * 0.5);
  });

  it('runs a plan that was written down to the same trace', async () => {
    for (let seed = 1; seed <= 5; seed++) {
      const plan = planOf(seed, OPERATIONS);
      const written = JSON.parse(JSON.stringify(plan)) as Plan;
      expect((await simulate(written)).digest).toBe((await simulate(plan)).digest);
    }
  });

  it('shrinks a failing plan to what it needs to fail', async () => {
    const plan: Plan = { ...planOf(1, 1_000), processes: [5, 6, 7].map((skewMs) => ({ kind: 'remote', skewMs })) };
    const isThere = ({ processes }: Plan): boolean => processes.some(({ skewMs }) => skewMs === 6);
    const small = await shrink(plan, async (candidate) => candidate.operations >= 10 && isThere(candidate));
    expect(small.processes).toEqual([{ kind: 'direct', skewMs: 6 }]);
    expect(small.operations).toBeLessThan(15);
    expect(Object.values(small.disasters).every((everyMs) => everyMs === 0)).toBe(true);
  });
});
