import { ERROR_NUMBERS, errorNumber, KAFKA_ERROR } from '../error-numbers.ts';
import type { Gateway } from '../gateway.ts';
import type { KafkaHandler } from '../handler.ts';

/**
 * Gives an idempotent producer its identity: a new id each time, at epoch 0. Transactions are not supported; the error
 * is one that every client takes as final, so that none tries for ever.
 */
export function initProducerIdHandler({ engine }: Gateway): KafkaHandler<'InitProducerId'> {
  return async (_context, { transactionalId }) => {
    if (transactionalId !== null) {
      const errorCode = transactionalId === '' ? ERROR_NUMBERS.INVALID_REQUEST : KAFKA_ERROR.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
      return { errorCode, producerId: -1, producerEpoch: -1 };
    }
    try {
      return { errorCode: KAFKA_ERROR.NONE, ...(await engine.initProducerId()) };
    } catch (error) {
      return { errorCode: errorNumber(error), producerId: -1, producerEpoch: -1 };
    }
  };
}
