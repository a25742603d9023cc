// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import { type Reader, readInt32 } from '../wire/reader.ts';
import { type Draft, type Writer, writeInt32 } from '../wire/writer.ts';

/** Versions 0 to 3, flexible from 2. */
export interface CreatePartitionsRequest {
  readonly topics: readonly CreatePartitionsTopic[];
  readonly timeoutMs: number;
  readonly validateOnly: boolean;
}

export interface CreatePartitionsTopic {
  readonly name: string;
  readonly count: number;
  readonly assignments: readonly CreatePartitionsAssignment[] | null;
}

export interface CreatePartitionsAssignment {
  readonly brokerIds: readonly number[];
}

export function decodeCreatePartitionsRequest(r: Reader, v: number): CreatePartitionsRequest {
  const flexible = v >= 2;
  const topics = r.array(flexible, v, decodeCreatePartitionsTopic);
  const timeoutMs = r.int32();
  const validateOnly = r.bool();
  if (flexible) r.skipTags();
  return { topics, timeoutMs, validateOnly };
}

export function encodeCreatePartitionsRequest(w: Writer, m: Draft<CreatePartitionsRequest>, v: number): void {
  const flexible = v >= 2;
  w.array(m.topics ?? [], flexible, v, encodeCreatePartitionsTopic);
  w.int32(m.timeoutMs ?? 0);
  w.bool(m.validateOnly ?? false);
  if (flexible) w.uvarint(0);
}

function decodeCreatePartitionsTopic(r: Reader, v: number): CreatePartitionsTopic {
  const flexible = v >= 2;
  const name = r.string(flexible);
  const count = r.int32();
  const assignments = r.nullableArray(flexible, v, decodeCreatePartitionsAssignment);
  if (flexible) r.skipTags();
  return { name, count, assignments };
}

function encodeCreatePartitionsTopic(w: Writer, m: Draft<CreatePartitionsTopic>, v: number): void {
  const flexible = v >= 2;
  w.string(m.name ?? '', flexible);
  w.int32(m.count ?? 0);
  w.array(m.assignments ?? null, flexible, v, encodeCreatePartitionsAssignment);
  if (flexible) w.uvarint(0);
}

function decodeCreatePartitionsAssignment(r: Reader, v: number): CreatePartitionsAssignment {
  const flexible = v >= 2;
  const brokerIds = r.array(flexible, v, readInt32);
  if (flexible) r.skipTags();
  return { brokerIds };
}

function encodeCreatePartitionsAssignment(w: Writer, m: Draft<CreatePartitionsAssignment>, v: number): void {
  const flexible = v >= 2;
  w.array(m.brokerIds ?? [], flexible, v, writeInt32);
  if (flexible) w.uvarint(0);
}

/** Versions 0 to 3, flexible from 2. */
export interface CreatePartitionsResponse {
  readonly throttleTimeMs?: number | undefined;
  readonly results: readonly CreatePartitionsTopicResult[];
}

export interface CreatePartitionsTopicResult {
  readonly name: string;
  readonly errorCode: number;
  readonly errorMessage?: string | null | undefined; // default null
}

export function decodeCreatePartitionsResponse(r: Reader, v: number): CreatePartitionsResponse {
  const flexible = v >= 2;
  const throttleTimeMs = r.int32();
  const results = r.array(flexible, v, decodeCreatePartitionsTopicResult);
  if (flexible) r.skipTags();
  return { throttleTimeMs, results };
}

export function encodeCreatePartitionsResponse(w: Writer, m: CreatePartitionsResponse, v: number): void {
  const flexible = v >= 2;
  w.int32(m.throttleTimeMs ?? 0);
  w.array(m.results, flexible, v, encodeCreatePartitionsTopicResult);
  if (flexible) w.uvarint(0);
}

function decodeCreatePartitionsTopicResult(r: Reader, v: number): CreatePartitionsTopicResult {
  const flexible = v >= 2;
  const name = r.string(flexible);
  const errorCode = r.int16();
  const errorMessage = r.nullableString(flexible);
  if (flexible) r.skipTags();
  return { name, errorCode, errorMessage };
}

function encodeCreatePartitionsTopicResult(w: Writer, m: CreatePartitionsTopicResult, v: number): void {
  const flexible = v >= 2;
  w.string(m.name, flexible);
  w.int16(m.errorCode);
  w.string(m.errorMessage ?? null, flexible);
  if (flexible) w.uvarint(0);
}

export const CREATE_PARTITIONS = {
  name: 'CreatePartitions',
  apiKey: 37,
  flexibleFrom: 2,
  versions: [0, 3],
  decodeRequest: decodeCreatePartitionsRequest,
  encodeRequest: encodeCreatePartitionsRequest,
  decodeResponse: decodeCreatePartitionsResponse,
  encodeResponse: encodeCreatePartitionsResponse,
} as const;
