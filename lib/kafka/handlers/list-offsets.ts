import { LEADER_EPOCH } from '../cluster.ts';
import { ERROR_NUMBERS, errorNumber, KAFKA_ERROR } from '../error-numbers.ts';
import type { Gateway } from '../gateway.ts';
import type { KafkaHandler } from '../handler.ts';
import { leaderEpochError } from '../leader-epoch.ts';
import type { ListOffsetsPartition, ListOffsetsPartitionResponse, ListOffsetsRequest } from '../messages/list-offsets.ts';

/** The times that stand for an offset by name (ListOffsetsRequest.java). */
const NAMED_TIMES: ReadonlyMap<number, 'latest' | 'earliest' | 'max-timestamp'> = new Map([
  [-1, 'latest'],
  [-2, 'earliest'],
  [-3, 'max-timestamp'],
  // The earliest offset on the broker's own disk: everything is in one place.
  [-4, 'earliest'],
]);
const FIRST_VERSION_OF_TIME: ReadonlyMap<number, number> = new Map([
  [-3, 7],
  [-4, 8],
]);
const READ_COMMITTED = 1;

/** Answers offsets by name or by time. A time that no record reaches is answered with offset -1. */
export function listOffsetsHandler({ engine }: Gateway): KafkaHandler<'ListOffsets'> {
  return async (_context, request, version) => {
    const twice = namedTwice(request);
    const topics = request.topics.map(async ({ name, partitions }) => ({
      name,
      partitions: await Promise.all(
        partitions.map((partition) =>
          twice.has(`${name}/${partition.partitionIndex}`)
            ? { partitionIndex: partition.partitionIndex, errorCode: ERROR_NUMBERS.INVALID_REQUEST }
            : find(name, partition, request.isolationLevel, version),
        ),
      ),
    }));
    return { topics: await Promise.all(topics) };
  };

  async function find(
    topic: string,
    { partitionIndex, currentLeaderEpoch, timestamp }: ListOffsetsPartition,
    isolationLevel: number,
    version: number,
  ): Promise<ListOffsetsPartitionResponse> {
    const epochError = leaderEpochError(currentLeaderEpoch);
    if (epochError !== KAFKA_ERROR.NONE) return { partitionIndex, errorCode: epochError };
    const at = NAMED_TIMES.get(timestamp) ?? (timestamp >= 0 ? timestamp : undefined);
    if (at === undefined || version < (FIRST_VERSION_OF_TIME.get(timestamp) ?? 0)) {
      return { partitionIndex, errorCode: KAFKA_ERROR.UNSUPPORTED_VERSION };
    }
    try {
      const isolation = isolationLevel === READ_COMMITTED ? 'read_committed' : 'read_uncommitted';
      const found = await engine.listOffset({ topic, partition: partitionIndex, at, isolation });
      const leaderEpoch = found.offset < 0 ? -1 : LEADER_EPOCH;
      return { partitionIndex, errorCode: KAFKA_ERROR.NONE, ...found, leaderEpoch };
    } catch (error) {
      return { partitionIndex, errorCode: errorNumber(error) };
    }
  }
}

/** Partitions that a request names more than once; each of their places is refused. */
function namedTwice({ topics }: ListOffsetsRequest): ReadonlySet<string> {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { name, partitions } of topics) {
    for (const { partitionIndex } of partitions) {
      const key = `${name}/${partitionIndex}`;
      (seen.has(key) ? twice : seen).add(key);
    }
  }
  return twice;
}
