// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import { type Reader, readInt32, readString } from '../wire/reader.ts';
import { type Draft, type Writer, writeInt32, writeString } from '../wire/writer.ts';

/** Versions 0 to 3, none flexible. */
export interface ConsumerProtocolSubscription {
  readonly topics: readonly string[];
  readonly userData: Buffer | null; // default null
  readonly ownedPartitions: readonly TopicPartitionOfConsumerProtocolSubscription[]; // 1+
  readonly generationId: number; // 2+, default -1
  readonly rackId: string | null; // 3+, default null
}

export interface TopicPartitionOfConsumerProtocolSubscription {
  readonly topic: string;
  readonly partitions: readonly number[];
}

export function decodeConsumerProtocolSubscription(r: Reader, v: number): ConsumerProtocolSubscription {
  const topics = r.array(false, v, readString);
  const userData = r.nullableBytes(false);
  const ownedPartitions = v >= 1 ? r.array(false, v, decodeTopicPartitionOfConsumerProtocolSubscription) : [];
  const generationId = v >= 2 ? r.int32() : -1;
  const rackId = v >= 3 ? r.nullableString(false) : null;
  return { topics, userData, ownedPartitions, generationId, rackId };
}

export function encodeConsumerProtocolSubscription(w: Writer, m: Draft<ConsumerProtocolSubscription>, v: number): void {
  w.array(m.topics ?? [], false, v, writeString);
  w.bytes(m.userData ?? null, false);
  if (v >= 1) w.array(m.ownedPartitions ?? [], false, v, encodeTopicPartitionOfConsumerProtocolSubscription);
  if (v >= 2) w.int32(m.generationId ?? -1);
  if (v >= 3) w.string(m.rackId ?? null, false);
}

function decodeTopicPartitionOfConsumerProtocolSubscription(r: Reader, v: number): TopicPartitionOfConsumerProtocolSubscription {
  const topic = r.string(false);
  const partitions = r.array(false, v, readInt32);
  return { topic, partitions };
}

function encodeTopicPartitionOfConsumerProtocolSubscription(
  w: Writer,
  m: Draft<TopicPartitionOfConsumerProtocolSubscription>,
  v: number,
): void {
  w.string(m.topic ?? '', false);
  w.array(m.partitions ?? [], false, v, writeInt32);
}

/** Versions 0 to 3, none flexible. */
export interface ConsumerProtocolAssignment {
  readonly assignedPartitions: readonly TopicPartitionOfConsumerProtocolAssignment[];
  readonly userData: Buffer | null; // default null
}

export interface TopicPartitionOfConsumerProtocolAssignment {
  readonly topic: string;
  readonly partitions: readonly number[];
}

export function decodeConsumerProtocolAssignment(r: Reader, v: number): ConsumerProtocolAssignment {
  const assignedPartitions = r.array(false, v, decodeTopicPartitionOfConsumerProtocolAssignment);
  const userData = r.nullableBytes(false);
  return { assignedPartitions, userData };
}

export function encodeConsumerProtocolAssignment(w: Writer, m: Draft<ConsumerProtocolAssignment>, v: number): void {
  w.array(m.assignedPartitions ?? [], false, v, encodeTopicPartitionOfConsumerProtocolAssignment);
  w.bytes(m.userData ?? null, false);
}

function decodeTopicPartitionOfConsumerProtocolAssignment(r: Reader, v: number): TopicPartitionOfConsumerProtocolAssignment {
  const topic = r.string(false);
  const partitions = r.array(false, v, readInt32);
  return { topic, partitions };
}

function encodeTopicPartitionOfConsumerProtocolAssignment(
  w: Writer,
  m: Draft<TopicPartitionOfConsumerProtocolAssignment>,
  v: number,
): void {
  w.string(m.topic ?? '', false);
  w.array(m.partitions ?? [], false, v, writeInt32);
}
