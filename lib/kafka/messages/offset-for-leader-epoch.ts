// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import type { Reader } from '../wire/reader.ts';
import type { Draft, Writer } from '../wire/writer.ts';

/** Versions 2 to 4, flexible from 4. */
export interface OffsetForLeaderEpochRequest {
  readonly replicaId: number; // 3+, default -2
  readonly topics: readonly OffsetForLeaderTopic[];
}

export interface OffsetForLeaderTopic {
  readonly topic: string;
  readonly partitions: readonly OffsetForLeaderPartition[];
}

export interface OffsetForLeaderPartition {
  readonly partition: number;
  readonly currentLeaderEpoch: number; // default -1
  readonly leaderEpoch: number;
}

export function decodeOffsetForLeaderEpochRequest(r: Reader, v: number): OffsetForLeaderEpochRequest {
  const flexible = v >= 4;
  const replicaId = v >= 3 ? r.int32() : -2;
  const topics = r.array(flexible, v, decodeOffsetForLeaderTopic);
  if (flexible) r.skipTags();
  return { replicaId, topics };
}

export function encodeOffsetForLeaderEpochRequest(w: Writer, m: Draft<OffsetForLeaderEpochRequest>, v: number): void {
  const flexible = v >= 4;
  if (v >= 3) w.int32(m.replicaId ?? -2);
  w.array(m.topics ?? [], flexible, v, encodeOffsetForLeaderTopic);
  if (flexible) w.uvarint(0);
}

function decodeOffsetForLeaderTopic(r: Reader, v: number): OffsetForLeaderTopic {
  const flexible = v >= 4;
  const topic = r.string(flexible);
  const partitions = r.array(flexible, v, decodeOffsetForLeaderPartition);
  if (flexible) r.skipTags();
  return { topic, partitions };
}

function encodeOffsetForLeaderTopic(w: Writer, m: Draft<OffsetForLeaderTopic>, v: number): void {
  const flexible = v >= 4;
  w.string(m.topic ?? '', flexible);
  w.array(m.partitions ?? [], flexible, v, encodeOffsetForLeaderPartition);
  if (flexible) w.uvarint(0);
}

function decodeOffsetForLeaderPartition(r: Reader, v: number): OffsetForLeaderPartition {
  const flexible = v >= 4;
  const partition = r.int32();
  const currentLeaderEpoch = r.int32();
  const leaderEpoch = r.int32();
  if (flexible) r.skipTags();
  return { partition, currentLeaderEpoch, leaderEpoch };
}

function encodeOffsetForLeaderPartition(w: Writer, m: Draft<OffsetForLeaderPartition>, v: number): void {
  const flexible = v >= 4;
  w.int32(m.partition ?? 0);
  w.int32(m.currentLeaderEpoch ?? -1);
  w.int32(m.leaderEpoch ?? 0);
  if (flexible) w.uvarint(0);
}

/** Versions 2 to 4, flexible from 4. */
export interface OffsetForLeaderEpochResponse {
  readonly throttleTimeMs?: number | undefined;
  readonly topics: readonly OffsetForLeaderTopicResult[];
}

export interface OffsetForLeaderTopicResult {
  readonly topic: string;
  readonly partitions: readonly EpochEndOffset[];
}

export interface EpochEndOffset {
  readonly errorCode: number;
  readonly partition: number;
  readonly leaderEpoch?: number | undefined; // default -1
  readonly endOffset?: number | undefined; // default -1
}

export function decodeOffsetForLeaderEpochResponse(r: Reader, v: number): OffsetForLeaderEpochResponse {
  const flexible = v >= 4;
  const throttleTimeMs = r.int32();
  const topics = r.array(flexible, v, decodeOffsetForLeaderTopicResult);
  if (flexible) r.skipTags();
  return { throttleTimeMs, topics };
}

export function encodeOffsetForLeaderEpochResponse(w: Writer, m: OffsetForLeaderEpochResponse, v: number): void {
  const flexible = v >= 4;
  w.int32(m.throttleTimeMs ?? 0);
  w.array(m.topics, flexible, v, encodeOffsetForLeaderTopicResult);
  if (flexible) w.uvarint(0);
}

function decodeOffsetForLeaderTopicResult(r: Reader, v: number): OffsetForLeaderTopicResult {
  const flexible = v >= 4;
  const topic = r.string(flexible);
  const partitions = r.array(flexible, v, decodeEpochEndOffset);
  if (flexible) r.skipTags();
  return { topic, partitions };
}

function encodeOffsetForLeaderTopicResult(w: Writer, m: OffsetForLeaderTopicResult, v: number): void {
  const flexible = v >= 4;
  w.string(m.topic, flexible);
  w.array(m.partitions, flexible, v, encodeEpochEndOffset);
  if (flexible) w.uvarint(0);
}

function decodeEpochEndOffset(r: Reader, v: number): EpochEndOffset {
  const flexible = v >= 4;
  const errorCode = r.int16();
  const partition = r.int32();
  const leaderEpoch = r.int32();
  const endOffset = r.int64();
  if (flexible) r.skipTags();
  return { errorCode, partition, leaderEpoch, endOffset };
}

function encodeEpochEndOffset(w: Writer, m: EpochEndOffset, v: number): void {
  const flexible = v >= 4;
  w.int16(m.errorCode);
  w.int32(m.partition);
  w.int32(m.leaderEpoch ?? -1);
  w.int64(m.endOffset ?? -1);
  if (flexible) w.uvarint(0);
}

export const OFFSET_FOR_LEADER_EPOCH = {
  name: 'OffsetForLeaderEpoch',
  apiKey: 23,
  flexibleFrom: 4,
  versions: [2, 4],
  decodeRequest: decodeOffsetForLeaderEpochRequest,
  encodeRequest: encodeOffsetForLeaderEpochRequest,
  decodeResponse: decodeOffsetForLeaderEpochResponse,
  encodeResponse: encodeOffsetForLeaderEpochResponse,
} as const;
