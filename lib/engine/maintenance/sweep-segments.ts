/**
 * Finds written segments that nothing names and nothing can name any more.
 *
 * For every partition in a segment's footer, granted or not: the floor is raised past its lease, and the tail is looked at
 * that the record had with this same write; only then the pages. One floor, one look for many segments at once.
 */

import { FLOOR_DELETED, type LeaseId, leaseIdFrom, type PartitionKey, partitionName } from '../../core/ids.ts';
import { type LeaseRecord, tailBase, withFloor } from '../../core/lease-record.ts';
import { FLOOR_LAG_MS } from '../../core/limits.ts';
import { leaseOfWalKey, WAL_PREFIX } from '../../core/segment-key.ts';
import { readSegmentFooter, type SegmentSlice } from '../../format/segment.ts';
import type { Zone } from '../../ports/object-store.ts';
import { inParallel } from './in-parallel.ts';
import { type MaintenancePorts, pagesFrom } from './maintenance-ports.ts';
import type { RetiredObject } from './retired-objects.ts';
import type { Run } from './run.ts';
import type { SweepCursor } from './sweep.ts';

interface Candidate {
  readonly lease: LeaseId;
  readonly object: RetiredObject;
  readonly slices: readonly SegmentSlice[];
}

/** The candidates that one partition could name. */
interface Suspect {
  readonly key: PartitionKey;
  readonly leases: Set<LeaseId>;
  newest: LeaseId;
}

const OBJECTS_AT_ONCE = 1_000;
const PARTITIONS_AT_ONCE = 100;
const FOOTER_BYTES = 64 * 1024;
const FENCE_TRIES_MAX = 30;
const LAST_RANDOM = new Uint8Array(6).fill(0xff);

/** Looks at all segments of the zones that were put before `storeNowMs` less the sweep's age. */
export async function sweepSegments(ports: MaintenancePorts, run: Run, cursor: SweepCursor, storeNowMs: number): Promise<void> {
  for (const [index, zone] of ports.zones.entries()) {
    const place = `${WAL_PREFIX}${index}`;
    for (let after = cursor.get(place); ; ) {
      if (run.over) return;
      const found = await zone.objects.list(WAL_PREFIX, after, OBJECTS_AT_ONCE);
      const old = found.filter(({ putAtMs }) => storeNowMs - putAtMs > ports.settings.sweepAgeMs);
      run.item(old.length);
      const candidates: Candidate[] = [];
      await inParallel(old, ports.settings.parallel * 4, async ({ key, size }) => {
        const lease = leaseOfWalKey(key);
        if (lease === undefined) return;
        const slices = await footerOf(ports, run, zone, key, size);
        if (slices !== undefined) candidates.push({ lease, object: { kind: 'object', key }, slices });
      });
      await retireUnnamed(ports, run, candidates, storeNowMs);
      after = found.at(-1)?.key;
      cursor.set(place, found.length < OBJECTS_AT_ONCE ? undefined : after);
      if (found.length < OBJECTS_AT_ONCE) break;
    }
  }
}

/** Looks at all inline segments of that age. */
export async function sweepInline(ports: MaintenancePorts, run: Run, cursor: SweepCursor, storeNowMs: number): Promise<void> {
  const { inline } = ports;
  if (inline === undefined) return;
  for (let after = cursor.get('inline') as LeaseId | undefined; ; ) {
    if (run.over) return;
    const found = await inline.list(after, storeNowMs - ports.settings.sweepAgeMs, OBJECTS_AT_ONCE);
    run.item(found.length);
    const candidates: Candidate[] = [];
    await inParallel(found, ports.settings.parallel * 4, async ({ lease }) => {
      const bytes = await inline.get(lease);
      const footer = bytes === undefined ? undefined : readFooter(run, `inline segment ${lease}`, bytes, bytes.length);
      if (footer?.kind === 'footer') candidates.push({ lease, object: { kind: 'inline', lease }, slices: footer.slices });
    });
    await retireUnnamed(ports, run, candidates, storeNowMs);
    after = found.at(-1)?.lease;
    cursor.set('inline', found.length < OBJECTS_AT_ONCE ? undefined : after);
    if (found.length < OBJECTS_AT_ONCE) return;
  }
}

/** What a segment's footer says; undefined when it is gone, or when no zone has a whole one: then it is left alone. */
async function footerOf(
  ports: MaintenancePorts,
  run: Run,
  zone: Zone,
  key: string,
  size: number,
): Promise<readonly SegmentSlice[] | undefined> {
  const others = ports.zones.filter((other) => other !== zone);
  for (const { objects } of [zone, ...others]) {
    for (let want = Math.min(size, FOOTER_BYTES); ; ) {
      const tail = await objects.get(key, size - want, want);
      if (tail === undefined) break;
      const footer = readFooter(run, key, tail, size);
      if (footer === undefined) break;
      if (footer.kind === 'footer') return footer.slices;
      if (footer.bytesNeeded <= want || footer.bytesNeeded > size) break;
      want = footer.bytesNeeded;
    }
  }
  return undefined;
}

/** A segment without a readable footer is kept: what cannot be asked about may still be named. */
function readFooter(run: Run, what: string, tail: Buffer, size: number): ReturnType<typeof readSegmentFooter> | undefined {
  try {
    return readSegmentFooter(tail, size);
  } catch (error) {
    run.failed(`the footer of ${what}`, error);
    return undefined;
  }
}

async function retireUnnamed(ports: MaintenancePorts, run: Run, found: readonly Candidate[], storeNowMs: number): Promise<void> {
  // A writer with a fast clock minted an id from the future: fencing it would lock out all others until then.
  const floorMax = leaseIdFrom(Math.max(0, storeNowMs - FLOOR_LAG_MS), LAST_RANDOM);
  const candidates = found.filter(({ lease }) => lease <= floorMax);
  run.count('segmentsOfTheFuture', found.length - candidates.length);
  if (run.dryRun) return run.count('segmentsToCheck', candidates.length);
  if (candidates.length === 0) return;
  const suspects = suspectsOf(candidates);
  const named = new Set<LeaseId>();
  for (let at = 0; at < suspects.length; at += PARTITIONS_AT_ONCE) {
    const some = suspects.slice(at, at + PARTITIONS_AT_ONCE);
    const records = await fence(ports, run, some);
    for (const [i, suspect] of some.entries()) {
      const record = records[i];
      if (record === undefined) continue;
      if (record === 'open') for (const lease of suspect.leases) named.add(lease);
      else await findNames(ports, suspect, record, named);
    }
    await run.pause();
  }
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

/**
 * Raises each partition's floor past its candidates and answers the record as that write left it: after it, none of them
 * can be granted any more. Undefined where the partition is gone; 'open' where others were quicker too often.
 */
async function fence(
  ports: MaintenancePorts,
  run: Run,
  suspects: readonly Suspect[],
): Promise<readonly (LeaseRecord | 'open' | undefined)[]> {
  const fenced: (LeaseRecord | 'open' | undefined)[] = suspects.map(() => 'open');
  let current: (LeaseRecord | undefined)[] = [...(await ports.leases.read(suspects.map(({ key }) => key)))];
  let left = suspects.map((_, i) => i);
  for (let tries = 0; left.length > 0 && tries < FENCE_TRIES_MAX; tries++) {
    const writes: { readonly i: number; readonly record: LeaseRecord; readonly expected: number }[] = [];
    for (const i of left) {
      const record = current[i];
      const next = record === undefined ? undefined : withFloor(record, (suspects[i] as Suspect).newest);
      // A floor that is high enough already was raised before this read: no grant came after it.
      if (record === undefined || next === undefined || next === record) fenced[i] = record;
      else writes.push({ i, record: next, expected: record.version });
    }
    if (writes.length === 0) return fenced;
    const outcomes = await ports.leases.write(
      writes.map(({ i, record, expected }) => ({ key: (suspects[i] as Suspect).key, expected, record })),
    );
    const silent: number[] = [];
    left = [];
    for (const [at, { i, record }] of writes.entries()) {
      const outcome = outcomes[at];
      if (outcome?.kind === 'applied') {
        fenced[i] = record;
        run.count('floorsRaised');
      } else {
        left.push(i);
        if (outcome?.kind === 'refused') current[i] = outcome.current;
        else silent.push(i);
      }
    }
    const again = await ports.leases.read(silent.map((i) => (suspects[i] as Suspect).key));
    current = current.map((record, i) => (silent.includes(i) ? again[silent.indexOf(i)] : record));
    if (left.length > 0) await ports.clock.sleep(ports.random.fraction() * Math.min(1_000, 2 ** (tries + 2)));
  }
  if (left.length > 0) run.leftOver();
  return fenced;
}

/** The tail first, which is of the moment of the fence, then the pages: a roll puts the page before it cuts the tail. */
async function findNames(ports: MaintenancePorts, suspect: Suspect, record: LeaseRecord, named: Set<LeaseId>): Promise<void> {
  const sought = new Set([...suspect.leases].filter((lease) => !named.has(lease)));
  const look = (entries: readonly { readonly lease: LeaseId }[]) => {
    for (const { lease } of entries) if (sought.delete(lease)) named.add(lease);
  };
  look(record.tail);
  // What was ever granted is in the tail while nothing was cut from it.
  if (sought.size === 0 || (tailBase(record) === 0 && record.floor !== FLOOR_DELETED)) return;
  for await (const page of pagesFrom(ports.pages, suspect.key, 0)) {
    look(page.entries);
    if (sought.size === 0) return;
  }
}
