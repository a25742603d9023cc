/**
 * The batches of index pages in order, piece by piece, so that a job that walks a partition holds a few MiB of it whatever the
 * size of its files. The next piece is on its way while the caller works on the one before.
 */
import type { PartitionKey } from '../../core/ids.ts';
import type { IndexPage } from '../../core/index-page.ts';
import type { PlacedEntry } from '../../core/lease-record.ts';
import { logKey } from '../../core/segment-key.ts';
import { iterateWholeBatches } from '../../format/record-batch.ts';
import { batchSizeAt } from '../../format/record-batch-header.ts';
import { areInPlace } from '../whole-batches.ts';
import type { MaintenancePorts } from './maintenance-ports.ts';
import type { Run } from './run.ts';
import { readWanted, type Wanted } from './segment-bytes.ts';
import type { MaintenanceSettings } from './settings.ts';

/** Bytes of one read of a merged file: 125,000 requests a terabyte, five cents. */
const WINDOW_BYTES = 8 * 1024 * 1024;

/** Bytes of one read, never more than a part of what is made of them. */
export function windowBytes({ uploadPartBytes }: Pick<MaintenanceSettings, 'uploadPartBytes'>): number {
  return Math.min(WINDOW_BYTES, uploadPartBytes);
}

type Read = { readonly chunks: readonly Buffer[] } | 'gone';

/**
 * Buffers of whole batches with right CRCs and real offsets. `gone` ends it: an object is not there any more, so that others
 * have replaced its page. CORRUPT_OBJECT when no zone has a part whole.
 */
export async function* batchesOf(
  ports: MaintenancePorts,
  run: Run,
  key: PartitionKey,
  pages: readonly IndexPage[],
): AsyncGenerator<Buffer | 'gone'> {
  const reads = readsOf(ports, run, key, pages);
  let coming = reads.next();
  for (;;) {
    const { done, value } = await coming;
    if (done === true) return;
    if (value === 'gone') {
      yield value;
      return;
    }
    coming = reads.next();
    // Whoever stops in between does not wait for it.
    coming.catch(() => undefined);
    yield* value.chunks;
  }
}

async function* readsOf(ports: MaintenancePorts, run: Run, key: PartitionKey, pages: readonly IndexPage[]): AsyncGenerator<Read> {
  for (const page of pages) {
    const placed = placedIn(page);
    for (const one of placed) if (one.entry.kind === 'log') yield* fileReads(ports, run, key, one);
    const wanted = placed
      .filter(({ entry }) => entry.kind === 'wal' || entry.kind === 'inline')
      .map((one): Wanted => ({ key, placed: one, bytes: undefined }));
    if (wanted.length === 0) continue;
    await readWanted(ports, run, wanted);
    const chunks = wanted.flatMap(({ bytes }) => bytes ?? []);
    yield chunks.length < wanted.length ? 'gone' : { chunks };
  }
}

/** A page holds segments or one file, never both, so the order of the two does not matter. */
function placedIn(page: IndexPage): readonly PlacedEntry[] {
  let baseOffset = page.firstOffset;
  return page.entries.map((entry) => {
    const placed = { entry, baseOffset };
    baseOffset += entry.span;
    return placed;
  });
}

async function* fileReads(ports: MaintenancePorts, run: Run, key: PartitionKey, placed: PlacedEntry): AsyncGenerator<Read> {
  const { entry, baseOffset } = placed;
  const name = logKey(key, baseOffset, entry.lease);
  let window = windowBytes(ports.settings);
  for (let at = 0; at < entry.length; ) {
    const from = at;
    const length = Math.min(window, entry.length - from);
    const bytes = await ports.storage.getObject(name, from, length, entry.zones, (found) => areInPlace(found, from, placed));
    if (bytes === undefined) {
      yield 'gone';
      return;
    }
    let whole = 0;
    for (const { position, sizeBytes } of iterateWholeBatches(bytes)) whole = position + sizeBytes;
    // Not one batch fitted.
    if (whole === 0) window = Math.max(window * 2, batchSizeAt(bytes, 0));
    else {
      run.read(whole);
      yield { chunks: [bytes.subarray(0, whole)] };
    }
    at += whole;
  }
}
