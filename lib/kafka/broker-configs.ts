import * as limits from '../core/limits.ts';
import type { ConfigType } from '../core/topic-config.ts';
import type { ClusterNode } from './cluster.ts';
import { brokerEntry, type ConfigEntry, topicDefaultEntries } from './config-entries.ts';
import type { Gateway } from './gateway.ts';

type Row = readonly [name: string, type: ConfigType, value: string | number | boolean, documentation: string, given?: 'given'];

/**
 * The settings of a gateway under the names a broker has for them. Tools ask for them to learn limits and defaults, so
 * every limit that a client can meet is here; what steers brokers' disks and elections is not.
 */
export function brokerConfigEntries({ engine, settings }: Gateway, node: ClusterNode): readonly ConfigEntry[] {
  const listener = `PLAINTEXT://${node.host}:${node.port}`;
  const rows: readonly Row[] = [
    ['advertised.listeners', 'list', listener, 'Where clients are told to connect to.', 'given'],
    ['auto.create.topics.enable', 'boolean', settings.autoCreateTopics, 'Whether asking for an unknown topic creates it.'],
    ['broker.id', 'int', node.id, 'Number of this gateway.', 'given'],
    ['broker.rack', 'string', node.rack ?? '', 'Zone of this gateway.'],
    ['connections.max.idle.ms', 'long', limits.CONNECTION_IDLE_MS, 'After how long a silent connection is closed, ms.'],
    ['default.replication.factor', 'int', 1, 'Replicas are kept by the object store.'],
    ['delete.topic.enable', 'boolean', true, 'Topics can be deleted.'],
    ['fetch.max.bytes', 'int', limits.FETCH_ANSWER_BYTES_MAX, 'The longest answer to a fetch, bytes.'],
    ['group.consumer.assignors', 'list', 'uniform,range,roundrobin', 'Assignors that run on the server.'],
    [
      'group.consumer.heartbeat.interval.ms',
      'int',
      limits.GROUP_HEARTBEAT_INTERVAL_MS,
      'How often members of the consumer protocol report, ms.',
    ],
    [
      'group.consumer.session.timeout.ms',
      'int',
      limits.GROUP_SESSION_TIMEOUT_MS,
      'How long members of the consumer protocol may be silent, ms.',
    ],
    ['group.coordinator.rebalance.protocols', 'list', 'classic,consumer', 'How groups divide partitions.'],
    ['group.initial.rebalance.delay.ms', 'int', settings.initialRebalanceDelayMs, 'How long a new group waits for more members, ms.'],
    ['group.max.session.timeout.ms', 'int', limits.GROUP_SESSION_TIMEOUT_MS_MAX, 'The longest session of a classic member, ms.'],
    ['group.max.size', 'int', limits.GROUP_MEMBERS_MAX, 'Members of one group.'],
    ['group.min.session.timeout.ms', 'int', settings.sessionTimeoutMsMin, 'The shortest session of a classic member, ms.'],
    ['listeners', 'list', listener, 'Where the gateway listens.', 'given'],
    ['log.dirs', 'string', '/stratalog', 'A name for the object store; nothing is on a disk of the gateway.', 'given'],
    ['max.connections', 'int', limits.CONNECTIONS_MAX, 'Connections at once.'],
    ['max.incremental.fetch.session.cache.slots', 'int', limits.FETCH_SESSIONS_MAX, 'Fetch sessions at once.'],
    ['max.request.partition.size.limit', 'int', 2_000, 'Partitions in one answer to DescribeTopicPartitions.'],
    ['node.id', 'int', node.id, 'Number of this gateway.', 'given'],
    ['num.partitions', 'int', engine.settings.defaultPartitions, 'Partitions of a topic that is created without a number.'],
    ['offset.metadata.max.bytes', 'int', limits.OFFSET_METADATA_BYTES_MAX, 'Bytes of text beside a committed offset.'],
    ['offsets.retention.minutes', 'int', limits.GROUP_OFFSETS_RETENTION_MS / 60_000, 'How long offsets of an empty group are kept.'],
    ['process.roles', 'list', 'broker', 'A gateway is a broker and no controller.', 'given'],
    ['producer.id.expiration.ms', 'int', limits.PRODUCER_EXPIRY_MS, 'After how long a silent producer is forgotten, ms.'],
    ['queued.max.request.bytes', 'long', limits.QUEUED_REQUEST_BYTES_MAX, 'Bytes of requests under way.'],
    ['socket.request.max.bytes', 'int', limits.SOCKET_REQUEST_BYTES_MAX, 'The longest request, bytes.'],
  ];
  const own = rows.map(([name, type, value, documentation, given]) =>
    brokerEntry(name, type, String(value), given !== undefined, documentation),
  );
  return [...own, ...topicDefaultEntries()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
