/**
 * Finds merged files that no page names. The one item that can ever name a merged file is the page at its first offset;
 * touching that page's version stops a merge that sleeps between its upload and its commit.
 */
import { type LeaseId, leaseTimeMs, type Offset, type PartitionKey, partitionName } from '../../core/ids.ts';
import type { IndexPage } from '../../core/index-page.ts';
import { CLOCK_PREFIX, LOG_PREFIX, parseLogKey } from '../../core/segment-key.ts';
import { configNumber } from '../../core/topic-config.ts';
import type { ObjectInfo } from '../../ports/object-store.ts';
import { type MaintenancePorts, pagesFrom } from './maintenance-ports.ts';
import { stubIsOld } from './retain.ts';
import type { Run } from './run.ts';
import type { SweepState } from './sweep.ts';
import { listZones } from './sweep-zones.ts';

interface FileObject {
  readonly objectKey: string;
  readonly firstOffset: Offset;
  readonly lease: LeaseId;
}

const TOUCH_TRIES_MAX = 10;

/** Looks at all merged files of the zones that were put before `storeNowMs` less the sweep's age. */
export async function sweepFiles(ports: MaintenancePorts, run: Run, state: SweepState, storeNowMs: number): Promise<void> {
  for await (const { found } of listZones(ports, run, state, LOG_PREFIX)) {
    for (const { key, files } of byPartition(found, storeNowMs, ports, run)) {
      if (run.over) return;
      await run.attempt(`sweep of ${partitionName(key)}`, () => sweepPartition(ports, run, key, files, storeNowMs));
      await run.pause();
    }
  }
}

function byPartition(
  found: readonly ObjectInfo[],
  storeNowMs: number,
  ports: MaintenancePorts,
  run: Run,
): readonly { readonly key: PartitionKey; readonly files: readonly FileObject[] }[] {
  const groups = new Map<string, { key: PartitionKey; files: FileObject[] }>();
  for (const { key: objectKey, putAtMs } of found) {
    if (storeNowMs - putAtMs <= ports.settings.sweepAgeMs) continue;
    run.item();
    if (objectKey.startsWith(CLOCK_PREFIX)) {
      if (!run.dryRun) ports.retired.add([{ kind: 'object', key: objectKey }]);
      continue;
    }
    const parsed = parseLogKey(objectKey);
    if (parsed === undefined) continue;
    const name = partitionName(parsed.key);
    const group = groups.get(name) ?? { key: parsed.key, files: [] };
    group.files.push({ objectKey, firstOffset: parsed.firstOffset, lease: parsed.lease });
    groups.set(name, group);
  }
  return [...groups.values()];
}

async function sweepPartition(
  ports: MaintenancePorts,
  run: Run,
  key: PartitionKey,
  files: readonly FileObject[],
  storeNowMs: number,
): Promise<void> {
  const pages = new Map<Offset, IndexPage>();
  for await (const page of pagesFrom(ports, key, 0)) {
    pages.set(page.firstOffset, page);
    if (run.dryRun || !stubIsOld(page, storeNowMs, ports.settings.stubKeptMs)) continue;
    if ((await ports.pages.remove(key, page)) === 'applied') {
      pages.delete(page.firstOffset);
      run.count('stubsDropped');
    }
  }
  const topic = await ports.topics.byId(key.topicId);
  const waitMs = topic === undefined ? 0 : configNumber(topic.configs, 'file.delete.delay.ms');
  const verdicts = new Map<string, boolean>();
  for (const file of files) {
    const name = `${file.firstOffset}-${file.lease}`;
    let unnamed = verdicts.get(name);
    if (unnamed === undefined) {
      unnamed = await isUnnamed(ports, run, key, file, pages.get(file.firstOffset));
      verdicts.set(name, unnamed);
    }
    if (!unnamed) continue;
    const leftMs = waitMs - (storeNowMs - unnamedSinceMs(pages.get(file.firstOffset)));
    if (leftMs > ports.settings.deleteDelayMs) {
      run.count('filesWaiting');
      continue;
    }
    run.count('filesUnnamed');
    if (!run.dryRun) ports.retired.add([{ kind: 'object', key: file.objectKey }]);
  }
}

/**
 * When the file at a page's place lost its name, at the latest: when what stands there now was put. Without a page it was
 * never named, or so long ago that its stub is gone too: longer than any delay is kept.
 */
function unnamedSinceMs(page: IndexPage | undefined): number {
  if (page === undefined) return 0;
  if (page.mergedAtMs !== undefined) return page.mergedAtMs;
  return Math.max(0, ...page.entries.map(({ lease }) => leaseTimeMs(lease)));
}

/** Whether nothing names the file and nothing can: the page where it could be named has another version now, or is not there. */
async function isUnnamed(
  ports: MaintenancePorts,
  run: Run,
  key: PartitionKey,
  file: FileObject,
  seen: IndexPage | undefined,
): Promise<boolean> {
  let page = seen;
  for (let tries = 0; tries < TOUCH_TRIES_MAX; tries++) {
    if (page === undefined) return true;
    if (page.entries.some(({ kind, lease }) => kind === 'log' && lease === file.lease)) return false;
    if (run.dryRun) return true;
    const touched = await ports.pages.replace(key, [page], [{ ...page, version: page.version + 1 }]);
    if (touched === 'applied') return true;
    const there = await ports.pages.at(key, file.firstOffset);
    page = there?.firstOffset === file.firstOffset ? there : undefined;
  }
  run.leftOver();
  return false;
}
