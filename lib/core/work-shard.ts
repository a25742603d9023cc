/** Which of the 64 shards a piece of work belongs to. Stored: the function never changes. */
import type { PartitionKey } from './ids.ts';
import { partitionName } from './ids.ts';
import { WORK_SHARDS } from './limits.ts';
import { murmur2 } from './murmur2.ts';

const ENCODER = new TextEncoder();

/** The shard of a name, 0 to 63. */
export function workShard(name: string): number {
  return (murmur2(ENCODER.encode(name)) >>> 0) % WORK_SHARDS;
}

/** The shard of a partition's marks. */
export function markShard(key: PartitionKey): number {
  return workShard(partitionName(key));
}
