import { StratalogError } from '../core/errors.ts';
import { GROUP_HEARTBEAT_INTERVAL_MS, GROUP_SESSION_TIMEOUT_MS } from '../core/limits.ts';
import type { Settings } from '../engine/kept-settings.ts';
import { type ConfigEntry, SOURCE, TYPE_NUMBERS } from './config-entries.ts';

interface GroupRule {
  readonly byDefault: number;
  /** The bounds that Kafka has (`group.consumer.min.session.timeout.ms` and its like). */
  readonly min: number;
  readonly max: number;
  readonly doc: string;
}

/** The settings of a group (KIP-848, KIP-1251). Those of share and streams groups are not here, as these groups are not. */
const RULES: Readonly<Record<string, GroupRule>> = {
  'consumer.assignment.interval.ms': {
    // The coordinator divides partitions anew at once when a group changes; joins that arrive together are one step.
    byDefault: 0,
    min: 0,
    max: 0,
    doc: 'How long a new assignment waits for further changes, ms.',
  },
  'consumer.heartbeat.interval.ms': {
    byDefault: GROUP_HEARTBEAT_INTERVAL_MS,
    min: 5_000,
    max: 15_000,
    doc: 'How often members of the consumer protocol send a heartbeat, ms.',
  },
  'consumer.session.timeout.ms': {
    byDefault: GROUP_SESSION_TIMEOUT_MS,
    min: 45_000,
    max: 60_000,
    doc: 'How long a member of the consumer protocol may be silent, ms.',
  },
};

/** What each setting of a group is, with what was given to the group. */
export function groupConfigEntries(given: Settings = {}): readonly ConfigEntry[] {
  return Object.entries(RULES).map(([name, { byDefault, doc }]) => {
    const own = given[name] === undefined ? [] : [{ name, value: given[name], source: SOURCE.GROUP }];
    const value = String(byDefault);
    return {
      name,
      value: own[0]?.value ?? value,
      readOnly: false,
      configSource: own[0]?.source ?? SOURCE.DEFAULT,
      isSensitive: false,
      synonyms: [...own, { name: `group.${name}`, value, source: SOURCE.DEFAULT }],
      configType: TYPE_NUMBERS.int,
      documentation: doc,
    };
  });
}

/** INVALID_CONFIG with the name, the value and the bound, as Kafka answers for groups. */
export function checkGroupConfigs(settings: Settings): void {
  for (const [name, value] of Object.entries(settings)) {
    const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined;
    if (rule === undefined) throw new StratalogError('INVALID_CONFIG', `Unknown group config name: ${name}`, { field: name });
    const number = /^\d{1,10}$/.test(value.trim()) ? Number(value) : Number.NaN;
    if (number >= rule.min && number <= rule.max) continue;
    const limit = number < rule.min ? rule.min : rule.max;
    throw new StratalogError('INVALID_CONFIG', `${name} is '${value}', it must be a whole number from ${rule.min} to ${rule.max}`, {
      field: name,
      value,
      limit,
    });
  }
}

/** What was given to a group as numbers; undefined where nothing was. */
export function groupTimesOf(given: Settings): { readonly sessionTimeoutMs?: number; readonly heartbeatIntervalMs?: number } {
  const session = given['consumer.session.timeout.ms'];
  const heartbeat = given['consumer.heartbeat.interval.ms'];
  return {
    ...(session === undefined ? {} : { sessionTimeoutMs: Number(session) }),
    ...(heartbeat === undefined ? {} : { heartbeatIntervalMs: Number(heartbeat) }),
  };
}
