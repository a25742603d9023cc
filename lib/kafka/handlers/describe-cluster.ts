import { CLUSTER_OPERATIONS, NOT_ASKED } from '../authorized-operations.ts';
import { controllerOf } from '../cluster.ts';
import { KAFKA_ERROR } from '../error-numbers.ts';
import type { Gateway } from '../gateway.ts';
import type { KafkaHandler } from '../handler.ts';

/** The only kind of endpoint a gateway has: brokers. Controllers (2) are reached at another port of a Kafka cluster. */
const BROKERS = 1;

export function describeClusterHandler({ cluster }: Gateway): KafkaHandler<'DescribeCluster'> {
  return async (_context, { endpointType, includeClusterAuthorizedOperations }) => {
    if (endpointType !== BROKERS) {
      const known = endpointType === 2;
      return {
        errorCode: known ? KAFKA_ERROR.MISMATCHED_ENDPOINT_TYPE : KAFKA_ERROR.UNSUPPORTED_ENDPOINT_TYPE,
        errorMessage: known ? 'The request was sent to an endpoint of the wrong type.' : `Unsupported endpoint type ${endpointType}`,
        clusterId: '',
        brokers: [],
      };
    }
    return {
      errorCode: KAFKA_ERROR.NONE,
      endpointType,
      clusterId: cluster.clusterId,
      controllerId: controllerOf(cluster).id,
      brokers: cluster.nodes().map(({ id, host, port, rack }) => ({ brokerId: id, host, port, rack })),
      clusterAuthorizedOperations: includeClusterAuthorizedOperations ? CLUSTER_OPERATIONS : NOT_ASKED,
    };
  };
}
