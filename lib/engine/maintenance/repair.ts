/**
 * Repair: what an operator does about records that no zone has any more. Nothing does this by itself, since a zone that cannot
 * be reached today may be back tomorrow.
 *
 * An entry whose object is in no zone, or in none whole, is marked as gone: readers pass over its offsets as over a range
 * that was compacted away. Offsets, order and the end of the log stay. The mark is a write on the version of the page or of
 * the record that was read, so that a merge which replaced the object meanwhile is not hurt.
 */
import { FLOOR_DELETED, type Offset, type PartitionKey, partitionName } from '../../core/ids.ts';
import type { IndexPage } from '../../core/index-page.ts';
import { type Entry, type LeaseRecord, type PlacedEntry, tailBase } from '../../core/lease-record.ts';
import { logKey, walKey } from '../../core/segment-key.ts';
import type { Topic } from '../../core/topic.ts';
import { areWhole } from '../whole-batches.ts';
import { readLarge } from './large-copies.ts';
import { type MaintenancePorts, pagesFrom, partitionsOfRun } from './maintenance-ports.ts';
import type { Run } from './run.ts';

export interface RepairRequest {
  readonly topic: string;
  /** Default all partitions. */
  readonly partition?: number | undefined;
  /** Marks what is lost; without it only tells. */
  readonly apply?: boolean | undefined;
  /** Also reads every byte, to find what is there and damaged. */
  readonly read?: boolean | undefined;
  /** Zones that are gone for good. Any other that cannot be asked keeps its entries from being marked. */
  readonly withoutZones?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A range of offsets whose records no zone has. */
export interface LostRange {
  readonly topic: string;
  readonly partition: number;
  readonly firstOffset: Offset;
  /** The first offset after it. */
  readonly endOffset: Offset;
  readonly records: number;
  readonly bytes: number;
  readonly object: string;
  /** `marked` now or by an earlier repair; `kept`: a zone could not be asked, or others changed the index meanwhile. */
  readonly state: 'missing' | 'damaged' | 'marked' | 'marked earlier' | 'kept';
}

interface Target {
  readonly topic: Topic;
  readonly key: PartitionKey;
  readonly request: RepairRequest;
  readonly lost: LostRange[];
}

type Condition = 'whole' | 'missing' | 'damaged' | 'unknown';

const TRIES_MAX = 5;

/** Looks at every entry of the partitions. Cost: 1 HEAD an entry and zone, and 1 GET for each 8 MiB to read it; 1 write a page or tail with losses. */
export async function repair(ports: MaintenancePorts, run: Run, request: RepairRequest): Promise<readonly LostRange[]> {
  const lost: LostRange[] = [];
  for await (const group of partitionsOfRun(ports, run)) {
    const wanted = group.filter(({ key }) => request.partition === undefined || key.partition === request.partition);
    const records = await ports.leases.read(wanted.map(({ key }) => key));
    for (const [i, { topic, key }] of wanted.entries()) {
      const record = records[i];
      if (run.over) break;
      if (record === undefined || record.floor === FLOOR_DELETED) continue;
      run.item();
      await run.attempt(`repair of ${partitionName(key)}`, () => repairPartition(ports, run, { topic, key, request, lost }, record));
    }
  }
  for (const { state, records } of lost) {
    run.count(`ranges ${state}`);
    if (state === 'marked') ports.telemetry.count('records_lost_total', records);
  }
  return lost;
}

/** The tail first: what is rolled from it meanwhile is found in a page. */
async function repairPartition(ports: MaintenancePorts, run: Run, target: Target, read: LeaseRecord): Promise<void> {
  await repairTail(ports, run, target, read);
  for await (const page of pagesFrom(ports, target.key, 0)) {
    if (run.over) return;
    if (page.mergedInto !== undefined) continue;
    await repairPage(ports, run, target, page, read.start);
  }
}

async function repairTail(ports: MaintenancePorts, run: Run, target: Target, read: LeaseRecord): Promise<void> {
  let record = read;
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const found = await look(ports, run, target, record.tail, tailBase(record), record.start);
    const tail = target.request.apply === true ? found.repaired : undefined;
    if (tail === undefined) return tell(target, found.ranges);
    const next = { ...record, tail, version: record.version + 1 };
    const [outcome] = await ports.leases.write([{ key: target.key, expected: record.version, record: next }]);
    if (outcome?.kind === 'applied') return tell(target, found.ranges, 'marked');
    const [again] = outcome?.kind === 'refused' ? [outcome.current] : await ports.leases.read([target.key]);
    if (again === undefined) return;
    record = again;
  }
  run.leftOver();
}

async function repairPage(ports: MaintenancePorts, run: Run, target: Target, page: IndexPage, start: Offset): Promise<void> {
  const found = await look(ports, run, target, page.entries, page.firstOffset, start);
  if (target.request.apply !== true || found.repaired === undefined) return tell(target, found.ranges);
  const next = { ...page, version: page.version + 1, entries: found.repaired };
  const outcome = await ports.pages.replace(target.key, [page], [next]);
  ports.quiet.wake(target.key);
  tell(target, found.ranges, outcome === 'applied' ? 'marked' : 'kept');
  if (outcome !== 'applied') run.leftOver();
}

/** What is lost among entries, and the entries as they would be; `repaired` is undefined when there is nothing to mark. */
async function look(
  ports: MaintenancePorts,
  run: Run,
  target: Target,
  entries: readonly Entry[],
  base: Offset,
  start: Offset,
): Promise<{ readonly repaired: readonly Entry[] | undefined; readonly ranges: readonly LostRange[] }> {
  const ranges: LostRange[] = [];
  const repaired: Entry[] = [];
  let at = base;
  let marks = false;
  for (const entry of entries) {
    const baseOffset = at;
    at += entry.span;
    const condition = at <= start ? 'whole' : await conditionOf(ports, run, target, { entry, baseOffset });
    const isLost = condition === 'missing' || condition === 'damaged';
    marks ||= isLost;
    // The records stay counted in the entry: compaction leaves none in what it empties.
    repaired.push(isLost ? { ...entry, kind: 'gone', position: 0, length: 0, maxTimestamp: -1, zones: 0 } : entry);
    const wasLost = entry.kind === 'gone' && entry.records > 0;
    if (condition === 'whole' && !wasLost) continue;
    ranges.push({
      topic: target.topic.name,
      partition: target.key.partition,
      firstOffset: baseOffset,
      endOffset: at,
      records: entry.records,
      bytes: entry.length,
      object: objectOf(target.key, { entry, baseOffset }),
      state: isLost ? condition : wasLost ? 'marked earlier' : 'kept',
    });
  }
  return { repaired: marks ? repaired : undefined, ranges };
}

function tell({ lost }: Target, ranges: readonly LostRange[], state?: 'marked' | 'kept'): void {
  for (const range of ranges) {
    const isLost = range.state === 'missing' || range.state === 'damaged';
    lost.push(state !== undefined && isLost ? { ...range, state } : range);
  }
}

function objectOf(key: PartitionKey, { entry, baseOffset }: PlacedEntry): string {
  if (entry.kind === 'log') return logKey(key, baseOffset, entry.lease);
  return entry.kind === 'wal' ? walKey(entry.lease) : `${entry.kind} ${entry.lease}`;
}

async function conditionOf(ports: MaintenancePorts, run: Run, target: Target, placed: PlacedEntry): Promise<Condition> {
  const { entry } = placed;
  if (entry.kind === 'gone') return 'whole';
  if (entry.kind === 'inline') {
    const segment = await ports.inline?.get(entry.lease);
    if (segment === undefined) return 'missing';
    return areWhole(segment.subarray(entry.position, entry.position + entry.length)) ? 'whole' : 'damaged';
  }
  let condition: Condition = 'missing';
  for (const { name, objects } of ports.zones) {
    if (target.request.withoutZones?.includes(name) === true) continue;
    try {
      const copy = await conditionOfCopy(ports, run, objects, target, placed);
      if (copy === 'whole') return copy;
      if (copy === 'damaged' && condition === 'missing') condition = copy;
    } catch (error) {
      run.failed(`zone ${name}`, error);
      condition = 'unknown';
    }
  }
  return condition;
}

async function conditionOfCopy(
  ports: MaintenancePorts,
  run: Run,
  objects: MaintenancePorts['zones'][number]['objects'],
  { key, request }: Target,
  placed: PlacedEntry,
): Promise<Condition> {
  const { entry } = placed;
  const name = objectOf(key, placed);
  if (request.read !== true) {
    const info = await objects.head(name);
    if (info === undefined) return 'missing';
    return info.size >= entry.position + entry.length ? 'whole' : 'damaged';
  }
  if (entry.kind === 'log') {
    if ((await objects.head(name)) === undefined) return 'missing';
    return (await readLarge(ports, run, objects, { key: name, size: entry.length, placed })) === undefined ? 'damaged' : 'whole';
  }
  const bytes = await objects.get(name, entry.position, entry.length);
  if (bytes === undefined) return 'missing';
  run.read(bytes.length);
  return bytes.length === entry.length && areWhole(bytes) ? 'whole' : 'damaged';
}
