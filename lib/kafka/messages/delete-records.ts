// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import type { Reader } from '../wire/reader.ts';
import type { Draft, Writer } from '../wire/writer.ts';

/** Versions 0 to 2, flexible from 2. */
export interface DeleteRecordsRequest {
  readonly topics: readonly DeleteRecordsTopic[];
  readonly timeoutMs: number;
}

export interface DeleteRecordsTopic {
  readonly name: string;
  readonly partitions: readonly DeleteRecordsPartition[];
}

export interface DeleteRecordsPartition {
  readonly partitionIndex: number;
  readonly offset: number;
}

export function decodeDeleteRecordsRequest(r: Reader, v: number): DeleteRecordsRequest {
  const flexible = v >= 2;
  const topics = r.array(flexible, v, decodeDeleteRecordsTopic);
  const timeoutMs = r.int32();
  if (flexible) r.skipTags();
  return { topics, timeoutMs };
}

export function encodeDeleteRecordsRequest(w: Writer, m: Draft<DeleteRecordsRequest>, v: number): void {
  const flexible = v >= 2;
  w.array(m.topics ?? [], flexible, v, encodeDeleteRecordsTopic);
  w.int32(m.timeoutMs ?? 0);
  if (flexible) w.uvarint(0);
}

function decodeDeleteRecordsTopic(r: Reader, v: number): DeleteRecordsTopic {
  const flexible = v >= 2;
  const name = r.string(flexible);
  const partitions = r.array(flexible, v, decodeDeleteRecordsPartition);
  if (flexible) r.skipTags();
  return { name, partitions };
}

function encodeDeleteRecordsTopic(w: Writer, m: Draft<DeleteRecordsTopic>, v: number): void {
  const flexible = v >= 2;
  w.string(m.name ?? '', flexible);
  w.array(m.partitions ?? [], flexible, v, encodeDeleteRecordsPartition);
  if (flexible) w.uvarint(0);
}

function decodeDeleteRecordsPartition(r: Reader, v: number): DeleteRecordsPartition {
  const flexible = v >= 2;
  const partitionIndex = r.int32();
  const offset = r.int64Clamped();
  if (flexible) r.skipTags();
  return { partitionIndex, offset };
}

function encodeDeleteRecordsPartition(w: Writer, m: Draft<DeleteRecordsPartition>, v: number): void {
  const flexible = v >= 2;
  w.int32(m.partitionIndex ?? 0);
  w.int64(m.offset ?? 0);
  if (flexible) w.uvarint(0);
}

/** Versions 0 to 2, flexible from 2. */
export interface DeleteRecordsResponse {
  readonly throttleTimeMs?: number | undefined;
  readonly topics: readonly DeleteRecordsTopicResult[];
}

export interface DeleteRecordsTopicResult {
  readonly name: string;
  readonly partitions: readonly DeleteRecordsPartitionResult[];
}

export interface DeleteRecordsPartitionResult {
  readonly partitionIndex: number;
  readonly lowWatermark: number;
  readonly errorCode: number;
}

export function decodeDeleteRecordsResponse(r: Reader, v: number): DeleteRecordsResponse {
  const flexible = v >= 2;
  const throttleTimeMs = r.int32();
  const topics = r.array(flexible, v, decodeDeleteRecordsTopicResult);
  if (flexible) r.skipTags();
  return { throttleTimeMs, topics };
}

export function encodeDeleteRecordsResponse(w: Writer, m: DeleteRecordsResponse, v: number): void {
  const flexible = v >= 2;
  w.int32(m.throttleTimeMs ?? 0);
  w.array(m.topics, flexible, v, encodeDeleteRecordsTopicResult);
  if (flexible) w.uvarint(0);
}

function decodeDeleteRecordsTopicResult(r: Reader, v: number): DeleteRecordsTopicResult {
  const flexible = v >= 2;
  const name = r.string(flexible);
  const partitions = r.array(flexible, v, decodeDeleteRecordsPartitionResult);
  if (flexible) r.skipTags();
  return { name, partitions };
}

function encodeDeleteRecordsTopicResult(w: Writer, m: DeleteRecordsTopicResult, v: number): void {
  const flexible = v >= 2;
  w.string(m.name, flexible);
  w.array(m.partitions, flexible, v, encodeDeleteRecordsPartitionResult);
  if (flexible) w.uvarint(0);
}

function decodeDeleteRecordsPartitionResult(r: Reader, v: number): DeleteRecordsPartitionResult {
  const flexible = v >= 2;
  const partitionIndex = r.int32();
  const lowWatermark = r.int64();
  const errorCode = r.int16();
  if (flexible) r.skipTags();
  return { partitionIndex, lowWatermark, errorCode };
}

function encodeDeleteRecordsPartitionResult(w: Writer, m: DeleteRecordsPartitionResult, v: number): void {
  const flexible = v >= 2;
  w.int32(m.partitionIndex);
  w.int64(m.lowWatermark);
  w.int16(m.errorCode);
  if (flexible) w.uvarint(0);
}

export const DELETE_RECORDS = {
  name: 'DeleteRecords',
  apiKey: 21,
  flexibleFrom: 2,
  versions: [0, 2],
  decodeRequest: decodeDeleteRecordsRequest,
  encodeRequest: encodeDeleteRecordsRequest,
  decodeResponse: decodeDeleteRecordsResponse,
  encodeResponse: encodeDeleteRecordsResponse,
} as const;
