/** An index page as an item: `v` its version, which conditions look at, and `p` the packed page. */
import type { PartitionKey } from '../../core/ids.ts';
import type { IndexPage } from '../../core/index-page.ts';
import { decodeIndexPage, encodeIndexPage } from '../../format/page-codec.ts';
import { binary, binaryIn, type Item, number } from './item.ts';
import { type ItemKey, pageKey } from './key-space.ts';

export function toItem(partition: PartitionKey, page: IndexPage): { readonly key: ItemKey; readonly attributes: Item } {
  return { key: pageKey(partition, page.firstOffset), attributes: { v: number(page.version), p: binary(encodeIndexPage(page)) } };
}

export function fromItem(item: Item): IndexPage {
  return decodeIndexPage(binaryIn(item, 'p'));
}
