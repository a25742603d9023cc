/**
 * The names of objects. The first folder of a `wal` key is one byte of a hash of the lease id: it spreads the request
 * rate over the prefixes that S3 scales by.
 */
import type { LeaseId, Offset, PartitionKey } from './ids.ts';
import { murmur2 } from './murmur2.ts';

export const WAL_PREFIX = 'wal/';
export const LOG_PREFIX = 'log/';

const ENCODER = new TextEncoder();

/** `wal/<hh>/<leaseId>`: a segment as it was written. */
export function walKey(lease: LeaseId): string {
  const spread = murmur2(ENCODER.encode(lease)) & 0xff;
  return `${WAL_PREFIX}${spread.toString(16).padStart(2, '0')}/${lease}`;
}

/** `log/<topicId>/<partition>/`: where a partition's merged files are. */
export function logPrefix(key: PartitionKey): string {
  return `${LOG_PREFIX}${key.topicId}/${key.partition}/`;
}

/** `log/<topicId>/<partition>/<firstOffset>-<leaseId>.log`: a merged file. Offsets have 20 digits, as Kafka's file names do. */
export function logKey(key: PartitionKey, firstOffset: Offset, lease: LeaseId): string {
  return `${logPrefix(key)}${String(firstOffset).padStart(20, '0')}-${lease}.log`;
}

/** The sparse index beside a merged file. */
export function logIndexKey(key: PartitionKey, firstOffset: Offset, lease: LeaseId): string {
  return `${logPrefix(key)}${String(firstOffset).padStart(20, '0')}-${lease}.index`;
}
