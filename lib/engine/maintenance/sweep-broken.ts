/**
 * Segments without a readable footer in any zone: what a crash left of a file that was being written, or what bit rot did to
 * one that is still needed.
 *
 * The footer is what tells which partitions could name a segment. Without it any could, so all of them are fenced and asked,
 * in one go for all such segments, seldom. What one of them names is kept and told of: its batches may still be whole, and a
 * merge that reads them takes its name away.
 */
import type { LeaseId } from '../../core/ids.ts';
import { partitionsOf } from '../topics.ts';
import { fenceAndFind } from './fence.ts';
import type { MaintenancePorts } from './maintenance-ports.ts';
import type { RetiredObject } from './retired-objects.ts';
import type { Run } from './run.ts';
import type { SweepState } from './sweep.ts';
import { highestFloor } from './sweep-segments.ts';

/** Between two looks at all partitions: as long as a segment waits before sweep looks at it. */
const LOOK_EVERY_MS = 60 * 60 * 1000;
/** What was found to be named is not asked about again for this long. */
const NAMED_FOR_MS = 24 * 60 * 60 * 1000;

/** `broken`: segments of the sweep's age, with what to delete. Cost, when there are any: 1 read, 1 write and 1 query a partition. */
export async function sweepBroken(
  ports: MaintenancePorts,
  run: Run,
  state: SweepState,
  broken: ReadonlyMap<LeaseId, RetiredObject>,
  storeNowMs: number,
): Promise<void> {
  const now = ports.clock.monotonic();
  for (const [lease, { atMs }] of state.brokenNamed) if (now - atMs >= NAMED_FOR_MS) state.brokenNamed.delete(lease);
  const floorMax = highestFloor(storeNowMs);
  const suspects = [...broken.keys()].filter((lease) => lease <= floorMax && !state.brokenNamed.has(lease));
  run.count('segmentsBroken', broken.size);
  if (suspects.length === 0) return;
  if (run.dryRun) return run.count('segmentsToCheck', suspects.length);
  if (!run.anew && state.brokenAt !== undefined && now - state.brokenAt < LOOK_EVERY_MS) return;
  state.brokenAt = now;
  const named = new Set<LeaseId>();
  const newest = suspects.toSorted().at(-1) as LeaseId;
  // The copy of the catalogue may lack a topic that the segment holds records of.
  ports.topics.invalidate();
  for (const topic of await ports.topics.list()) {
    const some = partitionsOf(topic).map((key) => ({ key, leases: new Set(suspects), newest }));
    await fenceAndFind(ports, run, some, named);
    // Whoever was not asked may name them all.
    if (run.over) return;
  }
  for (const lease of suspects) {
    const object = broken.get(lease) as RetiredObject;
    if (named.has(lease)) {
      state.brokenNamed.set(lease, { atMs: now });
      run.failed(`segment ${lease}`, new Error('no zone has a footer that can be read, and a partition names it'));
    } else ports.retired.add([object]);
  }
  run.count('segmentsUnnamed', suspects.filter((lease) => !named.has(lease)).length);
}
