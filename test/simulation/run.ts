/** `npm run sim -- --seed N [--trace]`: runs one seed and says what is wrong with it. */
import { parseArgs } from 'node:util';
import { planOf } from './plan.ts';
import { simulate } from './simulation.ts';

const OPERATIONS = 200;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '1' },
    operations: { type: 'string' },
    trace: { type: 'boolean' },
  },
});
const first = Number(values.seed ?? 1);
const operations = Number(values.operations ?? OPERATIONS);
const startedAt = performance.now();
let done = 0;
let wrong = 0;
for (let seed = first; seed < first + Number(values.seeds); seed++) {
  const plan = planOf(seed, operations);
  const verdict = await simulate(plan, values.trace ? (line) => console.log(line) : undefined).catch((error: unknown) => {
    throw new Error(`seed ${seed} breaks off`, { cause: error });
  });
  done += verdict.operations;
  if (verdict.anomalies.length === 0) continue;
  wrong += 1;
  console.log(`seed ${seed}: ${verdict.anomalies.length} anomalies`);
  for (const { name, detail } of verdict.anomalies.slice(0, 5)) console.log(`  ${name}: ${detail}`);
}
const seconds = (performance.now() - startedAt) / 1_000;
const count = Number(values.seeds);
console.log(
  `${count} seeds, ${wrong} wrong, ${done} operations, ${(count / seconds).toFixed(1)} seeds/s, ${Math.round(done / seconds)} operations/s`,
);
process.exitCode = wrong > 0 ? 1 : 0;
