/**
 * Replication: every zone gets a copy of every object. What a zone lacks, or has with another size, is copied from a zone
 * that has it whole; and copies are read in turn and held against their checksums, so that a damaged one is found before it
 * is the last.
 *
 * The zones' listings are walked side by side. Objects that nothing names are copied too: sweep takes them from all zones.
 */
import { type PartitionKey, partitionName } from '../../core/ids.ts';
import type { PlacedEntry } from '../../core/lease-record.ts';
import { REPLICATION_AGE_MS } from '../../core/limits.ts';
import { CLOCK_PREFIX, LOG_PREFIX, parseLogKey, WAL_PREFIX } from '../../core/segment-key.ts';
import { crc32c } from '../../format/crc32c.ts';
import { readSegmentFooter } from '../../format/segment.ts';
import type { ObjectInfo, Zone } from '../../ports/object-store.ts';
import { areInPlace } from '../whole-batches.ts';
import { inParallel } from './in-parallel.ts';
import { copyLarge, type LargeFile, readLarge } from './large-copies.ts';
import type { MaintenancePorts } from './maintenance-ports.ts';
import type { Run } from './run.ts';
import { isCopyWhole } from './verify-copy.ts';

/** What one run leaves to the next. */
export interface ReplicationState {
  /** The last key whose copies were read and checked, '' at the front; undefined when all were. */
  cursor: string | undefined;
  /** Since when the copies are being read and checked, ms of the monotonic clock; undefined: never yet. */
  checkedFrom?: number | undefined;
  /** What the storage had seen when all zones were last found alike; undefined when they were not. */
  alikeAt?: number | undefined;
  /** Partitions with objects that a zone misses, or whose copies could not be repaired. */
  underReplicated: Set<string>;
}

/** One object as the zones have it; undefined where a zone has none. */
interface Copies {
  readonly key: string;
  readonly infos: readonly (ObjectInfo | undefined)[];
}

const KEYS_AT_ONCE = 1_000;
const OBJECT_BYTES_MAX = 0x7fff_ffff;
/** All copies are read again this long after they were last begun to be: bits rot slowly, and reading costs. */
const CHECK_EVERY_MS = 24 * 60 * 60 * 1000;
/** Copies read to be checked in one run, bytes of one zone: a terabyte is checked every few weeks at a run a minute. */
const VERIFIED_BYTES_MAX = 256 * 1024 * 1024;

/** Objects that a run asks for their partitions while a zone is gone. */
const NAMED_MAX = 1_000;

/**
 * One run. `changes` is what the storages of this process have seen, if it is alone: while it stands still and all zones are alike, only runs
 * over everything look. Cost: 1 LIST a thousand objects and zone; 1 GET and 1 PUT a copy; 1 GET a zone for each object checked,
 * and 1 query for a merged file.
 */
export async function replicate(ports: MaintenancePorts, run: Run, state: ReplicationState, changes: number | undefined): Promise<void> {
  if (ports.zones.length < 2) return;
  const now = ports.clock.monotonic();
  const isSettled = changes !== undefined && state.alikeAt === changes && now - (state.checkedFrom ?? now) < CHECK_EVERY_MS;
  if (!run.all && isSettled && (await areAlikeAtAGlance(ports.zones))) return;
  if (state.cursor === undefined && (run.anew || state.checkedFrom === undefined || now - state.checkedFrom >= CHECK_EVERY_MS)) {
    state.cursor = '';
    state.checkedFrom = now;
  }
  const progress = { isSettled: true };
  const under = new Set<string>();
  const down = new Set<Zone>();
  let verified = 0;
  let verifiedTo: string | undefined;
  let named = 0;
  for (const prefix of [WAL_PREFIX, LOG_PREFIX]) {
    for await (const page of copiesOf(ports, run, prefix, down, progress)) {
      const step = async ({ key, infos }: Copies) => {
        if (run.over) return;
        run.item();
        const sizes = new Set(infos.flatMap((info, i) => (down.has(ports.zones[i] as Zone) ? [] : (info?.size ?? -1))));
        const due = verified < VERIFIED_BYTES_MAX && state.cursor !== undefined && key > state.cursor;
        if (sizes.size === 1 && !due) {
          // A zone that is gone lacks all of them: that need not be read, only told, and not of each one to the last.
          if (down.size > 0 && named++ < NAMED_MAX) await run.attempt(`partitions of ${key}`, () => name(ports, { key, infos }, under));
          return;
        }
        if (sizes.size === 1 && due) {
          verified += infos.find((info) => info !== undefined)?.size ?? 0;
          verifiedTo = verifiedTo === undefined || key > verifiedTo ? key : verifiedTo;
        }
        await run.attempt(`copies of ${key}`, () => repair(ports, run, { key, infos }, down, under));
        await run.pause();
      };
      const large = page.filter((copies) => isLarge(ports, copies));
      const small = page.filter((copies) => !large.includes(copies));
      await inParallel(small, ports.settings.parallel, step);
      // One after the other, since each takes the memory of several small ones.
      await inParallel(large, 1, step);
      if (run.over) break;
    }
  }
  // Undefined: all were checked.
  if (state.cursor !== undefined) state.cursor = verified < VERIFIED_BYTES_MAX && !run.over ? undefined : (verifiedTo ?? state.cursor);
  if (run.dryRun) return;
  const isAlike = progress.isSettled && !run.over && down.size === 0 && under.size === 0 && state.cursor === undefined;
  state.alikeAt = isAlike && !run.hasFailed ? changes : undefined;
  // What a run did not come to is as the last one left it.
  state.underReplicated = run.over ? new Set([...state.underReplicated, ...under]) : under;
  ports.telemetry.gauge('under_replicated_partitions', state.underReplicated.size);
  for (const zone of ports.zones) ports.zoneHealth.note(zone, !down.has(zone));
}

/** Whether all zones have objects, or none has: one that was emptied or replaced shows here. Cost: 2 LISTs a zone. */
async function areAlikeAtAGlance(zones: readonly Zone[]): Promise<boolean> {
  const ends = await Promise.allSettled(
    [WAL_PREFIX, LOG_PREFIX].flatMap((prefix) => zones.map(({ objects }) => objects.list(prefix, undefined, 1))),
  );
  const counts = ends.map((end) => (end.status === 'fulfilled' ? end.value.length : -1));
  const [wal, log] = [counts.slice(0, zones.length), counts.slice(zones.length)];
  return [wal, log].every((some) => some.every((count) => count === some[0] && count >= 0));
}

/** The objects under a prefix with what each zone has of them, a thousand keys at a time. A zone that fails is passed over. */
async function* copiesOf(
  ports: MaintenancePorts,
  run: Run,
  prefix: string,
  down: Set<Zone>,
  progress: { isSettled: boolean },
): AsyncGenerator<readonly Copies[]> {
  for (let after: string | undefined; ; ) {
    const lists = await Promise.all(
      ports.zones.map(async (zone) => {
        if (down.has(zone)) return [];
        try {
          return await zone.objects.list(prefix, after, KEYS_AT_ONCE);
        } catch (error) {
          down.add(zone);
          run.failed(`zone ${zone.name}`, error);
          return [];
        }
      }),
    );
    // Beyond the end of a listing that was cut off, nobody knows what that zone has.
    const ends = lists.filter((list) => list.length === KEYS_AT_ONCE).map((list) => list.at(-1)?.key as string);
    const [end] = ends.sort();
    const byKey = new Map<string, (ObjectInfo | undefined)[]>();
    for (const [zone, list] of lists.entries()) {
      for (const info of list) {
        if (info.key.startsWith(CLOCK_PREFIX) || (end !== undefined && info.key > end)) continue;
        const infos = byKey.get(info.key) ?? ports.zones.map(() => undefined);
        infos[zone] = info;
        byKey.set(info.key, infos);
      }
    }
    const storeNowMs = byKey.size === 0 ? 0 : await ports.storeTime.now();
    const old = [...byKey].filter(([, infos]) =>
      infos.every((info) => info === undefined || storeNowMs - info.putAtMs > REPLICATION_AGE_MS),
    );
    // Young ones are not judged yet, and will not announce themselves again.
    if (old.length < byKey.size) progress.isSettled = false;
    yield old.map(([key, infos]) => ({ key, infos }));
    if (end === undefined) return;
    after = end;
  }
}

/**
 * The entry that names a merged file: it tells which offsets the batches can have, which no checksum covers. Undefined for
 * other objects, and for a file that nothing names. Cost: 1 query.
 */
async function entryOf(ports: MaintenancePorts, objectKey: string): Promise<PlacedEntry | undefined> {
  const file = objectKey.endsWith('.log') ? parseLogKey(objectKey) : undefined;
  if (file === undefined) return undefined;
  const page = await ports.pages.at(file.key, file.firstOffset);
  const [entry] = page?.firstOffset === file.firstOffset ? page.entries : [];
  return entry?.kind === 'log' && entry.lease === file.lease ? { entry, baseOffset: file.firstOffset } : undefined;
}

/** An object that a zone has whole. */
interface WholeCopy {
  readonly zone: Zone;
  readonly size: number;
  readonly checksum: number;
  /** Undefined when there are too many of them to be held. */
  readonly bytes?: Buffer;
}

/** Brings every zone's copy of one object in order. */
async function repair(
  ports: MaintenancePorts,
  run: Run,
  { key, infos }: Copies,
  down: ReadonlySet<Zone>,
  under: Set<string>,
): Promise<void> {
  const placed = await entryOf(ports, key);
  const look = isLarge(ports, { key, infos }) ? wholeLarge : wholeSmall;
  let good: WholeCopy | undefined;
  const wrong: { readonly zone: Zone; readonly isThere: boolean }[] = [];
  for (const [i, zone] of ports.zones.entries()) {
    const info = infos[i];
    if (down.has(zone) || info === undefined) {
      wrong.push({ zone, isThere: false });
      continue;
    }
    const copy = await look(ports, run, zone, { key, size: info.size, placed }).catch((error: unknown) => {
      run.failed(`the copy of ${key} in ${zone.name}`, error);
      return undefined;
    });
    if (copy === undefined) {
      wrong.push({ zone, isThere: true });
      continue;
    }
    // Offsets lie outside the checksums of batches: two whole copies that differ are told of, since nobody knows which one is right.
    const differs = good !== undefined && (good.size !== copy.size || good.checksum !== copy.checksum);
    if (differs && key.startsWith(LOG_PREFIX)) run.failed(`the copies of ${key}`, new Error('they differ'));
    good ??= copy;
  }
  run.count('copiesChecked', ports.zones.length - wrong.length);
  if (wrong.length === 0) return;
  if (good === undefined) {
    run.failed(`the copies of ${key}`, new Error('no zone has a whole one'));
    return;
  }
  let left = 0;
  for (const { zone, isThere } of wrong) {
    if (run.dryRun || down.has(zone)) {
      run.count('copiesMissing');
      left++;
      continue;
    }
    try {
      await mend(ports, run, { key, placed, good }, zone, isThere);
      run.count(isThere ? 'copiesRepaired' : 'copiesMade');
      run.count('bytesCopied', good.size);
    } catch (error) {
      left++;
      run.failed(`the copy of ${key} in ${zone.name}`, error);
    }
  }
  if (left > 0) for (const partition of partitionsIn(key, good.bytes)) under.add(partitionName(partition));
}

/** Puts a copy where there is none, or in one step in the place of one that is wrong. */
async function mend(
  ports: MaintenancePorts,
  run: Run,
  { key, placed, good }: { readonly key: string; readonly placed: PlacedEntry | undefined; readonly good: WholeCopy },
  zone: Zone,
  isThere: boolean,
): Promise<void> {
  const { bytes, size, checksum } = good;
  if (bytes === undefined) {
    const onto = isThere ? 'any key' : 'free key';
    await copyLarge(ports, run, { key, size, placed, checksum }, { from: good.zone.objects, to: zone.objects, onto });
    // A delete that comes late, or whose put does not follow, would take away what somebody mended since.
  } else if (isThere) await zone.objects.replace(key, [bytes]);
  else await zone.objects.put(key, [bytes]);
}

/** Merged files of more than two parts are read and copied piece by piece. */
function isLarge({ settings }: MaintenancePorts, { key, infos }: Copies): boolean {
  return key.endsWith('.log') && infos.some((info) => info !== undefined && info.size > 2 * settings.uploadPartBytes);
}

async function wholeLarge(ports: MaintenancePorts, run: Run, zone: Zone, file: LargeFile): Promise<WholeCopy | undefined> {
  const checksum = await readLarge(ports, run, zone.objects, file);
  return checksum === undefined ? undefined : { zone, size: file.size, checksum };
}

async function wholeSmall(_: MaintenancePorts, run: Run, zone: Zone, { key, size, placed }: LargeFile): Promise<WholeCopy | undefined> {
  const bytes = await zone.objects.get(key, 0, OBJECT_BYTES_MAX);
  run.read(bytes?.length ?? 0);
  if (bytes === undefined || bytes.length !== size || !isCopyWhole(key, bytes)) return undefined;
  return placed === undefined || areInPlace(bytes, 0, placed) ? { zone, size, checksum: crc32c(bytes), bytes } : undefined;
}

/** Notes the partitions of an object that a zone cannot be asked about. */
async function name(ports: MaintenancePorts, { key, infos }: Copies, under: Set<string>): Promise<void> {
  const zone = ports.zones[infos.findIndex((info) => info !== undefined)];
  const bytes = key.startsWith(WAL_PREFIX) ? await zone?.objects.get(key, 0, OBJECT_BYTES_MAX) : Buffer.alloc(0);
  if (bytes !== undefined) for (const partition of partitionsIn(key, bytes)) under.add(partitionName(partition));
}

/** The partitions that an object holds records of. */
function partitionsIn(key: string, bytes: Buffer | undefined): readonly PartitionKey[] {
  const parsed = parseLogKey(key);
  if (parsed !== undefined) return [parsed.key];
  const footer = bytes !== undefined && key.startsWith(WAL_PREFIX) ? readSegmentFooter(bytes, bytes.length) : undefined;
  return footer?.kind === 'footer' ? footer.slices : [];
}
