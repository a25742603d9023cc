/** Finds written segments that nothing names and nothing can name any more, asking every partition in a segment's footer, granted or not. */

import { type LeaseId, leaseIdFrom, partitionName } from '../../core/ids.ts';
import { FLOOR_LAG_MS } from '../../core/limits.ts';
import { leaseOfWalKey, WAL_PREFIX } from '../../core/segment-key.ts';
import { readSegmentFooter, type SegmentSlice } from '../../format/segment.ts';
import type { Zone } from '../../ports/object-store.ts';
import { fenceAndFind, type Suspect } from './fence.ts';
import { inParallel } from './in-parallel.ts';
import type { MaintenancePorts } from './maintenance-ports.ts';
import type { RetiredObject } from './retired-objects.ts';
import type { Run } from './run.ts';
import type { SweepState } from './sweep.ts';
import { sweepBroken } from './sweep-broken.ts';
import { INLINE_PLACE, listZones } from './sweep-zones.ts';

interface Candidate {
  readonly lease: LeaseId;
  readonly object: RetiredObject;
  readonly slices: readonly SegmentSlice[];
}

const OBJECTS_AT_ONCE = 1_000;
const FOOTER_BYTES = 64 * 1024;
const LAST_RANDOM = new Uint8Array(6).fill(0xff);

/** Looks at all segments of the zones that were put before `storeNowMs` less the sweep's age. */
export async function sweepSegments(ports: MaintenancePorts, run: Run, state: SweepState, storeNowMs: number): Promise<void> {
  const broken = new Map<LeaseId, RetiredObject>();
  for await (const { zone, found } of listZones(ports, run, state, WAL_PREFIX)) {
    const old = found.filter(({ putAtMs }) => storeNowMs - putAtMs > ports.settings.sweepAgeMs);
    run.item(old.length);
    const candidates: Candidate[] = [];
    await inParallel(old, ports.settings.parallel * 4, async ({ key, size }) => {
      const lease = leaseOfWalKey(key);
      if (lease === undefined) return;
      const slices = await footerOf(ports, zone, key, size);
      if (slices === 'broken') broken.set(lease, { kind: 'object', key });
      else if (slices !== undefined) candidates.push({ lease, object: { kind: 'object', key }, slices });
    });
    await retireUnnamed(ports, run, candidates, storeNowMs);
  }
  if (run.over) return;
  await sweepBroken(ports, run, state, broken, storeNowMs);
}

/** Looks at all inline segments of that age. */
export async function sweepInline(ports: MaintenancePorts, run: Run, { cursor, toList }: SweepState, storeNowMs: number): Promise<void> {
  const { inline } = ports;
  if (inline === undefined || !toList.has(INLINE_PLACE)) return;
  for (let after = cursor.get(INLINE_PLACE) as LeaseId | undefined; ; ) {
    if (run.over) return;
    const found = await inline.list(after, storeNowMs - ports.settings.sweepAgeMs, OBJECTS_AT_ONCE);
    run.item(found.length);
    const candidates: Candidate[] = [];
    await inParallel(found, ports.settings.parallel * 4, async ({ lease }) => {
      const bytes = await inline.get(lease);
      const footer = bytes === undefined ? undefined : parseFooter(bytes, bytes.length);
      if (footer?.kind === 'footer') candidates.push({ lease, object: { kind: 'inline', lease }, slices: footer.slices });
      // Items are written whole, so this one was damaged later, and may be named.
      else if (bytes !== undefined) run.failed(`the footer of inline segment ${lease}`, new Error('it cannot be read'));
    });
    await retireUnnamed(ports, run, candidates, storeNowMs);
    after = found.at(-1)?.lease;
    cursor.set(INLINE_PLACE, found.length < OBJECTS_AT_ONCE ? undefined : after);
    if (found.length === OBJECTS_AT_ONCE) continue;
    toList.delete(INLINE_PLACE);
    return;
  }
}

/**
 * What a segment's footer says. 'broken': every zone was asked, and none that has the object has a footer that can be read.
 * Undefined: it is gone, or a zone that might know cannot be asked now.
 */
async function footerOf(
  ports: MaintenancePorts,
  zone: Zone,
  key: string,
  size: number,
): Promise<readonly SegmentSlice[] | 'broken' | undefined> {
  let isThere = false;
  let asked = true;
  for (const { objects } of [zone, ...ports.zones.filter((other) => other !== zone)]) {
    try {
      // Copies are of one size, but for one that was cut off.
      const ownSize = isThere ? ((await objects.head(key))?.size ?? 0) : size;
      const footer = await readFooter(objects, key, ownSize);
      if (typeof footer !== 'string') return footer;
      isThere ||= footer === 'broken';
    } catch {
      asked = false;
    }
  }
  return isThere && asked ? 'broken' : undefined;
}

async function readFooter(objects: Zone['objects'], key: string, size: number): Promise<readonly SegmentSlice[] | 'broken' | 'gone'> {
  for (let want = Math.min(size, FOOTER_BYTES); ; ) {
    const tail = await objects.get(key, size - want, want);
    if (tail === undefined) return 'gone';
    const footer = parseFooter(tail, size);
    if (footer?.kind === 'footer') return footer.slices;
    if (footer === undefined || footer.bytesNeeded <= want || footer.bytesNeeded > size) return 'broken';
    want = footer.bytesNeeded;
  }
}

function parseFooter(tail: Buffer, size: number): ReturnType<typeof readSegmentFooter> | undefined {
  try {
    return readSegmentFooter(tail, size);
  } catch {
    return undefined;
  }
}

/** A writer with a fast clock mints an id from the future: fencing it would lock out all others until then. */
export function highestFloor(storeNowMs: number): LeaseId {
  return leaseIdFrom(Math.max(0, storeNowMs - FLOOR_LAG_MS), LAST_RANDOM);
}

async function retireUnnamed(ports: MaintenancePorts, run: Run, found: readonly Candidate[], storeNowMs: number): Promise<void> {
  const floorMax = highestFloor(storeNowMs);
  const candidates = found.filter(({ lease }) => lease <= floorMax);
  run.count('segmentsOfTheFuture', found.length - candidates.length);
  if (run.dryRun) return run.count('segmentsToCheck', candidates.length);
  if (candidates.length === 0) return;
  const suspects = suspectsOf(candidates);
  const named = new Set<LeaseId>();
  await fenceAndFind(ports, run, suspects, named);
  const unnamed = candidates.filter(({ lease }) => !named.has(lease));
  ports.retired.add(unnamed.map(({ object }) => object));
  run.count('segmentsUnnamed', unnamed.length);
  run.count('segmentsNamed', candidates.length - unnamed.length);
}

function suspectsOf(candidates: readonly Candidate[]): Suspect[] {
  const suspects = new Map<string, Suspect>();
  for (const { lease, slices } of candidates) {
    for (const slice of slices) {
      const name = partitionName(slice);
      const suspect = suspects.get(name);
      if (suspect === undefined) {
        const key = { topicId: slice.topicId, partition: slice.partition };
        suspects.set(name, { key, leases: new Set([lease]), newest: lease });
      } else {
        suspect.leases.add(lease);
        if (lease > suspect.newest) suspect.newest = lease;
      }
    }
  }
  return [...suspects.values()];
}
