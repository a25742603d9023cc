/**
 * Retention: raises the log start of partitions past what their topic's settings let go, and drops the index pages that
 * lie wholly below it. The objects that these named are found unnamed, and deleted, by sweep.
 */
import { FLOOR_DELETED, type PartitionKey, partitionName } from '../../core/ids.ts';
import { type IndexPage, pageBytes, pageEnd } from '../../core/index-page.ts';
import { type Entry, type LeaseRecord, tailBase, withStart } from '../../core/lease-record.ts';
import { type RetentionRules, RetentionWalk, retentionIsBounded, retentionRulesOf } from '../../core/maintenance-retention.ts';
import type { Topic } from '../../core/topic.ts';
import { configNumber, isCompacted } from '../../core/topic-config.ts';
import { cleanUpTopics } from './clean-up-topics.ts';
import { type MaintenancePorts, pagesFrom, partitionsOfRun, stateOf, storeTimeOnce } from './maintenance-ports.ts';
import type { Run } from './run.ts';

const RAISE_TRIES_MAX = 20;

/** One run over all partitions, then over the topics that are being deleted. Cost: 1 read a partition, and what it drops. */
export async function retain(ports: MaintenancePorts, run: Run): Promise<void> {
  const storeNow = storeTimeOnce(ports);
  for await (const group of partitionsOfRun(ports, run)) {
    const records = await ports.leases.read(group.map(({ key }) => key));
    for (const [i, { topic, key }] of group.entries()) {
      const record = records[i];
      if (record === undefined || record.floor === FLOOR_DELETED) continue;
      run.item();
      if (!run.anew && ports.quiet.find('retain', key, stateOf(topic, record)) !== undefined) continue;
      await run.attempt(`retention of ${partitionName(key)}`, async () =>
        retainPartition(ports, run, { topic, key, nowMs: await storeNow() }, record),
      );
      await run.pause();
      if (run.over) break;
    }
  }
  if (run.topic === undefined) await cleanUpTopics(ports, run);
}

interface Target {
  readonly topic: Topic;
  readonly key: PartitionKey;
  /** By the store's clock. */
  readonly nowMs: number;
}

async function retainPartition(ports: MaintenancePorts, run: Run, target: Target, read: LeaseRecord): Promise<void> {
  const { topic, key, nowMs } = target;
  const rules = retentionRulesOf(topic.configs);
  let record = read;
  let quietMs = Number.POSITIVE_INFINITY;
  if (retentionIsBounded(rules) && record.start < record.next) {
    const raised = await raiseStart(ports, run, target, record, rules);
    record = raised.record;
    quietMs = raised.untilMs - nowMs;
  }
  if (record.start > 0) await dropPages(ports, run, target, record);
  if (!run.dryRun) ports.quiet.note('retain', key, stateOf(topic, record), quietMs);
}

interface Raised {
  readonly record: LeaseRecord;
  /** Nothing more goes before this time, if nothing is written. */
  readonly untilMs: number;
}

/** Decides the start on one version of the record and writes it on that version, until nobody is in between. */
async function raiseStart(ports: MaintenancePorts, run: Run, target: Target, read: LeaseRecord, rules: RetentionRules): Promise<Raised> {
  const { key, nowMs } = target;
  let record = read;
  for (let tries = 0; tries < RAISE_TRIES_MAX; tries++) {
    const { start, untilMs, dueMs } = await startAfter(ports, target, record, rules);
    if (dueMs !== undefined) run.late(nowMs - dueMs);
    const next = withStart(record, start);
    if (next === record) return { record, untilMs };
    if (run.dryRun) {
      run.count('offsetsExpired', start - record.start);
      return { record, untilMs: nowMs };
    }
    const [outcome] = await ports.leases.write([{ key, expected: record.version, record: next }]);
    if (outcome?.kind === 'applied') {
      run.count('startsRaised');
      run.count('offsetsExpired', start - record.start);
      return { record: next, untilMs };
    }
    const [again] = outcome?.kind === 'refused' ? [outcome.current] : await ports.leases.read([key]);
    if (again === undefined || again.floor === FLOOR_DELETED) return { record, untilMs: nowMs };
    record = again;
  }
  run.leftOver();
  return { record, untilMs: nowMs };
}

interface Retained {
  readonly start: number;
  readonly untilMs: number;
  /** Since when the oldest of what goes by age is too old. */
  readonly dueMs: number | undefined;
}

/** The first offset that stays, the first of the oldest entry that the rules keep, and until when that is so. */
async function startAfter(
  ports: MaintenancePorts,
  { topic, key, nowMs }: Target,
  record: LeaseRecord,
  rules: RetentionRules,
): Promise<Retained> {
  const base = tailBase(record);
  const walk = new RetentionWalk(rules, nowMs, await bytesOf(ports, topic, key, record, rules));
  let start = record.start;
  if (start < base) {
    for await (const page of livePages(ports, key, record)) {
      let at = page.firstOffset;
      for (const entry of page.entries) {
        at += entry.span;
        if (at <= start) continue;
        if (!walk.drops(entry)) return { start, untilMs: walk.keptUntilMs, dueMs: walk.dueSinceMs };
        start = at;
      }
    }
    // A page that is missing is half of a roll or a merge: what is not seen is not dropped.
    if (start < base) return { start, untilMs: nowMs, dueMs: walk.dueSinceMs };
  }
  let at = base;
  for (const entry of record.tail) {
    at += entry.span;
    if (at <= start) continue;
    if (!walk.drops(entry)) break;
    start = at;
  }
  return { start, untilMs: walk.keptUntilMs, dueMs: walk.dueSinceMs };
}

/** Pages that hold something from the start on, in order and without a hole, up to the tail. */
async function* livePages(ports: MaintenancePorts, key: PartitionKey, record: LeaseRecord): AsyncGenerator<IndexPage> {
  const base = tailBase(record);
  let end = record.start;
  for await (const page of pagesFrom(ports, key, 0)) {
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
async function dropPages(ports: MaintenancePorts, run: Run, { topic, key, nowMs }: Target, record: LeaseRecord): Promise<void> {
  const end = Math.min(record.start, tailBase(record));
  for await (const page of pagesFrom(ports, key, 0)) {
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
    if (isStub) continue;
    run.count('bytesExpired', pageBytes(page));
    retireFiles(ports, topic, key, page);
  }
}

/** Merged files of a page that this run took away have lost their last name: the page's version has moved, so no merge can give it back. */
function retireFiles(ports: MaintenancePorts, topic: Topic, key: PartitionKey, page: IndexPage): void {
  const waitMs = configNumber(topic.configs, 'file.delete.delay.ms');
  let at = page.firstOffset;
  for (const { kind, lease, span } of page.entries) {
    if (kind === 'log') ports.retired.addFile(key, at, lease, waitMs);
    at += span;
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
