/**
 * Every key of the table, in one place. Stored: none of these functions ever changes what it answers.
 *
 * ```
 * item            pk                        sk                        written by
 * topic           t#<hash of name, 0 to f>  <name>                    admin
 * catalogue       t#                        version                   admin, after every change of a topic
 * lease record    p#<topicId>#<partition>   lease                     grants, retention, sweep
 * index page      p#<topicId>#<partition>   i#<first offset, 16>      roll, merge
 * producer        p#<topicId>#<partition>   q#<producerId>            eviction
 * producer ids    ids                       producer                  block allocation
 * small segment   s#<hh>#<hour>             <leaseId>                 producers
 * hour            s#                        <hour>                    the first small segment of a process in an hour
 * group           g#<group>                 group                     coordinator
 * member          g#<group>                 m#<memberId>              coordinator
 * offsets         g#<group>                 o#<topicId>#<block, 6>    commits
 * group's name    g#                        d#<group>                 whoever creates the group
 * work lease      w#<job>#<shard>           lease                     jobs, coordinators
 * work to do      todo#<shard>              <topicId>#<partition, 5>  roll; removed by the jobs
 * transaction     x#<transactionalId>       x                         producers
 * ```
 *
 * Numbers within sort keys have a fixed width, since DynamoDB compares bytes.
 */
import type { LeaseId, Offset, PartitionKey, ProducerId, TopicId } from '../../core/ids.ts';
import { leaseTimeMs } from '../../core/ids.ts';
import { murmur2 } from '../../core/murmur2.ts';

/** The names of the key attributes. */
export const PK = 'pk';
export const SK = 'sk';

export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** Above every sort key that begins with the same prefix: none of our keys holds this character behind its prefix. */
export const LAST = '~';

const ENCODER = new TextEncoder();
const HOUR_MS = 60 * 60 * 1000;
/** 2^53 - 1 has 16 digits. */
const OFFSET_DIGITS = 16;
/** Hours since the epoch have six digits until the year 2084 and then sort behind all shorter ones of seven, so seven. */
const HOUR_DIGITS = 7;
/** Topics are spread over this many partition keys; a list asks all of them. */
export const TOPIC_SHARDS = 16;
/** Small segments of an hour are spread over this many partition keys, 1,000 write units a second each. */
export const SEGMENT_SHARDS = 16;

function hashOf(text: string): number {
  return murmur2(ENCODER.encode(text)) >>> 0;
}

export function topicShard(shard: number): string {
  return `t#${shard.toString(16)}`;
}

export function topicKey(name: string): ItemKey {
  return { pk: topicShard(hashOf(name) % TOPIC_SHARDS), sk: name };
}

export const CATALOGUE_KEY: ItemKey = { pk: 't#', sk: 'version' };

export function partitionPk(key: PartitionKey): string {
  return `p#${key.topicId}#${key.partition}`;
}

export const LEASE_SK = 'lease';

export function leaseKey(key: PartitionKey): ItemKey {
  return { pk: partitionPk(key), sk: LEASE_SK };
}

export const PAGE_PREFIX = 'i#';

export function pageSk(firstOffset: Offset): string {
  return PAGE_PREFIX + String(firstOffset).padStart(OFFSET_DIGITS, '0');
}

export function pageKey(key: PartitionKey, firstOffset: Offset): ItemKey {
  return { pk: partitionPk(key), sk: pageSk(firstOffset) };
}

export function producerKey(key: PartitionKey, producerId: ProducerId): ItemKey {
  return { pk: partitionPk(key), sk: `q#${producerId}` };
}

export const PRODUCER_IDS_KEY: ItemKey = { pk: 'ids', sk: 'producer' };

/** The hour a lease was minted in, by its writer's clock. */
export function hourOf(lease: LeaseId): string {
  return String(Math.floor(leaseTimeMs(lease) / HOUR_MS)).padStart(HOUR_DIGITS, '0');
}

/** The first millisecond after an hour. */
export function hourEndMs(hour: string): number {
  return (Number(hour) + 1) * HOUR_MS;
}

export function segmentPk(shard: number, hour: string): string {
  return `s#${shard.toString(16).padStart(2, '0')}#${hour}`;
}

export function segmentKey(lease: LeaseId): ItemKey {
  return { pk: segmentPk(hashOf(lease) % SEGMENT_SHARDS, hourOf(lease)), sk: lease };
}

export const HOURS_PK = 's#';

export function hourKey(hour: string): ItemKey {
  return { pk: HOURS_PK, sk: hour };
}

export function groupPk(group: string): string {
  return `g#${group}`;
}

export const GROUP_SK = 'group';
export const MEMBER_PREFIX = 'm#';
export const BLOCK_PREFIX = 'o#';
const BLOCK_DIGITS = 6;

export function groupKey(group: string): ItemKey {
  return { pk: groupPk(group), sk: GROUP_SK };
}

export function memberKey(group: string, memberId: string): ItemKey {
  return { pk: groupPk(group), sk: MEMBER_PREFIX + memberId };
}

export function blockKey(group: string, topicId: TopicId, block: number): ItemKey {
  return { pk: groupPk(group), sk: `${BLOCK_PREFIX}${topicId}#${String(block).padStart(BLOCK_DIGITS, '0')}` };
}

export const GROUP_NAMES_PK = 'g#';
export const GROUP_NAME_PREFIX = 'd#';

export function groupNameKey(group: string): ItemKey {
  return { pk: GROUP_NAMES_PK, sk: GROUP_NAME_PREFIX + group };
}

export function workLeaseKey(job: string, shard: number): ItemKey {
  return { pk: `w#${job}#${shard}`, sk: 'lease' };
}

export function markPk(shard: number): string {
  return `todo#${shard}`;
}

const PARTITION_DIGITS = 5;

export function markKey(shard: number, key: PartitionKey): ItemKey {
  return { pk: markPk(shard), sk: `${key.topicId}#${String(key.partition).padStart(PARTITION_DIGITS, '0')}` };
}

export function markedPartition(sk: string): PartitionKey {
  const [topicId = '', partition = ''] = sk.split('#');
  return { topicId: topicId as TopicId, partition: Number(partition) };
}
