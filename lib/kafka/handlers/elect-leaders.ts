import { ERROR_NUMBERS, KAFKA_ERROR } from '../error-numbers.ts';
import type { Gateway } from '../gateway.ts';
import type { KafkaHandler } from '../handler.ts';
import type { TopicPartitions } from '../messages/elect-leaders.ts';

/** ElectionType: the only ones that there are. */
const PREFERRED = 0;
const UNCLEAN = 1;

const unknownType = (partitionId: number) => ({
  partitionId,
  errorCode: ERROR_NUMBERS.INVALID_REQUEST,
  errorMessage: 'Unknown election type.',
});

/** There is nothing to elect: any gateway leads any partition. Partitions that are there need no election. */
export function electLeadersHandler({ engine }: Gateway): KafkaHandler<'ElectLeaders'> {
  return async (_context, { topicPartitions, electionType }) => {
    if (electionType !== PREFERRED && electionType !== UNCLEAN) {
      const results = (topicPartitions ?? []).map(({ topic, partitions }) => ({ topic, partitionResult: partitions.map(unknownType) }));
      return { errorCode: ERROR_NUMBERS.INVALID_REQUEST, replicaElectionResults: results };
    }
    // Asked for all partitions, a broker tells of those alone that had an election, beside the names of all topics.
    if (topicPartitions === null) {
      return { replicaElectionResults: (await engine.topics.list()).map(({ name }) => ({ topic: name, partitionResult: [] })) };
    }
    return { replicaElectionResults: await Promise.all(topicPartitions.map(one)) };
  };

  async function one({ topic: name, partitions }: TopicPartitions) {
    const topic = await engine.topics.find(name);
    const partitionResult = partitions.map((partitionId) => {
      const known = topic !== undefined && partitionId >= 0 && partitionId < topic.partitions;
      return known
        ? { partitionId, errorCode: KAFKA_ERROR.ELECTION_NOT_NEEDED, errorMessage: 'Leader election not needed for topic partition.' }
        : {
            partitionId,
            errorCode: ERROR_NUMBERS.UNKNOWN_TOPIC_OR_PARTITION,
            errorMessage: `No such topic or partition: ${name}-${partitionId}`,
          };
    });
    return { topic: name, partitionResult };
  }
}
