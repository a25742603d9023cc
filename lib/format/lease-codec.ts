/**
 * The lease record, packed. Every write of a partition pays for all of it, so it is small: at most 1 KB with 12 entries
 * and no producers, at most 135 bytes more for each producer.
 *
 * ```
 * magic "L", version 1
 * version, next, start       varlong each
 * floor                      12 bytes
 * max timestamp below, bytes below, evictions   varlong each
 * entries                    entry-codec.ts
 * producers                  count u-varint, each as in producer-codec.ts
 * open transactions          count u-varint, each producer id varlong, first offset varlong
 * ```
 *
 * There is no checksum: SQLite's journal and DynamoDB answer whole values or none.
 */
import type { LeaseRecord } from '../core/lease-record.ts';
import { ENTRY_BYTES_MAX, readEntries, writeEntries } from './entry-codec.ts';
import { PackedReader, PackedWriter } from './packed.ts';
import { PRODUCER_BYTES_MAX, PRODUCER_BYTES_MIN, readProducer, writeProducer } from './producer-codec.ts';

/** "L", and the layout's version. */
const MAGIC = 0x4c;
const VERSION = 1;

/** Magic, six numbers, the floor and three counts, rounded up. */
const FIXED_BYTES_MAX = 96;
const OPEN_BYTES_MAX = 16;
const OPEN_BYTES_MIN = 2;

export function encodeLeaseRecord(record: LeaseRecord): Uint8Array<ArrayBuffer> {
  const { tail, producers, open } = record;
  const bytesMax = FIXED_BYTES_MAX + tail.length * ENTRY_BYTES_MAX + producers.length * PRODUCER_BYTES_MAX + open.length * OPEN_BYTES_MAX;
  const writer = new PackedWriter(bytesMax, MAGIC, VERSION);
  writer.long(record.version);
  writer.long(record.next);
  writer.long(record.start);
  writer.lease(record.floor);
  writer.long(record.maxTimestampBelow);
  writer.long(record.bytesBelow);
  writer.long(record.evictions);
  writeEntries(writer, tail);
  writer.count(producers.length);
  for (const state of producers) writeProducer(writer, state);
  writer.count(open.length);
  for (const transaction of open) {
    writer.long(transaction.producerId);
    writer.long(transaction.firstOffset);
  }
  return writer.finish();
}

/** CORRUPT_OBJECT when the bytes are anything but a lease record. */
export function decodeLeaseRecord(bytes: Uint8Array): LeaseRecord {
  return PackedReader.read(bytes, 'lease record', MAGIC, VERSION, (reader) => ({
    version: reader.size(),
    next: reader.size(),
    start: reader.size(),
    floor: reader.lease(),
    maxTimestampBelow: reader.long(),
    bytesBelow: reader.size(),
    evictions: reader.size(),
    tail: readEntries(reader),
    producers: reader.list(PRODUCER_BYTES_MIN, () => readProducer(reader)),
    open: reader.list(OPEN_BYTES_MIN, () => ({ producerId: reader.size(), firstOffset: reader.size() })),
  }));
}
