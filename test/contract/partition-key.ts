import { randomUUID } from 'node:crypto';
import type { LeaseId, PartitionKey, TopicId } from '../../lib/core/ids.ts';
import type { Entry } from '../../lib/core/lease-record.ts';

/** A partition of a topic that nobody else uses, so that suites may share one table. */
export function freshKey(partition = 0): PartitionKey {
  return { topicId: randomUUID() as TopicId, partition };
}

let minted = 0;

/** Lease ids that rise from call to call and differ from run to run. */
export function freshLease(): LeaseId {
  const random = randomUUID().replaceAll('-', '').slice(0, 6);
  return ((1_700_000_000_000 + ++minted).toString(16).padStart(12, '0') + minted.toString(16).padStart(6, '0') + random) as LeaseId;
}

export function entryOf(span: number, more: Partial<Entry> = {}): Entry {
  return {
    lease: freshLease(),
    kind: 'wal',
    position: 0,
    length: 100 * span,
    span,
    records: span,
    maxTimestamp: 1_700_000_000_000,
    zones: 1,
    ...more,
  };
}
