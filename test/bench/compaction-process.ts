/**
 * Merges and compacts a data folder as a server does, in a process of its own, and prints what it took as a line of JSON:
 * `node compaction-process.ts FOLDER`. Its memory is then that of the jobs alone.
 */
import { Engine } from '../../lib/engine/engine.ts';
import { createMaintenance } from '../../lib/engine/maintenance/maintenance.ts';
import type { JobReport } from '../../lib/engine/maintenance/run.ts';
import { setHeapForServing } from '../../lib/runtime/heap.ts';
import { openLocalEngine } from '../../lib/runtime/local.ts';

const MINUTE = 60_000;
const MIB = 1024 * 1024;

/** What the benchmark reads. */
export interface CompactionResult {
  readonly merge: JobReport;
  readonly compact: JobReport;
  readonly peakRssMiB: number;
}

setHeapForServing();
const [, , folder = ''] = process.argv;
const local = await openLocalEngine({
  folder,
  onFatal: (error) => {
    throw error;
  },
  settings: { readCacheBytes: 0 },
});
// What is written is old enough to be merged, however little of it there is.
const aheadMs = 11 * MINUTE;
const clock = { ...local.deps.clock, now: () => Date.now() + aheadMs, monotonic: () => performance.now() + aheadMs };
const maintenance = createMaintenance(new Engine({ ...local.deps, clock }), {
  sweepWaits: false,
  reusesMemory: true,
  settings: { runMs: 60 * MINUTE, mergeMemoryBytes: 64 * MIB, parallel: 2 },
});
const merge = await maintenance.run('merge', { all: true });
const compact = await maintenance.run('compact', { all: true });
const result: CompactionResult = { merge, compact, peakRssMiB: Math.round(process.resourceUsage().maxRSS / 1024) };
process.stdout.write(`${JSON.stringify(result)}\n`);
await local.close();
