/**
 * The index page, packed.
 *
 * ```
 * magic "P", version 1
 * first offset, version                  varlong each
 * max timestamp before, bytes before     varlong each
 * entries                                entry-codec.ts
 * kind                                   1 byte: 0 a page, 1 a stub, 2 a page that compaction has cleaned, 3 one with a
 *                                        final file; a stub goes on with
 *   merged into, merged at               varlong each
 * ```
 */
import type { IndexPage } from '../core/index-page.ts';
import { ENTRY_BYTES_MAX, readEntries, writeEntries } from './entry-codec.ts';
import { PackedReader, PackedWriter } from './packed.ts';

/** "P", and the layout's version. */
const MAGIC = 0x50;
const VERSION = 1;

/** Stored numbers of what a page is. */
const PAGE = 0;
const STUB = 1;
const CLEANED = 2;
const FINAL = 3;

/** Magic, six numbers, a count and a flag, rounded up. */
const FIXED_BYTES_MAX = 72;

export function encodeIndexPage(page: IndexPage): Uint8Array<ArrayBuffer> {
  const writer = new PackedWriter(FIXED_BYTES_MAX + page.entries.length * ENTRY_BYTES_MAX, MAGIC, VERSION);
  writer.long(page.firstOffset);
  writer.long(page.version);
  writer.long(page.maxTimestampBefore);
  writer.long(page.bytesBefore);
  writeEntries(writer, page.entries);
  writer.byte(kindOf(page));
  if (page.mergedInto !== undefined) {
    writer.long(page.mergedInto);
    writer.long(page.mergedAtMs ?? -1);
  }
  return writer.finish();
}

/** CORRUPT_OBJECT when the bytes are anything but an index page. */
export function decodeIndexPage(bytes: Uint8Array): IndexPage {
  return PackedReader.read(bytes, 'index page', MAGIC, VERSION, (reader) => {
    const page: IndexPage = {
      firstOffset: reader.size(),
      version: reader.size(),
      maxTimestampBefore: reader.long(),
      bytesBefore: reader.size(),
      entries: readEntries(reader),
    };
    const kind = reader.byte();
    if (kind > FINAL) throw reader.corrupt(`its kind is ${kind}`);
    if (kind === PAGE) return page;
    if (kind === CLEANED) return { ...page, cleaned: true };
    if (kind === FINAL) return { ...page, final: true };
    const mergedInto = reader.size();
    const mergedAtMs = reader.long();
    return { ...page, mergedInto, ...(mergedAtMs < 0 ? {} : { mergedAtMs }) };
  });
}

function kindOf(page: IndexPage): number {
  if (page.mergedInto !== undefined) return STUB;
  if (page.cleaned === true) return CLEANED;
  return page.final === true ? FINAL : PAGE;
}
