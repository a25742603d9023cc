import { KAFKA_ERROR } from '../error-numbers.ts';
import type { Gateway } from '../gateway.ts';
import type { KafkaHandler } from '../handler.ts';

/** No partition is ever on its way from one broker to another. Tools ask before they describe a topic. */
export function listPartitionReassignmentsHandler(_gateway: Gateway): KafkaHandler<'ListPartitionReassignments'> {
  return async () => ({ errorCode: KAFKA_ERROR.NONE, errorMessage: null, topics: [] });
}
