/**
 * Topic settings: Kafka's names, types, defaults and bounds (`TopicConfig` and `LogConfig` of Apache Kafka), as one table.
 *
 * Settings that steer brokers' disks and have no meaning on object storage are accepted, kept and shown, so that tools
 * and templates written for Kafka work unchanged; `effect: 'none'` marks them.
 */
import { StratalogError } from './errors.ts';
import { MESSAGE_BYTES_DEFAULT, MESSAGE_BYTES_MAX } from './limits.ts';

/** Settings that were given, by name; values are text, as Kafka's are. */
export type TopicConfigs = Readonly<Record<string, string>>;

export type ConfigType = 'long' | 'int' | 'double' | 'boolean' | 'list' | 'string';

export interface ConfigRule {
  readonly type: ConfigType;
  readonly defaultValue: string;
  readonly min?: number;
  readonly max?: number;
  /** Allowed values; of each item where the type is a list. */
  readonly oneOf?: readonly string[];
  readonly effect?: 'none';
  readonly doc: string;
}

const LONG_MAX = Number.MAX_SAFE_INTEGER;
const INT_MAX = 0x7fff_ffff;
/** Kafka's Long.MAX_VALUE, kept as text because a double cannot hold it. */
const FOREVER = '9223372036854775807';

export const TOPIC_CONFIG_RULES = {
  'cleanup.policy': {
    type: 'list',
    defaultValue: 'delete',
    oneOf: ['delete', 'compact'],
    doc: 'What happens to old records: deleted by retention, compacted by key, or both.',
  },
  'compression.type': {
    type: 'string',
    defaultValue: 'producer',
    oneOf: ['producer', 'uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'],
    doc: "The codec records are stored with; 'producer' keeps what the producer sent.",
  },
  'compression.gzip.level': { type: 'int', defaultValue: '-1', min: -1, max: 9, doc: 'Level of gzip when compression.type is gzip.' },
  'compression.lz4.level': { type: 'int', defaultValue: '9', min: 1, max: 17, doc: 'Level of lz4 when compression.type is lz4.' },
  'compression.zstd.level': { type: 'int', defaultValue: '3', min: -131072, max: 22, doc: 'Level of zstd when compression.type is zstd.' },
  'delete.retention.ms': { type: 'long', defaultValue: '86400000', min: 0, doc: 'How long a tombstone is kept in a compacted topic, ms.' },
  'file.delete.delay.ms': {
    type: 'long',
    defaultValue: '60000',
    min: 0,
    doc: 'How long an object stays after nothing names it any more, ms.',
  },
  'flush.messages': {
    type: 'long',
    defaultValue: FOREVER,
    min: 1,
    effect: 'none',
    doc: 'Every acknowledged record is durable; nothing to set.',
  },
  'flush.ms': { type: 'long', defaultValue: FOREVER, min: 0, effect: 'none', doc: 'Every acknowledged record is durable; nothing to set.' },
  'follower.replication.throttled.replicas': { type: 'list', defaultValue: '', effect: 'none', doc: 'There are no followers.' },
  'index.interval.bytes': {
    type: 'int',
    defaultValue: '4096',
    min: 0,
    doc: 'Bytes between two entries of the sparse index of a merged segment.',
  },
  'leader.replication.throttled.replicas': { type: 'list', defaultValue: '', effect: 'none', doc: 'There are no followers.' },
  'local.retention.bytes': { type: 'long', defaultValue: '-2', min: -2, effect: 'none', doc: 'All data is on object storage.' },
  'local.retention.ms': { type: 'long', defaultValue: '-2', min: -2, effect: 'none', doc: 'All data is on object storage.' },
  'max.compaction.lag.ms': { type: 'long', defaultValue: FOREVER, min: 1, doc: 'A record is compacted at the latest after this time, ms.' },
  'max.message.bytes': {
    type: 'int',
    defaultValue: String(MESSAGE_BYTES_DEFAULT),
    min: 0,
    max: MESSAGE_BYTES_MAX,
    doc: 'The largest record batch accepted, bytes, after compression.',
  },
  'message.timestamp.after.max.ms': {
    type: 'long',
    defaultValue: '3600000',
    min: 0,
    doc: 'How far ahead of now a CreateTime timestamp may be, ms.',
  },
  'message.timestamp.before.max.ms': {
    type: 'long',
    defaultValue: FOREVER,
    min: 0,
    doc: 'How far behind now a CreateTime timestamp may be, ms.',
  },
  'message.timestamp.type': {
    type: 'string',
    defaultValue: 'CreateTime',
    oneOf: ['CreateTime', 'LogAppendTime'],
    doc: "Whether a record's timestamp is the producer's or the time of the append.",
  },
  'min.cleanable.dirty.ratio': {
    type: 'double',
    defaultValue: '0.5',
    min: 0,
    max: 1,
    doc: 'Share of the log that must be dirty before it is compacted.',
  },
  'min.compaction.lag.ms': { type: 'long', defaultValue: '0', min: 0, doc: 'A record stays uncompacted at least this long, ms.' },
  'min.insync.replicas': { type: 'int', defaultValue: '1', min: 1, doc: 'Zones that must hold a record before acks=all is answered.' },
  preallocate: { type: 'boolean', defaultValue: 'false', effect: 'none', doc: 'Objects are written whole.' },
  'remote.log.copy.disable': { type: 'boolean', defaultValue: 'false', effect: 'none', doc: 'All data is on object storage.' },
  'remote.log.delete.on.disable': { type: 'boolean', defaultValue: 'false', effect: 'none', doc: 'All data is on object storage.' },
  'remote.storage.enable': { type: 'boolean', defaultValue: 'false', effect: 'none', doc: 'All data is on object storage.' },
  'retention.bytes': { type: 'long', defaultValue: '-1', min: -1, doc: 'Bytes a partition keeps; -1 for no limit.' },
  'retention.ms': { type: 'long', defaultValue: '604800000', min: -1, doc: 'How long records are kept, ms; -1 for ever.' },
  'segment.bytes': {
    type: 'int',
    defaultValue: '1073741824',
    min: 1_048_576,
    max: INT_MAX,
    doc: 'The largest merged segment file, bytes.',
  },
  'segment.index.bytes': {
    type: 'int',
    defaultValue: '10485760',
    min: 4,
    effect: 'none',
    doc: 'The index of a merged segment is as large as it needs to be.',
  },
  'segment.jitter.ms': { type: 'long', defaultValue: '0', min: 0, effect: 'none', doc: 'Segments are not rolled by a clock.' },
  'segment.ms': { type: 'long', defaultValue: '604800000', min: 1, doc: 'The longest span of time in one merged segment file, ms.' },
  'unclean.leader.election.enable': { type: 'boolean', defaultValue: 'false', effect: 'none', doc: 'There are no elections.' },
} as const satisfies Record<string, ConfigRule>;

export type TopicConfigName = keyof typeof TOPIC_CONFIG_RULES;

export const TOPIC_CONFIG_NAMES = Object.keys(TOPIC_CONFIG_RULES) as readonly TopicConfigName[];

export function isTopicConfigName(name: string): name is TopicConfigName {
  return Object.hasOwn(TOPIC_CONFIG_RULES, name);
}

function refuse(name: string, value: string, rule: string, limit?: string | number): never {
  throw new StratalogError('INVALID_CONFIG', `${name} is '${value}', ${rule}`, {
    field: name,
    value,
    ...(limit === undefined ? {} : { limit }),
  });
}

/** The name itself when it is a setting; INVALID_CONFIG otherwise. */
export function checkTopicConfigName(name: string): TopicConfigName {
  if (isTopicConfigName(name)) return name;
  throw new StratalogError('INVALID_CONFIG', `unknown topic config '${name}'`, { field: name });
}

/** The value in its canonical text form, or INVALID_CONFIG with the name, the value and the bound. */
export function checkTopicConfig(name: string, value: string): string {
  const rule: ConfigRule = TOPIC_CONFIG_RULES[checkTopicConfigName(name)];
  const text = value.trim();
  switch (rule.type) {
    case 'boolean':
      if (text === 'true' || text === 'false') return text;
      return refuse(name, value, "it must be 'true' or 'false'");
    case 'list': {
      const items = text === '' ? [] : text.split(',').map((item) => item.trim());
      for (const item of items) {
        if (rule.oneOf && !rule.oneOf.includes(item)) refuse(name, value, `each item must be one of ${rule.oneOf.join(', ')}`);
      }
      return [...new Set(items)].join(',');
    }
    case 'string':
      if (rule.oneOf && !rule.oneOf.includes(text)) refuse(name, value, `it must be one of ${rule.oneOf.join(', ')}`);
      return text;
    default:
      return checkNumber(name, text, rule);
  }
}

function checkNumber(name: string, text: string, rule: ConfigRule): string {
  const whole = rule.type !== 'double';
  if (!(whole ? /^[+-]?\d{1,19}$/ : /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/).test(text)) {
    refuse(name, text, whole ? 'it must be a whole number' : 'it must be a number');
  }
  const number = Number(text);
  const max = rule.max ?? (rule.type === 'int' ? INT_MAX : Number.POSITIVE_INFINITY);
  if (rule.min !== undefined && number < rule.min) refuse(name, text, `it must be at least ${rule.min}`, rule.min);
  if (number > max) refuse(name, text, `it must be at most ${max}`, max);
  return whole ? BigInt(text).toString() : text;
}

/** Checks every setting; unknown names and values out of bounds are refused. */
export function checkTopicConfigs(configs: TopicConfigs): TopicConfigs {
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(configs)) checked[name] = checkTopicConfig(name, value);
  return checked;
}

/** The setting in force as text: what was given, else the default. */
export function configText(configs: TopicConfigs, name: TopicConfigName): string {
  return configs[name] ?? TOPIC_CONFIG_RULES[name].defaultValue;
}

/** The setting in force as a number; what Kafka calls for ever comes back as the largest safe integer. */
export function configNumber(configs: TopicConfigs, name: TopicConfigName): number {
  return Math.min(Number(configText(configs, name)), LONG_MAX);
}

/** Settings that the write path looks at, parsed once a topic. */
export interface WriteRules {
  readonly maxMessageBytes: number;
  readonly logAppendTime: boolean;
  readonly compacted: boolean;
  readonly compressionType: string;
  readonly minInsyncReplicas: number;
  readonly timestampBeforeMaxMs: number;
  readonly timestampAfterMaxMs: number;
}

export function writeRulesOf(configs: TopicConfigs): WriteRules {
  return {
    maxMessageBytes: configNumber(configs, 'max.message.bytes'),
    logAppendTime: configText(configs, 'message.timestamp.type') === 'LogAppendTime',
    compacted: isCompacted(configs),
    compressionType: configText(configs, 'compression.type'),
    minInsyncReplicas: configNumber(configs, 'min.insync.replicas'),
    timestampBeforeMaxMs: configNumber(configs, 'message.timestamp.before.max.ms'),
    timestampAfterMaxMs: configNumber(configs, 'message.timestamp.after.max.ms'),
  };
}

export function isCompacted(configs: TopicConfigs): boolean {
  return configText(configs, 'cleanup.policy').split(',').includes('compact');
}
