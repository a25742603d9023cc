import { LEADER_EPOCH } from '../cluster.ts';
import { errorNumber, KAFKA_ERROR } from '../error-numbers.ts';
import type { Gateway } from '../gateway.ts';
import type { KafkaHandler } from '../handler.ts';
import { leaderEpochError } from '../leader-epoch.ts';
import type { EpochEndOffset, OffsetForLeaderPartition } from '../messages/offset-for-leader-epoch.ts';

/** Tells a client that nothing it has read was cut off: there is one epoch, and it ends where the log ends. */
export function offsetForLeaderEpochHandler({ engine }: Gateway): KafkaHandler<'OffsetForLeaderEpoch'> {
  return async (_context, request) => ({
    topics: await Promise.all(
      request.topics.map(async ({ topic, partitions }) => ({
        topic,
        partitions: await Promise.all(partitions.map((partition) => find(topic, partition))),
      })),
    ),
  });

  async function find(topic: string, { partition, currentLeaderEpoch, leaderEpoch }: OffsetForLeaderPartition): Promise<EpochEndOffset> {
    const errorCode = leaderEpochError(currentLeaderEpoch);
    if (errorCode !== KAFKA_ERROR.NONE) return { partition, errorCode };
    try {
      const { offset } = await engine.listOffset({ topic, partition, at: 'latest' });
      // An epoch that has not begun is answered as undefined and not as an error.
      if (leaderEpoch !== LEADER_EPOCH) return { partition, errorCode };
      return { partition, errorCode, leaderEpoch: LEADER_EPOCH, endOffset: offset };
    } catch (error) {
      return { partition, errorCode: errorNumber(error) };
    }
  }
}
