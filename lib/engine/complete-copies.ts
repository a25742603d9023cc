/**
 * Copies of records that are in the log already. A batch has its offsets only after as many zones as were asked for hold it,
 * so there is one way to ask for more than there are: a producer sends a batch again with acks=all that was appended with
 * acks=1. It is not appended twice, and it must not be acknowledged before enough zones have what was appended then.
 */
import { StratalogError } from '../core/errors.ts';
import { type PartitionKey, partitionName } from '../core/ids.ts';
import type { PlacedEntry } from '../core/lease-record.ts';
import { logKey, walKey } from '../core/segment-key.ts';
import type { IndexReader } from './index-reader.ts';
import { isCopyWhole } from './maintenance/verify-copy.ts';
import type { SegmentStorage } from './segment-storage.ts';

interface CopiesPorts {
  readonly index: IndexReader;
  readonly storage: SegmentStorage;
}

/** A larger object is left to replication: the producer asks again meanwhile. */
const COPIED_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Sees to it that `copies` zones hold the record at an offset. NOT_ENOUGH_REPLICAS_AFTER_APPEND when they do not, and cannot
 * be made to now. Cost: nothing when the entry says so; else 1 HEAD a zone, and 1 GET and 1 PUT a copy that is missing.
 */
export async function completeCopies({ index, storage }: CopiesPorts, key: PartitionKey, offset: number, copies: number): Promise<void> {
  const [record] = await index.records([key]);
  // What retention took meanwhile needs no copies.
  if (record === undefined || offset < record.start || offset >= record.next) return;
  const [placed] = await index.entriesFrom(key, record, offset, 1);
  if (placed === undefined || placed.entry.kind === 'inline' || placed.entry.kind === 'gone') return;
  if (countOf(placed.entry.zones) >= copies) return;
  const name = nameOf(key, placed);
  let held = await storage.copiesOf(name);
  let cause: unknown;
  if (countOf(held) < copies && countOf(held) > 0) {
    try {
      held |= await copy(storage, name, held, copies);
    } catch (error) {
      cause = error;
    }
  }
  if (countOf(held) >= copies) return;
  const why = cause === undefined ? '' : `: ${String(cause)}`;
  throw new StratalogError(
    'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
    `offset ${offset} of partition ${partitionName(key)} was appended earlier, and ${countOf(held)} of ${copies} zones hold it${why}`,
    { field: 'offset', value: countOf(held), limit: copies, partition: key.partition },
    cause,
  );
}

async function copy(storage: SegmentStorage, name: string, held: number, copies: number): Promise<number> {
  const bytes = await storage.getWhole(name, COPIED_BYTES_MAX + 1, held, (found) => {
    if (found.length <= COPIED_BYTES_MAX && isCopyWhole(name, found)) return found;
    throw new StratalogError('CORRUPT_OBJECT', `a copy of ${name} is damaged, or larger than ${COPIED_BYTES_MAX} bytes`, { field: name });
  });
  return bytes === undefined ? 0 : storage.putObject(name, [bytes], copies);
}

function nameOf(key: PartitionKey, { entry, baseOffset }: PlacedEntry): string {
  return entry.kind === 'log' ? logKey(key, baseOffset, entry.lease) : walKey(entry.lease);
}

/** How many zones a set of bits names. */
function countOf(zones: number): number {
  let count = 0;
  for (let left = zones; left > 0; left >>= 1) count += left & 1;
  return count;
}
