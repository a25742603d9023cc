import type { Benchmark } from './benchmark.ts';
import { embeddedBenchmarks } from './embedded-http.ts';

/** Every benchmark, in the order they run. */
export const BENCHMARKS: readonly Benchmark[] = [...embeddedBenchmarks];
