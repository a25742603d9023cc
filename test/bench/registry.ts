import type { Benchmark } from './benchmark.ts';
import { embeddedBenchmarks } from './embedded-http.ts';
import { maintenanceBenchmarks } from './maintenance.ts';

/** Every benchmark, in the order they run. */
export const BENCHMARKS: readonly Benchmark[] = [...embeddedBenchmarks, ...maintenanceBenchmarks];
