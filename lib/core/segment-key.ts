/**
 * The names of objects. The first folder of a `wal` key is one byte of a hash of the lease id: it spreads the request
 * rate over the prefixes that S3 scales by.
 */
import { isLeaseId, type LeaseId, type Offset, type PartitionKey, type TopicId } from './ids.ts';
import { murmur2 } from './murmur2.ts';

export const WAL_PREFIX = 'wal/';
export const LOG_PREFIX = 'log/';
/** Objects of no bytes that tell the store's time; none stays. Sorts before every topic's files. */
export const CLOCK_PREFIX = 'log/-clock/';

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

const LOG_FILE = /^log\/([0-9a-f-]{36})\/(\d{1,9})\/(\d{20})-([0-9a-f]{24})\.(?:log|index)$/;

/** What the key of a merged file or of its index says; undefined for any other key. */
export function parseLogKey(
  key: string,
): { readonly key: PartitionKey; readonly firstOffset: Offset; readonly lease: LeaseId } | undefined {
  const match = LOG_FILE.exec(key);
  if (match === null) return undefined;
  const [, topicId, partition, firstOffset, lease] = match;
  return {
    key: { topicId: topicId as TopicId, partition: Number(partition) },
    firstOffset: Number(firstOffset),
    lease: lease as LeaseId,
  };
}

/** The lease in the key of a written segment; undefined for any other key. */
export function leaseOfWalKey(key: string): LeaseId | undefined {
  const lease = key.slice(key.lastIndexOf('/') + 1);
  return key.startsWith(WAL_PREFIX) && isLeaseId(lease) ? lease : undefined;
}
