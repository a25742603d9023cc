/** Copies of merged files that are too large to be held: read, checked and copied window by window. */
import { isStratalogError, StratalogError } from '../../core/errors.ts';
import type { Offset } from '../../core/ids.ts';
import type { PlacedEntry } from '../../core/lease-record.ts';
import { parseLogKey } from '../../core/segment-key.ts';
import { crc32c } from '../../format/crc32c.ts';
import { isCrcValid, iterateWholeBatches } from '../../format/record-batch.ts';
import { baseOffsetAt, lastOffsetDeltaAt, MAGIC_AT, MAGIC_V2 } from '../../format/record-batch-header.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import { ObjectUpload } from '../object-upload.ts';
import { areInPlace, BATCH_BYTES_MAX } from '../whole-batches.ts';
import type { MaintenancePorts } from './maintenance-ports.ts';
import { windowBytes } from './page-batches.ts';
import type { Run } from './run.ts';

/** A merged file as it must be. */
export interface LargeFile {
  readonly key: string;
  readonly size: number;
  /** The entry that names it; undefined when nothing does, so that only its batches tell what is right. */
  readonly placed: PlacedEntry | undefined;
}

/**
 * Reads a copy from end to end, gives whole batches to `each`, and answers a checksum of all bytes; undefined when the copy
 * is not there, cut off or damaged, which may show after parts of it were given. Cost: 1 GET for each 8 MiB.
 */
export async function readLarge(
  { settings }: Pick<MaintenancePorts, 'settings'>,
  run: Run,
  objects: ObjectStore,
  file: LargeFile,
  each?: (batches: Buffer) => Promise<void>,
): Promise<number | undefined> {
  const walk = new Walk(file);
  let window = windowBytes(settings);
  for (let at = 0; at < file.size; ) {
    const length = Math.min(window, file.size - at);
    const bytes = await objects.get(file.key, at, length);
    const taken = bytes?.length === length ? walk.take(bytes, at) : undefined;
    if (bytes === undefined || taken === undefined) return undefined;
    if (taken === 0) {
      // Not one batch fitted.
      if (length === file.size - at || window > BATCH_BYTES_MAX) return undefined;
      window *= 2;
      continue;
    }
    run.read(taken);
    await each?.(bytes.subarray(0, taken));
    await run.pause();
    at += taken;
  }
  return walk.checksum;
}

/** Copies a file in parts. CORRUPT_OBJECT when it is not any more what it was found to be. Cost: 1 GET for each 8 MiB, 1 PUT a part, and 2. */
export async function copyLarge(
  ports: MaintenancePorts,
  run: Run,
  file: LargeFile & { readonly checksum: number },
  { from, to, onto }: { readonly from: ObjectStore; readonly to: ObjectStore; readonly onto: 'free key' | 'any key' },
): Promise<void> {
  const upload = new ObjectUpload(to, file.key);
  let held: Buffer[] = [];
  let heldBytes = 0;
  const send = async () => {
    await upload.add(held);
    held = [];
    heldBytes = 0;
  };
  try {
    const checksum = await readLarge(ports, run, from, file, async (batches) => {
      if (run.stopped) throw new StratalogError('CLOSED', `the copy of ${file.key} was broken off`);
      held.push(batches);
      heldBytes += batches.length;
      if (heldBytes >= ports.settings.uploadPartBytes) await send();
    });
    if (checksum !== file.checksum)
      throw new StratalogError('CORRUPT_OBJECT', `${file.key} changed while it was copied`, { field: file.key });
    if (heldBytes > 0) await send();
    await upload.finish(onto);
  } catch (error) {
    await upload.abandon();
    throw error;
  }
}

/** Where a reading stands in a file. */
class Walk {
  readonly #file: LargeFile;
  #next: Offset;
  checksum = 0;

  constructor(file: LargeFile) {
    this.#file = file;
    this.#next = parseLogKey(file.key)?.firstOffset ?? 0;
  }

  /** How many of the bytes at a position are whole batches that may follow those before; undefined when something is wrong. */
  take(bytes: Buffer, at: number): number | undefined {
    const { placed, size } = this.#file;
    if (placed !== undefined && (placed.entry.length !== size || !areInPlace(bytes, at, placed))) return undefined;
    let taken = 0;
    try {
      for (const { position, sizeBytes } of iterateWholeBatches(bytes)) {
        const base = baseOffsetAt(bytes, position);
        const isDense = placed?.entry.records === placed?.entry.span && placed !== undefined;
        const follows = isDense ? base === this.#next : base >= this.#next;
        if (!follows || bytes[position + MAGIC_AT] !== MAGIC_V2 || !isCrcValid(bytes, position, sizeBytes)) return undefined;
        this.#next = base + lastOffsetDeltaAt(bytes, position) + 1;
        taken = position + sizeBytes;
      }
    } catch (error) {
      if (isStratalogError(error, 'CORRUPT_MESSAGE')) return undefined;
      throw error;
    }
    this.checksum = crc32c(bytes.subarray(0, taken), this.checksum);
    return taken;
  }
}
