/** Offsets by name or time, and moving the start of a log. */
import { checkTopicName } from '../../core/topic.ts';
import type { OffsetAnswer, RecordsDeleteAnswer } from '../contract.ts';
import type { Route } from '../route.ts';
import { offsetAnswer, offsetQuery, problem, recordsDeleteAnswer, recordsDeleteQuery } from '../schemas.ts';

export const offsetRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/topics/{topic}/partitions/{partition}/offsets',
    operation: 'getOffset',
    summary: 'The earliest or latest offset, that of the largest timestamp, or of the first record at or after a time.',
    query: offsetQuery,
    answers: { 200: { description: 'The offset; -1 when there is no such record.', content: { 'application/json': offsetAnswer } } },
    async handle(call) {
      const topic = checkTopicName(call.param('topic'));
      const partition = call.partition();
      const { at = 'latest', isolation } = call.query(offsetQuery);
      const { offset, timestamp } = await call.engine.listOffset({
        topic,
        partition,
        at,
        ...(isolation === undefined ? {} : { isolation }),
      });
      const answer: OffsetAnswer = { offset, timestamp };
      return call.answer(answer);
    },
  },
  {
    method: 'DELETE',
    path: '/v1/topics/{topic}/partitions/{partition}/records',
    operation: 'deleteRecords',
    summary: 'Moves the start of the log: records before the offset are gone.',
    query: recordsDeleteQuery,
    answers: {
      200: { description: 'Where the log starts now.', content: { 'application/json': recordsDeleteAnswer } },
      416: { description: 'The offset is above the high watermark.', content: { 'application/problem+json': problem } },
    },
    async handle(call) {
      const topic = checkTopicName(call.param('topic'));
      const partition = call.partition();
      const { before } = call.query(recordsDeleteQuery);
      const { logStartOffset } = await call.engine.deleteRecords({ topic, partition, before });
      const answer: RecordsDeleteAnswer = { logStartOffset };
      return call.answer(answer);
    },
  },
];
