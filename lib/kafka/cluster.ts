import { murmur2 } from '../core/murmur2.ts';

/** One gateway as clients see it: a broker of the cluster. */
export interface ClusterNode {
  /** From 1; stable as long as the gateway stands. */
  readonly id: number;
  /** What clients are told to connect to. */
  readonly host: string;
  readonly port: number;
  /** The zone the gateway is in; null where none was given. */
  readonly rack: string | null;
}

/** The gateways of a deployment, as this one knows them. */
export interface Cluster {
  readonly clusterId: string;
  /** This gateway. */
  self(): ClusterNode;
  /** All live gateways in order of id, this one among them. */
  nodes(): readonly ClusterNode[];
}

/** The leader epoch of every partition: writers need no election, so no epoch follows on the first. */
export const LEADER_EPOCH = 0;

/** A gateway that is alone. `node` is asked each time, since a port may be known only after listening. */
export function singleNode(clusterId: string, node: () => ClusterNode): Cluster {
  return { clusterId, self: node, nodes: () => [node()] };
}

/** The node that Metadata names as controller: any of them can be asked, so all name the same one. */
export function controllerOf(cluster: Cluster): ClusterNode {
  return cluster.nodes()[0] ?? cluster.self();
}

/**
 * The gateway clients are told to use for a partition: the highest of the rendezvous hashes, so that a gateway that
 * comes or goes moves only its own share. Where the client names its zone, gateways of that zone go before all others.
 * A preference and nothing more: every gateway answers for every partition.
 */
export function leaderOf(cluster: Cluster, topicId: string, partition: number, zone: string | null): ClusterNode {
  const nodes = cluster.nodes();
  if (nodes.length <= 1) return nodes[0] ?? cluster.self();
  const near = zone === null ? [] : nodes.filter(({ rack }) => rack === zone);
  let best = cluster.self();
  let most = -1;
  for (const node of near.length > 0 ? near : nodes) {
    const weight = murmur2(ENCODER.encode(`${topicId}/${partition}/${node.id}`)) >>> 0;
    if (weight > most) {
      most = weight;
      best = node;
    }
  }
  return best;
}

/**
 * The gateways that are named as replicas of a partition: the one the client is sent to, then one of each other zone, where
 * readers of that zone do best. All are in sync, since every gateway answers for every partition.
 */
export function replicasOf(cluster: Cluster, topicId: string, partition: number, zone: string | null): readonly number[] {
  const nodes = cluster.nodes();
  const leader = leaderOf(cluster, topicId, partition, zone);
  if (nodes.length <= 1) return [leader.id];
  const others = new Set(nodes.map(({ rack }) => rack).filter((rack) => rack !== null && rack !== leader.rack));
  return [leader.id, ...Array.from(others, (rack) => leaderOf(cluster, topicId, partition, rack).id)];
}

/**
 * The gateway that a reader in `zone` does better to read at (KIP-392); undefined when this one is as good: in the zone itself, or
 * nobody is.
 */
export function nearerOf(cluster: Cluster, topicId: string, partition: number, zone: string): ClusterNode | undefined {
  if (zone === '' || cluster.self().rack === zone) return undefined;
  const near = leaderOf(cluster, topicId, partition, zone);
  return near.rack === zone ? near : undefined;
}

const ENCODER = new TextEncoder();
const ZONE_IN_CLIENT_ID = /(?:^|[,;])zone=([^,;]+)/;

/** The zone that a client names in its id, as `zone=eu-central-1a` alone or among other parts set apart by commas. */
export function zoneOf(clientId: string | null): string | null {
  return clientId === null ? null : (ZONE_IN_CLIENT_ID.exec(clientId)?.[1] ?? null);
}
