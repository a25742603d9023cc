import { describe, expect, it } from 'vitest';
import {
  type Cluster,
  type ClusterNode,
  controllerOf,
  leaderOf,
  nearerOf,
  replicasOf,
  singleNode,
  zoneOf,
} from '../../../lib/kafka/cluster.ts';

function clusterOf(nodes: readonly ClusterNode[]): Cluster {
  return { clusterId: 'c', self: () => nodes[0] as ClusterNode, nodes: () => nodes };
}

const node = (id: number, rack: string | null = null): ClusterNode => ({ id, host: `h${id}`, port: 9092, rack });
const partitions = Array.from({ length: 1_000 }, (_, i) => i);

describe('the gateway a client is sent to', () => {
  it('is spread over all gateways, and moves only the share of one that goes', () => {
    const three = clusterOf([node(1), node(2), node(3)]);
    const two = clusterOf([node(1), node(2)]);
    const before = partitions.map((p) => leaderOf(three, 'topic', p, null).id);
    const after = partitions.map((p) => leaderOf(two, 'topic', p, null).id);
    for (const id of [1, 2, 3]) expect(before.filter((one) => one === id).length).toBeGreaterThan(250);
    expect(partitions.every((p) => before[p] === 3 || before[p] === after[p])).toBe(true);
  });

  it('is one of the client’s zone where there is one', () => {
    const cluster = clusterOf([node(1, 'a'), node(2, 'b'), node(3, 'b')]);
    expect(new Set(partitions.map((p) => leaderOf(cluster, 'topic', p, 'b').id))).toEqual(new Set([2, 3]));
    expect(new Set(partitions.map((p) => leaderOf(cluster, 'topic', p, 'elsewhere').id))).toEqual(new Set([1, 2, 3]));
  });

  it('is the only one there is', () => {
    const alone = singleNode('c', () => node(1));
    expect([leaderOf(alone, 'topic', 0, 'a').id, controllerOf(alone).id]).toEqual([1, 1]);
  });
});

describe('the gateways that are replicas of a partition', () => {
  const cluster = clusterOf([node(1, 'a'), node(2, 'b'), node(3, 'b'), node(4, 'c')]);
  const rackOf = (id: number) => cluster.nodes().find((one) => one.id === id)?.rack;

  it('are the one the client is sent to, first, and one of each other zone', () => {
    for (const p of partitions) {
      const replicas = replicasOf(cluster, 'topic', p, 'b');
      expect(replicas[0]).toBe(leaderOf(cluster, 'topic', p, 'b').id);
      expect(replicas.map(rackOf).sort()).toEqual(['a', 'b', 'c']);
    }
  });

  it('are one alone where there is no zone', () => {
    expect(replicasOf(clusterOf([node(1), node(2)]), 'topic', 0, null)).toHaveLength(1);
    expect(replicasOf(clusterOf([node(1, 'a')]), 'topic', 0, null)).toEqual([1]);
  });

  it('hold the one that is nearer to a reader, if any is', () => {
    for (const p of partitions) {
      const nearer = nearerOf(cluster, 'topic', p, 'b');
      expect(nearer?.rack).toBe('b');
      expect(replicasOf(cluster, 'topic', p, null)).toContain(nearer?.id);
    }
    for (const zone of ['a', 'elsewhere', '']) expect(nearerOf(cluster, 'topic', 0, zone)).toBeUndefined();
  });
});

describe('the zone in a client id', () => {
  it.each([
    ['zone=a', 'a'],
    ['app,zone=eu-central-1a', 'eu-central-1a'],
    ['zone=a;app=b', 'a'],
    ['timezone=a', null],
    ['app', null],
    [null, null],
  ])('of %s is %s', (clientId, zone) => expect(zoneOf(clientId)).toBe(zone));
});
