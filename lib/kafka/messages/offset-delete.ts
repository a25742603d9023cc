// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import type { Reader } from '../wire/reader.ts';
import type { Draft, Writer } from '../wire/writer.ts';

/** Versions 0 to 0, none flexible. */
export interface OffsetDeleteRequest {
  readonly groupId: string;
  readonly topics: readonly OffsetDeleteRequestTopic[];
}

export interface OffsetDeleteRequestTopic {
  readonly name: string;
  readonly partitions: readonly OffsetDeleteRequestPartition[];
}

export interface OffsetDeleteRequestPartition {
  readonly partitionIndex: number;
}

export function decodeOffsetDeleteRequest(r: Reader, v: number): OffsetDeleteRequest {
  const groupId = r.string(false);
  const topics = r.array(false, v, decodeOffsetDeleteRequestTopic);
  return { groupId, topics };
}

export function encodeOffsetDeleteRequest(w: Writer, m: Draft<OffsetDeleteRequest>, v: number): void {
  w.string(m.groupId ?? '', false);
  w.array(m.topics ?? [], false, v, encodeOffsetDeleteRequestTopic);
}

function decodeOffsetDeleteRequestTopic(r: Reader, v: number): OffsetDeleteRequestTopic {
  const name = r.string(false);
  const partitions = r.array(false, v, decodeOffsetDeleteRequestPartition);
  return { name, partitions };
}

function encodeOffsetDeleteRequestTopic(w: Writer, m: Draft<OffsetDeleteRequestTopic>, v: number): void {
  w.string(m.name ?? '', false);
  w.array(m.partitions ?? [], false, v, encodeOffsetDeleteRequestPartition);
}

function decodeOffsetDeleteRequestPartition(r: Reader, _v: number): OffsetDeleteRequestPartition {
  const partitionIndex = r.int32();
  return { partitionIndex };
}

function encodeOffsetDeleteRequestPartition(w: Writer, m: Draft<OffsetDeleteRequestPartition>, _v: number): void {
  w.int32(m.partitionIndex ?? 0);
}

/** Versions 0 to 0, none flexible. */
export interface OffsetDeleteResponse {
  readonly errorCode: number;
  readonly throttleTimeMs?: number | undefined;
  readonly topics: readonly OffsetDeleteResponseTopic[];
}

export interface OffsetDeleteResponseTopic {
  readonly name: string;
  readonly partitions: readonly OffsetDeleteResponsePartition[];
}

export interface OffsetDeleteResponsePartition {
  readonly partitionIndex: number;
  readonly errorCode: number;
}

export function decodeOffsetDeleteResponse(r: Reader, v: number): OffsetDeleteResponse {
  const errorCode = r.int16();
  const throttleTimeMs = r.int32();
  const topics = r.array(false, v, decodeOffsetDeleteResponseTopic);
  return { errorCode, throttleTimeMs, topics };
}

export function encodeOffsetDeleteResponse(w: Writer, m: OffsetDeleteResponse, v: number): void {
  w.int16(m.errorCode);
  w.int32(m.throttleTimeMs ?? 0);
  w.array(m.topics, false, v, encodeOffsetDeleteResponseTopic);
}

function decodeOffsetDeleteResponseTopic(r: Reader, v: number): OffsetDeleteResponseTopic {
  const name = r.string(false);
  const partitions = r.array(false, v, decodeOffsetDeleteResponsePartition);
  return { name, partitions };
}

function encodeOffsetDeleteResponseTopic(w: Writer, m: OffsetDeleteResponseTopic, v: number): void {
  w.string(m.name, false);
  w.array(m.partitions, false, v, encodeOffsetDeleteResponsePartition);
}

function decodeOffsetDeleteResponsePartition(r: Reader, _v: number): OffsetDeleteResponsePartition {
  const partitionIndex = r.int32();
  const errorCode = r.int16();
  return { partitionIndex, errorCode };
}

function encodeOffsetDeleteResponsePartition(w: Writer, m: OffsetDeleteResponsePartition, _v: number): void {
  w.int32(m.partitionIndex);
  w.int16(m.errorCode);
}

export const OFFSET_DELETE = {
  name: 'OffsetDelete',
  apiKey: 47,
  flexibleFrom: Number.POSITIVE_INFINITY,
  versions: [0, 0],
  decodeRequest: decodeOffsetDeleteRequest,
  encodeRequest: encodeOffsetDeleteRequest,
  decodeResponse: decodeOffsetDeleteResponse,
  encodeResponse: encodeOffsetDeleteResponse,
} as const;
