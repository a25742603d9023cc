/** Records in as JSON: one body, or a stream of lines. */
import { StratalogError } from '../../core/errors.ts';
import { checkTopicName } from '../../core/topic.ts';
import type { ProduceRecord, RecordResult } from '../../engine/produce-records.ts';
import { type Acks, acksOf } from '../acks.ts';
import type { Call } from '../call.ts';
import { MEDIA_TYPE_JSON, MEDIA_TYPE_NDJSON, type RecordOutcome, type RecordsProduceAnswer } from '../contract.ts';
import { JsonScanner, OPEN_LIST } from '../json-scanner.ts';
import { problemOf } from '../problem.ts';
import { produceLines } from '../produce-lines.ts';
import { readRecord } from '../record-json.ts';
import type { Route } from '../route.ts';
import { problem, recordInput, recordsProduceAnswer, recordsProduceQuery, recordsProduceRequest } from '../schemas.ts';
import { utf8Of } from '../utf8.ts';

/** Results made ahead of a client that sends everything before it reads: enough for some 80,000 lines. */
const RESULTS_AHEAD_BYTES = 4 * 1024 * 1024;

export const produceRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/topics/{topic}/records',
    operation: 'produceRecords',
    summary: 'Appends records. As NDJSON a record a line, of any length, answered by a line a record in the same order.',
    query: recordsProduceQuery,
    body: { [MEDIA_TYPE_JSON]: recordsProduceRequest, [MEDIA_TYPE_NDJSON]: recordInput },
    answers: {
      200: { description: 'All were appended.', content: { [MEDIA_TYPE_JSON]: recordsProduceAnswer, [MEDIA_TYPE_NDJSON]: null } },
      207: { description: 'Some failed; each record has its own outcome.', content: { [MEDIA_TYPE_JSON]: recordsProduceAnswer } },
      404: { description: 'There is no such topic.', content: { 'application/problem+json': problem } },
    },
    async handle(call) {
      const type = call.sends([MEDIA_TYPE_JSON, MEDIA_TYPE_NDJSON]);
      const topic = checkTopicName(call.param('topic'));
      const query = call.query(recordsProduceQuery);
      if (type === MEDIA_TYPE_JSON) return produceBody(call, topic, query.acks);
      const acks = acksOf(query.acks);
      await call.engine.topics.get(topic);
      return call.stream({
        contentType: MEDIA_TYPE_NDJSON,
        aheadBytes: RESULTS_AHEAD_BYTES,
        pieces: (gone) =>
          produceLines({
            engine: call.engine,
            topic,
            acks,
            chunks: call.body.chunks(call.deps.limits.stallTimeoutMs),
            lineBytesMax: call.deps.limits.lineBytesMax,
            failedOnly: query.results === 'failed',
            signal: gone,
          }),
      });
    },
  },
];

async function produceBody(call: Call, topic: string, acksInQuery: string | undefined): Promise<Response> {
  // Before the body: what goes to a topic that is not there need not be received.
  await call.engine.topics.get(topic);
  const { acks = acksOf(acksInQuery), records } = parseProduceRequest(utf8Of(await call.bytes()), call.deps.limits.recordsMax);
  const results = await call.engine.produceRecords({ topic, acks, records, signal: call.request.signal });
  const answer: RecordsProduceAnswer = { records: results.map(outcomeOf) };
  const failed = results.filter((result) => 'error' in result);
  const first = failed[0];
  if (first === undefined) return call.answer(answer);
  if (failed.length < results.length) return call.answer(answer, 207);
  return call.problem({ ...problemOf(first.error), records: answer.records }, first.error);
}

/** The parsed body of a JSON produce. */
function parseProduceRequest(body: Buffer, recordsMax: number): { readonly acks?: Acks; readonly records: readonly ProduceRecord[] } {
  const scanner = new JsonScanner(body);
  const records: ProduceRecord[] = [];
  let acks: Acks | undefined;
  let seen = false;
  scanner.readObject((name) => {
    if (name === 'acks') {
      acks = acksOf(scanner.readValue());
    } else if (name === 'records') {
      seen = true;
      if (scanner.peek() !== OPEN_LIST) throw scanner.wrong('records must be a list', scanner.at, 'records');
      scanner.readList((index) => {
        if (index >= recordsMax) throw tooMany(recordsMax);
        records.push(recordAt(scanner, index));
      });
    } else {
      throw scanner.wrong(`the body knows no '${name.slice(0, 80)}'`, scanner.at, name.slice(0, 80));
    }
  });
  scanner.finish();
  if (!seen) throw new StratalogError('INVALID_REQUEST', 'records is missing', { field: 'records' });
  if (records.length === 0) throw new StratalogError('INVALID_REQUEST', 'records is empty', { field: 'records', value: 0, limit: 1 });
  return acks === undefined ? { records } : { acks, records };
}

function recordAt(scanner: JsonScanner, index: number): ProduceRecord {
  try {
    return readRecord(scanner);
  } catch (error) {
    if (!(error instanceof StratalogError)) throw error;
    throw new StratalogError(error.code, `record ${index}: ${error.message}`, { ...error.details, recordIndex: index }, error);
  }
}

function tooMany(limit: number): StratalogError {
  return new StratalogError('RECORD_LIST_TOO_LARGE', `a JSON body may hold ${limit} records; send more as ${MEDIA_TYPE_NDJSON}`, {
    field: 'records',
    limit,
  });
}

function outcomeOf(result: RecordResult): RecordOutcome {
  return 'error' in result ? { error: problemOf(result.error) } : result;
}
