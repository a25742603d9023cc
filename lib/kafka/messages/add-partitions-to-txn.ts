// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import { type Reader, readInt32 } from '../wire/reader.ts';
import { type Draft, type Writer, writeInt32 } from '../wire/writer.ts';

/** Versions 0 to 5, flexible from 3. */
export interface AddPartitionsToTxnRequest {
  readonly transactions: readonly AddPartitionsToTxnTransaction[]; // 4+
  readonly v3AndBelowTransactionalId: string; // 0-3
  readonly v3AndBelowProducerId: number; // 0-3
  readonly v3AndBelowProducerEpoch: number; // 0-3
  readonly v3AndBelowTopics: readonly AddPartitionsToTxnTopic[]; // 0-3
}

export interface AddPartitionsToTxnTransaction {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly verifyOnly: boolean; // default false
  readonly topics: readonly AddPartitionsToTxnTopic[];
}

export interface AddPartitionsToTxnTopic {
  readonly name: string;
  readonly partitions: readonly number[];
}

export function decodeAddPartitionsToTxnRequest(r: Reader, v: number): AddPartitionsToTxnRequest {
  const flexible = v >= 3;
  const transactions = v >= 4 ? r.array(true, v, decodeAddPartitionsToTxnTransaction) : [];
  const v3AndBelowTransactionalId = v <= 3 ? r.string(flexible) : '';
  const v3AndBelowProducerId = v <= 3 ? r.int64() : 0;
  const v3AndBelowProducerEpoch = v <= 3 ? r.int16() : 0;
  const v3AndBelowTopics = v <= 3 ? r.array(flexible, v, decodeAddPartitionsToTxnTopic) : [];
  if (flexible) r.skipTags();
  return { transactions, v3AndBelowTransactionalId, v3AndBelowProducerId, v3AndBelowProducerEpoch, v3AndBelowTopics };
}

export function encodeAddPartitionsToTxnRequest(w: Writer, m: Draft<AddPartitionsToTxnRequest>, v: number): void {
  const flexible = v >= 3;
  if (v >= 4) w.array(m.transactions ?? [], true, v, encodeAddPartitionsToTxnTransaction);
  if (v <= 3) w.string(m.v3AndBelowTransactionalId ?? '', flexible);
  if (v <= 3) w.int64(m.v3AndBelowProducerId ?? 0);
  if (v <= 3) w.int16(m.v3AndBelowProducerEpoch ?? 0);
  if (v <= 3) w.array(m.v3AndBelowTopics ?? [], flexible, v, encodeAddPartitionsToTxnTopic);
  if (flexible) w.uvarint(0);
}

function decodeAddPartitionsToTxnTransaction(r: Reader, v: number): AddPartitionsToTxnTransaction {
  const transactionalId = r.string(true);
  const producerId = r.int64();
  const producerEpoch = r.int16();
  const verifyOnly = r.bool();
  const topics = r.array(true, v, decodeAddPartitionsToTxnTopic);
  r.skipTags();
  return { transactionalId, producerId, producerEpoch, verifyOnly, topics };
}

function encodeAddPartitionsToTxnTransaction(w: Writer, m: Draft<AddPartitionsToTxnTransaction>, v: number): void {
  w.string(m.transactionalId ?? '', true);
  w.int64(m.producerId ?? 0);
  w.int16(m.producerEpoch ?? 0);
  w.bool(m.verifyOnly ?? false);
  w.array(m.topics ?? [], true, v, encodeAddPartitionsToTxnTopic);
  w.uvarint(0);
}

function decodeAddPartitionsToTxnTopic(r: Reader, v: number): AddPartitionsToTxnTopic {
  const flexible = v >= 3;
  const name = r.string(flexible);
  const partitions = r.array(flexible, v, readInt32);
  if (flexible) r.skipTags();
  return { name, partitions };
}

function encodeAddPartitionsToTxnTopic(w: Writer, m: Draft<AddPartitionsToTxnTopic>, v: number): void {
  const flexible = v >= 3;
  w.string(m.name ?? '', flexible);
  w.array(m.partitions ?? [], flexible, v, writeInt32);
  if (flexible) w.uvarint(0);
}

/** Versions 0 to 5, flexible from 3. */
export interface AddPartitionsToTxnResponse {
  readonly throttleTimeMs?: number | undefined;
  readonly errorCode?: number | undefined; // 4+
  readonly resultsByTransaction?: readonly AddPartitionsToTxnResult[] | undefined; // 4+
  readonly resultsByTopicV3AndBelow?: readonly AddPartitionsToTxnTopicResult[] | undefined; // 0-3
}

export interface AddPartitionsToTxnResult {
  readonly transactionalId: string;
  readonly topicResults: readonly AddPartitionsToTxnTopicResult[];
}

export interface AddPartitionsToTxnPartitionResult {
  readonly partitionIndex: number;
  readonly partitionErrorCode: number;
}

export interface AddPartitionsToTxnTopicResult {
  readonly name: string;
  readonly resultsByPartition: readonly AddPartitionsToTxnPartitionResult[];
}

export function decodeAddPartitionsToTxnResponse(r: Reader, v: number): AddPartitionsToTxnResponse {
  const flexible = v >= 3;
  const throttleTimeMs = r.int32();
  const errorCode = v >= 4 ? r.int16() : 0;
  const resultsByTransaction = v >= 4 ? r.array(true, v, decodeAddPartitionsToTxnResult) : [];
  const resultsByTopicV3AndBelow = v <= 3 ? r.array(flexible, v, decodeAddPartitionsToTxnTopicResult) : [];
  if (flexible) r.skipTags();
  return { throttleTimeMs, errorCode, resultsByTransaction, resultsByTopicV3AndBelow };
}

export function encodeAddPartitionsToTxnResponse(w: Writer, m: AddPartitionsToTxnResponse, v: number): void {
  const flexible = v >= 3;
  w.int32(m.throttleTimeMs ?? 0);
  if (v >= 4) w.int16(m.errorCode ?? 0);
  if (v >= 4) w.array(m.resultsByTransaction ?? [], true, v, encodeAddPartitionsToTxnResult);
  if (v <= 3) w.array(m.resultsByTopicV3AndBelow ?? [], flexible, v, encodeAddPartitionsToTxnTopicResult);
  if (flexible) w.uvarint(0);
}

function decodeAddPartitionsToTxnResult(r: Reader, v: number): AddPartitionsToTxnResult {
  const transactionalId = r.string(true);
  const topicResults = r.array(true, v, decodeAddPartitionsToTxnTopicResult);
  r.skipTags();
  return { transactionalId, topicResults };
}

function encodeAddPartitionsToTxnResult(w: Writer, m: AddPartitionsToTxnResult, v: number): void {
  w.string(m.transactionalId, true);
  w.array(m.topicResults, true, v, encodeAddPartitionsToTxnTopicResult);
  w.uvarint(0);
}

function decodeAddPartitionsToTxnPartitionResult(r: Reader, v: number): AddPartitionsToTxnPartitionResult {
  const flexible = v >= 3;
  const partitionIndex = r.int32();
  const partitionErrorCode = r.int16();
  if (flexible) r.skipTags();
  return { partitionIndex, partitionErrorCode };
}

function encodeAddPartitionsToTxnPartitionResult(w: Writer, m: AddPartitionsToTxnPartitionResult, v: number): void {
  const flexible = v >= 3;
  w.int32(m.partitionIndex);
  w.int16(m.partitionErrorCode);
  if (flexible) w.uvarint(0);
}

function decodeAddPartitionsToTxnTopicResult(r: Reader, v: number): AddPartitionsToTxnTopicResult {
  const flexible = v >= 3;
  const name = r.string(flexible);
  const resultsByPartition = r.array(flexible, v, decodeAddPartitionsToTxnPartitionResult);
  if (flexible) r.skipTags();
  return { name, resultsByPartition };
}

function encodeAddPartitionsToTxnTopicResult(w: Writer, m: AddPartitionsToTxnTopicResult, v: number): void {
  const flexible = v >= 3;
  w.string(m.name, flexible);
  w.array(m.resultsByPartition, flexible, v, encodeAddPartitionsToTxnPartitionResult);
  if (flexible) w.uvarint(0);
}

export const ADD_PARTITIONS_TO_TXN = {
  name: 'AddPartitionsToTxn',
  apiKey: 24,
  flexibleFrom: 3,
  versions: [0, 5],
  decodeRequest: decodeAddPartitionsToTxnRequest,
  encodeRequest: encodeAddPartitionsToTxnRequest,
  decodeResponse: decodeAddPartitionsToTxnResponse,
  encodeResponse: encodeAddPartitionsToTxnResponse,
} as const;
