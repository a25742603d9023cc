// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import { type Reader, readCompactString, readInt32 } from '../wire/reader.ts';
import { type Draft, type Writer, writeCompactString, writeInt32 } from '../wire/writer.ts';

/** Versions 0 to 0, flexible from 0. */
export interface DescribeTransactionsRequest {
  readonly transactionalIds: readonly string[];
}

export function decodeDescribeTransactionsRequest(r: Reader, v: number): DescribeTransactionsRequest {
  const transactionalIds = r.array(true, v, readCompactString);
  r.skipTags();
  return { transactionalIds };
}

export function encodeDescribeTransactionsRequest(w: Writer, m: Draft<DescribeTransactionsRequest>, v: number): void {
  w.array(m.transactionalIds ?? [], true, v, writeCompactString);
  w.uvarint(0);
}

/** Versions 0 to 0, flexible from 0. */
export interface DescribeTransactionsResponse {
  readonly throttleTimeMs?: number | undefined;
  readonly transactionStates: readonly TransactionState[];
}

export interface TransactionState {
  readonly errorCode: number;
  readonly transactionalId: string;
  readonly transactionState: string;
  readonly transactionTimeoutMs: number;
  readonly transactionStartTimeMs: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly topics: readonly TopicData[];
}

export interface TopicData {
  readonly topic: string;
  readonly partitions: readonly number[];
}

export function decodeDescribeTransactionsResponse(r: Reader, v: number): DescribeTransactionsResponse {
  const throttleTimeMs = r.int32();
  const transactionStates = r.array(true, v, decodeTransactionState);
  r.skipTags();
  return { throttleTimeMs, transactionStates };
}

export function encodeDescribeTransactionsResponse(w: Writer, m: DescribeTransactionsResponse, v: number): void {
  w.int32(m.throttleTimeMs ?? 0);
  w.array(m.transactionStates, true, v, encodeTransactionState);
  w.uvarint(0);
}

function decodeTransactionState(r: Reader, v: number): TransactionState {
  const errorCode = r.int16();
  const transactionalId = r.string(true);
  const transactionState = r.string(true);
  const transactionTimeoutMs = r.int32();
  const transactionStartTimeMs = r.int64();
  const producerId = r.int64();
  const producerEpoch = r.int16();
  const topics = r.array(true, v, decodeTopicData);
  r.skipTags();
  return { errorCode, transactionalId, transactionState, transactionTimeoutMs, transactionStartTimeMs, producerId, producerEpoch, topics };
}

function encodeTransactionState(w: Writer, m: TransactionState, v: number): void {
  w.int16(m.errorCode);
  w.string(m.transactionalId, true);
  w.string(m.transactionState, true);
  w.int32(m.transactionTimeoutMs);
  w.int64(m.transactionStartTimeMs);
  w.int64(m.producerId);
  w.int16(m.producerEpoch);
  w.array(m.topics, true, v, encodeTopicData);
  w.uvarint(0);
}

function decodeTopicData(r: Reader, v: number): TopicData {
  const topic = r.string(true);
  const partitions = r.array(true, v, readInt32);
  r.skipTags();
  return { topic, partitions };
}

function encodeTopicData(w: Writer, m: TopicData, v: number): void {
  w.string(m.topic, true);
  w.array(m.partitions, true, v, writeInt32);
  w.uvarint(0);
}

export const DESCRIBE_TRANSACTIONS = {
  name: 'DescribeTransactions',
  apiKey: 65,
  flexibleFrom: 0,
  versions: [0, 0],
  decodeRequest: decodeDescribeTransactionsRequest,
  encodeRequest: encodeDescribeTransactionsRequest,
  decodeResponse: decodeDescribeTransactionsResponse,
  encodeResponse: encodeDescribeTransactionsResponse,
} as const;
