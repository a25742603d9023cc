// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import { type Reader, readInt32 } from '../wire/reader.ts';
import { type Draft, type Writer, writeInt32 } from '../wire/writer.ts';

/** Versions 2 to 7, flexible from 5. */
export interface CreateTopicsRequest {
  readonly topics: readonly CreatableTopic[];
  readonly timeoutMs: number; // default 60000
  readonly validateOnly: boolean; // default false
}

export interface CreatableTopic {
  readonly name: string;
  readonly numPartitions: number;
  readonly replicationFactor: number;
  readonly assignments: readonly CreatableReplicaAssignment[];
  readonly configs: readonly CreatableTopicConfig[];
}

export interface CreatableTopicConfig {
  readonly name: string;
  readonly value: string | null;
}

export interface CreatableReplicaAssignment {
  readonly partitionIndex: number;
  readonly brokerIds: readonly number[];
}

export function decodeCreateTopicsRequest(r: Reader, v: number): CreateTopicsRequest {
  const flexible = v >= 5;
  const topics = r.array(flexible, v, decodeCreatableTopic);
  const timeoutMs = r.int32();
  const validateOnly = r.bool();
  if (flexible) r.skipTags();
  return { topics, timeoutMs, validateOnly };
}

export function encodeCreateTopicsRequest(w: Writer, m: Draft<CreateTopicsRequest>, v: number): void {
  const flexible = v >= 5;
  w.array(m.topics ?? [], flexible, v, encodeCreatableTopic);
  w.int32(m.timeoutMs ?? 60000);
  w.bool(m.validateOnly ?? false);
  if (flexible) w.uvarint(0);
}

function decodeCreatableTopic(r: Reader, v: number): CreatableTopic {
  const flexible = v >= 5;
  const name = r.string(flexible);
  const numPartitions = r.int32();
  const replicationFactor = r.int16();
  const assignments = r.array(flexible, v, decodeCreatableReplicaAssignment);
  const configs = r.array(flexible, v, decodeCreatableTopicConfig);
  if (flexible) r.skipTags();
  return { name, numPartitions, replicationFactor, assignments, configs };
}

function encodeCreatableTopic(w: Writer, m: Draft<CreatableTopic>, v: number): void {
  const flexible = v >= 5;
  w.string(m.name ?? '', flexible);
  w.int32(m.numPartitions ?? 0);
  w.int16(m.replicationFactor ?? 0);
  w.array(m.assignments ?? [], flexible, v, encodeCreatableReplicaAssignment);
  w.array(m.configs ?? [], flexible, v, encodeCreatableTopicConfig);
  if (flexible) w.uvarint(0);
}

function decodeCreatableTopicConfig(r: Reader, v: number): CreatableTopicConfig {
  const flexible = v >= 5;
  const name = r.string(flexible);
  const value = r.nullableString(flexible);
  if (flexible) r.skipTags();
  return { name, value };
}

function encodeCreatableTopicConfig(w: Writer, m: Draft<CreatableTopicConfig>, v: number): void {
  const flexible = v >= 5;
  w.string(m.name ?? '', flexible);
  w.string(m.value === undefined ? '' : m.value, flexible);
  if (flexible) w.uvarint(0);
}

function decodeCreatableReplicaAssignment(r: Reader, v: number): CreatableReplicaAssignment {
  const flexible = v >= 5;
  const partitionIndex = r.int32();
  const brokerIds = r.array(flexible, v, readInt32);
  if (flexible) r.skipTags();
  return { partitionIndex, brokerIds };
}

function encodeCreatableReplicaAssignment(w: Writer, m: Draft<CreatableReplicaAssignment>, v: number): void {
  const flexible = v >= 5;
  w.int32(m.partitionIndex ?? 0);
  w.array(m.brokerIds ?? [], flexible, v, writeInt32);
  if (flexible) w.uvarint(0);
}

/** Versions 2 to 7, flexible from 5. */
export interface CreateTopicsResponse {
  readonly throttleTimeMs?: number | undefined;
  readonly topics: readonly CreatableTopicResult[];
}

export interface CreatableTopicResult {
  readonly name: string;
  readonly topicId?: string | undefined; // 7+
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly topicConfigErrorCode?: number | undefined; // 5+, tag 0
  readonly numPartitions?: number | undefined; // 5+, default -1
  readonly replicationFactor?: number | undefined; // 5+, default -1
  readonly configs?: readonly CreatableTopicConfigs[] | null | undefined; // 5+
}

export interface CreatableTopicConfigs {
  readonly name: string;
  readonly value: string | null;
  readonly readOnly: boolean;
  readonly configSource?: number | undefined; // default -1
  readonly isSensitive: boolean;
}

export function decodeCreateTopicsResponse(r: Reader, v: number): CreateTopicsResponse {
  const flexible = v >= 5;
  const throttleTimeMs = r.int32();
  const topics = r.array(flexible, v, decodeCreatableTopicResult);
  if (flexible) r.skipTags();
  return { throttleTimeMs, topics };
}

export function encodeCreateTopicsResponse(w: Writer, m: CreateTopicsResponse, v: number): void {
  const flexible = v >= 5;
  w.int32(m.throttleTimeMs ?? 0);
  w.array(m.topics, flexible, v, encodeCreatableTopicResult);
  if (flexible) w.uvarint(0);
}

function decodeCreatableTopicResult(r: Reader, v: number): CreatableTopicResult {
  const flexible = v >= 5;
  const name = r.string(flexible);
  const topicId = v >= 7 ? r.uuid() : '00000000-0000-0000-0000-000000000000';
  const errorCode = r.int16();
  const errorMessage = r.nullableString(flexible);
  let topicConfigErrorCode: number = 0;
  const numPartitions = v >= 5 ? r.int32() : -1;
  const replicationFactor = v >= 5 ? r.int16() : -1;
  const configs = v >= 5 ? r.nullableArray(true, v, decodeCreatableTopicConfigs) : [];
  if (flexible) {
    for (let left = r.uvarint(); left > 0; left--) {
      const tag = r.uvarint();
      const end = r.tagEnd();
      if (tag === 0) topicConfigErrorCode = r.int16();
      else r.position = end;
      r.closeTag(end);
    }
  }
  return { name, topicId, errorCode, errorMessage, topicConfigErrorCode, numPartitions, replicationFactor, configs };
}

function encodeCreatableTopicResult(w: Writer, m: CreatableTopicResult, v: number): void {
  const flexible = v >= 5;
  w.string(m.name, flexible);
  if (v >= 7) w.uuid(m.topicId ?? '00000000-0000-0000-0000-000000000000');
  w.int16(m.errorCode);
  w.string(m.errorMessage, flexible);
  if (v >= 5) w.int32(m.numPartitions ?? -1);
  if (v >= 5) w.int16(m.replicationFactor ?? -1);
  if (v >= 5) w.array(m.configs ?? null, true, v, encodeCreatableTopicConfigs);
  if (flexible) {
    const topicConfigErrorCode = m.topicConfigErrorCode ?? 0;
    const hasTopicConfigErrorCode = topicConfigErrorCode !== 0;
    w.uvarint(hasTopicConfigErrorCode ? 1 : 0);
    if (hasTopicConfigErrorCode) {
      const at = w.openTag(0);
      w.int16(topicConfigErrorCode);
      w.closeTag(at);
    }
  }
}

function decodeCreatableTopicConfigs(r: Reader, _v: number): CreatableTopicConfigs {
  const name = r.string(true);
  const value = r.nullableString(true);
  const readOnly = r.bool();
  const configSource = r.int8();
  const isSensitive = r.bool();
  r.skipTags();
  return { name, value, readOnly, configSource, isSensitive };
}

function encodeCreatableTopicConfigs(w: Writer, m: CreatableTopicConfigs, _v: number): void {
  w.string(m.name, true);
  w.string(m.value, true);
  w.bool(m.readOnly);
  w.int8(m.configSource ?? -1);
  w.bool(m.isSensitive);
  w.uvarint(0);
}

export const CREATE_TOPICS = {
  name: 'CreateTopics',
  apiKey: 19,
  flexibleFrom: 5,
  versions: [2, 7],
  decodeRequest: decodeCreateTopicsRequest,
  encodeRequest: encodeCreateTopicsRequest,
  decodeResponse: decodeCreateTopicsResponse,
  encodeResponse: encodeCreateTopicsResponse,
} as const;
