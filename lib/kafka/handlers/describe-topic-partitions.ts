import { checkTopicName, type Topic } from '../../core/topic.ts';
import { TOPIC_OPERATIONS } from '../authorized-operations.ts';
import { LEADER_EPOCH, replicasOf, zoneOf } from '../cluster.ts';
import { ERROR_NUMBERS, errorNumber, KAFKA_ERROR } from '../error-numbers.ts';
import type { Gateway } from '../gateway.ts';
import type { KafkaHandler } from '../handler.ts';
import type { DescribeTopicPartitionsResponse, DescribeTopicPartitionsResponseTopic } from '../messages/describe-topic-partitions.ts';
import { NO_TOPIC_ID } from './metadata.ts';

/** Kafka's `max.request.partition.size.limit`. */
const PARTITIONS_PER_ANSWER_MAX = 2_000;

/**
 * Describes topics in order of name, a page of partitions at a time (KIP-966). A cursor names the first partition of the
 * next page; without topics all are described.
 */
export function describeTopicPartitionsHandler({ engine, cluster }: Gateway): KafkaHandler<'DescribeTopicPartitions'> {
  return async ({ clientId }, request) => {
    const { cursor } = request;
    const zone = zoneOf(clientId);
    const limit = Math.max(1, Math.min(request.responsePartitionLimit, PARTITIONS_PER_ANSWER_MAX));
    const asked = request.topics.length > 0;
    const names = asked
      ? [...new Set(request.topics.map(({ name }) => name))].sort()
      : (await engine.topics.list()).map(({ name }) => name);
    const topics: DescribeTopicPartitionsResponseTopic[] = [];
    let left = limit;
    for (const name of names) {
      if (cursor !== null && name < cursor.topicName) continue;
      const from = cursor?.topicName === name ? Math.max(0, cursor.partitionIndex) : 0;
      if (left <= 0) return page(topics, name, 0);
      const topic = await found(name).catch(errorNumber);
      if (topic === undefined || typeof topic === 'number') {
        topics.push(unknown(name, topic ?? ERROR_NUMBERS.UNKNOWN_TOPIC_OR_PARTITION));
        continue;
      }
      const end = Math.min(topic.partitions, from + left);
      topics.push({ ...described(topic), partitions: partitions(topic, from, end, zone) });
      left -= Math.max(0, end - from);
      if (end < topic.partitions) return page(topics, name, end);
    }
    return { topics, nextCursor: null };
  };

  async function found(name: string): Promise<Topic | undefined> {
    return engine.topics.find(checkTopicName(name));
  }

  function partitions(topic: Topic, from: number, end: number, zone: string | null) {
    return Array.from({ length: Math.max(0, end - from) }, (_, i) => {
      const replicaNodes = replicasOf(cluster, topic.id, from + i, zone);
      return {
        errorCode: KAFKA_ERROR.NONE,
        partitionIndex: from + i,
        leaderId: replicaNodes[0] as number,
        leaderEpoch: LEADER_EPOCH,
        replicaNodes,
        isrNodes: replicaNodes,
        eligibleLeaderReplicas: [],
        lastKnownElr: [],
        offlineReplicas: [],
      };
    });
  }
}

function page(
  topics: readonly DescribeTopicPartitionsResponseTopic[],
  topicName: string,
  partitionIndex: number,
): DescribeTopicPartitionsResponse {
  return { topics, nextCursor: { topicName, partitionIndex } };
}

function described({ name, id }: Topic) {
  return { errorCode: KAFKA_ERROR.NONE, name, topicId: id, topicAuthorizedOperations: TOPIC_OPERATIONS };
}

function unknown(name: string, errorCode: number): DescribeTopicPartitionsResponseTopic {
  return { errorCode, name, topicId: NO_TOPIC_ID, partitions: [], topicAuthorizedOperations: TOPIC_OPERATIONS };
}
