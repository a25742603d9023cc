/** The Kafka door: a gateway over an engine, on a port. */

import type { ListenAddress } from '../config/serve-settings.ts';
import { StratalogError } from '../core/errors.ts';
import { CONNECTIONS_MAX } from '../core/limits.ts';
import { type Cluster, type ClusterNode, singleNode } from '../kafka/cluster.ts';
import { clusterIdOf } from '../kafka/cluster-id.ts';
import { GATEWAY_DEFAULTS, type Gateway, type GatewaySettings, gatewayHandlers } from '../kafka/gateway.ts';
import { ClassicCoordinator } from '../kafka/groups/classic-coordinator.ts';
import { MixedGroups } from '../kafka/groups/mixed-groups.ts';
import type { KafkaLog } from '../kafka/handler.ts';
import { GatewayMembership } from '../kafka/membership.ts';
import { KafkaServer, type KafkaServerOptions } from '../kafka/server.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { Door, DoorContext } from './serve.ts';

export interface KafkaDoorOptions {
  /** What clients are told to connect to; default: where the gateway listens, and the loopback address for `0.0.0.0`. */
  readonly advertised?: ListenAddress | undefined;
  /** Zone of this gateway; clients that name it are sent here before others. */
  readonly rack?: string | undefined;
  /** The same for every gateway of a deployment. Default: the one that the deployment has stored. */
  readonly clusterId?: string | undefined;
  /** Whether asking for a topic that is not there creates it; default on. */
  readonly autoCreateTopics?: 'on' | 'off' | undefined;
  readonly settings?: Partial<GatewaySettings> | undefined;
  /** Limits of the listener. */
  readonly limits?: Partial<Pick<KafkaServerOptions, 'requestBytesMax' | 'connectionsMax' | 'idleMs' | 'queuedBytesMax'>> | undefined;
}

export interface KafkaDoor extends Door {
  /** Whether another gateway, by what it advertises as `HOST:PORT`, was there and is no more. */
  readonly isGone: (address: string) => boolean;
  readonly host: string;
  readonly port: number;
}

const LOOPBACK = '127.0.0.1';
const EVERYWHERE: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** Listens. INVALID_REQUEST when the address cannot be had, with its reason. */
export async function openKafkaDoor(address: ListenAddress, context: DoorContext, options: KafkaDoorOptions = {}): Promise<KafkaDoor> {
  const { engine, telemetry } = context;
  const log = kafkaLog(telemetry);
  const settings = { ...GATEWAY_DEFAULTS, autoCreateTopics: options.autoCreateTopics !== 'off', ...options.settings };
  const classicGroups = new ClassicCoordinator({ engine, log, initialRebalanceDelayMs: settings.initialRebalanceDelayMs });
  const cluster = new LateCluster();
  const gateway: Gateway = { engine, cluster, log, classicGroups, mixedGroups: new MixedGroups(engine), settings };
  const server = await listen({ ...address, handlers: gatewayHandlers(gateway), log, memory: engine.memory, ...options.limits });
  const { port } = server;
  const node = {
    host: options.advertised?.host ?? (EVERYWHERE.has(address.host) ? LOOPBACK : address.host),
    port: options.advertised?.port ?? port,
    rack: options.rack ?? null,
  };
  const { work, clock } = engine.deps;
  let membership: GatewayMembership | undefined;
  try {
    const clusterId = options.clusterId ?? (await clusterIdOf(engine.deps));
    // Who writes alone is alone; anybody else looks who there is.
    if (work !== undefined && !engine.settings.soleWriter)
      membership = await GatewayMembership.join({ clusterId, work, clock, log, ...node });
    cluster.become(membership ?? singleNode(clusterId, () => ({ id: 1, ...node })));
    await engine.topics.actAsGateway(cluster.self().id, (given) => {
      const most = (name: string, otherwise: number) => Number(given[name] ?? otherwise);
      server.limitConnections(
        most('max.connections', options.limits?.connectionsMax ?? CONNECTIONS_MAX),
        most('max.connections.per.ip', Number.POSITIVE_INFINITY),
      );
    });
  } catch (error) {
    await server.close(0);
    throw error;
  }
  classicGroups.adopt().catch((error) => log.warn('groups could not be taken over', { error: String(error) }));
  return {
    host: address.host,
    port,
    isGone: (other) => membership?.isGone(other) ?? false,
    url: `kafka://${address.host.includes(':') ? `[${address.host}]` : address.host}:${port}`,
    async close(graceMs) {
      await membership?.close();
      classicGroups.close();
      await server.close(graceMs);
    },
  };
}

/** The cluster that handlers ask; it is known only when the listener stands, since it names the listener's port. */
class LateCluster implements Cluster {
  #cluster: Cluster | undefined;

  become(cluster: Cluster): void {
    this.#cluster = cluster;
  }

  get clusterId(): string {
    return this.#known.clusterId;
  }

  self(): ClusterNode {
    return this.#known.self();
  }

  nodes(): readonly ClusterNode[] {
    return this.#known.nodes();
  }

  get #known(): Cluster {
    // A client that was quicker than the store is hung up on, and comes again.
    if (this.#cluster === undefined) throw new StratalogError('COORDINATOR_NOT_AVAILABLE', 'the gateway is starting');
    return this.#cluster;
  }
}

async function listen(options: KafkaServerOptions): Promise<KafkaServer> {
  try {
    return await KafkaServer.listen(options);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? 'another process listens there' : message;
    const value = `${options.host}:${options.port}`;
    throw new StratalogError('INVALID_REQUEST', `cannot listen on ${value}: ${why}`, { field: 'kafka', value }, error);
  }
}

function kafkaLog(telemetry: Telemetry): KafkaLog {
  return {
    info: (message, fields) => telemetry.log('info', message, fields),
    warn: (message, fields) => telemetry.log('warn', message, fields),
    error: (message, fields) => telemetry.log('error', message, fields),
  };
}
