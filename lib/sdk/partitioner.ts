/**
 * Which partition a record goes to when it does not say so itself.
 *
 * A partitioner is a factory: each producer calls it once a topic, so that what it remembers is not shared.
 */
import { StratalogError } from '../core/errors.ts';
import { partitionOfKey } from '../core/murmur2.ts';

/** What a partitioner decides on. */
export interface PartitionChoice {
  readonly topic: string;
  /** The serialized key, or null. */
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** Bytes that the record takes in a batch, roughly. */
  readonly bytes: number;
  /** Partitions of the topic, as last seen. */
  readonly partitions: number;
}

/** Answers a partition from 0 to `partitions - 1`. */
export type Partitioner = (choice: PartitionChoice) => number;

/** Makes the partitioner of one topic. `batchSize` is the producer's own. */
export type PartitionerFactory = (settings: { readonly topic: string; readonly batchSize: number }) => Partitioner;

/**
 * Kafka's default: keyed records by the murmur2 hash of the key, identical to the Java client's; records without a key
 * stay with one partition until `batchSize` bytes went there, then move to another at random (KIP-480, KIP-794), which
 * fills batches and still spreads the load evenly.
 */
export const defaultPartitioner: PartitionerFactory = ({ batchSize }) => {
  const sticky = stickyChoice(batchSize);
  return (choice) => (choice.key === null ? sticky(choice) : partitionOfKey(choice.key, choice.partitions));
};

/** Each record to the next partition, whatever its key; begins at a random one. */
export const roundRobinPartitioner: PartitionerFactory = () => {
  let next = -1;
  return ({ partitions }) => {
    next = next < 0 ? randomBelow(partitions) : (next + 1) % partitions;
    return next;
  };
};

/** The partition, or INVALID_PARTITIONS when a partitioner or a record names one that is not there. */
export function checkPartition(topic: string, partition: number, partitions: number): number {
  if (Number.isInteger(partition) && partition >= 0 && partition < partitions) return partition;
  throw new StratalogError(
    'UNKNOWN_TOPIC_OR_PARTITION',
    `topic '${topic}' has ${partitions} partitions, there is no partition ${partition}`,
    {
      field: 'partition',
      value: String(partition),
      limit: partitions - 1,
      topic,
    },
  );
}

function stickyChoice(batchSize: number): Partitioner {
  let current = -1;
  let bytesThere = 0;
  return ({ partitions, bytes }) => {
    if (current < 0 || current >= partitions || bytesThere >= batchSize) {
      current = another(current, partitions);
      bytesThere = 0;
    }
    bytesThere += bytes;
    return current;
  };
}

function another(current: number, partitions: number): number {
  if (current < 0 || current >= partitions || partitions === 1) return randomBelow(partitions);
  const chosen = randomBelow(partitions - 1);
  return chosen >= current ? chosen + 1 : chosen;
}

function randomBelow(count: number): number {
  return Math.floor(Math.random() * count);
}
