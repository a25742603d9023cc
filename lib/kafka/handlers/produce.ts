import { isStratalogError, StratalogError } from '../../core/errors.ts';
import { PRODUCE_THROTTLE_FROM, PRODUCE_THROTTLE_MS } from '../../core/limits.ts';
import type { BatchResult } from '../../engine/append.ts';
import { compressionOf } from '../../format/compression-codec.ts';
import { ATTRIBUTES_AT, BATCH_HEADER_BYTES, batchSizeAt, MAGIC_AT, MAGIC_V2 } from '../../format/record-batch-header.ts';
import { errorNumber, KAFKA_ERROR } from '../error-numbers.ts';
import type { Gateway } from '../gateway.ts';
import type { KafkaHandler } from '../handler.ts';
import type { PartitionProduceResponse, ProduceRequest, TopicProduceResponse } from '../messages/produce.ts';
import { shownMessage } from '../shown-message.ts';

/** The first version whose clients know zstd (KIP-110). */
const ZSTD_FROM_VERSION = 7;
/** The first version that names the records at fault (KIP-467). */
const RECORD_ERRORS_FROM_VERSION = 8;
const CODEC_MASK = 0x07;
const TRANSACTIONAL_MASK = 0x10;
/** Errors of the log itself: a broker answers them with where the log begins, all others without. */
const REFUSED_BY_LOG: ReadonlySet<unknown> = new Set([
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'INVALID_PRODUCER_EPOCH',
  'UNKNOWN_PRODUCER_ID',
]);

/**
 * Takes one record batch a partition into the log. Batches go on as they came; the engine checks header and CRC.
 *
 * The engine is called before anything is awaited, so that pipelined requests keep their order. While the buffer is full
 * the request waits, and with it the connection; the answer names a throttle time besides.
 */
export function produceHandler({ engine }: Gateway): KafkaHandler<'Produce'> {
  return async (_context, request, version) => {
    const { acks, timeoutMs } = request;
    const append = async (topic: string, partition: number, records: Buffer | null): Promise<PartitionProduceResponse> => {
      let batches: Buffer;
      try {
        if (acks !== 0 && acks !== 1 && acks !== -1) throw invalidAcks(acks);
        batches = checkedRecords(records, version);
      } catch (error) {
        return refused(partition, error, version);
      }
      try {
        const answer = await engine.append({
          topic,
          partition,
          batches,
          acks,
          timeoutMs: acks === 0 || timeoutMs <= 0 ? undefined : timeoutMs,
          // No signal: what was received whole is stored, also when its client has left meanwhile.
          onFull: 'wait',
        });
        return appended(partition, answer.batches[0], answer.logStartOffset);
      } catch (error) {
        return { ...refused(partition, error, version), logStartOffset: await startBehind(error, topic, partition) };
      }
    };
    if (request.transactionalId === null && request.topicData.some(({ partitionData }) => partitionData.some(isTransactional))) {
      return { responses: refusedTransaction(request) };
    }
    const pending = request.topicData.map(({ name, partitionData }) => ({
      name,
      answers: partitionData.map(({ index, records }) => append(name, index, records)),
    }));
    const responses = [];
    for (const { name, answers } of pending) responses.push({ name, partitionResponses: await Promise.all(answers) });
    if (acks !== 0) return { responses, throttleTimeMs: throttleOf(engine) };
    const failed = responses
      .flatMap(({ partitionResponses }) => partitionResponses)
      .find(({ errorCode }) => errorCode !== KAFKA_ERROR.NONE);
    // A client that reads no answer learns of a refusal by the closed connection alone, as on a broker.
    if (failed !== undefined) throw new StratalogError('INVALID_REQUEST', `Produce with acks=0 failed: ${failed.errorMessage ?? ''}`);
    return null;
  };

  /** Where the partition's log begins; -1 where the error does not come from the log. Cost: 1 read, of refusals only. */
  async function startBehind(error: unknown, name: string, partition: number): Promise<number> {
    if (!isStratalogError(error) || !REFUSED_BY_LOG.has(error.code)) return -1;
    const topic = await engine.topics.find(name);
    if (topic === undefined) return -1;
    const [record] = await engine.index.records([{ topicId: topic.id, partition }]).catch(() => []);
    return record?.start ?? -1;
  }
}

/** While the buffer is all but full producers are told to hold back, as well as being read no further: they show it in their metrics. */
function throttleOf({ acceptedBytes, settings }: Gateway['engine']): number {
  return acceptedBytes >= settings.appendBufferBytes * PRODUCE_THROTTLE_FROM ? PRODUCE_THROTTLE_MS : 0;
}

/** Whether the batch says that it is part of a transaction. */
function isTransactional({ records }: { readonly records: Buffer | null }): boolean {
  return records !== null && records.length >= BATCH_HEADER_BYTES && (records.readUInt16BE(ATTRIBUTES_AT) & TRANSACTIONAL_MASK) !== 0;
}

/** As a broker has it: the request names no transactional id that its batches could be written under, so nothing of it is taken. */
function refusedTransaction({ topicData }: ProduceRequest): readonly TopicProduceResponse[] {
  const errorCode = KAFKA_ERROR.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
  return topicData.map(({ name, partitionData }) => ({
    name,
    partitionResponses: partitionData.map(({ index }) => ({ index, errorCode, baseOffset: -1 })),
  }));
}

/** What a Produce request of version 3 or later may carry (ProduceRequest.validateRecords): one batch of magic 2. */
function checkedRecords(records: Buffer | null, version: number): Buffer {
  const refuse = (why: string) =>
    new StratalogError('INVALID_RECORD', `Produce requests with version ${version} ${why}`, { field: 'records' });
  if (records === null || records.length === 0) throw refuse('must have exactly one record batch per partition');
  if (records.length > MAGIC_AT && records[MAGIC_AT] !== MAGIC_V2) {
    throw refuse('are only allowed to contain record batches with magic version 2');
  }
  if (records.length < BATCH_HEADER_BYTES) {
    throw new StratalogError('CORRUPT_MESSAGE', `the record batch has ${records.length} bytes, its header alone has ${BATCH_HEADER_BYTES}`);
  }
  if (batchSizeAt(records, 0) < records.length) throw refuse('are only allowed to contain exactly one record batch per partition');
  const codec = records.readUInt16BE(ATTRIBUTES_AT) & CODEC_MASK;
  if (version < ZSTD_FROM_VERSION && compressionOf(codec) === 'zstd') {
    throw new StratalogError('UNSUPPORTED_COMPRESSION_TYPE', `zstd needs Produce version ${ZSTD_FROM_VERSION} or later`);
  }
  return records;
}

function appended(index: number, result: BatchResult | undefined, logStartOffset: number): PartitionProduceResponse {
  if (result === undefined) return { index, errorCode: KAFKA_ERROR.NONE, baseOffset: -1 };
  if (result.kind === 'refused') throw result.error;
  return { index, errorCode: KAFKA_ERROR.NONE, baseOffset: result.baseOffset, logAppendTimeMs: result.timestamp, logStartOffset };
}

function refused(index: number, error: unknown, version: number): PartitionProduceResponse {
  const answer = { index, errorCode: errorNumber(error), baseOffset: -1, errorMessage: shownMessage(error) };
  if (version < RECORD_ERRORS_FROM_VERSION || !isStratalogError(error)) return answer;
  const { recordIndexes = [] } = error.details;
  // Whoever sent the batch fails these alone for what they are, and may send the others again (KIP-467).
  return { ...answer, recordErrors: recordIndexes.map((batchIndex) => ({ batchIndex, batchIndexErrorMessage: error.message })) };
}

function invalidAcks(acks: number): StratalogError {
  return new StratalogError('INVALID_REQUIRED_ACKS', `acks is ${acks}, it must be 0, 1 or -1 (all)`, { field: 'acks', value: acks });
}
