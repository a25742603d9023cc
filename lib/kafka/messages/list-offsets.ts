// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import type { Reader } from '../wire/reader.ts';
import type { Draft, Writer } from '../wire/writer.ts';

/** Versions 1 to 11, flexible from 6. */
export interface ListOffsetsRequest {
  readonly replicaId: number;
  readonly isolationLevel: number; // 2+
  readonly topics: readonly ListOffsetsTopic[];
  readonly timeoutMs: number; // 10+
}

export interface ListOffsetsTopic {
  readonly name: string;
  readonly partitions: readonly ListOffsetsPartition[];
}

export interface ListOffsetsPartition {
  readonly partitionIndex: number;
  readonly currentLeaderEpoch: number; // 4+, default -1
  readonly timestamp: number;
}

export function decodeListOffsetsRequest(r: Reader, v: number): ListOffsetsRequest {
  const flexible = v >= 6;
  const replicaId = r.int32();
  const isolationLevel = v >= 2 ? r.int8() : 0;
  const topics = r.array(flexible, v, decodeListOffsetsTopic);
  const timeoutMs = v >= 10 ? r.int32() : 0;
  if (flexible) r.skipTags();
  return { replicaId, isolationLevel, topics, timeoutMs };
}

export function encodeListOffsetsRequest(w: Writer, m: Draft<ListOffsetsRequest>, v: number): void {
  const flexible = v >= 6;
  w.int32(m.replicaId ?? 0);
  if (v >= 2) w.int8(m.isolationLevel ?? 0);
  w.array(m.topics ?? [], flexible, v, encodeListOffsetsTopic);
  if (v >= 10) w.int32(m.timeoutMs ?? 0);
  if (flexible) w.uvarint(0);
}

function decodeListOffsetsTopic(r: Reader, v: number): ListOffsetsTopic {
  const flexible = v >= 6;
  const name = r.string(flexible);
  const partitions = r.array(flexible, v, decodeListOffsetsPartition);
  if (flexible) r.skipTags();
  return { name, partitions };
}

function encodeListOffsetsTopic(w: Writer, m: Draft<ListOffsetsTopic>, v: number): void {
  const flexible = v >= 6;
  w.string(m.name ?? '', flexible);
  w.array(m.partitions ?? [], flexible, v, encodeListOffsetsPartition);
  if (flexible) w.uvarint(0);
}

function decodeListOffsetsPartition(r: Reader, v: number): ListOffsetsPartition {
  const flexible = v >= 6;
  const partitionIndex = r.int32();
  const currentLeaderEpoch = v >= 4 ? r.int32() : -1;
  const timestamp = r.int64Clamped();
  if (flexible) r.skipTags();
  return { partitionIndex, currentLeaderEpoch, timestamp };
}

function encodeListOffsetsPartition(w: Writer, m: Draft<ListOffsetsPartition>, v: number): void {
  const flexible = v >= 6;
  w.int32(m.partitionIndex ?? 0);
  if (v >= 4) w.int32(m.currentLeaderEpoch ?? -1);
  w.int64(m.timestamp ?? 0);
  if (flexible) w.uvarint(0);
}

/** Versions 1 to 11, flexible from 6. */
export interface ListOffsetsResponse {
  readonly throttleTimeMs?: number | undefined; // 2+
  readonly topics: readonly ListOffsetsTopicResponse[];
}

export interface ListOffsetsTopicResponse {
  readonly name: string;
  readonly partitions: readonly ListOffsetsPartitionResponse[];
}

export interface ListOffsetsPartitionResponse {
  readonly partitionIndex: number;
  readonly errorCode: number;
  readonly timestamp?: number | undefined; // default -1
  readonly offset?: number | undefined; // default -1
  readonly leaderEpoch?: number | undefined; // 4+, default -1
}

export function decodeListOffsetsResponse(r: Reader, v: number): ListOffsetsResponse {
  const flexible = v >= 6;
  const throttleTimeMs = v >= 2 ? r.int32() : 0;
  const topics = r.array(flexible, v, decodeListOffsetsTopicResponse);
  if (flexible) r.skipTags();
  return { throttleTimeMs, topics };
}

export function encodeListOffsetsResponse(w: Writer, m: ListOffsetsResponse, v: number): void {
  const flexible = v >= 6;
  if (v >= 2) w.int32(m.throttleTimeMs ?? 0);
  w.array(m.topics, flexible, v, encodeListOffsetsTopicResponse);
  if (flexible) w.uvarint(0);
}

function decodeListOffsetsTopicResponse(r: Reader, v: number): ListOffsetsTopicResponse {
  const flexible = v >= 6;
  const name = r.string(flexible);
  const partitions = r.array(flexible, v, decodeListOffsetsPartitionResponse);
  if (flexible) r.skipTags();
  return { name, partitions };
}

function encodeListOffsetsTopicResponse(w: Writer, m: ListOffsetsTopicResponse, v: number): void {
  const flexible = v >= 6;
  w.string(m.name, flexible);
  w.array(m.partitions, flexible, v, encodeListOffsetsPartitionResponse);
  if (flexible) w.uvarint(0);
}

function decodeListOffsetsPartitionResponse(r: Reader, v: number): ListOffsetsPartitionResponse {
  const flexible = v >= 6;
  const partitionIndex = r.int32();
  const errorCode = r.int16();
  const timestamp = r.int64();
  const offset = r.int64();
  const leaderEpoch = v >= 4 ? r.int32() : -1;
  if (flexible) r.skipTags();
  return { partitionIndex, errorCode, timestamp, offset, leaderEpoch };
}

function encodeListOffsetsPartitionResponse(w: Writer, m: ListOffsetsPartitionResponse, v: number): void {
  const flexible = v >= 6;
  w.int32(m.partitionIndex);
  w.int16(m.errorCode);
  w.int64(m.timestamp ?? -1);
  w.int64(m.offset ?? -1);
  if (v >= 4) w.int32(m.leaderEpoch ?? -1);
  if (flexible) w.uvarint(0);
}

export const LIST_OFFSETS = {
  name: 'ListOffsets',
  apiKey: 2,
  flexibleFrom: 6,
  versions: [1, 11],
  decodeRequest: decodeListOffsetsRequest,
  encodeRequest: encodeListOffsetsRequest,
  decodeResponse: decodeListOffsetsResponse,
  encodeResponse: encodeListOffsetsResponse,
} as const;
