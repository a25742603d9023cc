/** What is wrong with a plan, in words that can be compared: the names of its anomalies, or how its run broke off. */
import type { Plan } from './plan.ts';
import { simulate, type Verdict } from './simulation.ts';

export interface Outcome {
  /** Undefined when the run broke off. */
  readonly verdict: Verdict | undefined;
  /** What is wrong, by name; empty when nothing is. */
  readonly failures: ReadonlySet<string>;
  readonly lines: readonly string[];
}

const LINES_SHOWN = 5;

export async function outcomeOfPlan(plan: Plan, sink?: (line: string) => void): Promise<Outcome> {
  try {
    const verdict = await simulate(plan, sink);
    const { anomalies } = verdict;
    const lines = anomalies.slice(0, LINES_SHOWN).map(({ name, detail }) => `  ${name}: ${detail}`);
    return { verdict, failures: new Set(anomalies.map(({ name }) => name)), lines };
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { verdict: undefined, failures: new Set(['the run breaks off']), lines: [`  the run breaks off: ${text}`] };
  }
}
