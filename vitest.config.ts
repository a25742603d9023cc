import { defineConfig } from 'vitest/config';

const project = (name: string, options: { timeoutMs?: number; serial?: boolean } = {}) => ({
  extends: true as const,
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: options.timeoutMs ?? 20_000,
    hookTimeout: options.timeoutMs ?? 20_000,
    ...(options.serial ? { fileParallelism: false } : {}),
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
      project('integration', { timeoutMs: 900_000, serial: true }),
      project('conformance', { timeoutMs: 900_000, serial: true }),
      project('chaos', { timeoutMs: 900_000, serial: true }),
    ],
  },
});
