/** Topics: create, list, describe, alter, delete. */

import { partitionName } from '../../core/ids.ts';
import { checkTopicName, givenConfigs, type Topic } from '../../core/topic.ts';
import { configText, TOPIC_CONFIG_NAMES } from '../../core/topic-config.ts';
import type { TopicAnswer, TopicDescription, TopicListAnswer } from '../contract.ts';
import type { Route } from '../route.ts';
import {
  problem,
  topicAlterRequest,
  topicAnswer,
  topicCreateRequest,
  topicDescription,
  topicListAnswer,
  topicListQuery,
  topicQuery,
} from '../schemas.ts';

const PAGE_DEFAULT = 100;
const problemContent = { 'application/problem+json': problem };

export const topicRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/topics',
    operation: 'createTopic',
    summary: 'Creates a topic.',
    body: { 'application/json': topicCreateRequest },
    answers: {
      200: { description: 'It could be created (validateOnly).', content: { 'application/json': topicAnswer } },
      201: { description: 'Created.', content: { 'application/json': topicAnswer } },
      409: { description: 'It exists.', content: problemContent },
    },
    async handle(call) {
      const { name, partitions, configs, validateOnly } = await call.json(topicCreateRequest);
      const topic = await call.engine.topics.create({
        name,
        ...(partitions === undefined ? {} : { partitions }),
        ...(configs === undefined ? {} : { configs }),
        ...(validateOnly === undefined ? {} : { validateOnly }),
      });
      if (validateOnly === true) return call.answer(shown(topic));
      return call.answer(shown(topic), 201, { location: `/v1/topics/${topic.name}` });
    },
  },
  {
    method: 'GET',
    path: '/v1/topics',
    operation: 'listTopics',
    summary: 'Lists topics in order of name, a page at a time.',
    query: topicListQuery,
    answers: { 200: { description: 'A page.', content: { 'application/json': topicListAnswer } } },
    async handle(call) {
      const { after, limit = PAGE_DEFAULT, configs } = call.query(topicListQuery);
      // One more than the page tells whether another page follows.
      const topics = await call.engine.topics.list({ limit: limit + 1, ...(after === undefined ? {} : { after }) });
      const page = topics.slice(0, limit);
      const last = page.at(-1);
      const answer: TopicListAnswer = {
        topics: page.map((topic) => shown(topic, configs)),
        ...(topics.length > limit && last !== undefined ? { next: last.name } : {}),
      };
      return call.answer(answer);
    },
  },
  {
    method: 'GET',
    path: '/v1/topics/{topic}',
    operation: 'describeTopic',
    summary: 'Describes a topic, with the start and the end offset of each partition.',
    query: topicQuery,
    answers: {
      200: { description: 'The topic.', content: { 'application/json': topicDescription } },
      404: { description: 'There is no such topic.', content: problemContent },
    },
    async handle(call) {
      const { configs } = call.query(topicQuery);
      const { topic, partitions } = await call.engine.topics.describe(checkTopicName(call.param('topic')));
      const { underReplicated } = call.engine;
      const offsets = partitions.map((offset) =>
        underReplicated.has(partitionName({ topicId: topic.id, partition: offset.partition }))
          ? { ...offset, underReplicated: true }
          : offset,
      );
      const answer: TopicDescription = { ...shown(topic, configs), offsets };
      return call.answer(answer);
    },
  },
  {
    method: 'PATCH',
    path: '/v1/topics/{topic}',
    operation: 'alterTopic',
    summary: 'Changes settings and the count of partitions.',
    body: { 'application/json': topicAlterRequest },
    answers: {
      200: { description: 'The topic as it is now.', content: { 'application/json': topicAnswer } },
      404: { description: 'There is no such topic.', content: problemContent },
    },
    async handle(call) {
      const name = checkTopicName(call.param('topic'));
      const { configs = {}, partitions, validateOnly } = await call.json(topicAlterRequest);
      const set: Record<string, string> = {};
      const remove: string[] = [];
      for (const [setting, value] of Object.entries(configs)) {
        if (value === null) remove.push(setting);
        else set[setting] = value;
      }
      const topic = await call.engine.topics.alter(name, {
        set,
        remove,
        ...(partitions === undefined ? {} : { partitions }),
        ...(validateOnly === undefined ? {} : { validateOnly }),
      });
      return call.answer(shown(topic));
    },
  },
  {
    method: 'DELETE',
    path: '/v1/topics/{topic}',
    operation: 'deleteTopic',
    summary: 'Deletes a topic and all of its records.',
    answers: {
      204: { description: 'Deleted.' },
      404: { description: 'There is no such topic.', content: problemContent },
    },
    async handle(call) {
      await call.engine.topics.delete(checkTopicName(call.param('topic')));
      return call.empty(204);
    },
  },
];

function shown(topic: Topic, configs: 'given' | 'all' | undefined = 'given'): TopicAnswer {
  return {
    id: topic.id,
    name: topic.name,
    partitions: topic.partitions,
    configs:
      configs === 'given'
        ? givenConfigs(topic)
        : Object.fromEntries(TOPIC_CONFIG_NAMES.map((name) => [name, configText(topic.configs, name)])),
    createdAt: topic.createdAtMs,
  };
}
