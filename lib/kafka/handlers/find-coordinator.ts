import type { ClusterNode } from '../cluster.ts';
import { ERROR_NUMBERS, KAFKA_ERROR } from '../error-numbers.ts';
import type { Gateway } from '../gateway.ts';
import { storedGroupId } from '../groups/empty-group.ts';
import type { KafkaHandler } from '../handler.ts';
import type { Coordinator } from '../messages/find-coordinator.ts';

const BATCH_FROM_VERSION = 4;
const GROUP = 0;
const TRANSACTION = 1;
const NOWHERE = { nodeId: -1, host: '', port: -1 };

/** Names the gateway that coordinates a group: the one that holds its work lease, or that is about to. */
export function findCoordinatorHandler(gateway: Gateway): KafkaHandler<'FindCoordinator'> {
  return async (_context, { key, keyType, coordinatorKeys }, version) => {
    if (version >= BATCH_FROM_VERSION) return { coordinators: await Promise.all(coordinatorKeys.map((one) => find(one, keyType))) };
    const { key: _key, ...coordinator } = await find(key, keyType);
    return coordinator;
  };

  async function find(key: string, keyType: number): Promise<Coordinator> {
    if (keyType !== GROUP && keyType !== TRANSACTION) {
      return { key, ...NOWHERE, errorCode: ERROR_NUMBERS.INVALID_REQUEST, errorMessage: `coordinator type ${keyType} is not known` };
    }
    // A transactional producer is told by InitProducerId that there are no transactions; it has to get that far.
    const node = keyType === GROUP ? await coordinatorOf(storedGroupId(key)) : gateway.cluster.self();
    if (node === undefined) {
      const errorCode = ERROR_NUMBERS.COORDINATOR_NOT_AVAILABLE;
      return { key, ...NOWHERE, errorCode, errorMessage: 'The coordinator is not available.' };
    }
    return { key, nodeId: node.id, host: node.host, port: node.port, errorCode: KAFKA_ERROR.NONE, errorMessage: null };
  }

  /** Undefined while the gateway that holds the lease is not among those known: it has just come, or is just going. */
  async function coordinatorOf(group: string): Promise<ClusterNode | undefined> {
    const { groups } = gateway.engine;
    const owner = await groups.coordinatorOf(group).catch(() => undefined);
    if (owner === undefined) return undefined;
    return owner === groups.settings.owner
      ? gateway.cluster.self()
      : gateway.cluster.nodes().find(({ host, port }) => `${host}:${port}` === owner);
  }
}
