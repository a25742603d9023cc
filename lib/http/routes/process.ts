/** What operators ask of the process: is it alive, does it serve, how is it doing. */
import { StratalogError } from '../../core/errors.ts';
import type { HealthAnswer } from '../contract.ts';
import type { Route } from '../route.ts';
import { healthAnswer } from '../schemas.ts';

const OK: HealthAnswer = { status: 'ok' };

export const processRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/healthz',
    operation: 'getHealth',
    summary: 'Whether the process is alive.',
    answers: { 200: { description: 'It is.', content: { 'application/json': healthAnswer } } },
    unlimited: true,
    handle: (call) => call.answer(OK),
  },
  {
    method: 'GET',
    path: '/readyz',
    operation: 'getReadiness',
    summary: 'Whether the process can serve requests.',
    answers: {
      200: { description: 'It can.', content: { 'application/json': healthAnswer } },
      503: { description: 'It cannot, for the reason given.', content: { 'application/json': healthAnswer } },
    },
    unlimited: true,
    async handle(call) {
      const reason = call.deps.closing?.aborted ? 'the server is stopping' : await call.deps.readiness();
      if (reason === undefined) return call.answer(OK);
      const answer: HealthAnswer = { status: 'not ready', reason };
      return call.answer(answer, 503, { 'retry-after': '1' });
    },
  },
  {
    method: 'GET',
    path: '/metrics',
    operation: 'getMetrics',
    summary: 'Metrics as Prometheus text.',
    answers: { 200: { description: 'Prometheus text.', content: { 'text/plain': null } } },
    unlimited: true,
    async handle(call) {
      const { metrics } = call.deps;
      if (metrics === undefined) throw new StratalogError('NOT_FOUND', 'this process keeps no metrics of its own', { field: 'path' });
      const { contentType, text } = await metrics();
      return call.text(text, contentType);
    },
  },
];
