/** The requests and answers of `contract.ts` as zod schemas: they check input and they are the OpenAPI document. */
import { z } from 'zod';
import {
  FETCH_BYTES_DEFAULT,
  FETCH_WAIT_MS_MAX,
  HTTP_PAGE_MAX,
  HTTP_READ_BYTES_DEFAULT,
  HTTP_READ_RECORDS_MAX,
  PARTITIONS_PER_TOPIC_MAX,
  TOPIC_NAME_LENGTH_MAX,
} from '../core/limits.ts';
import type * as contract from './contract.ts';

const named = <Schema extends z.ZodType>(id: string, schema: Schema): Schema => schema.meta({ id });
const whole = (min: number, max: number = Number.MAX_SAFE_INTEGER) => z.int().min(min).max(max);

/** A whole number in a query; digits only, so that neither '1e3' nor ' 7' passes. */
const number = (min: number, max: number = Number.MAX_SAFE_INTEGER) =>
  z
    .string()
    .regex(/^-?\d{1,16}$/, 'it must be a whole number')
    .transform(Number)
    .pipe(whole(min, max));
const flag = z
  .enum(['true', 'false'])
  .transform((text) => text === 'true')
  .pipe(z.boolean());

const topicConfigs = z.record(z.string(), z.string());

export const topicCreateRequest = named(
  'TopicCreateRequest',
  z.strictObject({
    name: z.string().describe(`1 to ${TOPIC_NAME_LENGTH_MAX} of [a-zA-Z0-9._-]`),
    partitions: z.number().optional().describe(`1 to ${PARTITIONS_PER_TOPIC_MAX}, default 1`),
    configs: topicConfigs.optional().describe("Kafka's topic settings by name"),
    validateOnly: z.boolean().optional(),
  }),
);

export const topicAlterRequest = named(
  'TopicAlterRequest',
  z.strictObject({
    configs: z.record(z.string(), z.string().nullable()).optional().describe('null takes a setting back to its default'),
    partitions: z.number().optional().describe('the new count; it can only grow'),
    validateOnly: z.boolean().optional(),
  }),
);

const topicFields = {
  id: z.string(),
  name: z.string(),
  partitions: whole(1),
  configs: topicConfigs,
  createdAt: z.number().describe('ms since the epoch'),
};
export const topicAnswer = named('Topic', z.object(topicFields));
export const topicDescription = named(
  'TopicDescription',
  z.object({
    ...topicFields,
    offsets: z.array(
      z.object({ partition: whole(0), startOffset: whole(0), endOffset: whole(0), underReplicated: z.boolean().exactOptional() }),
    ),
  }),
);
export const topicListAnswer = named('TopicList', z.object({ topics: z.array(topicAnswer), next: z.string().exactOptional() }));
export const topicListQuery = z.strictObject({
  after: z.string().optional().describe('names after this one; `next` of the page before'),
  limit: number(1, HTTP_PAGE_MAX).optional().describe('topics on a page, default 100'),
  configs: z.enum(['given', 'all']).optional().describe('all: settings with their defaults too'),
});
export const topicQuery = topicListQuery.pick({ configs: true });

export const problem = named(
  'Problem',
  z.looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    retriable: z.boolean(),
    field: z.string().exactOptional(),
    value: z.union([z.string(), z.number(), z.boolean(), z.null()]).exactOptional(),
    limit: z.union([z.string(), z.number()]).exactOptional(),
    retryAfterMs: z.number().exactOptional(),
  }),
);

const bytesText = named(
  'Bytes',
  z
    .union([z.string(), z.strictObject({ base64: z.base64() }), z.strictObject({ json: z.json() }), z.null()])
    .describe('a string for its UTF-8 bytes, base64 for any bytes, json for the exact text of a value, null'),
);
const recordHeader = z.strictObject({ key: z.string(), value: bytesText });

export const recordInput = named(
  'RecordInput',
  z.strictObject({
    key: bytesText.optional(),
    value: bytesText.optional(),
    headers: z.union([z.array(recordHeader.partial({ value: true })), z.record(z.string(), bytesText)]).optional(),
    partition: whole(0, PARTITIONS_PER_TOPIC_MAX - 1).optional(),
    timestamp: whole(0).optional(),
  }),
);
const acks = z.union([z.literal(0), z.literal(1), z.literal(-1), z.literal('all')]);
export const recordsProduceRequest = named(
  'RecordsProduceRequest',
  z.strictObject({ acks: acks.optional().describe('default all'), records: z.array(recordInput) }),
);
const recordOutcome = named(
  'RecordOutcome',
  z.union([z.object({ partition: whole(0), offset: whole(-1), timestamp: whole(-1) }), z.object({ error: problem })]),
);
export const recordsProduceAnswer = named('RecordsProduceAnswer', z.object({ records: z.array(recordOutcome) }));
const acksText = z.enum(['0', '1', '-1', 'all']);
export const recordsProduceQuery = z.strictObject({
  acks: acksText.optional().describe('for NDJSON, default all'),
  results: z.enum(['all', 'failed']).optional().describe('for NDJSON; failed: only the failed lines, then a summary'),
});

export const batchesProduceQuery = z.strictObject({
  acks: acksText.optional().describe('default all'),
  timeoutMs: number(1).optional().describe('how long to wait for the acknowledgement, default 30000'),
});
const appendedBatch = z.object({ baseOffset: whole(-1), span: whole(0), timestamp: whole(-1), duplicate: z.boolean() });
export const batchesProduceAnswer = named(
  'BatchesProduceAnswer',
  z.object({ logStartOffset: whole(-1), batches: z.array(z.union([appendedBatch, z.object({ error: problem })])) }),
);
export const batchLine = named('BatchLine', z.union([appendedBatch.extend({ logStartOffset: whole(-1) }), z.object({ error: problem })]));

export const recordsReadQuery = z.strictObject({
  offset: number(0).optional().describe('default 0; with text/event-stream the Last-Event-ID goes before it'),
  maxBytes: number(1, FETCH_BYTES_DEFAULT)
    .optional()
    .describe(
      `bytes as stored; default ${HTTP_READ_BYTES_DEFAULT} for one answer, no end for NDJSON and events; the first batch may be larger`,
    ),
  maxRecords: number(1).optional().describe(`at most ${HTTP_READ_RECORDS_MAX} in one JSON answer`),
  maxWaitMs: number(0, FETCH_WAIT_MS_MAX).optional().describe('waits for a record at the end of the log, default 0'),
  minBytes: number(1).optional(),
  isolation: z.enum(['read_uncommitted', 'read_committed']).optional(),
  encoding: z.enum(['utf8', 'base64', 'json']).optional().describe('how keys and values are shown, default utf8'),
  follow: flag.optional().describe('whether a stream goes on past the end; default true for events, false for NDJSON'),
});
const recordText = named(
  'Record',
  z.object({
    offset: whole(0),
    timestamp: whole(-1),
    key: bytesText,
    value: bytesText,
    headers: z.array(recordHeader),
  }),
);
export const recordsAnswer = named(
  'RecordsAnswer',
  z.object({
    records: z.array(recordText),
    nextOffset: whole(0),
    highWatermark: whole(0),
    logStartOffset: whole(0),
    retryAfterMs: z.number().exactOptional(),
  }),
);

/** A time people write, as ms since the epoch. Needs a time zone, since the server's own is nobody's business. */
const isoTime = z.iso
  .datetime({ offset: true })
  .pipe(z.codec(z.string(), z.number(), { decode: (text) => Date.parse(text), encode: (ms) => new Date(ms).toISOString() }));

export const offsetQuery = z.strictObject({
  at: z
    .union([z.enum(['earliest', 'latest', 'max-timestamp']), isoTime, number(0)])
    .optional()
    .describe('or a time: ms since the epoch, or ISO 8601 as 2026-11-21T00:00:00Z; default latest'),
  isolation: z.enum(['read_uncommitted', 'read_committed']).optional(),
});
export const offsetAnswer = named('OffsetAnswer', z.object({ offset: whole(-1), timestamp: whole(-1) }));
export const recordsDeleteQuery = z.strictObject({ before: number(-1).describe('-1 for the high watermark') });
export const recordsDeleteAnswer = named('RecordsDeleteAnswer', z.object({ logStartOffset: whole(0) }));
export const producerAnswer = named('ProducerAnswer', z.object({ producerId: whole(0), producerEpoch: whole(0) }));
export const healthAnswer = named('Health', z.object({ status: z.enum(['ok', 'not ready']), reason: z.string().exactOptional() }));

/** Fails to compile when a schema and its type in the contract drift apart. */
type Same<Schema extends z.ZodType, Type> = z.output<Schema> extends Type ? true : never;
type Takes<Schema extends z.ZodType, Type> = Type extends z.input<Schema> ? true : never;
export type Checked = [
  Same<typeof topicAnswer, contract.TopicAnswer>,
  Same<typeof topicDescription, contract.TopicDescription>,
  Same<typeof topicListAnswer, contract.TopicListAnswer>,
  Same<typeof problem, contract.Problem>,
  Same<typeof offsetAnswer, contract.OffsetAnswer>,
  Same<typeof producerAnswer, contract.ProducerAnswer>,
  Same<typeof batchesProduceAnswer, contract.BatchesProduceAnswer>,
  Same<typeof batchLine, contract.BatchLine>,
  Takes<typeof topicCreateRequest, contract.TopicCreateRequest>,
  Takes<typeof topicAlterRequest, contract.TopicAlterRequest>,
];
