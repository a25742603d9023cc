// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import type { Reader } from '../wire/reader.ts';
import type { Draft, Writer } from '../wire/writer.ts';

/** Versions 3 to 13, flexible from 9. */
export interface ProduceRequest {
  readonly transactionalId: string | null; // default null
  readonly acks: number;
  readonly timeoutMs: number;
  readonly topicData: readonly TopicProduceData[];
}

export interface TopicProduceData {
  readonly name: string; // 3-12
  readonly topicId: string; // 13+
  readonly partitionData: readonly PartitionProduceData[];
}

export interface PartitionProduceData {
  readonly index: number;
  readonly records: Buffer | null;
}

export function decodeProduceRequest(r: Reader, v: number): ProduceRequest {
  const flexible = v >= 9;
  const transactionalId = r.nullableString(flexible);
  const acks = r.int16();
  const timeoutMs = r.int32();
  const topicData = r.array(flexible, v, decodeTopicProduceData);
  if (flexible) r.skipTags();
  return { transactionalId, acks, timeoutMs, topicData };
}

export function encodeProduceRequest(w: Writer, m: Draft<ProduceRequest>, v: number): void {
  const flexible = v >= 9;
  w.string(m.transactionalId ?? null, flexible);
  w.int16(m.acks ?? 0);
  w.int32(m.timeoutMs ?? 0);
  w.array(m.topicData ?? [], flexible, v, encodeTopicProduceData);
  if (flexible) w.uvarint(0);
}

function decodeTopicProduceData(r: Reader, v: number): TopicProduceData {
  const flexible = v >= 9;
  const name = v <= 12 ? r.string(flexible) : '';
  const topicId = v >= 13 ? r.uuid() : '00000000-0000-0000-0000-000000000000';
  const partitionData = r.array(flexible, v, decodePartitionProduceData);
  if (flexible) r.skipTags();
  return { name, topicId, partitionData };
}

function encodeTopicProduceData(w: Writer, m: Draft<TopicProduceData>, v: number): void {
  const flexible = v >= 9;
  if (v <= 12) w.string(m.name ?? '', flexible);
  if (v >= 13) w.uuid(m.topicId ?? '00000000-0000-0000-0000-000000000000');
  w.array(m.partitionData ?? [], flexible, v, encodePartitionProduceData);
  if (flexible) w.uvarint(0);
}

function decodePartitionProduceData(r: Reader, v: number): PartitionProduceData {
  const flexible = v >= 9;
  const index = r.int32();
  const records = r.nullableBytes(flexible);
  if (flexible) r.skipTags();
  return { index, records };
}

function encodePartitionProduceData(w: Writer, m: Draft<PartitionProduceData>, v: number): void {
  const flexible = v >= 9;
  w.int32(m.index ?? 0);
  w.records(m.records ?? null, flexible);
  if (flexible) w.uvarint(0);
}

/** Versions 3 to 13, flexible from 9. */
export interface ProduceResponse {
  readonly responses: readonly TopicProduceResponse[];
  readonly throttleTimeMs?: number | undefined; // default 0
  readonly nodeEndpoints?: readonly NodeEndpoint[] | undefined; // 10+, tag 0
}

export interface NodeEndpoint {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly rack?: string | null | undefined; // default null
}

export interface TopicProduceResponse {
  readonly name?: string | undefined; // 3-12
  readonly topicId?: string | undefined; // 13+
  readonly partitionResponses: readonly PartitionProduceResponse[];
}

export interface PartitionProduceResponse {
  readonly index: number;
  readonly errorCode: number;
  readonly baseOffset: number;
  readonly logAppendTimeMs?: number | undefined; // default -1
  readonly logStartOffset?: number | undefined; // 5+, default -1
  readonly recordErrors?: readonly BatchIndexAndErrorMessage[] | undefined; // 8+
  readonly errorMessage?: string | null | undefined; // 8+, default null
  readonly currentLeader?: LeaderIdAndEpoch | null | undefined; // 10+, tag 0
}

export interface LeaderIdAndEpoch {
  readonly leaderId?: number | undefined; // default -1
  readonly leaderEpoch?: number | undefined; // default -1
}

export interface BatchIndexAndErrorMessage {
  readonly batchIndex: number;
  readonly batchIndexErrorMessage?: string | null | undefined; // default null
}

export function decodeProduceResponse(r: Reader, v: number): ProduceResponse {
  const flexible = v >= 9;
  const responses = r.array(flexible, v, decodeTopicProduceResponse);
  const throttleTimeMs = r.int32();
  let nodeEndpoints: readonly NodeEndpoint[] = [];
  if (flexible) {
    for (let left = r.uvarint(); left > 0; left--) {
      const tag = r.uvarint();
      const end = r.tagEnd();
      if (tag === 0 && v >= 10) nodeEndpoints = r.array(true, v, decodeNodeEndpoint);
      else r.position = end;
      r.closeTag(end);
    }
  }
  return { responses, throttleTimeMs, nodeEndpoints };
}

export function encodeProduceResponse(w: Writer, m: ProduceResponse, v: number): void {
  const flexible = v >= 9;
  w.array(m.responses, flexible, v, encodeTopicProduceResponse);
  w.int32(m.throttleTimeMs ?? 0);
  if (flexible) {
    const nodeEndpoints = m.nodeEndpoints ?? [];
    const hasNodeEndpoints = v >= 10 && nodeEndpoints.length > 0;
    w.uvarint(hasNodeEndpoints ? 1 : 0);
    if (hasNodeEndpoints) {
      const at = w.openTag(0);
      w.array(nodeEndpoints, true, v, encodeNodeEndpoint);
      w.closeTag(at);
    }
  }
}

function decodeNodeEndpoint(r: Reader, _v: number): NodeEndpoint {
  const nodeId = r.int32();
  const host = r.string(true);
  const port = r.int32();
  const rack = r.nullableString(true);
  r.skipTags();
  return { nodeId, host, port, rack };
}

function encodeNodeEndpoint(w: Writer, m: NodeEndpoint, _v: number): void {
  w.int32(m.nodeId);
  w.string(m.host, true);
  w.int32(m.port);
  w.string(m.rack ?? null, true);
  w.uvarint(0);
}

function decodeTopicProduceResponse(r: Reader, v: number): TopicProduceResponse {
  const flexible = v >= 9;
  const name = v <= 12 ? r.string(flexible) : '';
  const topicId = v >= 13 ? r.uuid() : '00000000-0000-0000-0000-000000000000';
  const partitionResponses = r.array(flexible, v, decodePartitionProduceResponse);
  if (flexible) r.skipTags();
  return { name, topicId, partitionResponses };
}

function encodeTopicProduceResponse(w: Writer, m: TopicProduceResponse, v: number): void {
  const flexible = v >= 9;
  if (v <= 12) w.string(m.name ?? '', flexible);
  if (v >= 13) w.uuid(m.topicId ?? '00000000-0000-0000-0000-000000000000');
  w.array(m.partitionResponses, flexible, v, encodePartitionProduceResponse);
  if (flexible) w.uvarint(0);
}

function decodePartitionProduceResponse(r: Reader, v: number): PartitionProduceResponse {
  const flexible = v >= 9;
  const index = r.int32();
  const errorCode = r.int16();
  const baseOffset = r.int64();
  const logAppendTimeMs = r.int64();
  const logStartOffset = v >= 5 ? r.int64() : -1;
  const recordErrors = v >= 8 ? r.array(flexible, v, decodeBatchIndexAndErrorMessage) : [];
  const errorMessage = v >= 8 ? r.nullableString(flexible) : null;
  let currentLeader: LeaderIdAndEpoch | null = null;
  if (flexible) {
    for (let left = r.uvarint(); left > 0; left--) {
      const tag = r.uvarint();
      const end = r.tagEnd();
      if (tag === 0 && v >= 10) currentLeader = decodeLeaderIdAndEpoch(r, v);
      else r.position = end;
      r.closeTag(end);
    }
  }
  return { index, errorCode, baseOffset, logAppendTimeMs, logStartOffset, recordErrors, errorMessage, currentLeader };
}

function encodePartitionProduceResponse(w: Writer, m: PartitionProduceResponse, v: number): void {
  const flexible = v >= 9;
  w.int32(m.index);
  w.int16(m.errorCode);
  w.int64(m.baseOffset);
  w.int64(m.logAppendTimeMs ?? -1);
  if (v >= 5) w.int64(m.logStartOffset ?? -1);
  if (v >= 8) w.array(m.recordErrors ?? [], flexible, v, encodeBatchIndexAndErrorMessage);
  if (v >= 8) w.string(m.errorMessage ?? null, flexible);
  if (flexible) {
    const currentLeader = m.currentLeader ?? null;
    const hasCurrentLeader = v >= 10 && currentLeader !== null;
    w.uvarint(hasCurrentLeader ? 1 : 0);
    if (hasCurrentLeader) {
      const at = w.openTag(0);
      encodeLeaderIdAndEpoch(w, currentLeader, v);
      w.closeTag(at);
    }
  }
}

function decodeLeaderIdAndEpoch(r: Reader, _v: number): LeaderIdAndEpoch {
  const leaderId = r.int32();
  const leaderEpoch = r.int32();
  r.skipTags();
  return { leaderId, leaderEpoch };
}

function encodeLeaderIdAndEpoch(w: Writer, m: LeaderIdAndEpoch, _v: number): void {
  w.int32(m.leaderId ?? -1);
  w.int32(m.leaderEpoch ?? -1);
  w.uvarint(0);
}

function decodeBatchIndexAndErrorMessage(r: Reader, v: number): BatchIndexAndErrorMessage {
  const flexible = v >= 9;
  const batchIndex = r.int32();
  const batchIndexErrorMessage = r.nullableString(flexible);
  if (flexible) r.skipTags();
  return { batchIndex, batchIndexErrorMessage };
}

function encodeBatchIndexAndErrorMessage(w: Writer, m: BatchIndexAndErrorMessage, v: number): void {
  const flexible = v >= 9;
  w.int32(m.batchIndex);
  w.string(m.batchIndexErrorMessage ?? null, flexible);
  if (flexible) w.uvarint(0);
}

export const PRODUCE = {
  name: 'Produce',
  apiKey: 0,
  flexibleFrom: 9,
  versions: [3, 13],
  decodeRequest: decodeProduceRequest,
  encodeRequest: encodeProduceRequest,
  decodeResponse: decodeProduceResponse,
  encodeResponse: encodeProduceResponse,
} as const;
