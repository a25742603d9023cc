import { describe, expect, it } from 'vitest';
import { BENCHMARKS } from './registry.ts';

describe('every benchmark', () => {
  for (const benchmark of BENCHMARKS) {
    it(`runs in small: ${benchmark.name}`, async () => {
      const rows = await benchmark.run({ quick: true, progress: () => undefined });
      expect(rows.length).toBeGreaterThan(0);
      for (const { figures } of rows) {
        for (const [name, value] of Object.entries(figures)) if (typeof value === 'number') expect(Number.isFinite(value), name).toBe(true);
      }
    });
  }
});
