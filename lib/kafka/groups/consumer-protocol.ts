/** What Kafka's consumers tell each other inside the classic protocol: a version, then the message. Other clients may write anything. */
import { byTopic, type PartitionSet, partitionSet } from '../../core/groups/partition-set.ts';
import type { TopicFact } from '../../core/groups/retarget.ts';
import {
  type ConsumerProtocolAssignment,
  type ConsumerProtocolSubscription,
  decodeConsumerProtocolAssignment,
  decodeConsumerProtocolSubscription,
  encodeConsumerProtocolAssignment,
} from '../messages/consumer-protocol.ts';
import { Reader } from '../wire/reader.ts';
import { Writer } from '../wire/writer.ts';

/** The protocol type of consumers; others, such as Connect's workers, divide something else. */
export const CONSUMER = 'consumer';
/** Newer versions begin with the fields of this one. */
const VERSION_MAX = 3;

/**
 * What a member says that it reads and owns; undefined when it cannot be read. There are clients that name version 1 and end where
 * version 0 does (@platformatic/kafka 2.12): they own nothing while they join, which is what the default says.
 */
export function readSubscription(metadata: Buffer): ConsumerProtocolSubscription | undefined {
  return read(metadata, decodeConsumerProtocolSubscription) ?? read(metadata, (reader) => decodeConsumerProtocolSubscription(reader, 0));
}

/** What a leader has given a member; undefined when it cannot be read. */
export function readAssignment(assignment: Buffer): ConsumerProtocolAssignment | undefined {
  return read(assignment, decodeConsumerProtocolAssignment);
}

/** These partitions as a leader would give them to a member that introduced itself with `metadata`, in the version of that. */
export function writeAssignment(set: PartitionSet, topics: readonly TopicFact[], metadata: Buffer): Buffer {
  const names = new Map(topics.map(({ id, name }): [string, string] => [id, name]));
  const version = metadata.length < 2 ? 0 : Math.max(0, metadata.readInt16BE(0));
  const assignedPartitions = [...byTopic(set)].flatMap(([id, partitions]) => {
    const topic = names.get(id);
    return topic === undefined ? [] : [{ topic, partitions }];
  });
  const writer = new Writer();
  writer.int16(version);
  encodeConsumerProtocolAssignment(writer, { assignedPartitions }, Math.min(version, VERSION_MAX));
  return Buffer.concat(writer.finish());
}

/** Partitions by name as a set; those that are not there are left out. */
export function setOf(
  named: readonly { readonly topic: string; readonly partitions: readonly number[] }[],
  topics: readonly TopicFact[],
): PartitionSet {
  const facts = new Map(topics.map((fact) => [fact.name, fact]));
  return partitionSet(
    named.flatMap(({ topic, partitions }) => {
      const fact = facts.get(topic);
      return fact === undefined ? [] : partitions.filter((p) => p >= 0 && p < fact.partitions).map((p) => `${fact.id}/${p}`);
    }),
  );
}

function read<T>(bytes: Buffer, decode: (reader: Reader, version: number) => T): T | undefined {
  try {
    const reader = new Reader(bytes);
    const version = reader.int16();
    return version < 0 ? undefined : decode(reader, Math.min(version, VERSION_MAX));
  } catch {
    return undefined;
  }
}
