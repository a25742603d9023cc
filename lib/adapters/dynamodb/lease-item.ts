/** The lease record as an item: `v` its version, which conditions look at, and `r` the packed record. */
import type { PartitionKey } from '../../core/ids.ts';
import type { LeaseRecord } from '../../core/lease-record.ts';
import { decodeLeaseRecord, encodeLeaseRecord } from '../../format/lease-codec.ts';
import { binary, binaryIn, type Item, number } from './item.ts';
import { type ItemKey, leaseKey } from './key-space.ts';

export function toItem(key: PartitionKey, record: LeaseRecord): { readonly key: ItemKey; readonly attributes: Item } {
  return { key: leaseKey(key), attributes: { v: number(record.version), r: binary(encodeLeaseRecord(record)) } };
}

export function fromItem(item: Item): LeaseRecord {
  return decodeLeaseRecord(binaryIn(item, 'r'));
}
