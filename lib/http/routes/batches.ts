/**
 * Raw record batches in: what the SDK sends. The hot path of the door: no schema, and the body is handed on as it came.
 */
import { StratalogError } from '../../core/errors.ts';
import { checkTopicName } from '../../core/topic.ts';
import type { BatchResult } from '../../engine/append.ts';
import { acksOf } from '../acks.ts';
import type { Call } from '../call.ts';
import { queryOf } from '../checked.ts';
import { type BatchesProduceAnswer, type BatchOutcome, MEDIA_TYPE_BATCHES, MEDIA_TYPE_BYTES } from '../contract.ts';
import { problemOf } from '../problem.ts';
import type { Route } from '../route.ts';
import { batchesProduceAnswer, batchesProduceQuery, problem } from '../schemas.ts';

export const batchRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/topics/{topic}/partitions/{partition}/batches',
    operation: 'produceBatches',
    summary: 'Appends whole record batches of magic 2 to one partition.',
    query: batchesProduceQuery,
    body: { [MEDIA_TYPE_BATCHES]: null, [MEDIA_TYPE_BYTES]: null },
    answers: {
      200: { description: 'All were appended, or were there already.', content: { 'application/json': batchesProduceAnswer } },
      202: { description: 'Taken, and nothing is known of them (acks=0).', content: { 'application/json': batchesProduceAnswer } },
      207: { description: 'Some were refused; each batch has its own outcome.', content: { 'application/json': batchesProduceAnswer } },
      400: { description: 'A batch is cut off, has a wrong CRC or magic.', content: { 'application/problem+json': problem } },
    },
    handle: appendBatches,
  },
];

async function appendBatches(call: Call): Promise<Response> {
  call.sends([MEDIA_TYPE_BATCHES, MEDIA_TYPE_BYTES]);
  const topic = checkTopicName(call.param('topic'));
  const partition = call.partition();
  const { acks: acksGiven, timeoutMs, ...others } = queryOf(new URLSearchParams(call.search));
  const acks = acksOf(acksGiven);
  const timeout = timeoutOf(timeoutMs);
  for (const name in others)
    throw new StratalogError('INVALID_REQUEST', `the query knows no '${name.slice(0, 80)}'`, { field: name.slice(0, 80) });
  const batches = await call.pooledBytes();
  if (batches.length === 0) throw new StratalogError('INVALID_REQUEST', 'the body holds no batch', { field: 'body', value: 0, limit: 1 });
  const answer = await call.engine
    .append({ topic, partition, batches, acks, ...(timeout === undefined ? {} : { timeoutMs: timeout }) })
    .finally(() => call.engine.memory.release(batches));
  const outcome: BatchesProduceAnswer = { logStartOffset: answer.logStartOffset, batches: answer.batches.map(outcomeOf) };
  if (acks === 0) return call.answer(outcome, 202);
  const refused = answer.batches.filter((batch) => batch.kind === 'refused');
  const first = refused[0];
  if (first === undefined) return call.answer(outcome);
  if (refused.length < answer.batches.length) return call.answer(outcome, 207);
  return call.problem({ ...problemOf(first.error), batches: outcome.batches }, first.error);
}

function outcomeOf(batch: BatchResult): BatchOutcome {
  if (batch.kind === 'refused') return { error: problemOf(batch.error) };
  return { baseOffset: batch.baseOffset, span: batch.span, timestamp: batch.timestamp, duplicate: batch.duplicate };
}

function timeoutOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text);
  throw new StratalogError('INVALID_REQUEST', `timeoutMs is '${text.slice(0, 80)}', it must be a whole number from 1`, {
    field: 'timeoutMs',
    value: text.slice(0, 80),
    limit: 1,
  });
}
