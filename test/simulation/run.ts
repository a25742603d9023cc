/** `npm run sim -- --seed N [--trace]`: runs one seed, or many, or a plan from a file, and says what is wrong with it. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Plan, planOf } from './plan.ts';
import { outcomeOfPlan } from './verdict.ts';

const OPERATIONS = 200;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '1' },
    plan: { type: 'string' },
    operations: { type: 'string' },
    trace: { type: 'boolean' },
  },
});
const first = Number(values.seed ?? 1);
const count = values.plan === undefined ? Number(values.seeds) : 1;
const operations = Number(values.operations ?? OPERATIONS);
const startedAt = performance.now();
let done = 0;
let wrong = 0;
for (let at = 0; at < count; at++) {
  const plan = values.plan === undefined ? planOf(first + at, operations) : (JSON.parse(readFileSync(values.plan, 'utf8')) as Plan);
  const { verdict, failures, lines } = await outcomeOfPlan(plan, values.trace ? (line) => console.log(line) : undefined);
  done += verdict?.operations ?? 0;
  if (failures.size === 0) continue;
  wrong += 1;
  console.log(`seed ${plan.seed}: ${verdict?.anomalies.length ?? 1} anomalies\n${lines.join('\n')}`);
}
const seconds = (performance.now() - startedAt) / 1_000;
console.log(
  `${count} seeds, ${wrong} wrong, ${done} operations, ${(count / seconds).toFixed(1)} seeds/s, ${Math.round(done / seconds)} operations/s`,
);
process.exitCode = wrong > 0 ? 1 : 0;
