/** The jobs of maintenance in one process: they run now and then, several processes at once, like everything else. */
import { isStratalogError } from '../../lib/core/errors.ts';
import type { Engine } from '../../lib/engine/engine.ts';
import { createMaintenance, type Maintenance } from '../../lib/engine/maintenance/maintenance.ts';
import { JOB_NAMES } from '../../lib/engine/maintenance/run.ts';
import type { WorkStore } from '../../lib/ports/work-store.ts';
import type { OtherOperation } from './history.ts';
import type { SimProcess } from './sim-process.ts';
import type { Workload } from './workload.ts';

const MINUTE_MS = 60_000;
/** As small and as young as allowed, so that a short run has work for every job. */
const EAGER = {
  mergeEntriesMin: 3,
  mergeAgeMs: MINUTE_MS,
  mergeFanIn: 2,
  sweepAgeMs: 15 * MINUTE_MS,
  deleteDelayMs: MINUTE_MS,
};

export function eagerMaintenance(engine: Engine, work: WorkStore, owner: string, sweepWaits: boolean): Maintenance {
  return createMaintenance(engine, { work, owner, sweepWaits, settings: EAGER });
}

/** Sweep more often than the others: it needs two runs to delete what it found. */
const JOBS = [...JOB_NAMES, 'sweep', 'sweep'] as const;

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
    const job = random.pick(JOBS);
    const operation = workload.recorder.begin<OtherOperation>(process, { kind: 'job', client: `${process.name}j`, what: job });
    try {
      const { did, errors } = await maintenance.run(job, { all: random.chance(0.5) });
      workload.recorder.end(operation, `${job} did ${JSON.stringify(did)} ${errors.join('; ')}`);
    } catch (error) {
      if (!isStratalogError(error)) throw error;
      workload.recorder.end(operation, `${job} failed: ${error.code} ${error.message}`);
    }
  }
}
