/**
 * Retention: raises the log start of partitions past what their topic's settings let go, and drops the index pages that
 * lie wholly below it. The objects that these named are found unnamed, and deleted, by sweep.
 */
import { FLOOR_DELETED, type PartitionKey, partitionName } from '../../core/ids.ts';
import { type IndexPage, pageBytes, pageEnd } from '../../core/index-page.ts';
import { type Entry, type LeaseRecord, tailBase, withStart } from '../../core/lease-record.ts';
import { type RetentionRules, RetentionWalk, retentionIsBounded, retentionRulesOf } from '../../core/maintenance-retention.ts';
import type { Topic } from '../../core/topic.ts';
import { isCompacted } from '../../core/topic-config.ts';
import { cleanUpTopics } from './clean-up-topics.ts';
import { type MaintenancePorts, pagesFrom, partitionsOfRun } from './maintenance-ports.ts';
import type { Run } from './run.ts';

const RAISE_TRIES_MAX = 20;

/** One run over all partitions, then over the topics that are being deleted. Cost: 1 read a partition, and what it drops. */
export async function retain(ports: MaintenancePorts, run: Run): Promise<void> {
  const nowMs = await ports.storeTime.now();
  for await (const group of partitionsOfRun(ports, run)) {
    const records = await ports.leases.read(group.map(({ key }) => key));
    for (const [i, { topic, key }] of group.entries()) {
      const record = records[i];
      if (record === undefined || record.floor === FLOOR_DELETED) continue;
      run.item();
      await run.attempt(`retention of ${partitionName(key)}`, () => retainPartition(ports, run, topic, key, record, nowMs));
      await run.pause();
      if (run.over) break;
    }
  }
  if (run.topic === undefined) await cleanUpTopics(ports, run);
}

async function retainPartition(
  ports: MaintenancePorts,
  run: Run,
  topic: Topic,
  key: PartitionKey,
  read: LeaseRecord,
  nowMs: number,
): Promise<void> {
  const rules = retentionRulesOf(topic.configs);
  let record = read;
  if (retentionIsBounded(rules) && record.start < record.next) record = await raiseStart(ports, run, topic, key, record, rules, nowMs);
  if (record.start > 0) await dropPages(ports, run, key, record, nowMs);
}

/** Decides the start on one version of the record and writes it on that version, until nobody is in between. */
async function raiseStart(
  ports: MaintenancePorts,
  run: Run,
  topic: Topic,
  key: PartitionKey,
  read: LeaseRecord,
  rules: RetentionRules,
  nowMs: number,
): Promise<LeaseRecord> {
  let record = read;
  for (let tries = 0; tries < RAISE_TRIES_MAX; tries++) {
    const start = await startAfter(ports, topic, key, record, rules, nowMs);
    const next = withStart(record, start);
    if (next === record) return record;
    if (run.dryRun) {
      run.count('offsetsExpired', start - record.start);
      return record;
    }
    const [outcome] = await ports.leases.write([{ key, expected: record.version, record: next }]);
    if (outcome?.kind === 'applied') {
      run.count('startsRaised');
      run.count('offsetsExpired', start - record.start);
      return next;
    }
    const [again] = outcome?.kind === 'refused' ? [outcome.current] : await ports.leases.read([key]);
    if (again === undefined || again.floor === FLOOR_DELETED) return record;
    record = again;
  }
  run.leftOver();
  return record;
}

/** The first offset that stays: the first of the oldest entry that the rules keep. */
async function startAfter(
  ports: MaintenancePorts,
  topic: Topic,
  key: PartitionKey,
  record: LeaseRecord,
  rules: RetentionRules,
  nowMs: number,
): Promise<number> {
  const base = tailBase(record);
  const walk = new RetentionWalk(rules, nowMs, await bytesOf(ports, topic, key, record, rules));
  let start = record.start;
  if (start < base) {
    for await (const page of livePages(ports, key, record)) {
      let at = page.firstOffset;
      for (const entry of page.entries) {
        at += entry.span;
        if (at <= start) continue;
        if (!walk.drops(entry)) return start;
        start = at;
      }
    }
    // A page that is missing is half of a roll or a merge: what is not seen is not dropped.
    if (start < base) return start;
  }
  let at = base;
  for (const entry of record.tail) {
    at += entry.span;
    if (at <= start) continue;
    if (!walk.drops(entry)) break;
    start = at;
  }
  return start;
}

/** Pages that hold something from the start on, in order and without a hole, up to the tail. */
async function* livePages(ports: MaintenancePorts, key: PartitionKey, record: LeaseRecord): AsyncGenerator<IndexPage> {
  const base = tailBase(record);
  let end = record.start;
  for await (const page of pagesFrom(ports.pages, key, 0)) {
    if (page.mergedInto !== undefined || pageEnd(page) <= end) continue;
    if (page.firstOffset > end || page.firstOffset >= base) return;
    yield page;
    end = pageEnd(page);
  }
}

/** Bytes from the start to the end; counted only where a limit on bytes wants it. */
async function bytesOf(
  ports: MaintenancePorts,
  topic: Topic,
  key: PartitionKey,
  record: LeaseRecord,
  rules: RetentionRules,
): Promise<number> {
  if (rules.retentionBytes < 0) return 0;
  const base = tailBase(record);
  let bytes = bytesFrom(record.tail, base, record.start);
  if (record.start >= base) return bytes;
  const compacted = isCompacted(topic.configs);
  for await (const page of livePages(ports, key, record)) {
    const live = bytesFrom(page.entries, page.firstOffset, record.start);
    // What was granted is what is there, unless compaction took some of it away: then it is added up.
    if (!compacted) return bytes + live + record.bytesBelow - page.bytesBefore - pageBytes(page);
    bytes += live;
  }
  return bytes;
}

/** Bytes of the entries that are not wholly below an offset. */
function bytesFrom(entries: readonly Entry[], base: number, from: number): number {
  let at = base;
  let bytes = 0;
  for (const entry of entries) {
    at += entry.span;
    if (at > from) bytes += entry.length;
  }
  return bytes;
}

/**
 * Drops pages wholly below the start and the tail, each as it was read, and stubs that have had their time.
 */
async function dropPages(ports: MaintenancePorts, run: Run, key: PartitionKey, record: LeaseRecord, nowMs: number): Promise<void> {
  const end = Math.min(record.start, tailBase(record));
  for await (const page of pagesFrom(ports.pages, key, 0)) {
    if (page.firstOffset >= end) return;
    const isStub = page.mergedInto !== undefined;
    if (isStub ? !stubIsOld(page, nowMs, ports.settings.stubKeptMs) : pageEnd(page) > end) continue;
    if (run.dryRun) {
      run.count('pagesDropped');
      continue;
    }
    const outcome = isStub ? await ports.pages.remove(key, page) : await ports.pages.replace(key, [page], [droppedStub(page, nowMs)]);
    if (outcome === 'refused') continue;
    run.count(isStub ? 'stubsDropped' : 'pagesDropped');
    if (!isStub) run.count('bytesExpired', pageBytes(page));
  }
}

/**
 * What stands for a while where a page was dropped; it names itself, and readers have nothing to look for below the start.
 * Were the place free, a writer that slept could put the page back, and with it the version that a sleeping merge read:
 * that merge would then bring in a file that sweep has deleted, and cover records that are still wanted.
 */
function droppedStub({ firstOffset, version, maxTimestampBefore, bytesBefore }: IndexPage, nowMs: number): IndexPage {
  return { firstOffset, version: version + 1, entries: [], maxTimestampBefore, bytesBefore, mergedInto: firstOffset, mergedAtMs: nowMs };
}

/** Whether nobody can still want to put a page back where this stub stands. */
export function stubIsOld(page: IndexPage, nowMs: number, keptMs: number): boolean {
  return page.mergedInto !== undefined && nowMs - (page.mergedAtMs ?? nowMs) > keptMs;
}
