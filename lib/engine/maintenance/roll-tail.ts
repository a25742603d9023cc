import { cutTail } from '../../core/grant.ts';
import { FLOOR_DELETED, type PartitionKey } from '../../core/ids.ts';
import { pageOfTail } from '../../core/index-page.ts';
import { type LeaseRecord, spanOf } from '../../core/lease-record.ts';
import type { MaintenancePorts } from './maintenance-ports.ts';

const TRIES_MAX = 10;

/**
 * Makes a page of a whole tail, as a writer does when the tail is full: page first, cut second, each on what was read.
 * Answers the record as it is then; undefined when the partition is gone, or others keep writing it (they roll it themselves).
 * Cost: 2 writes.
 */
export async function rollTail(
  { leases, pages }: Pick<MaintenancePorts, 'leases' | 'pages'>,
  key: PartitionKey,
  read: LeaseRecord,
): Promise<LeaseRecord | undefined> {
  let record: LeaseRecord | undefined = read;
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    if (record === undefined || record.floor === FLOOR_DELETED) return undefined;
    if (record.tail.length === 0) return record;
    const page = pageOfTail(record);
    const put = await pages.put(key, page);
    const there = put.kind === 'created' ? page : put.page;
    const count = there.entries.length;
    const isPrefix = there.mergedInto === undefined && spanOf(there.entries) === spanOf(record.tail.slice(0, count));
    if (isPrefix) {
      const next = { ...cutTail(record, { tailBase: page.firstOffset, entries: count }), version: record.version + 1 };
      const [outcome] = await leases.write([{ key, expected: record.version, record: next }]);
      if (outcome?.kind === 'applied') return next;
      if (outcome?.kind === 'refused') {
        record = outcome.current;
        continue;
      }
    }
    // A page that is no part of our tail was cut and merged since our copy was read.
    [record] = await leases.read([key]);
  }
  return undefined;
}
