// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import type { Reader } from '../wire/reader.ts';
import type { Draft, Writer } from '../wire/writer.ts';

/** Versions 2 to 10, flexible from 8. */
export interface OffsetCommitRequest {
  readonly groupId: string;
  readonly generationIdOrMemberEpoch: number; // default -1
  readonly memberId: string;
  readonly groupInstanceId: string | null; // 7+, default null
  readonly retentionTimeMs: number; // 2-4, default -1
  readonly topics: readonly OffsetCommitRequestTopic[];
}

export interface OffsetCommitRequestTopic {
  readonly name: string; // 2-9
  readonly topicId: string; // 10+
  readonly partitions: readonly OffsetCommitRequestPartition[];
}

export interface OffsetCommitRequestPartition {
  readonly partitionIndex: number;
  readonly committedOffset: number;
  readonly committedLeaderEpoch: number; // 6+, default -1
  readonly committedMetadata: string | null;
}

export function decodeOffsetCommitRequest(r: Reader, v: number): OffsetCommitRequest {
  const flexible = v >= 8;
  const groupId = r.string(flexible);
  const generationIdOrMemberEpoch = r.int32();
  const memberId = r.string(flexible);
  const groupInstanceId = v >= 7 ? r.nullableString(flexible) : null;
  const retentionTimeMs = v <= 4 ? r.int64() : -1;
  const topics = r.array(flexible, v, decodeOffsetCommitRequestTopic);
  if (flexible) r.skipTags();
  return { groupId, generationIdOrMemberEpoch, memberId, groupInstanceId, retentionTimeMs, topics };
}

export function encodeOffsetCommitRequest(w: Writer, m: Draft<OffsetCommitRequest>, v: number): void {
  const flexible = v >= 8;
  w.string(m.groupId ?? '', flexible);
  w.int32(m.generationIdOrMemberEpoch ?? -1);
  w.string(m.memberId ?? '', flexible);
  if (v >= 7) w.string(m.groupInstanceId ?? null, flexible);
  if (v <= 4) w.int64(m.retentionTimeMs ?? -1);
  w.array(m.topics ?? [], flexible, v, encodeOffsetCommitRequestTopic);
  if (flexible) w.uvarint(0);
}

function decodeOffsetCommitRequestTopic(r: Reader, v: number): OffsetCommitRequestTopic {
  const flexible = v >= 8;
  const name = v <= 9 ? r.string(flexible) : '';
  const topicId = v >= 10 ? r.uuid() : '00000000-0000-0000-0000-000000000000';
  const partitions = r.array(flexible, v, decodeOffsetCommitRequestPartition);
  if (flexible) r.skipTags();
  return { name, topicId, partitions };
}

function encodeOffsetCommitRequestTopic(w: Writer, m: Draft<OffsetCommitRequestTopic>, v: number): void {
  const flexible = v >= 8;
  if (v <= 9) w.string(m.name ?? '', flexible);
  if (v >= 10) w.uuid(m.topicId ?? '00000000-0000-0000-0000-000000000000');
  w.array(m.partitions ?? [], flexible, v, encodeOffsetCommitRequestPartition);
  if (flexible) w.uvarint(0);
}

function decodeOffsetCommitRequestPartition(r: Reader, v: number): OffsetCommitRequestPartition {
  const flexible = v >= 8;
  const partitionIndex = r.int32();
  const committedOffset = r.int64Clamped();
  const committedLeaderEpoch = v >= 6 ? r.int32() : -1;
  const committedMetadata = r.nullableString(flexible);
  if (flexible) r.skipTags();
  return { partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata };
}

function encodeOffsetCommitRequestPartition(w: Writer, m: Draft<OffsetCommitRequestPartition>, v: number): void {
  const flexible = v >= 8;
  w.int32(m.partitionIndex ?? 0);
  w.int64(m.committedOffset ?? 0);
  if (v >= 6) w.int32(m.committedLeaderEpoch ?? -1);
  w.string(m.committedMetadata === undefined ? '' : m.committedMetadata, flexible);
  if (flexible) w.uvarint(0);
}

/** Versions 2 to 10, flexible from 8. */
export interface OffsetCommitResponse {
  readonly throttleTimeMs?: number | undefined; // 3+
  readonly topics: readonly OffsetCommitResponseTopic[];
}

export interface OffsetCommitResponseTopic {
  readonly name?: string | undefined; // 2-9
  readonly topicId?: string | undefined; // 10+
  readonly partitions: readonly OffsetCommitResponsePartition[];
}

export interface OffsetCommitResponsePartition {
  readonly partitionIndex: number;
  readonly errorCode: number;
}

export function decodeOffsetCommitResponse(r: Reader, v: number): OffsetCommitResponse {
  const flexible = v >= 8;
  const throttleTimeMs = v >= 3 ? r.int32() : 0;
  const topics = r.array(flexible, v, decodeOffsetCommitResponseTopic);
  if (flexible) r.skipTags();
  return { throttleTimeMs, topics };
}

export function encodeOffsetCommitResponse(w: Writer, m: OffsetCommitResponse, v: number): void {
  const flexible = v >= 8;
  if (v >= 3) w.int32(m.throttleTimeMs ?? 0);
  w.array(m.topics, flexible, v, encodeOffsetCommitResponseTopic);
  if (flexible) w.uvarint(0);
}

function decodeOffsetCommitResponseTopic(r: Reader, v: number): OffsetCommitResponseTopic {
  const flexible = v >= 8;
  const name = v <= 9 ? r.string(flexible) : '';
  const topicId = v >= 10 ? r.uuid() : '00000000-0000-0000-0000-000000000000';
  const partitions = r.array(flexible, v, decodeOffsetCommitResponsePartition);
  if (flexible) r.skipTags();
  return { name, topicId, partitions };
}

function encodeOffsetCommitResponseTopic(w: Writer, m: OffsetCommitResponseTopic, v: number): void {
  const flexible = v >= 8;
  if (v <= 9) w.string(m.name ?? '', flexible);
  if (v >= 10) w.uuid(m.topicId ?? '00000000-0000-0000-0000-000000000000');
  w.array(m.partitions, flexible, v, encodeOffsetCommitResponsePartition);
  if (flexible) w.uvarint(0);
}

function decodeOffsetCommitResponsePartition(r: Reader, v: number): OffsetCommitResponsePartition {
  const flexible = v >= 8;
  const partitionIndex = r.int32();
  const errorCode = r.int16();
  if (flexible) r.skipTags();
  return { partitionIndex, errorCode };
}

function encodeOffsetCommitResponsePartition(w: Writer, m: OffsetCommitResponsePartition, v: number): void {
  const flexible = v >= 8;
  w.int32(m.partitionIndex);
  w.int16(m.errorCode);
  if (flexible) w.uvarint(0);
}

export const OFFSET_COMMIT = {
  name: 'OffsetCommit',
  apiKey: 8,
  flexibleFrom: 8,
  versions: [2, 10],
  decodeRequest: decodeOffsetCommitRequest,
  encodeRequest: encodeOffsetCommitRequest,
  decodeResponse: decodeOffsetCommitResponse,
  encodeResponse: encodeOffsetCommitResponse,
} as const;
