import { awsLatencyBenchmark } from './aws-latency.ts';
import type { Benchmark } from './benchmark.ts';
import { compactionBenchmark } from './compaction.ts';
import { embeddedBenchmarks } from './embedded-http.ts';
import { latencyBenchmark } from './embedded-latency.ts';
import { groupBenchmarks } from './groups.ts';
import { kafkaBenchmark } from './kafka.ts';
import { mergeBenchmark } from './maintenance.ts';
import { upkeepBenchmark } from './upkeep.ts';
import { upkeepCostBenchmark } from './upkeep-cost.ts';

/** Every benchmark, in the order they run. */
export const BENCHMARKS: readonly Benchmark[] = [
  ...embeddedBenchmarks,
  latencyBenchmark,
  awsLatencyBenchmark,
  kafkaBenchmark,
  compactionBenchmark,
  mergeBenchmark,
  upkeepBenchmark,
  upkeepCostBenchmark,
  ...groupBenchmarks,
];
