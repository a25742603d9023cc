// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import { type Reader, readInt32 } from '../wire/reader.ts';
import { type Draft, type Writer, writeInt32 } from '../wire/writer.ts';

/** Versions 1 to 10, flexible from 6. */
export interface OffsetFetchRequest {
  readonly groupId: string; // 1-7
  readonly topics: readonly OffsetFetchRequestTopic[] | null; // 1-7
  readonly groups: readonly OffsetFetchRequestGroup[]; // 8+
  readonly requireStable: boolean; // 7+, default false
}

export interface OffsetFetchRequestGroup {
  readonly groupId: string;
  readonly memberId: string | null; // 9+, default null
  readonly memberEpoch: number; // 9+, default -1
  readonly topics: readonly OffsetFetchRequestTopics[] | null;
}

export interface OffsetFetchRequestTopics {
  readonly name: string; // 8-9
  readonly topicId: string; // 10+
  readonly partitionIndexes: readonly number[];
}

export interface OffsetFetchRequestTopic {
  readonly name: string;
  readonly partitionIndexes: readonly number[];
}

export function decodeOffsetFetchRequest(r: Reader, v: number): OffsetFetchRequest {
  const flexible = v >= 6;
  const groupId = v <= 7 ? r.string(flexible) : '';
  const topics =
    v <= 7
      ? v >= 2
        ? r.nullableArray(flexible, v, decodeOffsetFetchRequestTopic)
        : r.array(flexible, v, decodeOffsetFetchRequestTopic)
      : [];
  const groups = v >= 8 ? r.array(true, v, decodeOffsetFetchRequestGroup) : [];
  const requireStable = v >= 7 ? r.bool() : false;
  if (flexible) r.skipTags();
  return { groupId, topics, groups, requireStable };
}

export function encodeOffsetFetchRequest(w: Writer, m: Draft<OffsetFetchRequest>, v: number): void {
  const flexible = v >= 6;
  if (v <= 7) w.string(m.groupId ?? '', flexible);
  if (v <= 7) w.array(m.topics ?? null, flexible, v, encodeOffsetFetchRequestTopic);
  if (v >= 8) w.array(m.groups ?? [], true, v, encodeOffsetFetchRequestGroup);
  if (v >= 7) w.bool(m.requireStable ?? false);
  if (flexible) w.uvarint(0);
}

function decodeOffsetFetchRequestGroup(r: Reader, v: number): OffsetFetchRequestGroup {
  const groupId = r.string(true);
  const memberId = v >= 9 ? r.nullableString(true) : null;
  const memberEpoch = v >= 9 ? r.int32() : -1;
  const topics = r.nullableArray(true, v, decodeOffsetFetchRequestTopics);
  r.skipTags();
  return { groupId, memberId, memberEpoch, topics };
}

function encodeOffsetFetchRequestGroup(w: Writer, m: Draft<OffsetFetchRequestGroup>, v: number): void {
  w.string(m.groupId ?? '', true);
  if (v >= 9) w.string(m.memberId ?? null, true);
  if (v >= 9) w.int32(m.memberEpoch ?? -1);
  w.array(m.topics ?? null, true, v, encodeOffsetFetchRequestTopics);
  w.uvarint(0);
}

function decodeOffsetFetchRequestTopics(r: Reader, v: number): OffsetFetchRequestTopics {
  const name = v <= 9 ? r.string(true) : '';
  const topicId = v >= 10 ? r.uuid() : '00000000-0000-0000-0000-000000000000';
  const partitionIndexes = r.array(true, v, readInt32);
  r.skipTags();
  return { name, topicId, partitionIndexes };
}

function encodeOffsetFetchRequestTopics(w: Writer, m: Draft<OffsetFetchRequestTopics>, v: number): void {
  if (v <= 9) w.string(m.name ?? '', true);
  if (v >= 10) w.uuid(m.topicId ?? '00000000-0000-0000-0000-000000000000');
  w.array(m.partitionIndexes ?? [], true, v, writeInt32);
  w.uvarint(0);
}

function decodeOffsetFetchRequestTopic(r: Reader, v: number): OffsetFetchRequestTopic {
  const flexible = v >= 6;
  const name = r.string(flexible);
  const partitionIndexes = r.array(flexible, v, readInt32);
  if (flexible) r.skipTags();
  return { name, partitionIndexes };
}

function encodeOffsetFetchRequestTopic(w: Writer, m: Draft<OffsetFetchRequestTopic>, v: number): void {
  const flexible = v >= 6;
  w.string(m.name ?? '', flexible);
  w.array(m.partitionIndexes ?? [], flexible, v, writeInt32);
  if (flexible) w.uvarint(0);
}

/** Versions 1 to 10, flexible from 6. */
export interface OffsetFetchResponse {
  readonly throttleTimeMs?: number | undefined; // 3+
  readonly topics?: readonly OffsetFetchResponseTopic[] | undefined; // 1-7
  readonly errorCode?: number | undefined; // 2-7, default 0
  readonly groups?: readonly OffsetFetchResponseGroup[] | undefined; // 8+
}

export interface OffsetFetchResponseGroup {
  readonly groupId: string;
  readonly topics: readonly OffsetFetchResponseTopics[];
  readonly errorCode?: number | undefined; // default 0
}

export interface OffsetFetchResponseTopics {
  readonly name?: string | undefined; // 8-9
  readonly topicId?: string | undefined; // 10+
  readonly partitions: readonly OffsetFetchResponsePartitions[];
}

export interface OffsetFetchResponsePartitions {
  readonly partitionIndex: number;
  readonly committedOffset: number;
  readonly committedLeaderEpoch?: number | undefined; // default -1
  readonly metadata: string | null;
  readonly errorCode: number;
}

export interface OffsetFetchResponseTopic {
  readonly name: string;
  readonly partitions: readonly OffsetFetchResponsePartition[];
}

export interface OffsetFetchResponsePartition {
  readonly partitionIndex: number;
  readonly committedOffset: number;
  readonly committedLeaderEpoch?: number | undefined; // 5+, default -1
  readonly metadata: string | null;
  readonly errorCode: number;
}

export function decodeOffsetFetchResponse(r: Reader, v: number): OffsetFetchResponse {
  const flexible = v >= 6;
  const throttleTimeMs = v >= 3 ? r.int32() : 0;
  const topics = v <= 7 ? r.array(flexible, v, decodeOffsetFetchResponseTopic) : [];
  const errorCode = v >= 2 && v <= 7 ? r.int16() : 0;
  const groups = v >= 8 ? r.array(true, v, decodeOffsetFetchResponseGroup) : [];
  if (flexible) r.skipTags();
  return { throttleTimeMs, topics, errorCode, groups };
}

export function encodeOffsetFetchResponse(w: Writer, m: OffsetFetchResponse, v: number): void {
  const flexible = v >= 6;
  if (v >= 3) w.int32(m.throttleTimeMs ?? 0);
  if (v <= 7) w.array(m.topics ?? [], flexible, v, encodeOffsetFetchResponseTopic);
  if (v >= 2 && v <= 7) w.int16(m.errorCode ?? 0);
  if (v >= 8) w.array(m.groups ?? [], true, v, encodeOffsetFetchResponseGroup);
  if (flexible) w.uvarint(0);
}

function decodeOffsetFetchResponseGroup(r: Reader, v: number): OffsetFetchResponseGroup {
  const groupId = r.string(true);
  const topics = r.array(true, v, decodeOffsetFetchResponseTopics);
  const errorCode = r.int16();
  r.skipTags();
  return { groupId, topics, errorCode };
}

function encodeOffsetFetchResponseGroup(w: Writer, m: OffsetFetchResponseGroup, v: number): void {
  w.string(m.groupId, true);
  w.array(m.topics, true, v, encodeOffsetFetchResponseTopics);
  w.int16(m.errorCode ?? 0);
  w.uvarint(0);
}

function decodeOffsetFetchResponseTopics(r: Reader, v: number): OffsetFetchResponseTopics {
  const name = v <= 9 ? r.string(true) : '';
  const topicId = v >= 10 ? r.uuid() : '00000000-0000-0000-0000-000000000000';
  const partitions = r.array(true, v, decodeOffsetFetchResponsePartitions);
  r.skipTags();
  return { name, topicId, partitions };
}

function encodeOffsetFetchResponseTopics(w: Writer, m: OffsetFetchResponseTopics, v: number): void {
  if (v <= 9) w.string(m.name ?? '', true);
  if (v >= 10) w.uuid(m.topicId ?? '00000000-0000-0000-0000-000000000000');
  w.array(m.partitions, true, v, encodeOffsetFetchResponsePartitions);
  w.uvarint(0);
}

function decodeOffsetFetchResponsePartitions(r: Reader, _v: number): OffsetFetchResponsePartitions {
  const partitionIndex = r.int32();
  const committedOffset = r.int64();
  const committedLeaderEpoch = r.int32();
  const metadata = r.nullableString(true);
  const errorCode = r.int16();
  r.skipTags();
  return { partitionIndex, committedOffset, committedLeaderEpoch, metadata, errorCode };
}

function encodeOffsetFetchResponsePartitions(w: Writer, m: OffsetFetchResponsePartitions, _v: number): void {
  w.int32(m.partitionIndex);
  w.int64(m.committedOffset);
  w.int32(m.committedLeaderEpoch ?? -1);
  w.string(m.metadata, true);
  w.int16(m.errorCode);
  w.uvarint(0);
}

function decodeOffsetFetchResponseTopic(r: Reader, v: number): OffsetFetchResponseTopic {
  const flexible = v >= 6;
  const name = r.string(flexible);
  const partitions = r.array(flexible, v, decodeOffsetFetchResponsePartition);
  if (flexible) r.skipTags();
  return { name, partitions };
}

function encodeOffsetFetchResponseTopic(w: Writer, m: OffsetFetchResponseTopic, v: number): void {
  const flexible = v >= 6;
  w.string(m.name, flexible);
  w.array(m.partitions, flexible, v, encodeOffsetFetchResponsePartition);
  if (flexible) w.uvarint(0);
}

function decodeOffsetFetchResponsePartition(r: Reader, v: number): OffsetFetchResponsePartition {
  const flexible = v >= 6;
  const partitionIndex = r.int32();
  const committedOffset = r.int64();
  const committedLeaderEpoch = v >= 5 ? r.int32() : -1;
  const metadata = r.nullableString(flexible);
  const errorCode = r.int16();
  if (flexible) r.skipTags();
  return { partitionIndex, committedOffset, committedLeaderEpoch, metadata, errorCode };
}

function encodeOffsetFetchResponsePartition(w: Writer, m: OffsetFetchResponsePartition, v: number): void {
  const flexible = v >= 6;
  w.int32(m.partitionIndex);
  w.int64(m.committedOffset);
  if (v >= 5) w.int32(m.committedLeaderEpoch ?? -1);
  w.string(m.metadata, flexible);
  w.int16(m.errorCode);
  if (flexible) w.uvarint(0);
}

export const OFFSET_FETCH = {
  name: 'OffsetFetch',
  apiKey: 9,
  flexibleFrom: 6,
  versions: [1, 10],
  decodeRequest: decodeOffsetFetchRequest,
  encodeRequest: encodeOffsetFetchRequest,
  decodeResponse: decodeOffsetFetchResponse,
  encodeResponse: encodeOffsetFetchResponse,
} as const;
