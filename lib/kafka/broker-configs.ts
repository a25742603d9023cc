import * as limits from '../core/limits.ts';
import { topicNameOf } from '../core/topic-defaults.ts';
import type { Settings } from '../engine/kept-settings.ts';
import { BROKER_CONFIG_TABLE } from './broker-config-table.ts';
import type { ClusterNode } from './cluster.ts';
import { brokerSynonyms, type ConfigEntry, type DynamicConfigs, SOURCE, TYPE_NUMBERS, topicDefaultEntries } from './config-entries.ts';
import { brokerRule } from './dynamic-configs.ts';
import type { Gateway } from './gateway.ts';

type Row = readonly [name: string, value: string | number | boolean | null, documentation: string];

/** What is said of the settings that steer brokers' disks, threads, elections and logins. */
const NO_EFFECT = 'A setting of brokers that steers nothing here; what is given is kept and shown.';

/**
 * Every setting that a broker lists, in order of name, with its type and with whether it takes a change while it runs. Those that a
 * client can meet here have the gateway's values and words, all others Kafka's defaults: tools look for names and expect to find them.
 */
export function brokerConfigEntries(gateway: Gateway, node: ClusterNode, dynamic: DynamicConfigs): readonly ConfigEntry[] {
  const own = new Map<string, readonly [value: string | null, documentation: string]>();
  for (const { name, value, documentation } of topicDefaultEntries()) own.set(name, [value, documentation]);
  for (const [name, value, documentation] of gatewayRows(gateway, node))
    own.set(name, [value === null ? null : String(value), documentation]);
  const listed = BROKER_CONFIG_TABLE.map(([name, , , byDefault]) => {
    const [value, documentation] = own.get(name) ?? [byDefault, topicNameOf(name) === undefined ? NO_EFFECT : DEFAULT_OF_TOPICS];
    const atStart = [
      ...(value === byDefault ? [] : [{ name, value, source: SOURCE.STATIC_BROKER }]),
      ...(byDefault === null ? [] : [{ name, value: byDefault, source: SOURCE.DEFAULT }]),
    ];
    const synonyms = brokerSynonyms(name, dynamic, atStart);
    return { ...entryOf(name, synonyms), documentation };
  });
  return [...listed, ...unknownNames([dynamic.own, dynamic.all]).map((name) => entryOf(name, brokerSynonyms(name, dynamic, [])))];
}

/** What was given to all gateways while they ran. */
export function dynamicDefaultEntries(all: Settings): readonly ConfigEntry[] {
  const names = [...BROKER_CONFIG_TABLE.map(([name]) => name), ...unknownNames([all])].filter((name) => all[name] !== undefined);
  return names.map((name) => entryOf(name, [{ name, value: all[name] ?? null, source: SOURCE.DYNAMIC_DEFAULT_BROKER }]));
}

const DEFAULT_OF_TOPICS = "The default of the topics' setting of the same meaning.";

/** Names that no broker knows may be given too, to plugins of brokers; their values are shown to nobody. */
function unknownNames(given: readonly Settings[]): readonly string[] {
  return [...new Set(given.flatMap((settings) => Object.keys(settings)))].filter((name) => brokerRule(name) === undefined).sort();
}

function entryOf(name: string, synonyms: ConfigEntry['synonyms']): ConfigEntry {
  const rule = brokerRule(name);
  const isSensitive = rule === undefined || rule.type === 'password';
  return {
    name,
    value: isSensitive ? null : (synonyms[0]?.value ?? null),
    readOnly: rule?.change !== 'dynamic',
    configSource: synonyms[0]?.source ?? SOURCE.DEFAULT,
    isSensitive,
    synonyms: isSensitive ? synonyms.map((synonym) => ({ ...synonym, value: null })) : synonyms,
    configType: rule === undefined ? 0 : TYPE_NUMBERS[rule.type],
    documentation: NO_EFFECT,
  };
}

/** What this gateway has values of its own for: every limit that a client can meet is here. */
function gatewayRows({ engine, settings }: Gateway, node: ClusterNode): readonly Row[] {
  const listener = `PLAINTEXT://${node.host}:${node.port}`;
  return [
    ['advertised.listeners', listener, 'Where clients are told to connect to.'],
    ['auto.create.topics.enable', settings.autoCreateTopics, 'Whether asking for an unknown topic creates it.'],
    ['broker.id', node.id, 'Number of this gateway.'],
    ['broker.rack', node.rack, 'Zone of this gateway.'],
    ['connections.max.idle.ms', limits.CONNECTION_IDLE_MS, 'After how long a silent connection is closed, ms.'],
    ['default.replication.factor', 1, 'Replicas are kept by the object store.'],
    ['delete.topic.enable', true, 'Topics can be deleted.'],
    ['fetch.max.bytes', limits.FETCH_ANSWER_BYTES_MAX, 'The longest answer to a fetch, bytes.'],
    ['group.consumer.assignors', 'uniform,range,roundrobin', 'Assignors that run on the server.'],
    ['group.consumer.heartbeat.interval.ms', limits.GROUP_HEARTBEAT_INTERVAL_MS, 'How often members of the consumer protocol report, ms.'],
    [
      'group.consumer.migration.policy',
      engine.groups.settings.migration,
      'Whether a group with members goes from the classic to the consumer protocol when a member of that joins (upgrade), and back when the last one leaves (downgrade): bidirectional, upgrade, downgrade or disabled.',
    ],
    ['group.consumer.session.timeout.ms', limits.GROUP_SESSION_TIMEOUT_MS, 'How long members of the consumer protocol may be silent, ms.'],
    ['group.coordinator.rebalance.protocols', 'classic,consumer', 'How groups divide partitions.'],
    ['group.initial.rebalance.delay.ms', settings.initialRebalanceDelayMs, 'How long a new group waits for more members, ms.'],
    ['group.max.session.timeout.ms', limits.GROUP_SESSION_TIMEOUT_MS_MAX, 'The longest session of a classic member, ms.'],
    ['group.max.size', limits.GROUP_MEMBERS_MAX, 'Members of one group.'],
    ['group.min.session.timeout.ms', settings.sessionTimeoutMsMin, 'The shortest session of a classic member, ms.'],
    ['listeners', listener, 'Where the gateway listens.'],
    ['log.dirs', '/stratalog', 'A name for the object store; nothing is on a disk of the gateway.'],
    ['max.connections', limits.CONNECTIONS_MAX, 'Connections at once.'],
    ['max.incremental.fetch.session.cache.slots', limits.FETCH_SESSIONS_MAX, 'Fetch sessions at once.'],
    ['max.request.partition.size.limit', 2_000, 'Partitions in one answer to DescribeTopicPartitions.'],
    ['node.id', node.id, 'Number of this gateway.'],
    ['num.partitions', engine.settings.defaultPartitions, 'Partitions of a topic that is created without a number.'],
    ['offset.metadata.max.bytes', limits.OFFSET_METADATA_BYTES_MAX, 'Bytes of text beside a committed offset.'],
    ['offsets.retention.minutes', limits.GROUP_OFFSETS_RETENTION_MS / 60_000, 'How long offsets of an empty group are kept.'],
    ['process.roles', 'broker', 'A gateway is a broker and no controller.'],
    ['producer.id.expiration.ms', limits.PRODUCER_EXPIRY_MS, 'After how long a silent producer is forgotten, ms.'],
    ['queued.max.request.bytes', limits.QUEUED_REQUEST_BYTES_MAX, 'Bytes of requests under way.'],
    ['socket.request.max.bytes', limits.SOCKET_REQUEST_BYTES_MAX, 'The longest request, bytes.'],
  ];
}
