/** Which partitions a consumer was told to read, and from where to where. */
import { StratalogError } from '../core/errors.ts';
import { onlyKnown, shown } from './option-check.ts';
import type { StartAt } from './partition-reader.ts';
import { checkPartition } from './partitioner.ts';
import { partitionKey, type TopicPartition } from './topic-partition.ts';
import type { CallOptions, Transport } from './transport.ts';

export interface PartitionAssignment {
  readonly topic: string;
  /** Default: every partition that the topic has now. */
  readonly partition?: number | undefined;
  /** Where to begin; default as `offsetReset` says. With 'error' it must be given. */
  readonly from?: StartAt | undefined;
  /**
   * Offset at which to stop (exclusive), or 'latest' for the end as it is now. Iteration ends when every partition
   * reached its own; default: never, the log is followed.
   */
  readonly until?: number | 'latest' | undefined;
}

export interface ChosenPartition extends TopicPartition {
  readonly start: StartAt;
  /** Infinite to follow. */
  readonly until: number;
}

/** Every partition that is meant, once. One request a topic. */
export async function choosePartitions(
  transport: Transport,
  partitions: readonly PartitionAssignment[],
  offsetReset: 'earliest' | 'latest' | 'error',
  options: CallOptions,
): Promise<readonly ChosenPartition[]> {
  const topics = [...new Set(partitions.map(({ topic }) => topic))];
  const described = new Map(
    await Promise.all(topics.map(async (topic) => [topic, await transport.describeTopic(topic, options)] as const)),
  );
  const chosen = new Map<string, ChosenPartition>();
  for (const wanted of partitions) {
    onlyKnown('an assigned partition', wanted, ['topic', 'partition', 'from', 'until']);
    const { topic } = wanted;
    const offsets = described.get(topic)?.offsets ?? [];
    const numbers = wanted.partition === undefined ? offsets.keys() : [checkPartition(topic, wanted.partition, offsets.length)];
    const start = startOf(wanted, offsetReset);
    for (const partition of numbers) {
      const name = partitionKey({ topic, partition });
      if (chosen.has(name)) throw wrong('partition', partition, `partition ${partition} of '${topic}' is assigned twice`);
      const end = offsets[partition]?.endOffset ?? 0;
      const until = wanted.until === 'latest' ? end : (wanted.until ?? Number.POSITIVE_INFINITY);
      chosen.set(name, { topic, partition, start, until });
    }
  }
  return [...chosen.values()];
}

function startOf({ from }: PartitionAssignment, offsetReset: 'earliest' | 'latest' | 'error'): StartAt {
  if (from !== undefined) return checkStart('from', from);
  if (offsetReset === 'error') throw wrong('from', 'undefined', "from must be given, since offsetReset is 'error'");
  return offsetReset;
}

/** The start itself; INVALID_REQUEST when it is none. */
export function checkStart(name: string, start: StartAt): StartAt {
  if (start === 'earliest' || start === 'latest') return start;
  const number = typeof start === 'object' && start !== null ? start.time : start;
  if (Number.isSafeInteger(number) && number >= 0) return start;
  throw wrong(name, shown(number), `${name} is ${shown(number)}, it must be an offset from 0, 'earliest', 'latest' or { time }`);
}

function wrong(field: string, value: string | number, message: string): StratalogError {
  return new StratalogError('INVALID_REQUEST', message, { field, value });
}
