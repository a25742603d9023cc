/**
 * Makes sure that segments can be named by nobody any more, and looks whether somebody does. For every partition that could:
 * the floor is raised past the leases, and the tail is looked at that the record had with this same write; only then the
 * pages. One floor, one look for many segments at once.
 */
import { FLOOR_DELETED, type LeaseId, type PartitionKey } from '../../core/ids.ts';
import { type LeaseRecord, tailBase, withFloor } from '../../core/lease-record.ts';
import { inParallel } from './in-parallel.ts';
import { type MaintenancePorts, pagesFrom } from './maintenance-ports.ts';
import type { Run } from './run.ts';

/** The segments that one partition could name. */
export interface Suspect {
  readonly key: PartitionKey;
  readonly leases: Set<LeaseId>;
  newest: LeaseId;
}

const PARTITIONS_AT_ONCE = 100;
const FENCE_TRIES_MAX = 30;

/** Adds to `named` the leases that some partition names, or may still come to name. Cost: 1 read, 1 write and 1 query a partition. */
export async function fenceAndFind(ports: MaintenancePorts, run: Run, suspects: readonly Suspect[], named: Set<LeaseId>): Promise<void> {
  for (let at = 0; at < suspects.length; at += PARTITIONS_AT_ONCE) {
    const some = suspects.slice(at, at + PARTITIONS_AT_ONCE);
    const records = await fence(ports, run, some);
    await inParallel(some, ports.settings.parallel, async (suspect, i) => {
      const record = records[i];
      if (record === undefined) return;
      if (record === 'open') for (const lease of suspect.leases) named.add(lease);
      else await findNames(ports, suspect, record, named);
    });
    await run.pause();
  }
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
  for await (const page of pagesFrom(ports, suspect.key, 0)) {
    look(page.entries);
    if (sought.size === 0) return;
  }
}
