// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import { type Reader, readCompactString, readInt32 } from '../wire/reader.ts';
import { type Draft, type Writer, writeCompactString, writeInt32 } from '../wire/writer.ts';

/** Versions 0 to 1, flexible from 0. */
export interface ConsumerGroupDescribeRequest {
  readonly groupIds: readonly string[];
  readonly includeAuthorizedOperations: boolean;
}

export function decodeConsumerGroupDescribeRequest(r: Reader, v: number): ConsumerGroupDescribeRequest {
  const groupIds = r.array(true, v, readCompactString);
  const includeAuthorizedOperations = r.bool();
  r.skipTags();
  return { groupIds, includeAuthorizedOperations };
}

export function encodeConsumerGroupDescribeRequest(w: Writer, m: Draft<ConsumerGroupDescribeRequest>, v: number): void {
  w.array(m.groupIds ?? [], true, v, writeCompactString);
  w.bool(m.includeAuthorizedOperations ?? false);
  w.uvarint(0);
}

/** Versions 0 to 1, flexible from 0. */
export interface ConsumerGroupDescribeResponse {
  readonly throttleTimeMs?: number | undefined;
  readonly groups: readonly DescribedGroup[];
}

export interface DescribedGroup {
  readonly errorCode: number;
  readonly errorMessage?: string | null | undefined; // default null
  readonly groupId: string;
  readonly groupState: string;
  readonly groupEpoch: number;
  readonly assignmentEpoch: number;
  readonly assignorName: string;
  readonly members: readonly Member[];
  readonly authorizedOperations?: number | undefined; // default -2147483648
}

export interface Member {
  readonly memberId: string;
  readonly instanceId?: string | null | undefined; // default null
  readonly rackId?: string | null | undefined; // default null
  readonly memberEpoch: number;
  readonly clientId: string;
  readonly clientHost: string;
  readonly subscribedTopicNames: readonly string[];
  readonly subscribedTopicRegex?: string | null | undefined; // default null
  readonly assignment: Assignment;
  readonly targetAssignment: Assignment;
  readonly memberType?: number | undefined; // 1+, default -1
}

export interface Assignment {
  readonly topicPartitions: readonly TopicPartitions[];
}

export interface TopicPartitions {
  readonly topicId: string;
  readonly topicName: string;
  readonly partitions: readonly number[];
}

export function decodeConsumerGroupDescribeResponse(r: Reader, v: number): ConsumerGroupDescribeResponse {
  const throttleTimeMs = r.int32();
  const groups = r.array(true, v, decodeDescribedGroup);
  r.skipTags();
  return { throttleTimeMs, groups };
}

export function encodeConsumerGroupDescribeResponse(w: Writer, m: ConsumerGroupDescribeResponse, v: number): void {
  w.int32(m.throttleTimeMs ?? 0);
  w.array(m.groups, true, v, encodeDescribedGroup);
  w.uvarint(0);
}

function decodeDescribedGroup(r: Reader, v: number): DescribedGroup {
  const errorCode = r.int16();
  const errorMessage = r.nullableString(true);
  const groupId = r.string(true);
  const groupState = r.string(true);
  const groupEpoch = r.int32();
  const assignmentEpoch = r.int32();
  const assignorName = r.string(true);
  const members = r.array(true, v, decodeMember);
  const authorizedOperations = r.int32();
  r.skipTags();
  return { errorCode, errorMessage, groupId, groupState, groupEpoch, assignmentEpoch, assignorName, members, authorizedOperations };
}

function encodeDescribedGroup(w: Writer, m: DescribedGroup, v: number): void {
  w.int16(m.errorCode);
  w.string(m.errorMessage ?? null, true);
  w.string(m.groupId, true);
  w.string(m.groupState, true);
  w.int32(m.groupEpoch);
  w.int32(m.assignmentEpoch);
  w.string(m.assignorName, true);
  w.array(m.members, true, v, encodeMember);
  w.int32(m.authorizedOperations ?? -2147483648);
  w.uvarint(0);
}

function decodeMember(r: Reader, v: number): Member {
  const memberId = r.string(true);
  const instanceId = r.nullableString(true);
  const rackId = r.nullableString(true);
  const memberEpoch = r.int32();
  const clientId = r.string(true);
  const clientHost = r.string(true);
  const subscribedTopicNames = r.array(true, v, readCompactString);
  const subscribedTopicRegex = r.nullableString(true);
  const assignment = decodeAssignment(r, v);
  const targetAssignment = decodeAssignment(r, v);
  const memberType = v >= 1 ? r.int8() : -1;
  r.skipTags();
  return {
    memberId,
    instanceId,
    rackId,
    memberEpoch,
    clientId,
    clientHost,
    subscribedTopicNames,
    subscribedTopicRegex,
    assignment,
    targetAssignment,
    memberType,
  };
}

function encodeMember(w: Writer, m: Member, v: number): void {
  w.string(m.memberId, true);
  w.string(m.instanceId ?? null, true);
  w.string(m.rackId ?? null, true);
  w.int32(m.memberEpoch);
  w.string(m.clientId, true);
  w.string(m.clientHost, true);
  w.array(m.subscribedTopicNames, true, v, writeCompactString);
  w.string(m.subscribedTopicRegex ?? null, true);
  encodeAssignment(w, m.assignment, v);
  encodeAssignment(w, m.targetAssignment, v);
  if (v >= 1) w.int8(m.memberType ?? -1);
  w.uvarint(0);
}

function decodeAssignment(r: Reader, v: number): Assignment {
  const topicPartitions = r.array(true, v, decodeTopicPartitions);
  r.skipTags();
  return { topicPartitions };
}

function encodeAssignment(w: Writer, m: Assignment, v: number): void {
  w.array(m.topicPartitions, true, v, encodeTopicPartitions);
  w.uvarint(0);
}

function decodeTopicPartitions(r: Reader, v: number): TopicPartitions {
  const topicId = r.uuid();
  const topicName = r.string(true);
  const partitions = r.array(true, v, readInt32);
  r.skipTags();
  return { topicId, topicName, partitions };
}

function encodeTopicPartitions(w: Writer, m: TopicPartitions, v: number): void {
  w.uuid(m.topicId);
  w.string(m.topicName, true);
  w.array(m.partitions, true, v, writeInt32);
  w.uvarint(0);
}

export const CONSUMER_GROUP_DESCRIBE = {
  name: 'ConsumerGroupDescribe',
  apiKey: 69,
  flexibleFrom: 0,
  versions: [0, 1],
  decodeRequest: decodeConsumerGroupDescribeRequest,
  encodeRequest: encodeConsumerGroupDescribeRequest,
  decodeResponse: decodeConsumerGroupDescribeResponse,
  encodeResponse: encodeConsumerGroupDescribeResponse,
} as const;
