/** Topics as values: names, identity and what a topic is. Rules for names are Kafka's (`org.apache.kafka.common.internals.Topic`). */
import { StratalogError } from './errors.ts';
import type { TopicId } from './ids.ts';
import { PARTITIONS_PER_TOPIC_MAX, TOPIC_NAME_LENGTH_MAX } from './limits.ts';
import type { TopicConfigs } from './topic-config.ts';

export interface Topic {
  readonly id: TopicId;
  readonly name: string;
  readonly partitions: number;
  /** Settings that were given to it, or to the deployment as defaults of topics; all others have Kafka's defaults. */
  readonly configs: TopicConfigs;
  /** Those of them that were given to the topic itself, where there are others. Never stored. */
  readonly given?: TopicConfigs;
  readonly createdAtMs: number;
  /** Counts writes of the topic; every change names the version it was decided on. */
  readonly version: number;
  /** Set once deletion has begun: nobody reads or writes it any more, its data is being cleaned away. */
  readonly deletedAtMs?: number;
}

/** Settings that were given to the topic itself. */
export function givenConfigs({ given, configs }: Topic): TopicConfigs {
  return given ?? configs;
}

/** The topic with the deployment's defaults beneath its own settings. */
export function withDefaults(topic: Topic, defaults: TopicConfigs): Topic {
  if (Object.keys(defaults).length === 0) return topic;
  const given = givenConfigs(topic);
  return { ...topic, configs: { ...defaults, ...given }, given };
}

/** The topic as it is stored. */
export function withoutDefaults({ given, ...topic }: Topic): Topic {
  return given === undefined ? topic : { ...topic, configs: given };
}

const LEGAL_NAME = /^[a-zA-Z0-9._-]+$/;

/** The name itself when it is legal; INVALID_TOPIC with the rule it breaks otherwise. */
export function checkTopicName(name: string): string {
  const refuse = (rule: string, limit?: number): never => {
    const shown = name.length > 80 ? `${name.slice(0, 80)}...` : name;
    throw new StratalogError('INVALID_TOPIC', `topic name '${shown}' ${rule}`, {
      field: 'name',
      value: shown,
      ...(limit === undefined ? {} : { limit }),
    });
  };
  if (name.length === 0) return refuse('is empty');
  if (name === '.' || name === '..') return refuse("cannot be '.' or '..'");
  if (name.length > TOPIC_NAME_LENGTH_MAX) {
    return refuse(`has ${name.length} characters, at most ${TOPIC_NAME_LENGTH_MAX} are allowed`, TOPIC_NAME_LENGTH_MAX);
  }
  if (!LEGAL_NAME.test(name)) return refuse("may hold only ASCII letters, digits, '.', '_' and '-'");
  return name;
}

/** Whether a topic could have the name. */
export function isTopicName(name: string): boolean {
  return name !== '.' && name !== '..' && name.length <= TOPIC_NAME_LENGTH_MAX && LEGAL_NAME.test(name);
}

/** Two names that differ only in '.' and '_' collide in metric names, so Kafka refuses the second. */
export function topicCollisionName(name: string): string {
  return name.replaceAll('.', '_');
}

/** The count itself when a topic may have it; INVALID_PARTITIONS otherwise. */
export function checkPartitionCount(count: number): number {
  if (Number.isInteger(count) && count >= 1 && count <= PARTITIONS_PER_TOPIC_MAX) return count;
  throw new StratalogError(
    'INVALID_PARTITIONS',
    `partitions is ${count}, it must be a whole number from 1 to ${PARTITIONS_PER_TOPIC_MAX}`,
    { field: 'partitions', value: count, limit: PARTITIONS_PER_TOPIC_MAX },
  );
}

/** The error of a name or partition that is not there. */
export function unknownPartition(topic: string, partition?: number): StratalogError {
  const what = partition === undefined ? `topic '${topic}'` : `partition ${partition} of topic '${topic}'`;
  return new StratalogError('UNKNOWN_TOPIC_OR_PARTITION', `${what} does not exist`, {
    topic,
    ...(partition === undefined ? {} : { partition }),
  });
}
