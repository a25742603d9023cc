import { defineConfig } from 'vitest/config';

const project = (name: string, options: { timeoutMs?: number; serial?: boolean; files?: number } = {}) => ({
  extends: true as const,
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: options.timeoutMs ?? 20_000,
    hookTimeout: options.timeoutMs ?? 20_000,
    ...(options.serial ? { fileParallelism: false } : {}),
    // Vitest runs projects that differ in this one after the other, and wants to know in which order.
    ...(options.files ? { maxWorkers: options.files, sequence: { groupOrder: 1 } } : {}),
  },
});

export default defineConfig({
  test: {
    pool: 'forks',
    projects: [
      project('unit'),
      project('contract', { timeoutMs: 60_000 }),
      project('tidy', { timeoutMs: 60_000 }),
      project('spec', { timeoutMs: 600_000, serial: true }),
      project('simulation', { timeoutMs: 300_000 }),
      project('embedded', { timeoutMs: 300_000, serial: true }),
      project('bench', { timeoutMs: 120_000, serial: true }),
      project('infra', { timeoutMs: 120_000 }),
      project('integration', { timeoutMs: 900_000, files: 2 }),
      project('conformance', { timeoutMs: 900_000, serial: true }),
      project('chaos', { timeoutMs: 900_000, serial: true }),
    ],
  },
});
