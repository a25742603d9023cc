import type { Cluster } from './cluster.ts';

/**
 * What is wrong with the nodes that a client names for a partition: each must be there, none twice. Undefined when
 * nothing is. They have no other effect, since any gateway writes and reads any partition.
 */
export function assignmentFault(cluster: Cluster, brokerIds: readonly number[]): string | undefined {
  if (brokerIds.length === 0) return 'The manual partition assignment includes an empty replica list.';
  if (new Set(brokerIds).size < brokerIds.length) {
    return `The manual partition assignment includes the partition assignment of a broker twice: ${brokerIds.join(', ')}`;
  }
  const unknown = brokerIds.find((id) => !cluster.nodes().some((node) => node.id === id));
  return unknown === undefined
    ? undefined
    : `The manual partition assignment includes broker ${unknown}, but no such broker is registered.`;
}
