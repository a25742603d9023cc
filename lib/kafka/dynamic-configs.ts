/** Which settings of brokers take a change while a gateway runs, and which values: Kafka's rules (`DynamicBrokerConfig`). */
import { isStratalogError, StratalogError } from '../core/errors.ts';
import { checkTopicConfig } from '../core/topic-config.ts';
import { topicNameOf } from '../core/topic-defaults.ts';
import type { Settings } from '../engine/kept-settings.ts';
import { BROKER_CONFIG_TABLE, type BrokerConfigRow, type BrokerConfigType } from './broker-config-table.ts';

export interface BrokerRule {
  readonly type: BrokerConfigType;
  readonly change: BrokerConfigRow[2];
}

/** Brokers change these while they run. Here they are what a gateway is started with, or the same for all. */
const FIXED_HERE: ReadonlySet<string> = new Set([
  'group.consumer.assignment.interval.ms',
  'listener.security.protocol.map',
  'listeners',
  'producer.id.expiration.ms',
]);

const RULES: ReadonlyMap<string, BrokerRule> = new Map(
  BROKER_CONFIG_TABLE.map(([name, type, change]) => [name, { type, change: FIXED_HERE.has(name) ? 'fixed' : change }]),
);

/** The least that a number may be, where brokers say so. */
const MINIMA: Readonly<Record<string, number>> = {
  'background.threads': 1,
  'log.cleaner.backoff.ms': 0,
  'log.cleaner.threads': 0,
  'max.connection.creation.rate': 0,
  'max.connections': 0,
  'max.connections.per.ip': 0,
  'num.io.threads': 1,
  'num.network.threads': 1,
  'num.recovery.threads.per.data.dir': 1,
  'num.replica.fetchers': 1,
};

const WIDTHS = { short: 0x7fff, int: 0x7fff_ffff, long: Number.POSITIVE_INFINITY } as const;
/** Settings of one broker's logins. */
const PER_BROKER = /^(sasl\.|principal\.builder\.class$)/;
/** Settings of one listener's encryption, which take a listener's name before them. */
const PER_LISTENER = /^ssl\./;

/** What a broker knows of a setting; undefined for names that it does not know. */
export function brokerRule(name: string): BrokerRule | undefined {
  return RULES.get(name);
}

/**
 * Checks settings that are to be in force for one gateway, or for all. INVALID_REQUEST as brokers answer, also for values (KAFKA-13609).
 * Names that are unknown are let through, as brokers do for the sake of their plugins.
 */
export function checkBrokerConfigs(settings: Settings, scope: 'one' | 'all'): void {
  const names = Object.keys(settings);
  refuseSome(
    names.filter((name) => RULES.get(name)?.change === 'fixed'),
    'Cannot update these configs dynamically',
  );
  refuseSome(
    names.filter((name) => PER_LISTENER.test(name)),
    'These security configs can be dynamically updated only per-listener using the listener prefix',
  );
  if (scope === 'all') {
    refuseSome(
      names.filter((name) => PER_BROKER.test(name)),
      'Cannot update these configs at default cluster level, broker id must be specified',
    );
  }
  for (const [name, value] of Object.entries(settings)) checkValue(name, value);
}

function refuseSome(names: readonly string[], why: string): void {
  if (names.length > 0) throw new StratalogError('INVALID_REQUEST', `${why}: [${names.join(', ')}]`, { field: names[0] as string });
}

function checkValue(name: string, value: string): void {
  const rule = RULES.get(name);
  if (rule === undefined) return;
  const topicName = topicNameOf(name);
  try {
    if (topicName === undefined) checkType(name, value.trim(), rule.type);
    else checkTopicConfig(topicName, value);
  } catch (error) {
    if (!isStratalogError(error, 'INVALID_CONFIG')) throw error;
    throw new StratalogError('INVALID_REQUEST', `Invalid value ${value} for configuration ${name}: ${error.message}`, {
      field: name,
      value,
    });
  }
}

function checkType(name: string, text: string, type: BrokerConfigType): void {
  const refuse = (rule: string) => {
    throw new StratalogError('INVALID_CONFIG', rule, { field: name, value: text });
  };
  switch (type) {
    case 'boolean':
      if (!/^(true|false)$/i.test(text)) refuse("it must be 'true' or 'false'");
      return;
    case 'double':
      if (text === '' || !Number.isFinite(Number(text))) refuse('it must be a number');
      break;
    case 'short':
    case 'int':
    case 'long':
      if (!/^[+-]?\d{1,19}$/.test(text) || Math.abs(Number(text)) > WIDTHS[type]) refuse(`it must be a number of type ${type}`);
      break;
    default:
      return;
  }
  const least = MINIMA[name];
  if (least !== undefined && Number(text) < least) refuse(`it must be at least ${least}`);
}
