/**
 * Reads entries for the jobs that rewrite them: each segment once for all partitions that want a part of it.
 *
 * What comes back are whole batches with right CRCs, each with its real offset, in memory that belongs to the caller.
 */
import { StratalogError } from '../../core/errors.ts';
import type { PartitionKey } from '../../core/ids.ts';
import type { PlacedEntry } from '../../core/lease-record.ts';
import { logKey, walKey } from '../../core/segment-key.ts';
import { patchBatch } from '../../format/record-batch.ts';
import { baseOffsetAt, batchSizeAt, lastOffsetDeltaAt } from '../../format/record-batch-header.ts';
import { readSegmentFooter } from '../../format/segment.ts';
import { areInPlace, areWhole } from '../whole-batches.ts';
import { inParallel } from './in-parallel.ts';
import type { MaintenancePorts } from './maintenance-ports.ts';
import type { Run } from './run.ts';

/** An entry that somebody wants, and what becomes of its bytes. `bytes` undefined: the object is not there any more. */
export interface Wanted {
  readonly key: PartitionKey;
  readonly placed: PlacedEntry;
  bytes: Buffer | undefined;
}

const LEADER_EPOCH = 0;
/** No segment and no file is larger: positions are int32. */
const OBJECT_BYTES_MAX = 0x7fff_ffff;

/** Fills in the bytes of all that is wanted. A corrupt entry that no zone has whole is CORRUPT_OBJECT. Cost: 1 GET a segment or file. */
export async function readWanted(ports: MaintenancePorts, run: Run, wanted: readonly Wanted[]): Promise<void> {
  const objects = new Map<string, Wanted[]>();
  for (const want of wanted) {
    const name = objectName(want);
    if (name === undefined) {
      want.bytes = Buffer.alloc(0);
      continue;
    }
    const group = objects.get(name);
    if (group === undefined) objects.set(name, [want]);
    else group.push(want);
  }
  await inParallel([...objects.values()], ports.settings.parallel, async (group) => {
    await readObject(ports, run, group);
    await run.pause();
  });
}

function objectName({ key, placed: { entry, baseOffset } }: Wanted): string | undefined {
  if (entry.kind === 'gone') return undefined;
  return entry.kind === 'log' ? logKey(key, baseOffset, entry.lease) : `${entry.kind}/${entry.lease}`;
}

async function readObject(ports: MaintenancePorts, run: Run, group: readonly Wanted[]): Promise<void> {
  const [first] = group as [Wanted];
  const { entry } = first.placed;
  const whole = await wholeObject(ports, first);
  if (whole === undefined) return;
  if (entry.kind !== 'log') follow(ports, first, whole);
  const part = group.reduce((sum, want) => sum + want.placed.entry.length, 0);
  for (const want of group) {
    const { position, length } = want.placed.entry;
    let bytes: Buffer | undefined = whole.subarray(position, position + length);
    // A copy that is cut off or damaged: another zone may have it whole.
    if (bytes.length !== length || !areRight(bytes, want)) bytes = await fromAnyZone(ports, want);
    // A small part must not keep a large segment in memory.
    else if (part < whole.length / 2) bytes = Buffer.from(bytes);
    if (bytes === undefined) continue;
    giveOffsets(bytes, want.placed);
    want.bytes = bytes;
    run.read(length);
  }
}

function wholeObject(ports: MaintenancePorts, { key, placed: { entry, baseOffset } }: Wanted): Promise<Buffer | undefined> {
  if (entry.kind === 'inline') return ports.storage.getInline(entry.lease);
  const name = entry.kind === 'log' ? logKey(key, baseOffset, entry.lease) : walKey(entry.lease);
  return ports.storage.getWhole(name, entry.kind === 'log' ? entry.length : OBJECT_BYTES_MAX, entry.zones, (bytes) => bytes);
}

async function fromAnyZone(ports: MaintenancePorts, want: Wanted): Promise<Buffer | undefined> {
  const { key, placed } = want;
  const { entry, baseOffset } = placed;
  if (entry.kind === 'inline') {
    throw new StratalogError('CORRUPT_OBJECT', `inline segment ${entry.lease} is corrupt at ${entry.position}`, { field: entry.lease });
  }
  const name = entry.kind === 'log' ? logKey(key, baseOffset, entry.lease) : walKey(entry.lease);
  return ports.storage.getObject(name, entry.position, entry.length, entry.zones, (bytes) => areRight(bytes, want));
}

/** Remembers which partitions a segment is of, so that it can go as soon as all of them have replaced it. */
function follow(ports: MaintenancePorts, { placed: { entry } }: Wanted, whole: Buffer): void {
  if ((entry.kind !== 'wal' && entry.kind !== 'inline') || ports.coverage.knows(entry.lease)) return;
  try {
    const footer = readSegmentFooter(whole, whole.length);
    if (footer.kind === 'footer') ports.coverage.follow(entry.kind, entry.lease, footer.slices);
  } catch {
    // The batches are checked one by one; without a footer the segment is merely not followed, and sweep reports it.
  }
}

/** Whole batches, which for a merged file also have offsets that the entry can have. */
function areRight(bytes: Buffer, { placed }: Wanted): boolean {
  return areWhole(bytes) && (placed.entry.kind !== 'log' || areInPlace(bytes, placed.entry.position, placed));
}

/** Batches of written segments get their offsets; those of merged files have them, and are held against the index. */
function giveOffsets(bytes: Buffer, { entry, baseOffset }: PlacedEntry): void {
  const end = baseOffset + entry.span;
  let next = baseOffset;
  for (let at = 0; at < bytes.length; at += batchSizeAt(bytes, at)) {
    if (entry.kind !== 'log') patchBatch(bytes, at, next, LEADER_EPOCH);
    const base = baseOffsetAt(bytes, at);
    if (base < next) throw misplaced(entry.lease, base, next);
    next = base + lastOffsetDeltaAt(bytes, at) + 1;
  }
  if (next > end || (entry.kind !== 'log' && next !== end)) throw misplaced(entry.lease, next, end);
}

function misplaced(lease: string, offset: number, wanted: number): StratalogError {
  return new StratalogError('CORRUPT_OBJECT', `segment ${lease} has offset ${offset} where the index has ${wanted}`, {
    field: lease,
    value: offset,
    limit: wanted,
  });
}
