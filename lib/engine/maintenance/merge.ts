/**
 * Merge: small segments of many partitions become files of one partition, and small files larger ones.
 *
 * It works by slice of time: the plans of many partitions are gathered up to the bytes that may be held, then each
 * segment that any of them names is read once, and one file is written for every partition in it.
 */
import { FLOOR_DELETED, leaseTimeMs, partitionName } from '../../core/ids.ts';
import { type IndexPage, pageBytes, pageEnd } from '../../core/index-page.ts';
import { type LeaseRecord, tailBase } from '../../core/lease-record.ts';
import { becomesFinal, isRawPage, type MergeRun, mergeRulesOf, oldestWrittenMs, planMerges } from '../../core/maintenance-merge.ts';
import { isCompacted } from '../../core/topic-config.ts';
import type { FileBatches } from './file-writer.ts';
import { inParallel } from './in-parallel.ts';
import { type MaintenancePorts, pagesFrom, stateOf, storeTimeOnce } from './maintenance-ports.ts';
import { type WorkItem, workItems } from './marked-partitions.ts';
import { batchesOf } from './page-batches.ts';
import { fillFileOf, replacePages } from './replace-pages.ts';
import { rollTail } from './roll-tail.ts';
import type { Run } from './run.ts';
import { readWanted, type Wanted } from './segment-bytes.ts';

interface PlannedMerge {
  readonly item: WorkItem;
  readonly pages: MergeRun;
  readonly bytes: number;
}

/** One run. Cost: 1 read and 1 query a partition that is looked at, 1 GET a segment, 2 PUTs and a transaction a file. */
export async function merge(ports: MaintenancePorts, run: Run, owner: string): Promise<void> {
  const storeNow = storeTimeOnce(ports);
  let held: PlannedMerge[] = [];
  let heldBytes = 0;
  const finish = async () => {
    if (held.length > 0) await mergeAll(ports, run, held, storeNow);
    held = [];
    heldBytes = 0;
  };
  for await (const items of workItems(ports, run, owner)) {
    const records = await ports.leases.read(items.map(({ key }) => key));
    for (const [i, item] of items.entries()) {
      if (run.over) break;
      run.item();
      await run.attempt(`merge plan of ${partitionName(item.key)}`, async () => {
        for (const planned of await planPartition(ports, run, item, records[i])) {
          if (isStreamed(ports, planned)) {
            if (!run.over) await writeMerge(ports, run, planned, () => batchesOf(ports, run, item.key, planned.pages), storeNow);
            continue;
          }
          if (held.length > 0 && heldBytes + planned.bytes > ports.settings.mergeMemoryBytes) await finish();
          held.push(planned);
          heldBytes += planned.bytes;
        }
      });
      await run.pause();
    }
  }
  await finish();
}

/** The merges of one partition, after its tail was rolled if that is old. A mark without any work left is taken away. */
async function planPartition(
  ports: MaintenancePorts,
  run: Run,
  item: WorkItem,
  read: LeaseRecord | undefined,
): Promise<readonly PlannedMerge[]> {
  const { topic, key } = item;
  if (read === undefined || read.floor === FLOOR_DELETED) return [];
  if (isCompacted(topic.configs)) ports.toCompact.set(partitionName(key), { topic, key });
  const nowMs = ports.clock.now();
  const { mergeAgeMs } = ports.settings;
  let record = read;
  const quiet = run.anew || item.mark !== undefined ? undefined : ports.quiet.find('merge', key, stateOf(topic, record));
  if (quiet !== undefined) {
    if (quiet.waitingSinceMs !== undefined) run.waiting(nowMs - quiet.waitingSinceMs);
    return [];
  }
  const [oldest] = record.tail;
  if (oldest !== undefined && nowMs - leaseTimeMs(oldest.lease) >= mergeAgeMs && !run.dryRun) {
    const rolled = await rollTail(ports, key, record);
    if (rolled === undefined) return [];
    record = rolled;
    run.count('tailsRolled');
  }
  const pages = await mergeablePages(ports, run, item, record);
  const runs = planMerges(pages, mergeRulesOf(topic.configs, ports.settings), nowMs);
  for (const pages of runs) run.behind(dueForMs(pages, ports.settings, nowMs));
  const planned = new Set(runs.flat());
  const waiting = pages.filter((page) => isRawPage(page) && !planned.has(page));
  const since = waiting.length === 0 ? undefined : Math.min(...waiting.map((page) => oldestWrittenMs(page) ?? nowMs));
  if (since !== undefined) run.waiting(nowMs - since);
  if (runs.length === 0 && !run.dryRun) await settled(ports, item, record, since);
  return runs.map((run) => ({ item, pages: run, bytes: run.reduce((sum, page) => sum + pageBytes(page), 0) }));
}

/** How long written segments have been due at the most: many are from the first one on, few when they are old. */
function dueForMs(pages: MergeRun, { mergeEntriesMin, mergeAgeMs }: MaintenancePorts['settings'], nowMs: number): number {
  const ageMs = nowMs - Math.min(...pages.map((page) => oldestWrittenMs(page) ?? nowMs));
  return pages.reduce((sum, { entries }) => sum + entries.length, 0) >= mergeEntriesMin ? ageMs : ageMs - mergeAgeMs;
}

/** Nothing is due: what waits is left alone until its time, and a mark without any work left is taken away. */
async function settled(ports: MaintenancePorts, item: WorkItem, record: LeaseRecord, waitingSinceMs: number | undefined): Promise<void> {
  const { topic, key, mark } = item;
  const { mergeAgeMs } = ports.settings;
  const nowMs = ports.clock.now();
  const oldestMs = Math.min(waitingSinceMs ?? nowMs, record.tail[0] === undefined ? nowMs : leaseTimeMs(record.tail[0].lease));
  // A clock that was set back must not make it wait longer than it would have from the start.
  const forMs = Math.min(mergeAgeMs, mergeAgeMs - (nowMs - oldestMs));
  const idle = waitingSinceMs === undefined && record.tail.length === 0;
  ports.quiet.note('merge', key, stateOf(topic, record), idle ? Number.POSITIVE_INFINITY : forMs, waitingSinceMs);
  if (mark === undefined) return;
  if (waitingSinceMs === undefined) await ports.work?.unmark([mark]);
  else ports.quiet.note('mark', key, String(mark.stamp), Math.min(mergeAgeMs, mergeAgeMs - (nowMs - waitingSinceMs)), waitingSinceMs);
}

/** Pages wholly below the tail that are not wholly below the start, in order and without a hole. */
async function mergeablePages(ports: MaintenancePorts, run: Run, { key }: WorkItem, record: LeaseRecord): Promise<readonly IndexPage[]> {
  const base = tailBase(record);
  const found: IndexPage[] = [];
  if (base === 0) return found;
  let end: number | undefined;
  for await (const page of pagesFrom(ports, key, 0)) {
    await run.pause();
    if (page.mergedInto !== undefined || pageEnd(page) <= record.start) continue;
    if (pageEnd(page) > base || (end !== undefined && page.firstOffset !== end)) break;
    found.push(page);
    end = pageEnd(page);
  }
  return found;
}

/** Files become a larger one piece by piece; segments that others share are read once for all, and held meanwhile. */
function isStreamed({ settings }: MaintenancePorts, { pages, bytes }: PlannedMerge): boolean {
  return bytes > 2 * settings.uploadPartBytes && !pages.some(isRawPage);
}

async function mergeAll(
  ports: MaintenancePorts,
  run: Run,
  planned: readonly PlannedMerge[],
  storeNow: () => Promise<number>,
): Promise<void> {
  if (run.dryRun) {
    for (const merge of planned) countPlanned(run, merge);
    return;
  }
  const wanted: Wanted[][] = [];
  for (const merge of planned) {
    wanted.push(wantedOf(merge));
    await run.pause();
  }
  try {
    // What the last ones held is written by now.
    ports.readRoom?.reuse();
    await readWanted(ports, run, wanted.flat(), ports.readRoom);
  } catch (error) {
    // One bad segment must not stop all others: each partition then reads for itself.
    if (planned.length === 1) return run.failed(`merge of ${partitionName((planned[0] as PlannedMerge).item.key)}`, error);
    for (const merge of planned) await mergeAll(ports, run, [merge], storeNow);
    return;
  }
  await inParallel(planned, ports.settings.parallel, async (merge, i) => {
    const batches = () => (wanted[i] as Wanted[]).map(({ bytes }) => bytes ?? 'gone');
    await run.attempt(`merge of ${partitionName(merge.item.key)}`, () => writeMerge(ports, run, merge, batches, storeNow));
    // What was written is not needed any more.
    wanted[i] = [];
    await run.pause();
  });
}

async function writeMerge(
  ports: MaintenancePorts,
  run: Run,
  merge: PlannedMerge,
  batches: FileBatches,
  storeNow: () => Promise<number>,
): Promise<void> {
  if (run.dryRun) return countPlanned(run, merge);
  const replacement = { topic: merge.item.topic, key: merge.item.key, pages: merge.pages, final: becomesFinal(merge.pages) };
  const storeNowMs = await storeNow();
  const file = await fillFileOf(ports, run, replacement, batches);
  if (file === undefined) {
    // An object that is gone was merged or dropped by others since the pages were read.
    if (!run.stopped) run.count('mergesOvertaken');
  } else if (await replacePages(ports, run, replacement, file, storeNowMs)) run.count('pagesMerged', merge.pages.length);
}

function countPlanned(run: Run, { bytes }: PlannedMerge): void {
  run.count('filesToWrite');
  run.count('bytesToWrite', bytes);
}

function wantedOf({ item, pages }: PlannedMerge): Wanted[] {
  const wanted: Wanted[] = [];
  for (const page of pages) {
    let baseOffset = page.firstOffset;
    for (const entry of page.entries) {
      wanted.push({ key: item.key, placed: { entry, baseOffset }, bytes: undefined });
      baseOffset += entry.span;
    }
  }
  return wanted;
}
