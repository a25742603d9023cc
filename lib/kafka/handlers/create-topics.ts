import { StratalogError } from '../../core/errors.ts';
import { REPLICATION_FACTOR_MAX } from '../../core/limits.ts';
import { givenConfigs, type Topic } from '../../core/topic.ts';
import { type DynamicConfigs, topicConfigEntries } from '../config-entries.ts';
import { ERROR_NUMBERS, errorNumber, KAFKA_ERROR } from '../error-numbers.ts';
import type { Gateway } from '../gateway.ts';
import type { KafkaHandler } from '../handler.ts';
import type { CreatableTopic, CreatableTopicResult } from '../messages/create-topics.ts';
import { assignmentFault } from '../replica-assignment.ts';
import { shownMessage } from '../shown-message.ts';
import { dynamicConfigs } from './describe-configs.ts';

/** Stands for the deployment's default, as number of partitions and as replication factor. */
const BY_DEFAULT = -1;

/**
 * Creates topics, each with an answer of its own. Replicas are the object store's business: any factor that a regional
 * bucket or the number of gateways stands for is taken and has no effect.
 */
export function createTopicsHandler(gateway: Gateway): KafkaHandler<'CreateTopics'> {
  const { engine, cluster } = gateway;
  return async (_context, { topics, validateOnly }) => {
    const results: CreatableTopicResult[] = [];
    for (const topic of topics) {
      const twice = topics.filter(({ name }) => name === topic.name).length > 1;
      if (!twice) results.push(await one(topic, validateOnly));
      else if (!results.some(({ name }) => name === topic.name)) {
        results.push(refused(topic.name, ERROR_NUMBERS.INVALID_REQUEST, 'Duplicate topic name.'));
      }
    }
    return { topics: results };
  };

  async function one(asked: CreatableTopic, validateOnly: boolean): Promise<CreatableTopicResult> {
    const { name } = asked;
    try {
      const fault = replicaFault(asked);
      if (fault !== undefined && (await engine.topics.find(name)) === undefined) return refused(name, ...fault);
      const { numPartitions, assignments } = asked;
      const partitions = assignments.length > 0 ? assignments.length : numPartitions === BY_DEFAULT ? undefined : numPartitions;
      const topic = await engine.topics.create({ name, partitions, configs: configsOf(asked), validateOnly });
      return created(topic, validateOnly, await dynamicConfigs(gateway, cluster.self().id));
    } catch (error) {
      return refused(name, errorNumber(error), shownMessage(error));
    }
  }

  /** What is wrong with the replicas that are asked for; undefined when nothing is. */
  function replicaFault({ numPartitions, replicationFactor, assignments }: CreatableTopic): readonly [number, string] | undefined {
    if (assignments.length === 0) {
      const most = Math.max(cluster.nodes().length, REPLICATION_FACTOR_MAX);
      if (replicationFactor === BY_DEFAULT || (replicationFactor >= 1 && replicationFactor <= most)) return undefined;
      const why =
        replicationFactor < 1 ? 'Replication factor must be larger than 0, or -1 to use the default value.' : `it is at most ${most} here`;
      return [ERROR_NUMBERS.INVALID_REPLICATION_FACTOR, `replication factor is ${replicationFactor}: ${why}`];
    }
    if (replicationFactor !== BY_DEFAULT || numPartitions !== BY_DEFAULT) {
      const field = replicationFactor !== BY_DEFAULT ? 'replication factor' : 'number of partitions';
      return [ERROR_NUMBERS.INVALID_REQUEST, `A manual partition assignment was specified, but the ${field} was not set to -1.`];
    }
    const indexes = new Set(assignments.map(({ partitionIndex }) => partitionIndex));
    const consecutive = indexes.size === assignments.length && [...indexes].every((index) => index >= 0 && index < assignments.length);
    if (!consecutive) {
      const why = 'Partitions should be a consecutive 0-based integer sequence, each named once';
      return [KAFKA_ERROR.INVALID_REPLICA_ASSIGNMENT, why];
    }
    for (const { brokerIds } of assignments) {
      const fault = assignmentFault(cluster, brokerIds);
      if (fault !== undefined) return [KAFKA_ERROR.INVALID_REPLICA_ASSIGNMENT, fault];
    }
    return undefined;
  }
}

function configsOf({ configs }: CreatableTopic): Readonly<Record<string, string>> {
  const given: Record<string, string> = {};
  for (const { name, value } of configs) {
    if (value === null) {
      throw new StratalogError('INVALID_CONFIG', `Null value not supported for topic configs: ${name}`, { field: name, value: null });
    }
    given[name] = value;
  }
  return given;
}

function created(topic: Topic, validateOnly: boolean, dynamic: DynamicConfigs): CreatableTopicResult {
  return {
    name: topic.name,
    // A topic that was only checked has no identity.
    topicId: validateOnly ? '00000000-0000-0000-0000-000000000000' : topic.id,
    errorCode: KAFKA_ERROR.NONE,
    errorMessage: null,
    numPartitions: topic.partitions,
    replicationFactor: 1,
    configs: topicConfigEntries(givenConfigs(topic), dynamic).map(({ name, value, readOnly, configSource, isSensitive }) => ({
      name,
      value,
      readOnly,
      configSource,
      isSensitive,
    })),
  };
}

function refused(name: string, errorCode: number, errorMessage: string): CreatableTopicResult {
  return { name, errorCode, errorMessage, configs: [] };
}
