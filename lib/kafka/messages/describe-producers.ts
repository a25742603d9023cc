// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import { type Reader, readInt32 } from '../wire/reader.ts';
import { type Draft, type Writer, writeInt32 } from '../wire/writer.ts';

/** Versions 0 to 0, flexible from 0. */
export interface DescribeProducersRequest {
  readonly topics: readonly TopicRequest[];
}

export interface TopicRequest {
  readonly name: string;
  readonly partitionIndexes: readonly number[];
}

export function decodeDescribeProducersRequest(r: Reader, v: number): DescribeProducersRequest {
  const topics = r.array(true, v, decodeTopicRequest);
  r.skipTags();
  return { topics };
}

export function encodeDescribeProducersRequest(w: Writer, m: Draft<DescribeProducersRequest>, v: number): void {
  w.array(m.topics ?? [], true, v, encodeTopicRequest);
  w.uvarint(0);
}

function decodeTopicRequest(r: Reader, v: number): TopicRequest {
  const name = r.string(true);
  const partitionIndexes = r.array(true, v, readInt32);
  r.skipTags();
  return { name, partitionIndexes };
}

function encodeTopicRequest(w: Writer, m: Draft<TopicRequest>, v: number): void {
  w.string(m.name ?? '', true);
  w.array(m.partitionIndexes ?? [], true, v, writeInt32);
  w.uvarint(0);
}

/** Versions 0 to 0, flexible from 0. */
export interface DescribeProducersResponse {
  readonly throttleTimeMs?: number | undefined;
  readonly topics: readonly TopicResponse[];
}

export interface TopicResponse {
  readonly name: string;
  readonly partitions: readonly PartitionResponse[];
}

export interface PartitionResponse {
  readonly partitionIndex: number;
  readonly errorCode: number;
  readonly errorMessage?: string | null | undefined; // default null
  readonly activeProducers: readonly ProducerState[];
}

export interface ProducerState {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly lastSequence?: number | undefined; // default -1
  readonly lastTimestamp?: number | undefined; // default -1
  readonly coordinatorEpoch: number;
  readonly currentTxnStartOffset?: number | undefined; // default -1
}

export function decodeDescribeProducersResponse(r: Reader, v: number): DescribeProducersResponse {
  const throttleTimeMs = r.int32();
  const topics = r.array(true, v, decodeTopicResponse);
  r.skipTags();
  return { throttleTimeMs, topics };
}

export function encodeDescribeProducersResponse(w: Writer, m: DescribeProducersResponse, v: number): void {
  w.int32(m.throttleTimeMs ?? 0);
  w.array(m.topics, true, v, encodeTopicResponse);
  w.uvarint(0);
}

function decodeTopicResponse(r: Reader, v: number): TopicResponse {
  const name = r.string(true);
  const partitions = r.array(true, v, decodePartitionResponse);
  r.skipTags();
  return { name, partitions };
}

function encodeTopicResponse(w: Writer, m: TopicResponse, v: number): void {
  w.string(m.name, true);
  w.array(m.partitions, true, v, encodePartitionResponse);
  w.uvarint(0);
}

function decodePartitionResponse(r: Reader, v: number): PartitionResponse {
  const partitionIndex = r.int32();
  const errorCode = r.int16();
  const errorMessage = r.nullableString(true);
  const activeProducers = r.array(true, v, decodeProducerState);
  r.skipTags();
  return { partitionIndex, errorCode, errorMessage, activeProducers };
}

function encodePartitionResponse(w: Writer, m: PartitionResponse, v: number): void {
  w.int32(m.partitionIndex);
  w.int16(m.errorCode);
  w.string(m.errorMessage ?? null, true);
  w.array(m.activeProducers, true, v, encodeProducerState);
  w.uvarint(0);
}

function decodeProducerState(r: Reader, _v: number): ProducerState {
  const producerId = r.int64();
  const producerEpoch = r.int32();
  const lastSequence = r.int32();
  const lastTimestamp = r.int64();
  const coordinatorEpoch = r.int32();
  const currentTxnStartOffset = r.int64();
  r.skipTags();
  return { producerId, producerEpoch, lastSequence, lastTimestamp, coordinatorEpoch, currentTxnStartOffset };
}

function encodeProducerState(w: Writer, m: ProducerState, _v: number): void {
  w.int64(m.producerId);
  w.int32(m.producerEpoch);
  w.int32(m.lastSequence ?? -1);
  w.int64(m.lastTimestamp ?? -1);
  w.int32(m.coordinatorEpoch);
  w.int64(m.currentTxnStartOffset ?? -1);
  w.uvarint(0);
}

export const DESCRIBE_PRODUCERS = {
  name: 'DescribeProducers',
  apiKey: 61,
  flexibleFrom: 0,
  versions: [0, 0],
  decodeRequest: decodeDescribeProducersRequest,
  encodeRequest: encodeDescribeProducersRequest,
  decodeResponse: decodeDescribeProducersResponse,
  encodeResponse: encodeDescribeProducersResponse,
} as const;
