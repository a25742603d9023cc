// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import { type Reader, readCompactString, readInt32 } from '../wire/reader.ts';
import { type Draft, type Writer, writeCompactString, writeInt32 } from '../wire/writer.ts';

/** Versions 0 to 1, flexible from 0. */
export interface ConsumerGroupHeartbeatRequest {
  readonly groupId: string;
  readonly memberId: string;
  readonly memberEpoch: number;
  readonly instanceId: string | null; // default null
  readonly rackId: string | null; // default null
  readonly rebalanceTimeoutMs: number; // default -1
  readonly subscribedTopicNames: readonly string[] | null; // default null
  readonly subscribedTopicRegex: string | null; // 1+, default null
  readonly serverAssignor: string | null; // default null
  readonly topicPartitions: readonly TopicPartitionsInRequest[] | null; // default null
}

export interface TopicPartitionsInRequest {
  readonly topicId: string;
  readonly partitions: readonly number[];
}

export function decodeConsumerGroupHeartbeatRequest(r: Reader, v: number): ConsumerGroupHeartbeatRequest {
  const groupId = r.string(true);
  const memberId = r.string(true);
  const memberEpoch = r.int32();
  const instanceId = r.nullableString(true);
  const rackId = r.nullableString(true);
  const rebalanceTimeoutMs = r.int32();
  const subscribedTopicNames = r.nullableArray(true, v, readCompactString);
  const subscribedTopicRegex = v >= 1 ? r.nullableString(true) : null;
  const serverAssignor = r.nullableString(true);
  const topicPartitions = r.nullableArray(true, v, decodeTopicPartitionsInRequest);
  r.skipTags();
  return {
    groupId,
    memberId,
    memberEpoch,
    instanceId,
    rackId,
    rebalanceTimeoutMs,
    subscribedTopicNames,
    subscribedTopicRegex,
    serverAssignor,
    topicPartitions,
  };
}

export function encodeConsumerGroupHeartbeatRequest(w: Writer, m: Draft<ConsumerGroupHeartbeatRequest>, v: number): void {
  w.string(m.groupId ?? '', true);
  w.string(m.memberId ?? '', true);
  w.int32(m.memberEpoch ?? 0);
  w.string(m.instanceId ?? null, true);
  w.string(m.rackId ?? null, true);
  w.int32(m.rebalanceTimeoutMs ?? -1);
  w.array(m.subscribedTopicNames ?? null, true, v, writeCompactString);
  if (v >= 1) w.string(m.subscribedTopicRegex ?? null, true);
  w.string(m.serverAssignor ?? null, true);
  w.array(m.topicPartitions ?? null, true, v, encodeTopicPartitionsInRequest);
  w.uvarint(0);
}

function decodeTopicPartitionsInRequest(r: Reader, v: number): TopicPartitionsInRequest {
  const topicId = r.uuid();
  const partitions = r.array(true, v, readInt32);
  r.skipTags();
  return { topicId, partitions };
}

function encodeTopicPartitionsInRequest(w: Writer, m: Draft<TopicPartitionsInRequest>, v: number): void {
  w.uuid(m.topicId ?? '00000000-0000-0000-0000-000000000000');
  w.array(m.partitions ?? [], true, v, writeInt32);
  w.uvarint(0);
}

/** Versions 0 to 1, flexible from 0. */
export interface ConsumerGroupHeartbeatResponse {
  readonly throttleTimeMs?: number | undefined;
  readonly errorCode: number;
  readonly errorMessage?: string | null | undefined; // default null
  readonly memberId?: string | null | undefined; // default null
  readonly memberEpoch: number;
  readonly heartbeatIntervalMs: number;
  readonly assignment?: Assignment | null | undefined; // default null
}

export interface Assignment {
  readonly topicPartitions: readonly TopicPartitionsInResponse[];
}

export interface TopicPartitionsInResponse {
  readonly topicId: string;
  readonly partitions: readonly number[];
}

export function decodeConsumerGroupHeartbeatResponse(r: Reader, v: number): ConsumerGroupHeartbeatResponse {
  const throttleTimeMs = r.int32();
  const errorCode = r.int16();
  const errorMessage = r.nullableString(true);
  const memberId = r.nullableString(true);
  const memberEpoch = r.int32();
  const heartbeatIntervalMs = r.int32();
  const assignment = r.nullableStruct(v, decodeAssignment);
  r.skipTags();
  return { throttleTimeMs, errorCode, errorMessage, memberId, memberEpoch, heartbeatIntervalMs, assignment };
}

export function encodeConsumerGroupHeartbeatResponse(w: Writer, m: ConsumerGroupHeartbeatResponse, v: number): void {
  w.int32(m.throttleTimeMs ?? 0);
  w.int16(m.errorCode);
  w.string(m.errorMessage ?? null, true);
  w.string(m.memberId ?? null, true);
  w.int32(m.memberEpoch);
  w.int32(m.heartbeatIntervalMs);
  w.nullableStruct(m.assignment ?? null, v, encodeAssignment);
  w.uvarint(0);
}

function decodeAssignment(r: Reader, v: number): Assignment {
  const topicPartitions = r.array(true, v, decodeTopicPartitionsInResponse);
  r.skipTags();
  return { topicPartitions };
}

function encodeAssignment(w: Writer, m: Assignment, v: number): void {
  w.array(m.topicPartitions, true, v, encodeTopicPartitionsInResponse);
  w.uvarint(0);
}

function decodeTopicPartitionsInResponse(r: Reader, v: number): TopicPartitionsInResponse {
  const topicId = r.uuid();
  const partitions = r.array(true, v, readInt32);
  r.skipTags();
  return { topicId, partitions };
}

function encodeTopicPartitionsInResponse(w: Writer, m: TopicPartitionsInResponse, v: number): void {
  w.uuid(m.topicId);
  w.array(m.partitions, true, v, writeInt32);
  w.uvarint(0);
}

export const CONSUMER_GROUP_HEARTBEAT = {
  name: 'ConsumerGroupHeartbeat',
  apiKey: 68,
  flexibleFrom: 0,
  versions: [0, 1],
  decodeRequest: decodeConsumerGroupHeartbeatRequest,
  encodeRequest: encodeConsumerGroupHeartbeatRequest,
  decodeResponse: decodeConsumerGroupHeartbeatResponse,
  encodeResponse: encodeConsumerGroupHeartbeatResponse,
} as const;
