/**
 * Puts one merged file in the place of a run of pages: first the file, then its index, then one transaction in which every
 * page is as it was read. Where the other pages began, stubs stay, so that a writer that slept cannot put one back.
 */
import { isStratalogError } from '../../core/errors.ts';
import type { PartitionKey } from '../../core/ids.ts';
import { type IndexPage, pageEnd } from '../../core/index-page.ts';
import type { Entry } from '../../core/lease-record.ts';
import type { Topic } from '../../core/topic.ts';
import { configNumber } from '../../core/topic-config.ts';
import { type FileBatches, type FileWriter, fillFile } from './file-writer.ts';
import type { MaintenancePorts } from './maintenance-ports.ts';
import type { Run } from './run.ts';

/** Pages that one file takes the place of, as they were read. */
export interface Replacement {
  readonly topic: Topic;
  readonly key: PartitionKey;
  /** At least one; adjacent, in order. */
  readonly pages: readonly IndexPage[];
  /** Compaction has cleaned what is in them. */
  readonly cleaned?: boolean | undefined;
  /** Merge leaves the file as it is from now on. */
  readonly final?: boolean | undefined;
}

const COMMIT_TRIES_MAX = 5;

/** A file of all that the pages hold, or what is left of it, not named by anything yet. Undefined when that is gone, or the run was stopped. */
export function fillFileOf(
  ports: MaintenancePorts,
  run: Run,
  replacement: Replacement,
  batches: FileBatches,
): Promise<FileWriter | undefined> {
  const { topic, key, pages, cleaned } = replacement;
  const firstOffset = (pages[0] as IndexPage).firstOffset;
  const span = pageEnd(pages.at(-1) as IndexPage) - firstOffset;
  let records = 0;
  for (const { entries } of pages) for (const { kind, records: count } of entries) if (kind !== 'gone') records += count;
  return fillFile(ports, run, { topic, key, firstOffset, span, mayHaveHoles: cleaned !== undefined || records < span }, batches);
}

/**
 * Completes a file and answers whether it has taken the pages' place; false when one of them had changed: then the file is
 * left to sweep. Cost: that of the file, and 2 writes a page.
 */
export async function replacePages(
  ports: MaintenancePorts,
  run: Run,
  replacement: Replacement,
  file: FileWriter,
  storeNowMs: number,
): Promise<boolean> {
  const { key, pages } = replacement;
  const first = pages[0] as IndexPage;
  const entry = await completed(file);
  const merged: IndexPage = {
    firstOffset: first.firstOffset,
    version: first.version + 1,
    entries: [entry],
    maxTimestampBefore: first.maxTimestampBefore,
    bytesBefore: first.bytesBefore,
    ...(replacement.cleaned === true ? { cleaned: true as const } : {}),
    ...(replacement.final === true ? { final: true as const } : {}),
  };
  const stubs = pages.slice(1).map(
    (page): IndexPage => ({
      firstOffset: page.firstOffset,
      version: page.version + 1,
      entries: [],
      maxTimestampBefore: page.maxTimestampBefore,
      bytesBefore: page.bytesBefore,
      mergedInto: first.firstOffset,
      mergedAtMs: storeNowMs,
    }),
  );
  if (!(await commit(ports, key, pages, [merged, ...stubs], entry))) {
    run.count('replacementsRefused');
    return false;
  }
  run.count('filesWritten');
  run.count('bytesWritten', entry.length);
  ports.quiet.wake(key);
  await retireReplaced(ports, run, replacement);
  return true;
}

async function completed(file: FileWriter): Promise<Entry> {
  try {
    return await file.complete();
  } catch (error) {
    await file.abandon();
    throw error;
  }
}

/** One transaction. A lost answer, and a refusal that may be the echo of it, are resolved by looking at the page. */
async function commit(
  ports: MaintenancePorts,
  key: PartitionKey,
  expected: readonly IndexPage[],
  put: readonly IndexPage[],
  entry: Entry,
): Promise<boolean> {
  const first = expected[0] as IndexPage;
  for (let tries = 0; ; tries++) {
    let failure: unknown;
    try {
      if ((await ports.pages.replace(key, expected, put)) === 'applied') return true;
    } catch (error) {
      if (!isStratalogError(error) || !error.retriable || tries >= COMMIT_TRIES_MAX) throw error;
      failure = error;
    }
    const there = await ports.pages.at(key, first.firstOffset);
    const names = there?.firstOffset === first.firstOffset && there.entries.some(({ lease }) => lease === entry.lease);
    if (names) return true;
    if (failure === undefined) return false;
    await ports.clock.sleep(ports.random.fraction() * 10 * 2 ** tries);
  }
}

/** Files that were replaced are named by nothing now; segments are once all their partitions have replaced them. */
async function retireReplaced(ports: MaintenancePorts, run: Run, { topic, key, pages }: Replacement): Promise<void> {
  const waitMs = configNumber(topic.configs, 'file.delete.delay.ms');
  for (const page of pages) {
    await run.pause();
    let at = page.firstOffset;
    for (const entry of page.entries) {
      if (entry.kind === 'log') {
        ports.retired.addFile(key, at, entry.lease, waitMs);
      } else if (entry.kind !== 'gone') {
        const kind = ports.coverage.replaced(entry.lease, key, entry.length);
        if (kind !== undefined) ports.retired.addSegment(kind, entry.lease);
      }
      at += entry.span;
    }
  }
}
