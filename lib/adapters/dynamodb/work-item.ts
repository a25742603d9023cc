/** A work lease as an item: `o` owner, `e` epoch, `x` expiry in ms. A mark has `s`, its stamp. */
import type { WorkLease, WorkMark } from '../../ports/work-store.ts';
import { type Item, number, numberIn, skOf, text, textIn } from './item.ts';
import { markedPartition } from './key-space.ts';

export function fromLease(lease: WorkLease): Item {
  return { o: text(lease.owner), e: number(lease.epoch), x: number(lease.expiresAtMs) };
}

export function toLease(job: string, shard: number, item: Item): WorkLease {
  return { job, shard, owner: textIn(item, 'o'), epoch: numberIn(item, 'e'), expiresAtMs: numberIn(item, 'x') };
}

export function toMark(item: Item): WorkMark {
  return { key: markedPartition(skOf(item)), stamp: numberIn(item, 's') };
}
