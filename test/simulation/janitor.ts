/**
 * The jobs of maintenance: run by every process now and then, several at once, like everything else; or by functions, when
 * an event of a schedule comes, which comes at least once.
 */
import { isStratalogError } from '../../lib/core/errors.ts';
import type { Engine } from '../../lib/engine/engine.ts';
import { createMaintenance, type Maintenance } from '../../lib/engine/maintenance/maintenance.ts';
import { JOB_NAMES, type JobName } from '../../lib/engine/maintenance/run.ts';
import type { WorkStore } from '../../lib/ports/work-store.ts';
import type { Environment, FunctionFleet } from './function-fleet.ts';
import type { OtherOperation } from './history.ts';
import type { SimProcess } from './sim-process.ts';
import type { Workload } from './workload.ts';

const MINUTE_MS = 60_000;
/** As small and as young as allowed, so that a short run has work for every job. */
const EAGER = {
  mergeEntriesMin: 3,
  mergeAgeMs: MINUTE_MS,
  mergeFanIn: 2,
  uploadPartBytes: 500,
  sweepAgeMs: 15 * MINUTE_MS,
  deleteDelayMs: MINUTE_MS,
};
/** How often an event comes twice, and how much later the second time. */
const TWICE = 0.2;
const SECOND_MS_MAX = 2 * MINUTE_MS;

export function eagerMaintenance(engine: Engine, work: WorkStore, owner: string, sweepWaits: boolean): Maintenance {
  return createMaintenance(engine, { work, owner, sweepWaits, settings: EAGER });
}

/** What there is to do: the jobs, and what looks after groups. */
type Chore = JobName | 'groups';
/** Sweep more often than the others: it needs two runs to delete what it found. */
const CHORES: readonly Chore[] = [...JOB_NAMES, 'sweep', 'sweep', 'groups'];

/** Runs jobs in a process for as long as `busy` says. */
export async function keepTidy(
  process: SimProcess,
  engine: Engine,
  work: WorkStore,
  workload: Workload,
  busy: () => boolean,
): Promise<void> {
  const { maintenanceMs } = workload.plan;
  const { random, clock } = process;
  const maintenance = eagerMaintenance(engine, work, process.name, random.chance(0.5));
  while (busy()) {
    await clock.sleep(random.between(1, 2 * maintenanceMs));
    if (!busy()) return;
    await note(process, workload, random.pick(CHORES), (chore) => done({ process, engine, maintenance }, chore, random.chance(0.5)));
  }
}

/** Sends events to functions for as long as `busy` says. `rule` is what sends them, and is no process of ours. */
export async function schedule(rule: SimProcess, fleet: FunctionFleet, workload: Workload, busy: () => boolean): Promise<void> {
  const { random, clock } = rule;
  while (busy()) {
    await clock.sleep(random.between(1, 2 * workload.plan.maintenanceMs));
    if (!busy()) return;
    const chore = random.pick(CHORES);
    const all = random.chance(0.5);
    const deliver = (): Promise<void> =>
      note(rule, workload, chore, () => fleet.invoke(rule, chore, (environment) => done(environment, chore, all)));
    void deliver();
    if (!random.chance(TWICE)) continue;
    void clock.sleep(random.chance(0.5) ? 0 : random.between(1, SECOND_MS_MAX)).then(deliver);
  }
}

async function done({ engine, maintenance }: Environment, chore: Chore, all: boolean): Promise<string> {
  if (chore === 'groups') return JSON.stringify(await engine.groups.sweep());
  const { did, errors } = await maintenance.run(chore, { all });
  return `${JSON.stringify(did)} ${errors.join('; ')}`;
}

async function note(process: SimProcess, workload: Workload, chore: Chore, run: (chore: Chore) => Promise<string>): Promise<void> {
  const operation = workload.recorder.begin<OtherOperation>(process, { kind: 'job', client: `${process.name}j`, what: chore });
  try {
    workload.recorder.end(operation, `${chore} did ${await run(chore)}`);
  } catch (error) {
    if (!isStratalogError(error)) throw error;
    workload.recorder.end(operation, `${chore} failed: ${error.code} ${error.message}`);
  }
}
