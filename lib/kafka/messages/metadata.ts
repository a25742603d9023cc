// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import { type Reader, readInt32 } from '../wire/reader.ts';
import { type Draft, type Writer, writeInt32 } from '../wire/writer.ts';

/** Versions 0 to 13, flexible from 9. */
export interface MetadataRequest {
  readonly topics: readonly MetadataRequestTopic[] | null;
  readonly allowAutoTopicCreation: boolean; // 4+, default true
  readonly includeClusterAuthorizedOperations: boolean; // 8-10
  readonly includeTopicAuthorizedOperations: boolean; // 8+
}

export interface MetadataRequestTopic {
  readonly topicId: string; // 10+
  readonly name: string | null;
}

export function decodeMetadataRequest(r: Reader, v: number): MetadataRequest {
  const flexible = v >= 9;
  const topics = v >= 1 ? r.nullableArray(flexible, v, decodeMetadataRequestTopic) : r.array(flexible, v, decodeMetadataRequestTopic);
  const allowAutoTopicCreation = v >= 4 ? r.bool() : true;
  const includeClusterAuthorizedOperations = v >= 8 && v <= 10 ? r.bool() : false;
  const includeTopicAuthorizedOperations = v >= 8 ? r.bool() : false;
  if (flexible) r.skipTags();
  return { topics, allowAutoTopicCreation, includeClusterAuthorizedOperations, includeTopicAuthorizedOperations };
}

export function encodeMetadataRequest(w: Writer, m: Draft<MetadataRequest>, v: number): void {
  const flexible = v >= 9;
  w.array(m.topics ?? null, flexible, v, encodeMetadataRequestTopic);
  if (v >= 4) w.bool(m.allowAutoTopicCreation ?? true);
  if (v >= 8 && v <= 10) w.bool(m.includeClusterAuthorizedOperations ?? false);
  if (v >= 8) w.bool(m.includeTopicAuthorizedOperations ?? false);
  if (flexible) w.uvarint(0);
}

function decodeMetadataRequestTopic(r: Reader, v: number): MetadataRequestTopic {
  const flexible = v >= 9;
  const topicId = v >= 10 ? r.uuid() : '00000000-0000-0000-0000-000000000000';
  const name = v >= 10 ? r.nullableString(flexible) : r.string(flexible);
  if (flexible) r.skipTags();
  return { topicId, name };
}

function encodeMetadataRequestTopic(w: Writer, m: Draft<MetadataRequestTopic>, v: number): void {
  const flexible = v >= 9;
  if (v >= 10) w.uuid(m.topicId ?? '00000000-0000-0000-0000-000000000000');
  w.string(m.name === undefined ? '' : m.name, flexible);
  if (flexible) w.uvarint(0);
}

/** Versions 0 to 13, flexible from 9. */
export interface MetadataResponse {
  readonly throttleTimeMs?: number | undefined; // 3+
  readonly brokers: readonly MetadataResponseBroker[];
  readonly clusterId?: string | null | undefined; // 2+, default null
  readonly controllerId?: number | undefined; // 1+, default -1
  readonly topics: readonly MetadataResponseTopic[];
  readonly clusterAuthorizedOperations?: number | undefined; // 8-10, default -2147483648
  readonly errorCode?: number | undefined; // 13+
}

export interface MetadataResponseTopic {
  readonly errorCode: number;
  readonly name: string | null;
  readonly topicId?: string | undefined; // 10+
  readonly isInternal?: boolean | undefined; // 1+, default false
  readonly partitions: readonly MetadataResponsePartition[];
  readonly topicAuthorizedOperations?: number | undefined; // 8+, default -2147483648
}

export interface MetadataResponsePartition {
  readonly errorCode: number;
  readonly partitionIndex: number;
  readonly leaderId: number;
  readonly leaderEpoch?: number | undefined; // 7+, default -1
  readonly replicaNodes: readonly number[];
  readonly isrNodes: readonly number[];
  readonly offlineReplicas?: readonly number[] | undefined; // 5+
}

export interface MetadataResponseBroker {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly rack?: string | null | undefined; // 1+, default null
}

export function decodeMetadataResponse(r: Reader, v: number): MetadataResponse {
  const flexible = v >= 9;
  const throttleTimeMs = v >= 3 ? r.int32() : 0;
  const brokers = r.array(flexible, v, decodeMetadataResponseBroker);
  const clusterId = v >= 2 ? r.nullableString(flexible) : null;
  const controllerId = v >= 1 ? r.int32() : -1;
  const topics = r.array(flexible, v, decodeMetadataResponseTopic);
  const clusterAuthorizedOperations = v >= 8 && v <= 10 ? r.int32() : -2147483648;
  const errorCode = v >= 13 ? r.int16() : 0;
  if (flexible) r.skipTags();
  return { throttleTimeMs, brokers, clusterId, controllerId, topics, clusterAuthorizedOperations, errorCode };
}

export function encodeMetadataResponse(w: Writer, m: MetadataResponse, v: number): void {
  const flexible = v >= 9;
  if (v >= 3) w.int32(m.throttleTimeMs ?? 0);
  w.array(m.brokers, flexible, v, encodeMetadataResponseBroker);
  if (v >= 2) w.string(m.clusterId ?? null, flexible);
  if (v >= 1) w.int32(m.controllerId ?? -1);
  w.array(m.topics, flexible, v, encodeMetadataResponseTopic);
  if (v >= 8 && v <= 10) w.int32(m.clusterAuthorizedOperations ?? -2147483648);
  if (v >= 13) w.int16(m.errorCode ?? 0);
  if (flexible) w.uvarint(0);
}

function decodeMetadataResponseTopic(r: Reader, v: number): MetadataResponseTopic {
  const flexible = v >= 9;
  const errorCode = r.int16();
  const name = v >= 12 ? r.nullableString(flexible) : r.string(flexible);
  const topicId = v >= 10 ? r.uuid() : '00000000-0000-0000-0000-000000000000';
  const isInternal = v >= 1 ? r.bool() : false;
  const partitions = r.array(flexible, v, decodeMetadataResponsePartition);
  const topicAuthorizedOperations = v >= 8 ? r.int32() : -2147483648;
  if (flexible) r.skipTags();
  return { errorCode, name, topicId, isInternal, partitions, topicAuthorizedOperations };
}

function encodeMetadataResponseTopic(w: Writer, m: MetadataResponseTopic, v: number): void {
  const flexible = v >= 9;
  w.int16(m.errorCode);
  w.string(m.name, flexible);
  if (v >= 10) w.uuid(m.topicId ?? '00000000-0000-0000-0000-000000000000');
  if (v >= 1) w.bool(m.isInternal ?? false);
  w.array(m.partitions, flexible, v, encodeMetadataResponsePartition);
  if (v >= 8) w.int32(m.topicAuthorizedOperations ?? -2147483648);
  if (flexible) w.uvarint(0);
}

function decodeMetadataResponsePartition(r: Reader, v: number): MetadataResponsePartition {
  const flexible = v >= 9;
  const errorCode = r.int16();
  const partitionIndex = r.int32();
  const leaderId = r.int32();
  const leaderEpoch = v >= 7 ? r.int32() : -1;
  const replicaNodes = r.array(flexible, v, readInt32);
  const isrNodes = r.array(flexible, v, readInt32);
  const offlineReplicas = v >= 5 ? r.array(flexible, v, readInt32) : [];
  if (flexible) r.skipTags();
  return { errorCode, partitionIndex, leaderId, leaderEpoch, replicaNodes, isrNodes, offlineReplicas };
}

function encodeMetadataResponsePartition(w: Writer, m: MetadataResponsePartition, v: number): void {
  const flexible = v >= 9;
  w.int16(m.errorCode);
  w.int32(m.partitionIndex);
  w.int32(m.leaderId);
  if (v >= 7) w.int32(m.leaderEpoch ?? -1);
  w.array(m.replicaNodes, flexible, v, writeInt32);
  w.array(m.isrNodes, flexible, v, writeInt32);
  if (v >= 5) w.array(m.offlineReplicas ?? [], flexible, v, writeInt32);
  if (flexible) w.uvarint(0);
}

function decodeMetadataResponseBroker(r: Reader, v: number): MetadataResponseBroker {
  const flexible = v >= 9;
  const nodeId = r.int32();
  const host = r.string(flexible);
  const port = r.int32();
  const rack = v >= 1 ? r.nullableString(flexible) : null;
  if (flexible) r.skipTags();
  return { nodeId, host, port, rack };
}

function encodeMetadataResponseBroker(w: Writer, m: MetadataResponseBroker, v: number): void {
  const flexible = v >= 9;
  w.int32(m.nodeId);
  w.string(m.host, flexible);
  w.int32(m.port);
  if (v >= 1) w.string(m.rack ?? null, flexible);
  if (flexible) w.uvarint(0);
}

export const METADATA = {
  name: 'Metadata',
  apiKey: 3,
  flexibleFrom: 9,
  versions: [0, 13],
  decodeRequest: decodeMetadataRequest,
  encodeRequest: encodeMetadataRequest,
  decodeResponse: decodeMetadataResponse,
  encodeResponse: encodeMetadataResponse,
} as const;
