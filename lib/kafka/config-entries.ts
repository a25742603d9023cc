import { type ConfigRule, type ConfigType, TOPIC_CONFIG_NAMES, TOPIC_CONFIG_RULES, type TopicConfigs } from '../core/topic-config.ts';
import { brokerNameOf } from '../core/topic-defaults.ts';
import type { Settings } from '../engine/kept-settings.ts';
import type { BrokerConfigType } from './broker-config-table.ts';

/** Kafka's resource types (ConfigResource.Type). */
export const RESOURCE = { TOPIC: 2, BROKER: 4, BROKER_LOGGER: 8, CLIENT_METRICS: 16, GROUP: 32 } as const;

/** Where a value comes from (DescribeConfigsResponse.ConfigSource). */
export const SOURCE = { TOPIC: 1, DYNAMIC_BROKER: 2, DYNAMIC_DEFAULT_BROKER: 3, STATIC_BROKER: 4, DEFAULT: 5, GROUP: 8 } as const;

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

/** A value that stands behind another, with where it comes from. */
type Synonym = ConfigEntry['synonyms'][number];

/** What was given to the gateway that answers, and to all gateways, while they ran. */
export interface DynamicConfigs {
  readonly own: Settings;
  readonly all: Settings;
}

export const NO_DYNAMIC_CONFIGS: DynamicConfigs = { own: {}, all: {} };

/** Defaults that brokers keep under other names, in other units; they are named once a setting of the first name was given. */
const OTHER_UNITS: Readonly<Record<string, readonly [name: string, value: string]>> = {
  'log.retention.ms': ['log.retention.hours', '168'],
  'log.roll.ms': ['log.roll.hours', '168'],
  'log.roll.jitter.ms': ['log.roll.jitter.hours', '0'],
  'log.flush.interval.ms': ['log.flush.scheduler.interval.ms', '9223372036854775807'],
};

/** What stands behind a setting of a broker, the one in force first; `atStart` are the values that it had from the start. */
export function brokerSynonyms(name: string, { own, all }: DynamicConfigs, atStart: readonly Synonym[]): readonly Synonym[] {
  const given = [
    ...(own[name] === undefined ? [] : [{ name, value: own[name], source: SOURCE.DYNAMIC_BROKER }]),
    ...(all[name] === undefined ? [] : [{ name, value: all[name], source: SOURCE.DYNAMIC_DEFAULT_BROKER }]),
  ];
  const other = given.length > 0 && atStart.length === 0 ? OTHER_UNITS[name] : undefined;
  return [...given, ...atStart, ...(other === undefined ? [] : [{ name: other[0], value: other[1], source: SOURCE.DEFAULT }])];
}

/** Every setting of a topic with its value in force, in order of name. */
export function topicConfigEntries(given: TopicConfigs, dynamic: DynamicConfigs = NO_DYNAMIC_CONFIGS): readonly ConfigEntry[] {
  return [...TOPIC_CONFIG_NAMES].sort().map((name) => {
    const rule: ConfigRule = TOPIC_CONFIG_RULES[name];
    const own = given[name] === undefined ? [] : [{ name, value: given[name], source: SOURCE.TOPIC }];
    const brokerName = brokerNameOf(name);
    const behind = brokerName === undefined ? [] : brokerSynonyms(brokerName, dynamic, atStartOf(brokerName, rule));
    const [inForce] = [...own, ...behind];
    return {
      name,
      value: inForce === undefined || inForce.source === SOURCE.DEFAULT ? rule.defaultValue : inForce.value,
      readOnly: false,
      configSource: inForce?.source ?? SOURCE.DEFAULT,
      isSensitive: false,
      synonyms: [...own, ...behind],
      configType: TYPE_NUMBERS[rule.type],
      documentation: rule.doc,
    };
  });
}

/** Brokers have some defaults of topics under several names in several units, none of them set. */
function atStartOf(name: string, { defaultValue }: ConfigRule): readonly Synonym[] {
  return OTHER_UNITS[name] === undefined ? [{ name, value: defaultValue, source: SOURCE.DEFAULT }] : [];
}

/** The defaults of topics, as settings of the broker. */
export function topicDefaultEntries(): readonly ConfigEntry[] {
  return topicConfigEntries({}).flatMap((entry) => {
    const name = brokerNameOf(entry.name);
    return name === undefined || OTHER_UNITS[name] !== undefined ? [] : [{ ...entry, name }];
  });
}
