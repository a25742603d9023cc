/** Records out: JSON, NDJSON, server-sent events, or the raw batches, as the Accept header asks. */
import type { z } from 'zod';
import { StratalogError } from '../../core/errors.ts';
import { HTTP_BODY_BYTES_MAX, HTTP_READ_BYTES_DEFAULT, HTTP_READ_RECORDS_MAX } from '../../core/limits.ts';
import { checkTopicName } from '../../core/topic.ts';
import type { FetchRequest } from '../../engine/fetch.ts';
import type { ReadRecordsAnswer } from '../../engine/read-records.ts';
import { AnswerPieces } from '../answer-pieces.ts';
import type { Call } from '../call.ts';
import {
  HEADER_HIGH_WATERMARK,
  HEADER_LAST_STABLE_OFFSET,
  HEADER_LOG_START_OFFSET,
  HEADER_NEXT_OFFSET,
  HEADER_RETRY_AFTER_MS,
  MEDIA_TYPE_BATCHES,
  MEDIA_TYPE_BYTES,
  MEDIA_TYPE_EVENTS,
  MEDIA_TYPE_JSON,
  MEDIA_TYPE_NDJSON,
} from '../contract.ts';
import { follow } from '../follow.ts';
import { asStratalogError, problemOf } from '../problem.ts';
import { recordText } from '../record-text.ts';
import type { Route } from '../route.ts';
import { problem, recordsAnswer, recordsReadQuery } from '../schemas.ts';

type ReadQuery = z.output<typeof recordsReadQuery>;

const TYPES = [MEDIA_TYPE_JSON, MEDIA_TYPE_NDJSON, MEDIA_TYPE_EVENTS, MEDIA_TYPE_BATCHES, MEDIA_TYPE_BYTES] as const;
/** Text of a stream is sent in pieces of about this size. */
const PIECE_BYTES = 256 * 1024;
/** Answers of raw batches up to here go out in one piece. */
const WHOLE_BYTES = 1024 * 1024;

export const readRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/topics/{topic}/partitions/{partition}/records',
    operation: 'readRecords',
    summary:
      'Reads records from an offset. JSON: one page. NDJSON: all up to the end. Events: all, and then those to come; Last-Event-ID resumes. Raw batches: as stored, the first may begin before the offset.',
    query: recordsReadQuery,
    answers: {
      200: {
        description: 'Records.',
        content: { [MEDIA_TYPE_JSON]: recordsAnswer, [MEDIA_TYPE_NDJSON]: null, [MEDIA_TYPE_EVENTS]: null, [MEDIA_TYPE_BATCHES]: null },
      },
      404: { description: 'There is no such topic or partition.', content: { 'application/problem+json': problem } },
      416: { description: 'The offset is not in the log.', content: { 'application/problem+json': problem } },
    },
    async handle(call) {
      const type = call.wants(TYPES);
      const topic = checkTopicName(call.param('topic'));
      const partition = call.partition();
      const query = call.query(recordsReadQuery);
      const request: FetchRequest = {
        topic,
        partition,
        offset: query.offset ?? 0,
        maxBytes: Math.min(query.maxBytes ?? HTTP_READ_BYTES_DEFAULT, call.deps.limits.answerBytesMax),
        maxWaitMs: Math.min(query.maxWaitMs ?? 0, call.deps.limits.waitMsMax),
        ...(query.minBytes === undefined ? {} : { minBytes: query.minBytes }),
        ...(query.isolation === undefined ? {} : { isolation: query.isolation }),
      };
      switch (type) {
        case MEDIA_TYPE_JSON:
          return readPage(call, request, query);
        case MEDIA_TYPE_NDJSON:
          return readLines(call, request, query);
        case MEDIA_TYPE_EVENTS:
          return readEvents(call, request, query);
        default:
          return readBatches(call, request, type);
      }
    },
  },
];

async function readPage(call: Call, request: FetchRequest, query: ReadQuery): Promise<Response> {
  const maxRecords = Math.min(query.maxRecords ?? HTTP_READ_RECORDS_MAX, HTTP_READ_RECORDS_MAX);
  const answer = await call.engine.readRecords({ ...request, maxRecords, signal: call.signal });
  const { encoding = 'utf8' } = query;
  const bytesMax = Math.min(HTTP_BODY_BYTES_MAX, call.deps.limits.answerBytesMax);
  const texts: string[] = [];
  let bytes = 0;
  let { nextOffset } = answer;
  for (const record of answer.records) {
    // Compressed records can be many times as large as JSON; the page ends early rather than growing without bound.
    if (bytes > bytesMax) {
      nextOffset = record.offset;
      break;
    }
    const text = recordText(record, encoding);
    bytes += text.length;
    texts.push(text);
  }
  const { highWatermark, logStartOffset, retryAfterMs } = answer;
  const rest = JSON.stringify({ nextOffset, highWatermark, logStartOffset, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
  return call.text(`{"records":[${texts.join(',')}],${rest.slice(1)}`, MEDIA_TYPE_JSON);
}

async function readLines(call: Call, request: FetchRequest, query: ReadQuery): Promise<Response> {
  const { encoding = 'utf8' } = query;
  const first = await firstOf(call, request, query);
  const following = query.follow === true && call.deps.limits.follow;
  return call.stream({
    contentType: MEDIA_TYPE_NDJSON,
    headers: { [HEADER_HIGH_WATERMARK]: String(first.highWatermark), [HEADER_LOG_START_OFFSET]: String(first.logStartOffset) },
    pieces: async function* (gone) {
      try {
        for await (const answer of follow(call.engine, { ...request, signal: gone }, first, stepsOf(call, query, following))) {
          yield* piecesOf(answer, (record) => `${recordText(record, encoding)}\n`);
        }
      } catch (error) {
        if (!gone.aborted) yield Buffer.from(`${JSON.stringify({ error: problemOf(asStratalogError(error)) })}\n`);
      }
    },
  });
}

async function readEvents(call: Call, request: FetchRequest, query: ReadQuery): Promise<Response> {
  const { encoding = 'utf8' } = query;
  const resumed = { ...request, offset: resumeOffset(call) ?? request.offset };
  const first = await firstOf(call, resumed, query);
  const following = query.follow !== false && call.deps.limits.follow;
  return call.stream({
    contentType: MEDIA_TYPE_EVENTS,
    headers: { [HEADER_HIGH_WATERMARK]: String(first.highWatermark), [HEADER_LOG_START_OFFSET]: String(first.logStartOffset) },
    pieces: async function* (gone) {
      // Tells the browser how soon to come back when the connection ends.
      yield Buffer.from(`retry: ${first.retryAfterMs ?? 1000}\n\n`);
      try {
        for await (const answer of follow(call.engine, { ...resumed, signal: gone }, first, stepsOf(call, query, following))) {
          if (answer.records.length === 0) yield KEEP_ALIVE;
          yield* piecesOf(answer, (record) => `id: ${record.offset}\ndata: ${recordText(record, encoding)}\n\n`);
        }
      } catch (error) {
        if (!gone.aborted) yield Buffer.from(`event: error\ndata: ${JSON.stringify(problemOf(asStratalogError(error)))}\n\n`);
      }
    },
  });
}

const KEEP_ALIVE = Buffer.from(': nothing new\n\n');

/** The first answer is read before the status is sent, so that an unknown topic is a 404 and not a broken stream. */
function firstOf(call: Call, request: FetchRequest, query: ReadQuery): Promise<ReadRecordsAnswer> {
  return call.engine.readRecords({
    ...request,
    maxBytes: Math.min(query.maxBytes ?? HTTP_READ_BYTES_DEFAULT, HTTP_READ_BYTES_DEFAULT),
    ...(query.maxRecords === undefined ? {} : { maxRecords: query.maxRecords }),
    signal: call.signal,
  });
}

function stepsOf(call: Call, query: ReadQuery, following: boolean) {
  return {
    stepBytes: HTTP_READ_BYTES_DEFAULT,
    follow: following,
    stepWaitMs: Math.min(call.deps.limits.keepAliveMs, call.deps.limits.waitMsMax),
    // An answer that has to end somewhere ends where the next request can go on.
    maxBytes: call.deps.limits.follow
      ? query.maxBytes
      : Math.min(query.maxBytes ?? Number.POSITIVE_INFINITY, call.deps.limits.answerBytesMax),
    maxRecords: query.maxRecords,
  };
}

function* piecesOf(
  answer: ReadRecordsAnswer,
  textOf: (record: ReadRecordsAnswer['records'][number]) => string,
): Generator<Buffer, void, undefined> {
  let text = '';
  for (const record of answer.records) {
    text += textOf(record);
    if (text.length >= PIECE_BYTES) {
      yield Buffer.from(text);
      text = '';
    }
  }
  if (text !== '') yield Buffer.from(text);
}

async function readBatches(call: Call, request: FetchRequest, contentType: string): Promise<Response> {
  const answer = await call.engine.fetch({ ...request, signal: call.signal });
  const headers: Record<string, string> = {
    [HEADER_NEXT_OFFSET]: String(answer.nextOffset),
    [HEADER_HIGH_WATERMARK]: String(answer.highWatermark),
    [HEADER_LAST_STABLE_OFFSET]: String(answer.lastStableOffset),
    [HEADER_LOG_START_OFFSET]: String(answer.logStartOffset),
    ...(answer.retryAfterMs === undefined ? {} : { [HEADER_RETRY_AFTER_MS]: String(answer.retryAfterMs) }),
  };
  if (answer.bytes <= WHOLE_BYTES) {
    const { memory } = call.engine;
    const whole = memory.take(answer.bytes);
    let at = 0;
    for (const batch of answer.batches) at += batch.copy(whole, at);
    memory.releaseAll(answer.batches);
    call.onSent(() => memory.release(whole));
    return call.bytesAnswer(whole, contentType, headers);
  }
  const pieces = new AnswerPieces(call.engine.memory, answer.batches);
  call.onSent(() => pieces.release());
  return call.stream({
    contentType,
    headers: { ...headers, 'content-length': String(answer.bytes) },
    pieces: async function* () {
      yield* pieces.made();
    },
  });
}

/** The offset after the last event that a client has seen; undefined when it begins anew. */
function resumeOffset(call: Call): number | undefined {
  const text = call.header('last-event-id');
  if (text === null || text === '') return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text) + 1;
  throw new StratalogError('INVALID_REQUEST', `Last-Event-ID is '${text.slice(0, 80)}', it must be an offset`, {
    field: 'last-event-id',
    value: text.slice(0, 80),
  });
}
