import { isTopicId } from '../../core/ids.ts';
import { ERROR_NUMBERS, errorNumber, KAFKA_ERROR } from '../error-numbers.ts';
import type { Gateway } from '../gateway.ts';
import type { KafkaHandler } from '../handler.ts';
import type { DeletableTopicResult, DeleteTopicState } from '../messages/delete-topics.ts';
import { shownMessage } from '../shown-message.ts';
import { NO_TOPIC_ID } from './metadata.ts';

const BY_ID_FROM_VERSION = 6;

/** Deletes topics by name, or by id since version 6; each has an answer of its own. */
export function deleteTopicsHandler({ engine }: Gateway): KafkaHandler<'DeleteTopics'> {
  return async (_context, request, version) => {
    const asked: readonly DeleteTopicState[] =
      version >= BY_ID_FROM_VERSION ? request.topics : request.topicNames.map((name) => ({ name, topicId: NO_TOPIC_ID }));
    const responses: DeletableTopicResult[] = [];
    const done = new Set<string>();
    const names = new Map<string, number>();
    for (const { name } of asked) if (name !== null) names.set(name, (names.get(name) ?? 0) + 1);
    for (const topic of asked) {
      const times = topic.name === null ? 1 : (names.get(topic.name) ?? 0);
      if (times === 1) responses.push(await one(topic, done));
      // Told once, and left alone: nobody knows what was meant.
      else if (times > 1) responses.push(refused(topic.name, topic.topicId, ERROR_NUMBERS.INVALID_REQUEST, 'the topic is named twice'));
      if (times > 1 && topic.name !== null) names.delete(topic.name);
    }
    return { responses };
  };

  async function one({ name, topicId }: DeleteTopicState, done: Set<string>): Promise<DeletableTopicResult> {
    try {
      if ((name === null) === (topicId === NO_TOPIC_ID)) {
        return refused(name, topicId, ERROR_NUMBERS.INVALID_REQUEST, 'a topic is named by its name or by its id, and not by both');
      }
      const topic = name !== null ? await engine.topics.get(name) : isTopicId(topicId) ? await engine.topics.byId(topicId) : undefined;
      if (topic === undefined) return refused(null, topicId, ERROR_NUMBERS.UNKNOWN_TOPIC_ID, `there is no topic with id ${topicId}`);
      if (done.has(topic.id)) return refused(topic.name, topic.id, ERROR_NUMBERS.INVALID_REQUEST, 'the topic is named twice');
      done.add(topic.id);
      await engine.topics.delete(topic.name);
      return { name: topic.name, topicId: topic.id, errorCode: KAFKA_ERROR.NONE };
    } catch (error) {
      return refused(name, topicId, errorNumber(error), shownMessage(error));
    }
  }
}

function refused(name: string | null, topicId: string, errorCode: number, errorMessage: string): DeletableTopicResult {
  return { name, topicId, errorCode, errorMessage };
}
