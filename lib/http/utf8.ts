/** Text and bytes: nothing that is not UTF-8 is taken for text. */
import { isUtf8 } from 'node:buffer';
import { StratalogError } from '../core/errors.ts';

/** The bytes themselves when they are UTF-8, without a byte order mark. INVALID_REQUEST with the first wrong byte otherwise. */
export function utf8Of(bytes: Buffer): Buffer {
  if (!isUtf8(bytes)) {
    const at = firstWrongByte(bytes);
    throw new StratalogError('INVALID_REQUEST', `the text is not UTF-8 at byte ${at}`, { field: 'body', position: at });
  }
  const marked = bytes.length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return marked ? bytes.subarray(3) : bytes;
}

/** Where UTF-8 ends: found by halving, since a prefix of the right part is right but for a character cut at its end. */
function firstWrongByte(bytes: Buffer): number {
  let low = 0;
  let high = bytes.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (isPrefix(bytes, middle)) low = middle;
    else high = middle - 1;
  }
  // The character that breaks off there is named by its first byte.
  while (!isUtf8(bytes.subarray(0, low))) low--;
  return low;
}

/** Whether the first bytes are UTF-8, perhaps with an unfinished character of up to three bytes. */
function isPrefix(bytes: Buffer, length: number): boolean {
  for (let cut = 0; cut <= 3 && cut <= length; cut++) {
    if (isUtf8(bytes.subarray(0, length - cut))) return cut === 0 || isLead(bytes, length - cut, cut);
  }
  return false;
}

/** Whether `count` bytes at a position may begin a longer character. */
function isLead(bytes: Buffer, at: number, count: number): boolean {
  const byte = bytes[at] as number;
  const size = byte >= 0xf0 && byte <= 0xf4 ? 4 : byte >= 0xe0 && byte < 0xf0 ? 3 : byte >= 0xc2 && byte < 0xe0 ? 2 : 0;
  return count < size;
}
