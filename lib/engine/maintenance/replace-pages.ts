/**
 * Puts one merged file in the place of a run of pages: index first, then the file, then one transaction in which every
 * page is as it was read. Where the other pages began, stubs stay, so that a writer that slept cannot put one back.
 */
import { isStratalogError } from '../../core/errors.ts';
import { FLOOR_NONE, type LeaseId, nextLeaseId, type PartitionKey } from '../../core/ids.ts';
import { type IndexPage, pageEnd } from '../../core/index-page.ts';
import type { Entry } from '../../core/lease-record.ts';
import { logIndexKey, logKey } from '../../core/segment-key.ts';
import type { Topic } from '../../core/topic.ts';
import { configNumber } from '../../core/topic-config.ts';
import { stampBaseOffset } from '../../format/base-offset-check.ts';
import { patchBatch } from '../../format/record-batch.ts';
import { BATCH_HEADER_BYTES, baseOffsetAt, batchSizeAt, parseBatchHeader } from '../../format/record-batch-header.ts';
import { SegmentIndexBuilder } from '../../format/segment-index.ts';
import type { MaintenancePorts } from './maintenance-ports.ts';
import type { Run } from './run.ts';

/** A file that takes the place of pages: the batches it holds, in order, and the pages as they were read. */
export interface Replacement {
  readonly topic: Topic;
  readonly key: PartitionKey;
  /** At least one; adjacent, in order. */
  readonly pages: readonly IndexPage[];
  /** Whole batches with their offsets; several to a chunk. */
  readonly chunks: readonly Buffer[];
  /** Compaction has cleaned what is in it. */
  readonly cleaned?: boolean | undefined;
}

const COMMIT_TRIES_MAX = 5;
const LEADER_EPOCH = 0;

/**
 * Answers whether the pages were replaced; false when one of them had changed: then the file is left to sweep.
 * Cost: 2 PUTs, and 2 writes a page.
 */
export async function replacePages(ports: MaintenancePorts, run: Run, replacement: Replacement, storeNowMs: number): Promise<boolean> {
  const { key, pages } = replacement;
  const first = pages[0] as IndexPage;
  const lease = nextLeaseId(ports.clock.now(), FLOOR_NONE, ports.random.bytes(6));
  const { entry, bytes } = await putFile(ports, run, replacement, lease);
  const merged: IndexPage = {
    firstOffset: first.firstOffset,
    version: first.version + 1,
    entries: [entry],
    maxTimestampBefore: first.maxTimestampBefore,
    bytesBefore: first.bytesBefore,
    ...(replacement.cleaned === true ? { cleaned: true as const } : {}),
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
  run.count('bytesWritten', bytes);
  ports.quiet.wake(key);
  retireReplaced(ports, replacement);
  return true;
}

/** What stands in the index instead of `pages`, and the file that it names: none when compaction left no batch. */
async function putFile(
  ports: MaintenancePorts,
  run: Run,
  { topic, key, pages, chunks }: Replacement,
  lease: LeaseId,
): Promise<{ readonly entry: Entry; readonly bytes: number }> {
  const firstOffset = (pages[0] as IndexPage).firstOffset;
  const index = new SegmentIndexBuilder(firstOffset, configNumber(topic.configs, 'index.interval.bytes'));
  let bytes = 0;
  let records = 0;
  let maxTimestamp = -1;
  for (const chunk of chunks) {
    for (let at = 0; at + BATCH_HEADER_BYTES <= chunk.length; ) {
      const header = parseBatchHeader(chunk, at);
      index.add(header.lastOffset, header.maxTimestamp, header.sizeBytes);
      records += header.recordsCount;
      maxTimestamp = Math.max(maxTimestamp, header.maxTimestamp);
      at += header.sizeBytes;
    }
    bytes += chunk.length;
    await run.pause();
  }
  const span = pageEnd(pages.at(-1) as IndexPage) - firstOffset;
  for (const chunk of chunks) markEpochs(chunk, records < span);
  const empty: Entry = { lease, kind: 'gone', position: 0, length: 0, span, records: 0, maxTimestamp: -1, zones: 0 };
  if (bytes === 0) return { entry: empty, bytes };
  const copies = Math.max(1, Math.min(configNumber(topic.configs, 'min.insync.replicas'), ports.zones.length));
  await ports.storage.putObject(logIndexKey(key, firstOffset, lease), [index.build()], copies);
  const zones = await ports.storage.putObject(logKey(key, firstOffset, lease), chunks, copies);
  return { entry: { ...empty, kind: 'log', length: bytes, records, maxTimestamp, zones }, bytes };
}

/** A file with holes holds a check of each base offset in place of the leader epoch, which is 0 everywhere else. */
function markEpochs(chunk: Buffer, hasHoles: boolean): void {
  for (let at = 0; at + BATCH_HEADER_BYTES <= chunk.length; at += batchSizeAt(chunk, at)) {
    if (hasHoles) stampBaseOffset(chunk, at);
    else patchBatch(chunk, at, baseOffsetAt(chunk, at), LEADER_EPOCH);
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
function retireReplaced(ports: MaintenancePorts, { topic, key, pages }: Replacement): void {
  const waitMs = configNumber(topic.configs, 'file.delete.delay.ms');
  for (const page of pages) {
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
