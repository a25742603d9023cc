/** A small segment as an item: `b` its bytes. It has no expiry: only sweep and merge know when nothing names it. */
import type { LeaseId } from '../../core/ids.ts';
import { binary, binaryIn, type Item } from './item.ts';
import { type ItemKey, segmentKey } from './key-space.ts';

export function toItem(lease: LeaseId, chunks: readonly Uint8Array[]): { readonly key: ItemKey; readonly attributes: Item } {
  return { key: segmentKey(lease), attributes: { b: binary(Buffer.concat(chunks)) } };
}

export function fromItem(item: Item): Buffer {
  const bytes = binaryIn(item, 'b');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
