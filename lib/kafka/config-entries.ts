import { type ConfigRule, type ConfigType, TOPIC_CONFIG_NAMES, TOPIC_CONFIG_RULES, type TopicConfigs } from '../core/topic-config.ts';
import type { BrokerConfigType } from './broker-config-table.ts';

/** Kafka's resource types (ConfigResource.Type). */
export const RESOURCE = { TOPIC: 2, BROKER: 4, BROKER_LOGGER: 8, CLIENT_METRICS: 16, GROUP: 32 } as const;

/** Where a value comes from (DescribeConfigsResponse.ConfigSource). */
export const SOURCE = { TOPIC: 1, STATIC_BROKER: 4, DEFAULT: 5, GROUP: 8 } as const;

/** DescribeConfigsResponse.ConfigType. */
export const TYPE_NUMBERS = {
  boolean: 1,
  string: 2,
  int: 3,
  short: 4,
  long: 5,
  double: 6,
  list: 7,
  class: 8,
  password: 9,
} as const satisfies Record<ConfigType | BrokerConfigType, number>;

/** One setting as it is described to clients. */
export interface ConfigEntry {
  readonly name: string;
  /** Null where there is none. */
  readonly value: string | null;
  readonly readOnly: boolean;
  readonly configSource: number;
  readonly isSensitive: boolean;
  readonly synonyms: readonly { readonly name: string; readonly value: string | null; readonly source: number }[];
  readonly configType: number;
  readonly documentation: string;
}

/** The broker setting that a topic setting falls back to where the name is not the topic's own behind `log.`. */
const BROKER_SYNONYMS: Readonly<Record<string, string>> = {
  'compression.type': 'compression.type',
  'compression.gzip.level': 'compression.gzip.level',
  'compression.lz4.level': 'compression.lz4.level',
  'compression.zstd.level': 'compression.zstd.level',
  'delete.retention.ms': 'log.cleaner.delete.retention.ms',
  'file.delete.delay.ms': 'log.segment.delete.delay.ms',
  'flush.messages': 'log.flush.interval.messages',
  'index.interval.bytes': 'log.index.interval.bytes',
  'max.compaction.lag.ms': 'log.cleaner.max.compaction.lag.ms',
  'max.message.bytes': 'message.max.bytes',
  'min.cleanable.dirty.ratio': 'log.cleaner.min.cleanable.ratio',
  'min.compaction.lag.ms': 'log.cleaner.min.compaction.lag.ms',
  'min.insync.replicas': 'min.insync.replicas',
  'local.retention.bytes': 'log.local.retention.bytes',
  'local.retention.ms': 'log.local.retention.ms',
  'segment.index.bytes': 'log.index.size.max.bytes',
  'unclean.leader.election.enable': 'unclean.leader.election.enable',
};

/** Topic settings that no broker setting with a value stands behind. */
const WITHOUT_SYNONYM: ReadonlySet<string> = new Set([
  'follower.replication.throttled.replicas',
  'leader.replication.throttled.replicas',
  'remote.log.copy.disable',
  'remote.log.delete.on.disable',
  'remote.storage.enable',
  // Brokers have these under several names in several units, none of them set.
  'flush.ms',
  'retention.ms',
  'segment.jitter.ms',
  'segment.ms',
]);

/** Every setting of a topic with its value in force, in order of name. */
export function topicConfigEntries(configs: TopicConfigs): readonly ConfigEntry[] {
  return [...TOPIC_CONFIG_NAMES].sort().map((name) => {
    const rule: ConfigRule = TOPIC_CONFIG_RULES[name];
    const given = configs[name];
    const own = given === undefined ? [] : [{ name, value: given, source: SOURCE.TOPIC }];
    return {
      name,
      value: given ?? rule.defaultValue,
      readOnly: false,
      configSource: given === undefined ? SOURCE.DEFAULT : SOURCE.TOPIC,
      isSensitive: false,
      synonyms: [...own, ...defaultSynonym(name, rule)],
      configType: TYPE_NUMBERS[rule.type],
      documentation: rule.doc,
    };
  });
}

function defaultSynonym(name: string, { defaultValue }: ConfigRule) {
  if (WITHOUT_SYNONYM.has(name)) return [];
  return [{ name: brokerNameOf(name), value: defaultValue, source: SOURCE.DEFAULT }];
}

/** The name that a broker gives to the default of a topic setting. */
export function brokerNameOf(topicConfig: string): string {
  return BROKER_SYNONYMS[topicConfig] ?? `log.${topicConfig}`;
}

/** The defaults of topics, as settings of the broker. */
export function topicDefaultEntries(): readonly ConfigEntry[] {
  return topicConfigEntries({})
    .filter(({ name }) => !WITHOUT_SYNONYM.has(name))
    .map((entry) => ({ ...entry, name: brokerNameOf(entry.name) }));
}
