/** A suite that others wrote for their client, run against a server of ours. */

/** One test of a suite. */
export interface SuiteTest {
  readonly name: string;
  /** Why it has nothing to do with a broker. */
  readonly local?: string;
}

export interface Outcome {
  readonly test: string;
  readonly result: 'pass' | 'fail' | 'skipped';
  readonly seconds: number;
  /** What the test said about its failure, or why it skipped itself. */
  readonly said: string;
}

export interface Suite {
  /** The heading in the table, with the version. */
  readonly title: string;
  /** Fetches and builds it by way of a package registry; answers its folder. */
  install(): Promise<string>;
  /** All of its tests. */
  tests(folder: string): Promise<readonly SuiteTest[]>;
  /** Runs those that are asked for and tells each outcome as it comes. */
  run(folder: string, tests: readonly string[], report: (outcome: Outcome) => void): Promise<void>;
}
