/**
 * Raw record batches in: what the SDK sends. The hot path of the door: no schema, and the body is handed on as it came.
 */
import { StratalogError } from '../../core/errors.ts';
import { checkTopicName } from '../../core/topic.ts';
import type { BatchResult } from '../../engine/append.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import { acksOf } from '../acks.ts';
import { BatchStream, type BatchStreamDeps } from '../batch-stream.ts';
import type { Call } from '../call.ts';
import { queryOf } from '../checked.ts';
import {
  type BatchesProduceAnswer,
  type BatchLine,
  type BatchOutcome,
  MEDIA_TYPE_BATCHES,
  MEDIA_TYPE_BYTES,
  MEDIA_TYPE_JSON,
  MEDIA_TYPE_NDJSON,
} from '../contract.ts';
import { preferred } from '../negotiate.ts';
import { problemOf } from '../problem.ts';
import type { Route } from '../route.ts';
import { batchesProduceAnswer, batchesProduceQuery, batchLine, problem } from '../schemas.ts';

const METHOD = 'POST';
const PATH = '/v1/topics/{topic}/partitions/{partition}/batches';

export const batchRoutes: readonly Route[] = [
  {
    method: METHOD,
    path: PATH,
    operation: 'produceBatches',
    summary: 'Appends whole record batches of magic 2 to one partition; any number, answered one by one, for who accepts NDJSON.',
    query: batchesProduceQuery,
    body: { [MEDIA_TYPE_BATCHES]: null, [MEDIA_TYPE_BYTES]: null },
    answers: {
      200: {
        description:
          'All were appended, or were there already. As NDJSON: at once, with an empty line, and a line for each batch when it is appended or refused.',
        content: { 'application/json': batchesProduceAnswer, 'application/x-ndjson': batchLine },
      },
      202: { description: 'Taken, and nothing is known of them (acks=0).', content: { 'application/json': batchesProduceAnswer } },
      207: { description: 'Some were refused; each batch has its own outcome.', content: { 'application/json': batchesProduceAnswer } },
      400: { description: 'A batch is cut off, has a wrong CRC or magic.', content: { 'application/problem+json': problem } },
    },
    handle: appendBatches,
  },
];

/** What metrics are told of a batch of a stream. */
const LABELS = { method: METHOD, route: PATH };
const APPENDED_LABELS = { ...LABELS, status: '200' };
/** Lines made ahead of a client that takes its time, bytes. */
const STREAM_AHEAD_BYTES = 16 * 1024;

async function appendBatches(call: Call): Promise<Response> {
  call.sends([MEDIA_TYPE_BATCHES, MEDIA_TYPE_BYTES]);
  const topic = checkTopicName(call.param('topic'));
  const partition = call.partition();
  const { acks: acksGiven, timeoutMs, ...others } = queryOf(new URLSearchParams(call.search));
  const acks = acksOf(acksGiven);
  const timeout = timeoutOf(timeoutMs);
  for (const name in others)
    throw new StratalogError('INVALID_REQUEST', `the query knows no '${name.slice(0, 80)}'`, { field: name.slice(0, 80) });
  if (wantsLines(call)) return streamed(call, { topic, partition, acks, timeoutMs: timeout });
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

/** Whoever accepts lines sends batches as it likes; for all others the body is one request. */
function wantsLines(call: Call): boolean {
  const accept = call.header('accept');
  return accept?.includes(MEDIA_TYPE_NDJSON) === true && preferred(accept, [MEDIA_TYPE_JSON, MEDIA_TYPE_NDJSON]) === MEDIA_TYPE_NDJSON;
}

function streamed(call: Call, target: BatchStreamDeps['target']): Response {
  const { engine, body, deps } = call;
  const stream = new BatchStream({
    engine,
    body,
    limits: deps.limits,
    target,
    lineOf({ logStartOffset, batches: [only] }) {
      if (only === undefined) return undefined;
      const outcome = outcomeOf(only);
      return 'error' in outcome ? outcome : { ...outcome, logStartOffset };
    },
    refusalOf: (error) => ({ error: call.problemOf(error).problem }),
    onAnswered: (line, bytes, startedAt) => counted(deps.telemetry, line, bytes, startedAt),
  });
  return call.stream({
    contentType: MEDIA_TYPE_NDJSON,
    // Proxies that gather an answer before they pass it on are asked not to.
    headers: { 'x-accel-buffering': 'no' },
    aheadBytes: STREAM_AHEAD_BYTES,
    pieces: (gone) => stream.pieces(gone),
  });
}

/** A batch of a stream counts as a request of its own. */
function counted(telemetry: Telemetry, line: BatchLine | undefined, bytes: number, startedAt: number): void {
  const isRefused = line !== undefined && 'error' in line;
  telemetry.count('http_requests_total', 1, isRefused ? { ...LABELS, status: String(line.error.status) } : APPENDED_LABELS);
  telemetry.observe('http_request_seconds', (performance.now() - startedAt) / 1000, LABELS);
  telemetry.count('http_request_bytes_total', bytes, LABELS);
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
