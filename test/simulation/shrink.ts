/**
 * Makes a failing plan smaller while it still fails: fewer operations, fewer faults, fewer processes. The seed stays, so
 * the shrunk plan is as replayable as the first.
 */
import type { Plan } from './plan.ts';

/** Every plan that is one step smaller, the largest steps first. */
export function smallerPlans(plan: Plan): readonly Plan[] {
  const smaller: Plan[] = [];
  const { operations, processes, clientsPerProcess, partitions } = plan;
  for (const share of [0.25, 0.5, 0.75, 0.9]) {
    const fewer = Math.floor(operations * share);
    if (fewer > 0 && fewer < operations) smaller.push({ ...plan, operations: fewer });
  }
  if (processes.length > 1) smaller.push(...processes.map((gone) => ({ ...plan, processes: processes.filter((one) => one !== gone) })));
  if (processes.some(({ skewMs }) => skewMs !== 0)) smaller.push({ ...plan, processes: processes.map((one) => ({ ...one, skewMs: 0 })) });
  if (processes.some(({ kind }) => kind !== 'direct')) {
    smaller.push({ ...plan, processes: processes.filter(({ kind }) => kind !== 'gateway').map((one) => ({ ...one, kind: 'direct' })) });
  }
  if (clientsPerProcess > 1) smaller.push({ ...plan, clientsPerProcess: clientsPerProcess - 1 });
  if (partitions > 1) smaller.push({ ...plan, partitions: 1 });
  for (const fault of ['throttle', 'failBefore', 'failAfter', 'twice', 'late', 'slow'] as const) {
    if (plan.faults[fault] > 0) smaller.push({ ...plan, faults: { ...plan.faults, [fault]: 0 } });
  }
  for (const [disaster, everyMs] of Object.entries(plan.disasters)) {
    if (everyMs > 0) smaller.push({ ...plan, disasters: { ...plan.disasters, [disaster]: 0 } });
  }
  const kinds = Object.entries(plan.weights).filter(([, weight]) => weight > 0);
  if (kinds.length > 1) smaller.push(...kinds.map(([kind]) => ({ ...plan, weights: { ...plan.weights, [kind]: 0 } })));
  if (plan.maintenanceMs > 0) smaller.push({ ...plan, maintenanceMs: 0 });
  if (plan.scheduledJobs) smaller.push({ ...plan, scheduledJobs: false });
  if (plan.soleWriter) smaller.push({ ...plan, soleWriter: false });
  if (plan.tornPuts) smaller.push({ ...plan, tornPuts: false });
  if (plan.groups > 1) smaller.push({ ...plan, groups: 1 });
  if (plan.compacted) smaller.push({ ...plan, compacted: false });
  if (plan.tailEntriesRoll < 12) smaller.push({ ...plan, tailEntriesRoll: 12 });
  if (plan.producersMax < 16) smaller.push({ ...plan, producersMax: 16 });
  return smaller;
}

/** The smallest plan found within `triesMax` runs that still fails. */
export async function shrink(plan: Plan, fails: (candidate: Plan) => Promise<boolean>, triesMax = 200): Promise<Plan> {
  let smallest = plan;
  let tries = 0;
  for (let found = true; found; ) {
    found = false;
    for (const candidate of smallerPlans(smallest)) {
      tries += 1;
      if (tries > triesMax) return smallest;
      if (!(await fails(candidate))) continue;
      smallest = candidate;
      found = true;
      break;
    }
  }
  return smallest;
}
