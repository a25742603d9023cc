import { isStratalogError } from '../../core/errors.ts';
import { ERROR_NUMBERS, errorNumber, KAFKA_ERROR } from '../error-numbers.ts';
import type { Gateway } from '../gateway.ts';
import { storedGroup } from '../groups/group-kind.ts';
import type { KafkaHandler } from '../handler.ts';
import type { OffsetDeleteRequestTopic } from '../messages/offset-delete.ts';

/** Forgets offsets of a group, topic by topic; those of a topic that members read stay. */
export function offsetDeleteHandler(gateway: Gateway): KafkaHandler<'OffsetDelete'> {
  const { engine, classicGroups } = gateway;
  return async (_context, { groupId, topics }) => {
    try {
      const view = await storedGroup(gateway, groupId);
      if (view === undefined) return { errorCode: ERROR_NUMBERS.GROUP_ID_NOT_FOUND, topics: [] };
      // Who reads what is not known of members that are no consumers.
      const busy = (classicGroups.known(groupId)?.members.size ?? view.members.size) > 0;
      if (busy && view.group.kind === 'classic' && view.group.classic?.protocolType !== 'consumer') {
        return { errorCode: ERROR_NUMBERS.NON_EMPTY_GROUP, topics: [] };
      }
      return { errorCode: KAFKA_ERROR.NONE, topics: await Promise.all(topics.map((topic) => one(groupId, topic))) };
    } catch (error) {
      return { errorCode: errorNumber(error), topics: [] };
    }
  };

  async function one(group: string, { name, partitions }: OffsetDeleteRequestTopic) {
    const topic = await engine.topics.find(name);
    const known = partitions
      .map(({ partitionIndex }) => partitionIndex)
      .filter((p) => topic !== undefined && p >= 0 && p < topic.partitions);
    let errorCode: number = KAFKA_ERROR.NONE;
    try {
      if (known.length > 0) await engine.groups.deleteOffsets(group, [{ topic: name, partitions: known }]);
    } catch (error) {
      if (!isStratalogError(error, 'GROUP_SUBSCRIBED_TO_TOPIC')) throw error;
      errorCode = errorNumber(error);
    }
    return {
      name,
      partitions: partitions.map(({ partitionIndex }) => ({
        partitionIndex,
        errorCode: known.includes(partitionIndex) ? errorCode : ERROR_NUMBERS.UNKNOWN_TOPIC_OR_PARTITION,
      })),
    };
  }
}
