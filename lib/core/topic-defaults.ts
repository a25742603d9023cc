/** The broker settings that are the defaults of topics' settings (`ServerTopicConfigSynonyms` of Apache Kafka). */
import { TOPIC_CONFIG_NAMES, type TopicConfigName, type TopicConfigs } from './topic-config.ts';

/** Where the name is not the topic's own behind `log.`. */
const BROKER_NAMES: Readonly<Record<string, string>> = {
  'compression.type': 'compression.type',
  'compression.gzip.level': 'compression.gzip.level',
  'compression.lz4.level': 'compression.lz4.level',
  'compression.zstd.level': 'compression.zstd.level',
  'delete.retention.ms': 'log.cleaner.delete.retention.ms',
  'file.delete.delay.ms': 'log.segment.delete.delay.ms',
  'flush.messages': 'log.flush.interval.messages',
  'flush.ms': 'log.flush.interval.ms',
  'index.interval.bytes': 'log.index.interval.bytes',
  'max.compaction.lag.ms': 'log.cleaner.max.compaction.lag.ms',
  'max.message.bytes': 'message.max.bytes',
  'min.cleanable.dirty.ratio': 'log.cleaner.min.cleanable.ratio',
  'min.compaction.lag.ms': 'log.cleaner.min.compaction.lag.ms',
  'min.insync.replicas': 'min.insync.replicas',
  'local.retention.bytes': 'log.local.retention.bytes',
  'local.retention.ms': 'log.local.retention.ms',
  'segment.index.bytes': 'log.index.size.max.bytes',
  'segment.jitter.ms': 'log.roll.jitter.ms',
  'segment.ms': 'log.roll.ms',
  'unclean.leader.election.enable': 'unclean.leader.election.enable',
};

/** Settings of topics that no broker has a default for. */
const TOPIC_ONLY: ReadonlySet<string> = new Set([
  'follower.replication.throttled.replicas',
  'leader.replication.throttled.replicas',
  'remote.log.copy.disable',
  'remote.log.delete.on.disable',
  'remote.storage.enable',
]);

const TOPIC_NAMES: ReadonlyMap<string, TopicConfigName> = new Map(
  TOPIC_CONFIG_NAMES.filter((name) => !TOPIC_ONLY.has(name)).map((name) => [brokerNameOf(name) as string, name]),
);

/** The name that a broker gives to the default of a topic's setting; undefined where it has none. */
export function brokerNameOf(topicConfig: string): string | undefined {
  return TOPIC_ONLY.has(topicConfig) ? undefined : (BROKER_NAMES[topicConfig] ?? `log.${topicConfig}`);
}

/** The setting of topics that a broker's setting is the default of. */
export function topicNameOf(brokerConfig: string): TopicConfigName | undefined {
  return TOPIC_NAMES.get(brokerConfig);
}

/** The defaults of topics among settings of brokers, under the names of topics. */
export function topicDefaultsAmong(brokerConfigs: Readonly<Record<string, string>>): TopicConfigs {
  const defaults: Record<string, string> = {};
  for (const [name, value] of Object.entries(brokerConfigs)) {
    const topicName = topicNameOf(name);
    if (topicName !== undefined) defaults[topicName] = value;
  }
  return defaults;
}
