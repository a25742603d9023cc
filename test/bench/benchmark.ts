/** What a benchmark is, and the arithmetic that all of them share. */

export interface BenchmarkOptions {
  /** Tiny sizes, so that the tests run every benchmark and none can rot. */
  readonly quick: boolean;
  /** Told after each step, for people who wait. */
  readonly progress: (text: string) => void;
}

/** One line of a result: a name, and figures with their units in the names. */
export interface BenchmarkRow {
  readonly what: string;
  readonly figures: Readonly<Record<string, number | string>>;
}

export interface Benchmark {
  readonly name: string;
  /** One sentence: what is measured against what. */
  readonly about: string;
  run(options: BenchmarkOptions): Promise<readonly BenchmarkRow[]>;
}

/** The value below which `share` of the samples lie; 0 when there are none. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export function median(samples: readonly number[]): number {
  return percentile(samples, 0.5);
}

/** Three significant digits, which is more than these figures are worth. */
export function round(value: number): number {
  return value === 0 ? 0 : Number(value.toPrecision(3));
}
