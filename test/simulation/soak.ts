/**
 * `npm run sim:soak -- --minutes M`: runs new seeds until the time is over or somebody interrupts it, and prints the first
 * that fails, with a smaller plan that fails alike.
 */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { planOf } from './plan.ts';
import { shrink } from './shrink.ts';
import { outcomeOfPlan } from './verdict.ts';

const OPERATIONS = 200;

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '1' }, from: { type: 'string' }, operations: { type: 'string' } },
});
const operations = Number(values.operations ?? OPERATIONS);
const first = Number(values.from ?? Math.floor(Date.now() / 1_000));
const startedAt = performance.now();
const endsAt = startedAt + Number(values.minutes) * 60_000;
let isInterrupted = false;
process.once('SIGINT', () => {
  isInterrupted = true;
});
let seeds = 0;
let done = 0;
while (!isInterrupted && performance.now() < endsAt) {
  const plan = planOf(first + seeds, operations);
  const outcome = await outcomeOfPlan(plan);
  seeds += 1;
  done += outcome.verdict?.operations ?? 0;
  if (outcome.failures.size === 0) continue;
  process.exitCode = 1;
  const command = `npm run sim -- --seed ${plan.seed} --operations ${operations} --trace`;
  console.log(`seed ${plan.seed} fails; replay it with: ${command}\n${outcome.lines.join('\n')}`);
  const small = await shrink(plan, async (candidate) => {
    if (isInterrupted) return false;
    // Only what fails in the same way is the same defect.
    const { failures } = await outcomeOfPlan(candidate);
    return [...outcome.failures].some((name) => failures.has(name));
  });
  const file = join(tmpdir(), `stratalog-plan-${plan.seed}.json`);
  writeFileSync(file, `${JSON.stringify(small, null, 2)}\n`);
  const again = await outcomeOfPlan(small);
  console.log(`a smaller plan that fails alike, for: npm run sim -- --plan ${file} --trace\n${JSON.stringify(small, null, 2)}`);
  console.log(again.lines.join('\n'));
  break;
}
const seconds = (performance.now() - startedAt) / 1_000;
const how = isInterrupted ? 'interrupted: ' : '';
const wrong = process.exitCode === 1 ? 1 : 0;
console.log(`${how}${seeds} seeds from ${first}, ${wrong} wrong, ${done} operations, ${(seeds / seconds).toFixed(1)} seeds/s`);
