/** `npm run sim:soak -- --minutes M`: runs new seeds until the time is over, and prints the first that fails, shrunk. */
import { parseArgs } from 'node:util';
import { planOf } from './plan.ts';
import { shrink } from './shrink.ts';
import { simulate } from './simulation.ts';

const OPERATIONS = 200;

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '1' }, from: { type: 'string' }, operations: { type: 'string' } },
});
const operations = Number(values.operations ?? OPERATIONS);
const first = Number(values.from ?? Math.floor(Date.now() / 1_000));
const startedAt = performance.now();
const endsAt = startedAt + Number(values.minutes) * 60_000;
let seed = first;
let done = 0;
for (; performance.now() < endsAt; seed++) {
  const plan = planOf(seed, operations);
  const verdict = await simulate(plan).catch((error: unknown) => {
    throw new Error(`seed ${seed} breaks off; replay it with: npm run sim -- --seed ${seed} --operations ${operations} --trace`, {
      cause: error,
    });
  });
  done += verdict.operations;
  if (verdict.anomalies.length === 0) continue;
  console.log(`seed ${seed} fails; replay it with: npm run sim -- --seed ${seed} --operations ${operations} --trace`);
  for (const { name, detail } of verdict.anomalies.slice(0, 5)) console.log(`  ${name}: ${detail}`);
  const small = await shrink(plan, async (candidate) => (await simulate(candidate)).anomalies.length > 0);
  console.log(`smallest plan that still fails:\n${JSON.stringify(small, null, 2)}`);
  await simulate(small, (line) => console.log(line));
  process.exitCode = 1;
  break;
}
const seconds = (performance.now() - startedAt) / 1_000;
const count = seed - first;
console.log(`${count} seeds from ${first}, ${done} operations, ${(count / seconds).toFixed(1)} seeds/s`);
