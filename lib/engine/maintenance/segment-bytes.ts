/**
 * Reads entries for the jobs that rewrite them: each segment once for all partitions that want a part of it.
 *
 * What comes back are whole batches with right CRCs, each with its real offset, in memory that belongs to the caller, or in
 * the caller's room until that is used again.
 */
import { StratalogError } from '../../core/errors.ts';
import type { PartitionKey } from '../../core/ids.ts';
import type { EntryKind, PlacedEntry } from '../../core/lease-record.ts';
import { logKey, walKey } from '../../core/segment-key.ts';
import { patchBatch } from '../../format/record-batch.ts';
import { baseOffsetAt, batchSizeAt, lastOffsetDeltaAt } from '../../format/record-batch-header.ts';
import { readSegmentFooter } from '../../format/segment.ts';
import { areInPlace, areWhole } from '../whole-batches.ts';
import { inParallel } from './in-parallel.ts';
import type { MaintenancePorts } from './maintenance-ports.ts';
import type { ReadRoom } from './read-room.ts';
import type { Run } from './run.ts';

type Allocate = (bytes: number) => Buffer;

/** An entry that somebody wants, and what becomes of its bytes. `bytes` undefined: the object is not there any more. */
export interface Wanted {
  readonly key: PartitionKey;
  readonly placed: PlacedEntry;
  bytes: Buffer | undefined;
}

const LEADER_EPOCH = 0;
/** Entries of one segment that are read one by one where they are little of it: of an object as many as a whole read costs requests. */
const PARTS_MAX: Readonly<Record<EntryKind, number>> = { wal: 1, inline: 8, log: 1, gone: 1 };
/** Below this a whole segment is read as quickly as a part of it. */
const READ_IN_PARTS_FROM_BYTES = 256 * 1024;
/** No segment and no file is larger: positions are int32. */
const OBJECT_BYTES_MAX = 0x7fff_ffff;

/**
 * Fills in the bytes of all that is wanted, in `room` where there is one and the store can. A corrupt entry that no zone has
 * whole is CORRUPT_OBJECT. Cost: 1 GET a segment or file.
 */
export async function readWanted(ports: MaintenancePorts, run: Run, wanted: readonly Wanted[], room?: ReadRoom): Promise<void> {
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
  await run.pause();
  await inParallel([...objects.values()], ports.settings.parallel, async (group) => {
    await readObject(ports, run, group, room);
    await run.pause();
  });
}

function objectName({ key, placed: { entry, baseOffset } }: Wanted): string | undefined {
  if (entry.kind === 'gone') return undefined;
  return entry.kind === 'log' ? logKey(key, baseOffset, entry.lease) : `${entry.kind}/${entry.lease}`;
}

async function readObject(ports: MaintenancePorts, run: Run, group: readonly Wanted[], room: ReadRoom | undefined): Promise<void> {
  const [first] = group as [Wanted];
  const { entry } = first.placed;
  const part = group.reduce((sum, want) => sum + want.placed.entry.length, 0);
  const size = ports.coverage.sizeOf(entry.lease) ?? 0;
  // The footer is known, and little of the rest is wanted.
  if (size >= READ_IN_PARTS_FROM_BYTES && group.length <= PARTS_MAX[entry.kind] && part < size / 2) {
    for (const want of group) take(run, want, await partOf(ports, want, room?.take));
    return;
  }
  let lent: Buffer | undefined;
  const allocate = (bytes: number, from: ReadRoom): Buffer => {
    if (part >= bytes / 2) return from.take(bytes);
    lent = from.lend(bytes);
    return lent.subarray(0, bytes);
  };
  const whole = await wholeObject(ports, first, room && ((bytes) => allocate(bytes, room)));
  if (whole !== undefined) {
    if (entry.kind !== 'log') follow(ports, first, whole);
    for (const want of group) await takeFrom(ports, run, want, { whole, isSmall: part < whole.length / 2, room });
  }
  if (lent !== undefined) room?.giveBack(lent);
}

async function takeFrom(
  ports: MaintenancePorts,
  run: Run,
  want: Wanted,
  { whole, isSmall, room }: { readonly whole: Buffer; readonly isSmall: boolean; readonly room: ReadRoom | undefined },
): Promise<void> {
  const { position, length } = want.placed.entry;
  const bytes = whole.subarray(position, position + length);
  // A copy that is cut off or damaged: another zone may have it whole.
  if (bytes.length !== length || !areRight(bytes, want)) return take(run, want, await fromAnyZone(ports, want));
  if (!isSmall) return take(run, want, bytes);
  // A small part must not keep a large segment in memory.
  const own = room === undefined ? Buffer.allocUnsafeSlow(length) : room.take(length);
  bytes.copy(own);
  take(run, want, own);
}

function take(run: Run, want: Wanted, bytes: Buffer | undefined): void {
  if (bytes === undefined) return;
  giveOffsets(bytes, want.placed);
  want.bytes = bytes;
  run.read(bytes.length);
}

/** The bytes of one entry alone. Cost: 1 GET. */
async function partOf(ports: MaintenancePorts, want: Wanted, allocate: Allocate | undefined): Promise<Buffer | undefined> {
  const { entry } = want.placed;
  if (entry.kind !== 'inline') return fromAnyZone(ports, want);
  const bytes = await ports.storage.getInline(entry.lease, entry.position, entry.length, allocate);
  return bytes === undefined || (bytes.length === entry.length && areRight(bytes, want)) ? bytes : fromAnyZone(ports, want);
}

function wholeObject(
  ports: MaintenancePorts,
  { key, placed: { entry, baseOffset } }: Wanted,
  allocate: Allocate | undefined,
): Promise<Buffer | undefined> {
  if (entry.kind === 'inline') return ports.storage.getInline(entry.lease, undefined, undefined, allocate);
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
  if ((entry.kind !== 'wal' && entry.kind !== 'inline') || ports.coverage.sizeOf(entry.lease) !== undefined) return;
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
