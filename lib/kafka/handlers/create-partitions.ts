import { ERROR_NUMBERS, errorNumber, KAFKA_ERROR } from '../error-numbers.ts';
import type { Gateway } from '../gateway.ts';
import type { KafkaHandler } from '../handler.ts';
import type { CreatePartitionsAssignment, CreatePartitionsTopic, CreatePartitionsTopicResult } from '../messages/create-partitions.ts';
import { assignmentFault } from '../replica-assignment.ts';
import { shownMessage } from '../shown-message.ts';

/** Adds partitions: `count` is the new total, and more than there are. */
export function createPartitionsHandler({ engine, cluster }: Gateway): KafkaHandler<'CreatePartitions'> {
  return async (_context, { topics, validateOnly }) => {
    const results: CreatePartitionsTopicResult[] = [];
    for (const topic of topics) {
      const twice = topics.filter(({ name }) => name === topic.name).length > 1;
      if (twice && results.some(({ name }) => name === topic.name)) continue;
      results.push(
        twice
          ? { name: topic.name, errorCode: ERROR_NUMBERS.INVALID_REQUEST, errorMessage: 'Duplicate topic name.' }
          : await one(topic, validateOnly),
      );
    }
    return { results };
  };

  async function one({ name, count, assignments }: CreatePartitionsTopic, validateOnly: boolean): Promise<CreatePartitionsTopicResult> {
    try {
      const topic = await engine.topics.get(name);
      const fault = assignments === null ? undefined : faultOf(assignments, count - topic.partitions);
      if (fault !== undefined && count > topic.partitions) {
        return { name, errorCode: KAFKA_ERROR.INVALID_REPLICA_ASSIGNMENT, errorMessage: fault };
      }
      await engine.topics.alter(name, { partitions: count, validateOnly });
      return { name, errorCode: KAFKA_ERROR.NONE, errorMessage: null };
    } catch (error) {
      return { name, errorCode: errorNumber(error), errorMessage: shownMessage(error) };
    }
  }

  function faultOf(assignments: readonly CreatePartitionsAssignment[], added: number): string | undefined {
    if (assignments.length !== added) {
      return `Increasing the number of partitions by ${added} but ${assignments.length} assignments provided.`;
    }
    for (const { brokerIds } of assignments) {
      const fault = assignmentFault(cluster, brokerIds);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
}
