/**
 * Identities, as branded strings so that one kind is never passed for another.
 *
 * A lease id is 12 bytes written as 24 lower-case hex digits: 6 bytes of milliseconds since the epoch, then 6 random
 * bytes. Comparing the strings compares the times first, which is all that fencing needs.
 */

declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** A topic's identity for good: a UUID in canonical form. A topic re-created under the same name gets another. */
export type TopicId = Branded<string, 'TopicId'>;
/** A writer's right to give one segment its offsets; time-ordered, part of the segment's key. */
export type LeaseId = Branded<string, 'LeaseId'>;
/** The offset of a record within its partition: a whole number from 0 to 2^53 - 1. */
export type Offset = number;
/** Identity of an idempotent producer, from 0; -1 stands for none. */
export type ProducerId = number;

/** One partition of one topic, by identity. */
export interface PartitionKey {
  readonly topicId: TopicId;
  readonly partition: number;
}

export const NO_PRODUCER_ID = -1;
/** Below every lease id: nothing is fenced. */
export const FLOOR_NONE = '0'.repeat(24) as LeaseId;
/** Above every lease id: the partition is deleted, and no writer passes. */
export const FLOOR_DELETED = 'f'.repeat(24) as LeaseId;

const TOPIC_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const LEASE_ID = /^[0-9a-f]{24}$/;

export function isTopicId(text: string): text is TopicId {
  return TOPIC_ID.test(text);
}

export function isLeaseId(text: string): text is LeaseId {
  return LEASE_ID.test(text);
}

/** A random (version 4) UUID from 16 random bytes. */
export function topicIdFrom(random: Uint8Array): TopicId {
  const bytes = Uint8Array.from(random.subarray(0, 16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = hexOf(bytes, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as TopicId;
}

/** A string that names the partition; used as a map key and in messages. */
export function partitionName(key: PartitionKey): string {
  return `${key.topicId}/${key.partition}`;
}

/** The milliseconds since the epoch that a lease id was minted at, by its writer's clock. */
export function leaseTimeMs(lease: LeaseId): number {
  return Number.parseInt(lease.slice(0, 12), 16);
}

/** The lease id of a time and six random bytes. */
export function leaseIdFrom(timeMs: number, random: Uint8Array): LeaseId {
  const high = Math.floor(timeMs / 2 ** 24);
  const low = timeMs % 2 ** 24;
  const time = hexOf([high >> 16, high >> 8, high, low >> 16, low >> 8, low], 6);
  return (time + hexOf(random, 6)) as LeaseId;
}

/**
 * Mints the next lease id: later than every id this process has minted or seen in a floor or a grant, so that a slow
 * clock passes at the second try. Clocks decide nothing but order.
 */
export function nextLeaseId(nowMs: number, newestSeen: LeaseId, random: Uint8Array): LeaseId {
  const seen = newestSeen === FLOOR_DELETED ? 0 : leaseTimeMs(newestSeen);
  return leaseIdFrom(Math.max(nowMs, seen + 1), random);
}

const HEX_OF_BYTE: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** The low eight bits of each of the first `count` numbers. */
function hexOf(bytes: ArrayLike<number>, count: number): string {
  let text = '';
  for (let i = 0; i < count; i++) text += HEX_OF_BYTE[(bytes[i] as number) & 0xff];
  return text;
}
