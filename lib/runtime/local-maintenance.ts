/** The jobs of a server on a folder: nobody else has it, so work is noted in memory and found objects go at the next sweep. */
import { MemoryWorkStore } from '../adapters/memory/work-store.ts';
import { FLOOR_LAG_MS } from '../core/limits.ts';
import type { Engine, EngineDeps } from '../engine/engine.ts';
import { createMaintenance, type Maintenance } from '../engine/maintenance/maintenance.ts';
import { MaintenanceScheduler, SCHEDULE_EMBEDDED } from '../engine/maintenance/scheduler.ts';

export interface LocalMaintenance {
  readonly maintenance: Maintenance;
  /** Ends the runs under way; must have resolved before the folder is closed. */
  stop(): Promise<void>;
}

/** All clocks here are one: a segment of this age is no writer's any more. */
const SWEEP_AGE_MS = FLOOR_LAG_MS + 60_000;

/** The process has producers and readers to serve besides, and reads what it merges from the system's page cache: a fifth of what a function holds. */
const MERGE_MEMORY_BYTES = 24 * 1024 * 1024;
const PARALLEL = 2;
/** A hundred would be decoded in 4 to 7 ms, which producers wait for. */
const PAGES_AT_ONCE = 8;

/** Marks partitions with work. Give `onRolled` to the engine, and the whole to {@link startLocalMaintenance}. */
export function localWork(): { readonly work: MemoryWorkStore; readonly onRolled: NonNullable<EngineDeps['onRolled']> } {
  const work = new MemoryWorkStore();
  return { work, onRolled: (key) => void work.mark([key]) };
}

/** Builds the jobs over an engine and, unless `scheduled` is false, runs them until they are stopped. */
export function startLocalMaintenance(
  engine: Engine,
  options: { readonly work: MemoryWorkStore; readonly scheduled: boolean },
): LocalMaintenance {
  const { clock, random, zones } = engine.deps;
  const maintenance = createMaintenance(engine, {
    work: options.work,
    sweepWaits: false,
    reusesMemory: zones.length === 1,
    isBusy: () => engine.isAppending || engine.isReadingUp,
    settings: { sweepAgeMs: SWEEP_AGE_MS, mergeMemoryBytes: MERGE_MEMORY_BYTES, parallel: PARALLEL, pagesAtOnce: PAGES_AT_ONCE },
  });
  if (!options.scheduled) return { maintenance, stop: async () => {} };
  const { replicate, ...alone } = SCHEDULE_EMBEDDED;
  const everyMs = zones.length > 1 ? { replicate, ...alone } : alone;
  const scheduler = new MaintenanceScheduler(maintenance, { clock, random, everyMs });
  return { maintenance, stop: () => scheduler.stop() };
}
