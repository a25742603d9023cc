/** Prints the first seed that fails, for a process that was loaded with a defect. Arguments: most seeds, operations. */
import { MUTATIONS } from './mutations.ts';
import { planOf } from './plan.ts';
import { simulate } from './simulation.ts';

const [, , seedsMax = '100', operations = '200'] = process.argv;
const { drawn } = MUTATIONS.find(({ name }) => name === process.env.MUTATION) ?? {};
let found: { seed: number; why: string } | null = null;
for (let seed = 1; seed <= Number(seedsMax) && found === null; seed++) {
  const plan = planOf(seed, Number(operations));
  try {
    const { anomalies } = await simulate(drawn === undefined ? plan : drawn(plan));
    const [first] = anomalies;
    if (first !== undefined) found = { seed, why: first.name };
  } catch (error) {
    // A defect that breaks a run outright is found as well.
    found = { seed, why: `crash: ${String(error).slice(0, 100)}` };
  }
}
console.log(JSON.stringify(found));
