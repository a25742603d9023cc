import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** By itself Vitest leaves a core to others, which on two cores is half of them. */
const FILES_AT_ONCE = availableParallelism();

const project = (name: string, options: { timeoutMs?: number; filesAtOnce?: number } = {}) => ({
  extends: true as const,
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: options.timeoutMs ?? 20_000,
    hookTimeout: options.timeoutMs ?? 20_000,
    maxWorkers: options.filesAtOnce ?? FILES_AT_ONCE,
    // Vitest runs projects that differ in that one after the other, and wants to know in which order.
    sequence: { groupOrder: options.filesAtOnce ?? 0 },
  },
});

export default defineConfig({
  test: {
    pool: 'forks',
    projects: [
      project('unit'),
      project('contract', { timeoutMs: 60_000 }),
      project('tidy', { timeoutMs: 60_000 }),
      project('spec', { timeoutMs: 600_000, filesAtOnce: 1 }),
      project('simulation', { timeoutMs: 300_000 }),
      project('embedded', { timeoutMs: 300_000, filesAtOnce: 1 }),
      project('bench', { timeoutMs: 120_000, filesAtOnce: 1 }),
      project('infra', { timeoutMs: 120_000 }),
      project('integration', { timeoutMs: 900_000, filesAtOnce: 2 }),
      project('conformance', { timeoutMs: 900_000, filesAtOnce: 1 }),
      project('chaos', { timeoutMs: 900_000, filesAtOnce: 1 }),
    ],
  },
});
