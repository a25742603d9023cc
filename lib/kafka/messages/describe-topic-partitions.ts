// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import { type Reader, readInt32 } from '../wire/reader.ts';
import { type Draft, type Writer, writeInt32 } from '../wire/writer.ts';

/** Versions 0 to 0, flexible from 0. */
export interface DescribeTopicPartitionsRequest {
  readonly topics: readonly TopicRequest[];
  readonly responsePartitionLimit: number; // default 2000
  readonly cursor: CursorInRequest | null; // default null
}

export interface CursorInRequest {
  readonly topicName: string;
  readonly partitionIndex: number;
}

export interface TopicRequest {
  readonly name: string;
}

export function decodeDescribeTopicPartitionsRequest(r: Reader, v: number): DescribeTopicPartitionsRequest {
  const topics = r.array(true, v, decodeTopicRequest);
  const responsePartitionLimit = r.int32();
  const cursor = r.nullableStruct(v, decodeCursorInRequest);
  r.skipTags();
  return { topics, responsePartitionLimit, cursor };
}

export function encodeDescribeTopicPartitionsRequest(w: Writer, m: Draft<DescribeTopicPartitionsRequest>, v: number): void {
  w.array(m.topics ?? [], true, v, encodeTopicRequest);
  w.int32(m.responsePartitionLimit ?? 2000);
  w.nullableStruct(m.cursor ?? null, v, encodeCursorInRequest);
  w.uvarint(0);
}

function decodeCursorInRequest(r: Reader, _v: number): CursorInRequest {
  const topicName = r.string(true);
  const partitionIndex = r.int32();
  r.skipTags();
  return { topicName, partitionIndex };
}

function encodeCursorInRequest(w: Writer, m: Draft<CursorInRequest>, _v: number): void {
  w.string(m.topicName ?? '', true);
  w.int32(m.partitionIndex ?? 0);
  w.uvarint(0);
}

function decodeTopicRequest(r: Reader, _v: number): TopicRequest {
  const name = r.string(true);
  r.skipTags();
  return { name };
}

function encodeTopicRequest(w: Writer, m: Draft<TopicRequest>, _v: number): void {
  w.string(m.name ?? '', true);
  w.uvarint(0);
}

/** Versions 0 to 0, flexible from 0. */
export interface DescribeTopicPartitionsResponse {
  readonly throttleTimeMs?: number | undefined;
  readonly topics: readonly DescribeTopicPartitionsResponseTopic[];
  readonly nextCursor?: CursorInResponse | null | undefined; // default null
}

export interface CursorInResponse {
  readonly topicName: string;
  readonly partitionIndex: number;
}

export interface DescribeTopicPartitionsResponseTopic {
  readonly errorCode: number;
  readonly name: string | null;
  readonly topicId: string;
  readonly isInternal?: boolean | undefined; // default false
  readonly partitions: readonly DescribeTopicPartitionsResponsePartition[];
  readonly topicAuthorizedOperations?: number | undefined; // default -2147483648
}

export interface DescribeTopicPartitionsResponsePartition {
  readonly errorCode: number;
  readonly partitionIndex: number;
  readonly leaderId: number;
  readonly leaderEpoch?: number | undefined; // default -1
  readonly replicaNodes: readonly number[];
  readonly isrNodes: readonly number[];
  readonly eligibleLeaderReplicas?: readonly number[] | null | undefined; // default null
  readonly lastKnownElr?: readonly number[] | null | undefined; // default null
  readonly offlineReplicas: readonly number[];
}

export function decodeDescribeTopicPartitionsResponse(r: Reader, v: number): DescribeTopicPartitionsResponse {
  const throttleTimeMs = r.int32();
  const topics = r.array(true, v, decodeDescribeTopicPartitionsResponseTopic);
  const nextCursor = r.nullableStruct(v, decodeCursorInResponse);
  r.skipTags();
  return { throttleTimeMs, topics, nextCursor };
}

export function encodeDescribeTopicPartitionsResponse(w: Writer, m: DescribeTopicPartitionsResponse, v: number): void {
  w.int32(m.throttleTimeMs ?? 0);
  w.array(m.topics, true, v, encodeDescribeTopicPartitionsResponseTopic);
  w.nullableStruct(m.nextCursor ?? null, v, encodeCursorInResponse);
  w.uvarint(0);
}

function decodeCursorInResponse(r: Reader, _v: number): CursorInResponse {
  const topicName = r.string(true);
  const partitionIndex = r.int32();
  r.skipTags();
  return { topicName, partitionIndex };
}

function encodeCursorInResponse(w: Writer, m: CursorInResponse, _v: number): void {
  w.string(m.topicName, true);
  w.int32(m.partitionIndex);
  w.uvarint(0);
}

function decodeDescribeTopicPartitionsResponseTopic(r: Reader, v: number): DescribeTopicPartitionsResponseTopic {
  const errorCode = r.int16();
  const name = r.nullableString(true);
  const topicId = r.uuid();
  const isInternal = r.bool();
  const partitions = r.array(true, v, decodeDescribeTopicPartitionsResponsePartition);
  const topicAuthorizedOperations = r.int32();
  r.skipTags();
  return { errorCode, name, topicId, isInternal, partitions, topicAuthorizedOperations };
}

function encodeDescribeTopicPartitionsResponseTopic(w: Writer, m: DescribeTopicPartitionsResponseTopic, v: number): void {
  w.int16(m.errorCode);
  w.string(m.name, true);
  w.uuid(m.topicId);
  w.bool(m.isInternal ?? false);
  w.array(m.partitions, true, v, encodeDescribeTopicPartitionsResponsePartition);
  w.int32(m.topicAuthorizedOperations ?? -2147483648);
  w.uvarint(0);
}

function decodeDescribeTopicPartitionsResponsePartition(r: Reader, v: number): DescribeTopicPartitionsResponsePartition {
  const errorCode = r.int16();
  const partitionIndex = r.int32();
  const leaderId = r.int32();
  const leaderEpoch = r.int32();
  const replicaNodes = r.array(true, v, readInt32);
  const isrNodes = r.array(true, v, readInt32);
  const eligibleLeaderReplicas = r.nullableArray(true, v, readInt32);
  const lastKnownElr = r.nullableArray(true, v, readInt32);
  const offlineReplicas = r.array(true, v, readInt32);
  r.skipTags();
  return {
    errorCode,
    partitionIndex,
    leaderId,
    leaderEpoch,
    replicaNodes,
    isrNodes,
    eligibleLeaderReplicas,
    lastKnownElr,
    offlineReplicas,
  };
}

function encodeDescribeTopicPartitionsResponsePartition(w: Writer, m: DescribeTopicPartitionsResponsePartition, v: number): void {
  w.int16(m.errorCode);
  w.int32(m.partitionIndex);
  w.int32(m.leaderId);
  w.int32(m.leaderEpoch ?? -1);
  w.array(m.replicaNodes, true, v, writeInt32);
  w.array(m.isrNodes, true, v, writeInt32);
  w.array(m.eligibleLeaderReplicas ?? null, true, v, writeInt32);
  w.array(m.lastKnownElr ?? null, true, v, writeInt32);
  w.array(m.offlineReplicas, true, v, writeInt32);
  w.uvarint(0);
}

export const DESCRIBE_TOPIC_PARTITIONS = {
  name: 'DescribeTopicPartitions',
  apiKey: 75,
  flexibleFrom: 0,
  versions: [0, 0],
  decodeRequest: decodeDescribeTopicPartitionsRequest,
  encodeRequest: encodeDescribeTopicPartitionsRequest,
  decodeResponse: decodeDescribeTopicPartitionsResponse,
  encodeResponse: encodeDescribeTopicPartitionsResponse,
} as const;
