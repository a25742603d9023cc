// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import type { Reader } from '../wire/reader.ts';
import type { Draft, Writer } from '../wire/writer.ts';

/** Versions 0 to 5, flexible from 3. */
export interface TxnOffsetCommitRequest {
  readonly transactionalId: string;
  readonly groupId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly generationId: number; // 3+, default -1
  readonly memberId: string; // 3+
  readonly groupInstanceId: string | null; // 3+, default null
  readonly topics: readonly TxnOffsetCommitRequestTopic[];
}

export interface TxnOffsetCommitRequestTopic {
  readonly name: string;
  readonly partitions: readonly TxnOffsetCommitRequestPartition[];
}

export interface TxnOffsetCommitRequestPartition {
  readonly partitionIndex: number;
  readonly committedOffset: number;
  readonly committedLeaderEpoch: number; // 2+, default -1
  readonly committedMetadata: string | null;
}

export function decodeTxnOffsetCommitRequest(r: Reader, v: number): TxnOffsetCommitRequest {
  const flexible = v >= 3;
  const transactionalId = r.string(flexible);
  const groupId = r.string(flexible);
  const producerId = r.int64();
  const producerEpoch = r.int16();
  const generationId = v >= 3 ? r.int32() : -1;
  const memberId = v >= 3 ? r.string(true) : '';
  const groupInstanceId = v >= 3 ? r.nullableString(true) : null;
  const topics = r.array(flexible, v, decodeTxnOffsetCommitRequestTopic);
  if (flexible) r.skipTags();
  return { transactionalId, groupId, producerId, producerEpoch, generationId, memberId, groupInstanceId, topics };
}

export function encodeTxnOffsetCommitRequest(w: Writer, m: Draft<TxnOffsetCommitRequest>, v: number): void {
  const flexible = v >= 3;
  w.string(m.transactionalId ?? '', flexible);
  w.string(m.groupId ?? '', flexible);
  w.int64(m.producerId ?? 0);
  w.int16(m.producerEpoch ?? 0);
  if (v >= 3) w.int32(m.generationId ?? -1);
  if (v >= 3) w.string(m.memberId ?? '', true);
  if (v >= 3) w.string(m.groupInstanceId ?? null, true);
  w.array(m.topics ?? [], flexible, v, encodeTxnOffsetCommitRequestTopic);
  if (flexible) w.uvarint(0);
}

function decodeTxnOffsetCommitRequestTopic(r: Reader, v: number): TxnOffsetCommitRequestTopic {
  const flexible = v >= 3;
  const name = r.string(flexible);
  const partitions = r.array(flexible, v, decodeTxnOffsetCommitRequestPartition);
  if (flexible) r.skipTags();
  return { name, partitions };
}

function encodeTxnOffsetCommitRequestTopic(w: Writer, m: Draft<TxnOffsetCommitRequestTopic>, v: number): void {
  const flexible = v >= 3;
  w.string(m.name ?? '', flexible);
  w.array(m.partitions ?? [], flexible, v, encodeTxnOffsetCommitRequestPartition);
  if (flexible) w.uvarint(0);
}

function decodeTxnOffsetCommitRequestPartition(r: Reader, v: number): TxnOffsetCommitRequestPartition {
  const flexible = v >= 3;
  const partitionIndex = r.int32();
  const committedOffset = r.int64();
  const committedLeaderEpoch = v >= 2 ? r.int32() : -1;
  const committedMetadata = r.nullableString(flexible);
  if (flexible) r.skipTags();
  return { partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata };
}

function encodeTxnOffsetCommitRequestPartition(w: Writer, m: Draft<TxnOffsetCommitRequestPartition>, v: number): void {
  const flexible = v >= 3;
  w.int32(m.partitionIndex ?? 0);
  w.int64(m.committedOffset ?? 0);
  if (v >= 2) w.int32(m.committedLeaderEpoch ?? -1);
  w.string(m.committedMetadata === undefined ? '' : m.committedMetadata, flexible);
  if (flexible) w.uvarint(0);
}

/** Versions 0 to 5, flexible from 3. */
export interface TxnOffsetCommitResponse {
  readonly throttleTimeMs?: number | undefined;
  readonly topics: readonly TxnOffsetCommitResponseTopic[];
}

export interface TxnOffsetCommitResponseTopic {
  readonly name: string;
  readonly partitions: readonly TxnOffsetCommitResponsePartition[];
}

export interface TxnOffsetCommitResponsePartition {
  readonly partitionIndex: number;
  readonly errorCode: number;
}

export function decodeTxnOffsetCommitResponse(r: Reader, v: number): TxnOffsetCommitResponse {
  const flexible = v >= 3;
  const throttleTimeMs = r.int32();
  const topics = r.array(flexible, v, decodeTxnOffsetCommitResponseTopic);
  if (flexible) r.skipTags();
  return { throttleTimeMs, topics };
}

export function encodeTxnOffsetCommitResponse(w: Writer, m: TxnOffsetCommitResponse, v: number): void {
  const flexible = v >= 3;
  w.int32(m.throttleTimeMs ?? 0);
  w.array(m.topics, flexible, v, encodeTxnOffsetCommitResponseTopic);
  if (flexible) w.uvarint(0);
}

function decodeTxnOffsetCommitResponseTopic(r: Reader, v: number): TxnOffsetCommitResponseTopic {
  const flexible = v >= 3;
  const name = r.string(flexible);
  const partitions = r.array(flexible, v, decodeTxnOffsetCommitResponsePartition);
  if (flexible) r.skipTags();
  return { name, partitions };
}

function encodeTxnOffsetCommitResponseTopic(w: Writer, m: TxnOffsetCommitResponseTopic, v: number): void {
  const flexible = v >= 3;
  w.string(m.name, flexible);
  w.array(m.partitions, flexible, v, encodeTxnOffsetCommitResponsePartition);
  if (flexible) w.uvarint(0);
}

function decodeTxnOffsetCommitResponsePartition(r: Reader, v: number): TxnOffsetCommitResponsePartition {
  const flexible = v >= 3;
  const partitionIndex = r.int32();
  const errorCode = r.int16();
  if (flexible) r.skipTags();
  return { partitionIndex, errorCode };
}

function encodeTxnOffsetCommitResponsePartition(w: Writer, m: TxnOffsetCommitResponsePartition, v: number): void {
  const flexible = v >= 3;
  w.int32(m.partitionIndex);
  w.int16(m.errorCode);
  if (flexible) w.uvarint(0);
}

export const TXN_OFFSET_COMMIT = {
  name: 'TxnOffsetCommit',
  apiKey: 28,
  flexibleFrom: 3,
  versions: [0, 5],
  decodeRequest: decodeTxnOffsetCommitRequest,
  encodeRequest: encodeTxnOffsetCommitRequest,
  decodeResponse: decodeTxnOffsetCommitResponse,
  encodeResponse: encodeTxnOffsetCommitResponse,
} as const;
