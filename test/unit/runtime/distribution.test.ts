import fc from 'fast-check';
import { Histogram, type Metric, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { Distribution } from '../../../lib/runtime/distribution.ts';

const BOUNDS = [0.5, 1, 10];

async function textOf(metric: Distribution | Histogram): Promise<string> {
  const registry = new Registry();
  registry.registerMetric(metric as Metric);
  return registry.metrics();
}

describe('a distribution', () => {
  it("is told as the library's own histogram of the same values is", async () => {
    const value = fc.oneof(fc.constantFrom(-1, 0, 0.5, 1, 10, 11), fc.double({ min: 0, max: 20, noNaN: true }));
    const observed = fc.array(fc.tuple(fc.constantFrom('a', 'b "quoted"'), value), { minLength: 1, maxLength: 50 });
    await fc.assert(
      fc.asyncProperty(observed, async (observations) => {
        const theirs = new Histogram({ name: 'x_seconds', help: 'x', labelNames: ['route'], buckets: BOUNDS, registers: [] });
        const ours = new Distribution({ name: 'x_seconds', help: 'x' }, BOUNDS);
        const tallies = new Map([...new Set(observations.map(([route]) => route))].map((route) => [route, ours.tally({ route })] as const));
        for (const [route, one] of observations) {
          theirs.observe({ route }, one);
          ours.observe(tallies.get(route) as never, one);
        }
        expect(await textOf(ours)).toBe(await textOf(theirs));
      }),
    );
  });

  it('has nothing to tell before the first label set, and after it was reset', async () => {
    const distribution = new Distribution({ name: 'x_bytes', help: 'x' }, BOUNDS);
    expect((await distribution.get()).values).toEqual([]);
    distribution.observe(distribution.tally({}), 3);
    expect((await distribution.get()).values.at(-1)).toEqual({ metricName: 'x_bytes_count', labels: {}, value: 1 });
    distribution.reset();
    expect((await distribution.get()).values).toEqual([]);
  });
});
