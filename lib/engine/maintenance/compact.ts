/**
 * Compaction: keeps the last record of each key (`cleanup.policy=compact`), as Kafka's `Cleaner` does. Offsets, order and
 * spans stay.
 *
 * A pass builds a map from the keys of the dirty part to their last offsets, then rewrites everything up to the last
 * offset in the map: a record goes when the map knows a later one of its key. Keys that do not fit wait for the next pass.
 */
import { FLOOR_DELETED, type Offset, type PartitionKey, partitionName } from '../../core/ids.ts';
import { type IndexPage, pageBytes, pageEnd } from '../../core/index-page.ts';
import { type LeaseRecord, lastStableOffset, tailBase } from '../../core/lease-record.ts';
import { WORK_LEASE_MS } from '../../core/limits.ts';
import {
  type Cleanable,
  type CompactionRules,
  cleanableOf,
  compactionRulesOf,
  shouldCompact,
  tailAgeMaxMs,
  tailDueMs,
} from '../../core/maintenance-compaction.ts';
import { isRawPage, mergeRulesOf } from '../../core/maintenance-merge.ts';
import type { Topic } from '../../core/topic.ts';
import { isCompacted } from '../../core/topic-config.ts';
import { markShard } from '../../core/work-shard.ts';
import { iterateBatches } from '../../format/record-batch.ts';
import { openRecords } from '../../format/record-batch-reader.ts';
import { type CleanLimits, type CleanTally, cleanBatches } from './clean-batches.ts';
import type { FileWriter } from './file-writer.ts';
import { type MaintenancePorts, pagesFrom, partitionsOfRun, type RunPartition, stateOf, storeTimeOnce } from './maintenance-ports.ts';
import { OffsetMap } from './offset-map.ts';
import { batchesOf } from './page-batches.ts';
import { fillFileOf, replacePages } from './replace-pages.ts';
import { rollTail } from './roll-tail.ts';
import type { Run } from './run.ts';

/** Pages of one rewritten file: as many as a transaction takes. */
const GROUP_PAGES_MAX = 45;
const SECRET_BYTES = 16;
/** Offsets of a pass that get a bit each, 16 MiB; a wider range asks the map for every key. */
const OFFSET_BITS_MAX = 128 * 1024 * 1024;
const PARTITIONS_AT_ONCE = 100;
/** How long a partition is left alone that time alone can make ready: what its settings count in is hours. */
const TIMED_QUIET_MS = 60_000;
/** Topics whose tail may hold records for less than this are looked at in every run. */
const TAIL_SOON_MS = 10 * 60 * 1000;

interface Target {
  readonly topic: Topic;
  readonly key: PartitionKey;
  readonly rules: CompactionRules;
  readonly nowMs: number;
}

/**
 * One run over the partitions of compacted topics: those that merge looked at lately, or all. Cost: 1 read and 1 query each; a
 * pass reads the dirty part, then all before its end.
 */
export async function compact(ports: MaintenancePorts, run: Run, owner: string): Promise<void> {
  const storeNow = storeTimeOnce(ports);
  for await (const group of partitionsToLookAt(ports, run)) {
    const records = await ports.leases.read(group.map(({ key }) => key));
    for (const [i, { topic, key }] of group.entries()) {
      if (run.over) break;
      const record = records[i];
      if (record === undefined || record.floor === FLOOR_DELETED) continue;
      run.item();
      const quiet = run.anew ? undefined : ports.quiet.find('compact', key, stateOf(topic, record));
      if (quiet !== undefined) {
        if (quiet.waitingSinceMs !== undefined) run.waiting(ports.clock.now() - quiet.waitingSinceMs);
        continue;
      }
      if (!run.dryRun) ports.toCompact.delete(partitionName(key));
      await run.attempt(`compaction of ${partitionName(key)}`, async () => {
        const target = { topic, key, rules: compactionRulesOf(topic.configs), nowMs: await storeNow() };
        const isDue = !run.dryRun && tailDueMs(record, topic.configs) <= target.nowMs;
        const current = isDue ? await rollTail(ports, key, record) : record;
        if (current !== undefined) await compactPartition(ports, run, owner, target, current);
      });
      await run.pause();
    }
  }
}

/**
 * Partitions that merge looked at, all of topics that this process has not seen or whose settings have changed, and of those whose tail
 * may become due before everything is looked at; or simply all.
 */
async function* partitionsToLookAt(ports: MaintenancePorts, run: Run): AsyncGenerator<readonly RunPartition[]> {
  const { work, toCompact, compactSeen } = ports;
  const all = work === undefined || run.all || run.topic !== undefined;
  const seen: Topic[] = [];
  yield* partitionsOfRun(ports, run, (topic) => {
    const wanted =
      isCompacted(topic.configs) && (all || compactSeen.get(topic.id) !== topic.version || tailAgeMaxMs(topic.configs) < TAIL_SOON_MS);
    if (wanted) seen.push(topic);
    return wanted;
  });
  if (!run.over && !run.dryRun) for (const { id, version } of seen) compactSeen.set(id, version);
  if (all) return;
  const waiting = [...toCompact.values()];
  for (let at = 0; at < waiting.length && !run.over; at += PARTITIONS_AT_ONCE) yield waiting.slice(at, at + PARTITIONS_AT_ONCE);
}

async function compactPartition(ports: MaintenancePorts, run: Run, owner: string, target: Target, record: LeaseRecord): Promise<void> {
  const { key, rules, nowMs } = target;
  const pages = await closedPages(ports, key, record);
  const cleanable = cleanableOf(pages, rules, lastStableOffset(record), nowMs);
  if (!shouldCompact(cleanable, rules, nowMs)) {
    const since = cleanable.oldestDirtyMs === undefined ? undefined : cleanable.oldestDirtyMs + rules.lagMinMs;
    if (since !== undefined) run.waiting(Math.max(0, nowMs - since));
    if (run.dryRun) return;
    const isTimed = (rules.lagMinMs > 0 || rules.lagMaxMs < Number.MAX_SAFE_INTEGER) && pages.some((page) => page.cleaned !== true);
    if (isTimed) ports.toCompact.set(partitionName(key), { topic: target.topic, key });
    const tailMs = Math.max(1, tailDueMs(record, target.topic.configs) - nowMs);
    ports.quiet.note('compact', key, stateOf(target.topic, record), Math.min(isTimed ? TIMED_QUIET_MS : tailMs, tailMs), since);
    return;
  }
  if (run.dryRun) return run.count('bytesToCompact', cleanable.dirtyBytes + cleanable.cleanBytes);
  const shard = markShard(key);
  const taken = await ports.work?.acquire('compact', shard, owner, ports.clock.now(), WORK_LEASE_MS + ports.settings.runMs);
  if (taken?.kind === 'taken') {
    ports.toCompact.set(partitionName(key), { topic: target.topic, key });
    return run.count('shardsOfOthers');
  }
  try {
    // What was cut short, or overtaken by others, is looked at again.
    ports.toCompact.set(partitionName(key), { topic: target.topic, key });
    if (await passes(ports, run, target, record, cleanable)) ports.toCompact.delete(partitionName(key));
  } finally {
    if (taken !== undefined) await ports.work?.release(taken.lease);
  }
}

/** As many passes as the keys need. False when it was cut short. */
async function passes(ports: MaintenancePorts, run: Run, target: Target, record: LeaseRecord, cleanable: Cleanable): Promise<boolean> {
  for (let from = cleanable.dirtyFrom; from < cleanable.end; ) {
    // Pages are read anew: the pass before has replaced them.
    const pages = (await closedPages(ports, target.key, record)).filter((page) => pageEnd(page) <= cleanable.end);
    const map = new OffsetMap(cleanable.dirtyRecords, ports.settings.compactionMemoryBytes, ports.random.bytes(SECRET_BYTES));
    const upTo = await fillMap(ports, run, target.key, pages, from, map);
    if (upTo === undefined || run.over) return false;
    run.count('passes');
    if (!(await rewrite(ports, run, target, pages, map, { from, upTo }))) return false;
    from = upTo;
  }
  run.count('partitionsCompacted');
  return true;
}

/** Pages wholly below the tail and not wholly below the start, in order, without a hole. */
async function closedPages(ports: MaintenancePorts, key: PartitionKey, record: LeaseRecord): Promise<readonly IndexPage[]> {
  const base = tailBase(record);
  const found: IndexPage[] = [];
  let end: Offset | undefined;
  if (base === 0) return found;
  for await (const page of pagesFrom(ports, key, 0)) {
    if (page.mergedInto !== undefined || pageEnd(page) <= record.start) continue;
    if (pageEnd(page) > base || (end !== undefined && page.firstOffset !== end)) break;
    found.push(page);
    end = pageEnd(page);
  }
  return found;
}

/** Notes the keys from an offset on until the map is full. Answers the first offset that is not in it; undefined when a segment was gone. */
async function fillMap(
  ports: MaintenancePorts,
  run: Run,
  key: PartitionKey,
  pages: readonly IndexPage[],
  from: Offset,
  map: OffsetMap,
): Promise<Offset | undefined> {
  let upTo = from;
  const dirty = pages.filter((page) => pageEnd(page) > from);
  for await (const chunk of batchesOf(ports, run, key, dirty)) {
    if (chunk === 'gone') {
      run.count('passesOvertaken');
      return undefined;
    }
    for (const { position, header } of iterateBatches(chunk)) {
      if (header.lastOffset < from) continue;
      // What a transaction wrote is left as it is: whether it counts stands elsewhere.
      if (!header.isControl && !header.isTransactional && header.recordsCount > 0) {
        const records = openRecords(chunk, position, { maxDecompressedBytes: Number.MAX_SAFE_INTEGER });
        while (records.next()) {
          if (records.keyLength < 0 || records.offset < from) continue;
          if (!map.put(records.bytes, records.keyStart, records.keyStart + records.keyLength, records.offset)) return upTo;
          upTo = records.offset + 1;
        }
      }
      upTo = Math.max(upTo, header.lastOffset + 1);
      await run.pause();
      if (run.over) return undefined;
    }
  }
  const last = dirty.at(-1);
  return last === undefined ? upTo : pageEnd(last);
}

/**
 * Rewrites everything before `upTo`, oldest first: a tombstone must not go before the values that it stands for. One file is
 * completed while the next is filled. False when others changed a page, or the run is over: the rest stays dirty.
 */
async function rewrite(
  ports: MaintenancePorts,
  run: Run,
  target: Target,
  pages: readonly IndexPage[],
  map: OffsetMap,
  { from, upTo }: { readonly from: Offset; readonly upTo: Offset },
): Promise<boolean> {
  const { fileBytesMax } = mergeRulesOf(target.topic.configs, ports.settings);
  const touched = pages.filter((page) => page.firstOffset < upTo);
  const whole = touched.filter((page) => pageEnd(page) <= upTo);
  const last = upTo - from <= OFFSET_BITS_MAX ? map.lastOffsets(from, upTo) : undefined;
  const limits: CleanLimits = { map, last, upTo, nowMs: target.nowMs, deleteRetentionMs: target.rules.deleteRetentionMs };
  const groups = [...groupsOf(whole, fileBytesMax), ...groupsOf(touched.slice(whole.length), fileBytesMax)];
  let written = Promise.resolve(true);
  for (const [i, pages] of groups.entries()) {
    const group: Group = {
      pages,
      limits: { ...limits, keepsLast: i === groups.length - 1 },
      cleaned: pageEnd(pages.at(-1) as IndexPage) <= upTo,
    };
    const result = run.over ? undefined : await cleanGroup(ports, run, target, group);
    const isWritten = await written.catch(async (error: unknown) => {
      await result?.file?.abandon();
      throw error;
    });
    if (!isWritten || result === undefined) {
      await result?.file?.abandon();
      return false;
    }
    written = replaceGroup(ports, run, target, group, result);
    // It is waited for after the next group was cleaned; until then its failure has a handler.
    written.catch(() => undefined);
  }
  return await written;
}

/** Pages that become one file. */
interface Group {
  readonly pages: readonly IndexPage[];
  readonly limits: CleanLimits;
  /** The map speaks of all of them. */
  readonly cleaned: boolean;
}

interface CleanedGroup {
  /** Undefined: the file that is there is right as it is. */
  readonly file: FileWriter | undefined;
  readonly tally: CleanTally;
}

async function cleanGroup(ports: MaintenancePorts, run: Run, target: Target, group: Group): Promise<CleanedGroup | undefined> {
  const { topic, key } = target;
  const { pages, limits, cleaned } = group;
  let tally = newTally();
  const batches = () => {
    tally = newTally();
    return cleanBatches(batchesOf(ports, run, key, pages), limits, run, tally);
  };
  const [only] = pages;
  const isFile = pages.length === 1 && only !== undefined && !isRawPage(only);
  // Of a large file nothing is sent before it is known that it changes.
  if (isFile && pageBytes(only) > 2 * ports.settings.uploadPartBytes) {
    const outcome = await firstChange(batches(), () => tally.changed);
    if (outcome === 'gone') return void run.count('passesOvertaken');
    if (outcome === 'none') return { file: undefined, tally };
  }
  const file = await fillFileOf(ports, run, { topic, key, pages, cleaned }, batches);
  if (file === undefined) {
    if (!run.stopped) run.count('passesOvertaken');
    return undefined;
  }
  return { file: isFile && !tally.changed ? undefined : file, tally };
}

/** Goes on until something is another than it was. */
async function firstChange(batches: AsyncIterable<Buffer | 'gone'>, hasChanged: () => boolean): Promise<'gone' | 'none' | 'some'> {
  for await (const chunk of batches) {
    if (chunk === 'gone') return chunk;
    if (hasChanged()) return 'some';
  }
  return hasChanged() ? 'some' : 'none';
}

function newTally(): CleanTally {
  return { kept: 0, removed: 0, changed: false };
}

async function replaceGroup(
  ports: MaintenancePorts,
  run: Run,
  { topic, key, nowMs }: Target,
  { pages, cleaned }: Group,
  { file, tally }: CleanedGroup,
): Promise<boolean> {
  run.count('recordsRemoved', tally.removed);
  run.count('recordsKept', tally.kept);
  if (file === undefined) {
    const [only] = pages as [IndexPage];
    if (!cleaned || only.cleaned === true) return true;
    // Only the page says so from now on.
    const { final: _, ...page } = only;
    return (await ports.pages.replace(key, [only], [{ ...page, version: only.version + 1, cleaned: true }])) === 'applied';
  }
  const before = pages.reduce((sum, page) => sum + pageBytes(page), 0);
  const done = await replacePages(ports, run, { topic, key, pages, cleaned }, file, nowMs);
  if (done) run.count('bytesRemoved', before - file.bytes);
  return done;
}

/** Adjacent pages that fit one file together. */
function groupsOf(pages: readonly IndexPage[], bytesMax: number): readonly (readonly IndexPage[])[] {
  const groups: IndexPage[][] = [];
  let bytes = 0;
  for (const page of pages) {
    const size = pageBytes(page);
    const open = groups.at(-1);
    const first = open?.[0]?.firstOffset ?? 0;
    if (open === undefined || open.length >= GROUP_PAGES_MAX || bytes + size > bytesMax || pageEnd(page) - first > 0x7fff_ffff) {
      groups.push([page]);
      bytes = size;
    } else {
      open.push(page);
      bytes += size;
    }
  }
  return groups;
}
