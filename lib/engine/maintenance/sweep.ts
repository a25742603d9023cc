/** Sweep: deletes what nothing names. Looking and deleting lie at least a minute apart. */
import type { Zone } from '../../ports/object-store.ts';
import type { MaintenancePorts } from './maintenance-ports.ts';
import type { Run } from './run.ts';
import { sweepFiles } from './sweep-files.ts';
import { sweepInline, sweepSegments } from './sweep-segments.ts';
import { placesOf, zoneFailed } from './sweep-zones.ts';

/** A sleep may end a little early by the clock that ages are taken with. */
const WAIT_SLACK_MS = 20;

/** What one run leaves to the next. */
export interface SweepState {
  /** Where the last run stopped, by what was listed. A process that begins anew begins at the front. */
  readonly cursor: Map<string, string | undefined>;
  /** What is still to be listed: what the last run did not come to, and zones that did not answer it. */
  readonly toList: Set<string>;
  /** When all partitions were last asked about segments without a footer, ms of the monotonic clock. */
  brokenAt?: number;
  /** Segments without a footer that a partition names, and when that was found. */
  readonly brokenNamed: Map<string, { readonly atMs: number }>;
}

export function newSweepState(): SweepState {
  return { cursor: new Map(), toList: new Set(), brokenNamed: new Map() };
}

/** One run; a process that stays lists only when it looks at all. Cost: 1 LIST a thousand objects, 1 GET an old segment, 1 write a partition whose floor is raised. */
export async function sweep(ports: MaintenancePorts, run: Run, state: SweepState, options: { readonly waits: boolean }): Promise<void> {
  const { clock, retired, settings, zones, inline } = ports;
  run.late(retired.overdueMs);
  const deleteDue = async () => {
    if (run.dryRun) return;
    const onFailed = (zone: Zone, error: unknown) => zoneFailed(ports, run, zone, error);
    run.count('objectsDeleted', await retired.deleteDue({ zones, inline, onFailed, pause: () => run.pause() }));
  };
  await deleteDue();
  // What this process took the name from is known to it; what others left is looked for when all is looked at.
  if (options.waits || run.all) for (const place of placesOf(ports)) state.toList.add(place);
  if (state.toList.size === 0) return;
  const storeNowMs = await ports.storeTime.now();
  await run.attempt('sweep of segments', () => sweepSegments(ports, run, state, storeNowMs));
  await run.attempt('sweep of inline segments', () => sweepInline(ports, run, state, storeNowMs));
  await run.attempt('sweep of merged files', () => sweepFiles(ports, run, state, storeNowMs));
  if (run.dryRun || !options.waits || retired.size === 0) return;
  await clock.sleep(settings.deleteDelayMs + WAIT_SLACK_MS, run.signal);
  await deleteDue();
}
