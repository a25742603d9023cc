/** Identities of idempotent producers. */
import type { ProducerAnswer } from '../contract.ts';
import type { Route } from '../route.ts';
import { producerAnswer } from '../schemas.ts';

export const producerRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/producers',
    operation: 'createProducer',
    summary: 'Hands out a producer id and epoch for idempotent produce; the request has no body.',
    answers: { 201: { description: 'Nobody else gets this id.', content: { 'application/json': producerAnswer } } },
    async handle(call) {
      const { producerId, producerEpoch } = await call.engine.initProducerId();
      const answer: ProducerAnswer = { producerId, producerEpoch };
      return call.answer(answer, 201);
    },
  },
];
