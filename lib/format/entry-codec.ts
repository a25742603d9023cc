/**
 * Entries within packed lease records and index pages.
 *
 * ```
 * count u-varint, then for each entry
 *   kind        1 byte: 0 wal, 1 inline, 2 log, 3 gone
 *   zones       u-varint, bit n for zone n
 *   lease       12 bytes
 *   position    varlong
 *   length      varlong
 *   span        varlong
 *   records     varlong, as span - records: 0 until the entry was compacted
 *   timestamp   varlong, as the difference to the entry before (the first: to 0)
 * ```
 */
import type { Entry, EntryKind } from '../core/lease-record.ts';
import type { PackedReader, PackedWriter } from './packed.ts';

/** Room that covers any entry: six varlongs of at most 8 bytes, a lease and a kind. */
export const ENTRY_BYTES_MAX = 72;
/** No entry takes less. */
const ENTRY_BYTES_MIN = 19;

/** The numbers are stored and never change their meaning. */
const KIND_NUMBERS = { wal: 0, inline: 1, log: 2, gone: 3 } as const satisfies Record<EntryKind, number>;
const KINDS: readonly EntryKind[] = ['wal', 'inline', 'log', 'gone'];

export function writeEntries(writer: PackedWriter, entries: readonly Entry[]): void {
  writer.count(entries.length);
  let timestamp = 0;
  for (const entry of entries) {
    writer.byte(KIND_NUMBERS[entry.kind]);
    writer.count(entry.zones);
    writer.lease(entry.lease);
    writer.long(entry.position);
    writer.long(entry.length);
    writer.long(entry.span);
    writer.long(entry.span - entry.records);
    writer.long(entry.maxTimestamp - timestamp);
    timestamp = entry.maxTimestamp;
  }
}

export function readEntries(reader: PackedReader): Entry[] {
  let timestamp = 0;
  return reader.list(ENTRY_BYTES_MIN, () => {
    const number = reader.byte();
    const kind = KINDS[number];
    if (kind === undefined) throw reader.corrupt(`entry kind ${number} is unknown`);
    const zones = reader.count();
    const lease = reader.lease();
    const position = reader.size();
    const length = reader.size();
    const span = reader.size();
    const records = span - reader.long();
    if (records < 0 || !Number.isSafeInteger(records)) throw reader.corrupt(`an entry has ${records} records`);
    timestamp += reader.long();
    if (!Number.isSafeInteger(timestamp)) throw reader.corrupt(`a timestamp is ${timestamp}`);
    return { lease, kind, position, length, span, records, maxTimestamp: timestamp, zones };
  });
}
