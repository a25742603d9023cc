// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import { type Reader, readInt32 } from '../wire/reader.ts';
import { type Draft, type Writer, writeInt32 } from '../wire/writer.ts';

/** Versions 0 to 0, flexible from 0. */
export interface ListPartitionReassignmentsRequest {
  readonly timeoutMs: number; // default 60000
  readonly topics: readonly ListPartitionReassignmentsTopics[] | null; // default null
}

export interface ListPartitionReassignmentsTopics {
  readonly name: string;
  readonly partitionIndexes: readonly number[];
}

export function decodeListPartitionReassignmentsRequest(r: Reader, v: number): ListPartitionReassignmentsRequest {
  const timeoutMs = r.int32();
  const topics = r.nullableArray(true, v, decodeListPartitionReassignmentsTopics);
  r.skipTags();
  return { timeoutMs, topics };
}

export function encodeListPartitionReassignmentsRequest(w: Writer, m: Draft<ListPartitionReassignmentsRequest>, v: number): void {
  w.int32(m.timeoutMs ?? 60000);
  w.array(m.topics ?? null, true, v, encodeListPartitionReassignmentsTopics);
  w.uvarint(0);
}

function decodeListPartitionReassignmentsTopics(r: Reader, v: number): ListPartitionReassignmentsTopics {
  const name = r.string(true);
  const partitionIndexes = r.array(true, v, readInt32);
  r.skipTags();
  return { name, partitionIndexes };
}

function encodeListPartitionReassignmentsTopics(w: Writer, m: Draft<ListPartitionReassignmentsTopics>, v: number): void {
  w.string(m.name ?? '', true);
  w.array(m.partitionIndexes ?? [], true, v, writeInt32);
  w.uvarint(0);
}

/** Versions 0 to 0, flexible from 0. */
export interface ListPartitionReassignmentsResponse {
  readonly throttleTimeMs?: number | undefined;
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly topics: readonly OngoingTopicReassignment[];
}

export interface OngoingTopicReassignment {
  readonly name: string;
  readonly partitions: readonly OngoingPartitionReassignment[];
}

export interface OngoingPartitionReassignment {
  readonly partitionIndex: number;
  readonly replicas: readonly number[];
  readonly addingReplicas: readonly number[];
  readonly removingReplicas: readonly number[];
}

export function decodeListPartitionReassignmentsResponse(r: Reader, v: number): ListPartitionReassignmentsResponse {
  const throttleTimeMs = r.int32();
  const errorCode = r.int16();
  const errorMessage = r.nullableString(true);
  const topics = r.array(true, v, decodeOngoingTopicReassignment);
  r.skipTags();
  return { throttleTimeMs, errorCode, errorMessage, topics };
}

export function encodeListPartitionReassignmentsResponse(w: Writer, m: ListPartitionReassignmentsResponse, v: number): void {
  w.int32(m.throttleTimeMs ?? 0);
  w.int16(m.errorCode);
  w.string(m.errorMessage, true);
  w.array(m.topics, true, v, encodeOngoingTopicReassignment);
  w.uvarint(0);
}

function decodeOngoingTopicReassignment(r: Reader, v: number): OngoingTopicReassignment {
  const name = r.string(true);
  const partitions = r.array(true, v, decodeOngoingPartitionReassignment);
  r.skipTags();
  return { name, partitions };
}

function encodeOngoingTopicReassignment(w: Writer, m: OngoingTopicReassignment, v: number): void {
  w.string(m.name, true);
  w.array(m.partitions, true, v, encodeOngoingPartitionReassignment);
  w.uvarint(0);
}

function decodeOngoingPartitionReassignment(r: Reader, v: number): OngoingPartitionReassignment {
  const partitionIndex = r.int32();
  const replicas = r.array(true, v, readInt32);
  const addingReplicas = r.array(true, v, readInt32);
  const removingReplicas = r.array(true, v, readInt32);
  r.skipTags();
  return { partitionIndex, replicas, addingReplicas, removingReplicas };
}

function encodeOngoingPartitionReassignment(w: Writer, m: OngoingPartitionReassignment, v: number): void {
  w.int32(m.partitionIndex);
  w.array(m.replicas, true, v, writeInt32);
  w.array(m.addingReplicas, true, v, writeInt32);
  w.array(m.removingReplicas, true, v, writeInt32);
  w.uvarint(0);
}

export const LIST_PARTITION_REASSIGNMENTS = {
  name: 'ListPartitionReassignments',
  apiKey: 46,
  flexibleFrom: 0,
  versions: [0, 0],
  decodeRequest: decodeListPartitionReassignmentsRequest,
  encodeRequest: encodeListPartitionReassignmentsRequest,
  decodeResponse: decodeListPartitionReassignmentsResponse,
  encodeResponse: encodeListPartitionReassignmentsResponse,
} as const;
