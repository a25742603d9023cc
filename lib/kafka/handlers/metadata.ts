import { isStratalogError } from '../../core/errors.ts';
import { isTopicId } from '../../core/ids.ts';
import { checkTopicName, type Topic } from '../../core/topic.ts';
import { CLUSTER_OPERATIONS, NOT_ASKED, TOPIC_OPERATIONS } from '../authorized-operations.ts';
import { controllerOf, LEADER_EPOCH, replicasOf, zoneOf } from '../cluster.ts';
import { ERROR_NUMBERS, errorNumber, KAFKA_ERROR } from '../error-numbers.ts';
import type { Gateway } from '../gateway.ts';
import type { KafkaHandler } from '../handler.ts';
import type { MetadataRequestTopic, MetadataResponseTopic } from '../messages/metadata.ts';

/** The id that stands for none. */
export const NO_TOPIC_ID = '00000000-0000-0000-0000-000000000000';
/** The first version that may ask for a topic by its id. */
const BY_ID_FROM_VERSION = 12;

/**
 * Answers which gateways there are and which one each partition is best read and written at. A topic that is asked for
 * and not there is created if the client allows it and the deployment does (`auto.create.topics.enable`).
 */
export function metadataHandler({ engine, cluster, settings }: Gateway): KafkaHandler<'Metadata'> {
  return async ({ clientId }, request, version) => {
    const zone = zoneOf(clientId);
    const operations = request.includeTopicAuthorizedOperations ? TOPIC_OPERATIONS : NOT_ASKED;
    const described = (topic: Topic): MetadataResponseTopic => ({
      errorCode: KAFKA_ERROR.NONE,
      name: topic.name,
      topicId: topic.id,
      topicAuthorizedOperations: operations,
      partitions: Array.from({ length: topic.partitions }, (_, partitionIndex) => {
        const replicaNodes = replicasOf(cluster, topic.id, partitionIndex, zone);
        return {
          errorCode: KAFKA_ERROR.NONE,
          partitionIndex,
          leaderId: replicaNodes[0] as number,
          leaderEpoch: LEADER_EPOCH,
          replicaNodes,
          isrNodes: replicaNodes,
        };
      }),
    });
    const all = request.topics === null || (version === 0 && request.topics.length === 0);
    const topics: MetadataResponseTopic[] = [];
    if (all) topics.push(...(await engine.topics.list()).map(described));
    else {
      for (const asked of once(request.topics ?? [])) {
        const found = await find(asked, request.allowAutoTopicCreation, version);
        if (!('errorCode' in found)) topics.push(described(found));
        // Before one could ask by id a name could not be null.
        else
          topics.push({
            ...found,
            name: version < BY_ID_FROM_VERSION ? (found.name ?? '') : found.name,
            topicAuthorizedOperations: operations,
          });
      }
    }
    return {
      brokers: cluster.nodes().map(({ id, host, port, rack }) => ({ nodeId: id, host, port, rack })),
      clusterId: cluster.clusterId,
      controllerId: controllerOf(cluster).id,
      topics,
      clusterAuthorizedOperations: request.includeClusterAuthorizedOperations ? CLUSTER_OPERATIONS : NOT_ASKED,
    };
  };

  async function find(
    { name, topicId }: MetadataRequestTopic,
    allowCreation: boolean,
    version: number,
  ): Promise<Topic | MetadataResponseTopic> {
    try {
      if (name === null || topicId !== NO_TOPIC_ID) return await findById(name, topicId, version);
      const topic = await engine.topics.find(checkTopicName(name));
      if (topic !== undefined) return topic;
      if (!allowCreation || !settings.autoCreateTopics) return refused(name, ERROR_NUMBERS.UNKNOWN_TOPIC_OR_PARTITION);
      return await engine.topics.create({ name });
    } catch (error) {
      // Somebody else was quicker: the topic is there, which is all that was wanted.
      if (name !== null && isStratalogError(error, 'TOPIC_ALREADY_EXISTS')) return await engine.topics.get(name);
      return refused(name, errorNumber(error), topicId);
    }
  }

  async function findById(name: string | null, topicId: string, version: number): Promise<Topic | MetadataResponseTopic> {
    if (version < BY_ID_FROM_VERSION || name !== null) return refused(name, ERROR_NUMBERS.INVALID_REQUEST, topicId);
    const topic = isTopicId(topicId) ? await engine.topics.byId(topicId) : undefined;
    return topic ?? refused(null, ERROR_NUMBERS.UNKNOWN_TOPIC_ID, topicId);
  }
}

function refused(name: string | null, errorCode: number, topicId = NO_TOPIC_ID): MetadataResponseTopic {
  return { errorCode, name, topicId, partitions: [] };
}

/** A client that asks twice for a topic gets it once, as from a broker. */
function once(asked: readonly MetadataRequestTopic[]): readonly MetadataRequestTopic[] {
  return [...new Map(asked.map((topic) => [`${topic.topicId}/${topic.name ?? ''}`, topic])).values()];
}
