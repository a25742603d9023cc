// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import { type Reader, readInt32 } from '../wire/reader.ts';
import { type Draft, type Writer, writeInt32 } from '../wire/writer.ts';

/** Versions 0 to 2, flexible from 2. */
export interface ElectLeadersRequest {
  readonly electionType: number; // 1+
  readonly topicPartitions: readonly TopicPartitions[] | null;
  readonly timeoutMs: number; // default 60000
}

export interface TopicPartitions {
  readonly topic: string;
  readonly partitions: readonly number[];
}

export function decodeElectLeadersRequest(r: Reader, v: number): ElectLeadersRequest {
  const flexible = v >= 2;
  const electionType = v >= 1 ? r.int8() : 0;
  const topicPartitions = r.nullableArray(flexible, v, decodeTopicPartitions);
  const timeoutMs = r.int32();
  if (flexible) r.skipTags();
  return { electionType, topicPartitions, timeoutMs };
}

export function encodeElectLeadersRequest(w: Writer, m: Draft<ElectLeadersRequest>, v: number): void {
  const flexible = v >= 2;
  if (v >= 1) w.int8(m.electionType ?? 0);
  w.array(m.topicPartitions ?? null, flexible, v, encodeTopicPartitions);
  w.int32(m.timeoutMs ?? 60000);
  if (flexible) w.uvarint(0);
}

function decodeTopicPartitions(r: Reader, v: number): TopicPartitions {
  const flexible = v >= 2;
  const topic = r.string(flexible);
  const partitions = r.array(flexible, v, readInt32);
  if (flexible) r.skipTags();
  return { topic, partitions };
}

function encodeTopicPartitions(w: Writer, m: Draft<TopicPartitions>, v: number): void {
  const flexible = v >= 2;
  w.string(m.topic ?? '', flexible);
  w.array(m.partitions ?? [], flexible, v, writeInt32);
  if (flexible) w.uvarint(0);
}

/** Versions 0 to 2, flexible from 2. */
export interface ElectLeadersResponse {
  readonly throttleTimeMs?: number | undefined;
  readonly errorCode?: number | undefined; // 1+
  readonly replicaElectionResults: readonly ReplicaElectionResult[];
}

export interface ReplicaElectionResult {
  readonly topic: string;
  readonly partitionResult: readonly PartitionResult[];
}

export interface PartitionResult {
  readonly partitionId: number;
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

export function decodeElectLeadersResponse(r: Reader, v: number): ElectLeadersResponse {
  const flexible = v >= 2;
  const throttleTimeMs = r.int32();
  const errorCode = v >= 1 ? r.int16() : 0;
  const replicaElectionResults = r.array(flexible, v, decodeReplicaElectionResult);
  if (flexible) r.skipTags();
  return { throttleTimeMs, errorCode, replicaElectionResults };
}

export function encodeElectLeadersResponse(w: Writer, m: ElectLeadersResponse, v: number): void {
  const flexible = v >= 2;
  w.int32(m.throttleTimeMs ?? 0);
  if (v >= 1) w.int16(m.errorCode ?? 0);
  w.array(m.replicaElectionResults, flexible, v, encodeReplicaElectionResult);
  if (flexible) w.uvarint(0);
}

function decodeReplicaElectionResult(r: Reader, v: number): ReplicaElectionResult {
  const flexible = v >= 2;
  const topic = r.string(flexible);
  const partitionResult = r.array(flexible, v, decodePartitionResult);
  if (flexible) r.skipTags();
  return { topic, partitionResult };
}

function encodeReplicaElectionResult(w: Writer, m: ReplicaElectionResult, v: number): void {
  const flexible = v >= 2;
  w.string(m.topic, flexible);
  w.array(m.partitionResult, flexible, v, encodePartitionResult);
  if (flexible) w.uvarint(0);
}

function decodePartitionResult(r: Reader, v: number): PartitionResult {
  const flexible = v >= 2;
  const partitionId = r.int32();
  const errorCode = r.int16();
  const errorMessage = r.nullableString(flexible);
  if (flexible) r.skipTags();
  return { partitionId, errorCode, errorMessage };
}

function encodePartitionResult(w: Writer, m: PartitionResult, v: number): void {
  const flexible = v >= 2;
  w.int32(m.partitionId);
  w.int16(m.errorCode);
  w.string(m.errorMessage, flexible);
  if (flexible) w.uvarint(0);
}

export const ELECT_LEADERS = {
  name: 'ElectLeaders',
  apiKey: 43,
  flexibleFrom: 2,
  versions: [0, 2],
  decodeRequest: decodeElectLeadersRequest,
  encodeRequest: encodeElectLeadersRequest,
  decodeResponse: decodeElectLeadersResponse,
  encodeResponse: encodeElectLeadersResponse,
} as const;
