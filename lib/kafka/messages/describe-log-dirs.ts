// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import { type Reader, readInt32 } from '../wire/reader.ts';
import { type Draft, type Writer, writeInt32 } from '../wire/writer.ts';

/** Versions 1 to 5, flexible from 2. */
export interface DescribeLogDirsRequest {
  readonly topics: readonly DescribableLogDirTopic[] | null;
}

export interface DescribableLogDirTopic {
  readonly topic: string;
  readonly partitions: readonly number[];
}

export function decodeDescribeLogDirsRequest(r: Reader, v: number): DescribeLogDirsRequest {
  const flexible = v >= 2;
  const topics = r.nullableArray(flexible, v, decodeDescribableLogDirTopic);
  if (flexible) r.skipTags();
  return { topics };
}

export function encodeDescribeLogDirsRequest(w: Writer, m: Draft<DescribeLogDirsRequest>, v: number): void {
  const flexible = v >= 2;
  w.array(m.topics ?? null, flexible, v, encodeDescribableLogDirTopic);
  if (flexible) w.uvarint(0);
}

function decodeDescribableLogDirTopic(r: Reader, v: number): DescribableLogDirTopic {
  const flexible = v >= 2;
  const topic = r.string(flexible);
  const partitions = r.array(flexible, v, readInt32);
  if (flexible) r.skipTags();
  return { topic, partitions };
}

function encodeDescribableLogDirTopic(w: Writer, m: Draft<DescribableLogDirTopic>, v: number): void {
  const flexible = v >= 2;
  w.string(m.topic ?? '', flexible);
  w.array(m.partitions ?? [], flexible, v, writeInt32);
  if (flexible) w.uvarint(0);
}

/** Versions 1 to 5, flexible from 2. */
export interface DescribeLogDirsResponse {
  readonly throttleTimeMs?: number | undefined;
  readonly errorCode?: number | undefined; // 3+
  readonly results: readonly DescribeLogDirsResult[];
}

export interface DescribeLogDirsResult {
  readonly errorCode: number;
  readonly logDir: string;
  readonly topics: readonly DescribeLogDirsTopic[];
  readonly totalBytes?: number | undefined; // 4+, default -1
  readonly usableBytes?: number | undefined; // 4+, default -1
  readonly isCordoned?: boolean | undefined; // 5+, default false
}

export interface DescribeLogDirsTopic {
  readonly name: string;
  readonly partitions: readonly DescribeLogDirsPartition[];
}

export interface DescribeLogDirsPartition {
  readonly partitionIndex: number;
  readonly partitionSize: number;
  readonly offsetLag: number;
  readonly isFutureKey: boolean;
}

export function decodeDescribeLogDirsResponse(r: Reader, v: number): DescribeLogDirsResponse {
  const flexible = v >= 2;
  const throttleTimeMs = r.int32();
  const errorCode = v >= 3 ? r.int16() : 0;
  const results = r.array(flexible, v, decodeDescribeLogDirsResult);
  if (flexible) r.skipTags();
  return { throttleTimeMs, errorCode, results };
}

export function encodeDescribeLogDirsResponse(w: Writer, m: DescribeLogDirsResponse, v: number): void {
  const flexible = v >= 2;
  w.int32(m.throttleTimeMs ?? 0);
  if (v >= 3) w.int16(m.errorCode ?? 0);
  w.array(m.results, flexible, v, encodeDescribeLogDirsResult);
  if (flexible) w.uvarint(0);
}

function decodeDescribeLogDirsResult(r: Reader, v: number): DescribeLogDirsResult {
  const flexible = v >= 2;
  const errorCode = r.int16();
  const logDir = r.string(flexible);
  const topics = r.array(flexible, v, decodeDescribeLogDirsTopic);
  const totalBytes = v >= 4 ? r.int64() : -1;
  const usableBytes = v >= 4 ? r.int64() : -1;
  const isCordoned = v >= 5 ? r.bool() : false;
  if (flexible) r.skipTags();
  return { errorCode, logDir, topics, totalBytes, usableBytes, isCordoned };
}

function encodeDescribeLogDirsResult(w: Writer, m: DescribeLogDirsResult, v: number): void {
  const flexible = v >= 2;
  w.int16(m.errorCode);
  w.string(m.logDir, flexible);
  w.array(m.topics, flexible, v, encodeDescribeLogDirsTopic);
  if (v >= 4) w.int64(m.totalBytes ?? -1);
  if (v >= 4) w.int64(m.usableBytes ?? -1);
  if (v >= 5) w.bool(m.isCordoned ?? false);
  if (flexible) w.uvarint(0);
}

function decodeDescribeLogDirsTopic(r: Reader, v: number): DescribeLogDirsTopic {
  const flexible = v >= 2;
  const name = r.string(flexible);
  const partitions = r.array(flexible, v, decodeDescribeLogDirsPartition);
  if (flexible) r.skipTags();
  return { name, partitions };
}

function encodeDescribeLogDirsTopic(w: Writer, m: DescribeLogDirsTopic, v: number): void {
  const flexible = v >= 2;
  w.string(m.name, flexible);
  w.array(m.partitions, flexible, v, encodeDescribeLogDirsPartition);
  if (flexible) w.uvarint(0);
}

function decodeDescribeLogDirsPartition(r: Reader, v: number): DescribeLogDirsPartition {
  const flexible = v >= 2;
  const partitionIndex = r.int32();
  const partitionSize = r.int64();
  const offsetLag = r.int64();
  const isFutureKey = r.bool();
  if (flexible) r.skipTags();
  return { partitionIndex, partitionSize, offsetLag, isFutureKey };
}

function encodeDescribeLogDirsPartition(w: Writer, m: DescribeLogDirsPartition, v: number): void {
  const flexible = v >= 2;
  w.int32(m.partitionIndex);
  w.int64(m.partitionSize);
  w.int64(m.offsetLag);
  w.bool(m.isFutureKey);
  if (flexible) w.uvarint(0);
}

export const DESCRIBE_LOG_DIRS = {
  name: 'DescribeLogDirs',
  apiKey: 35,
  flexibleFrom: 2,
  versions: [1, 5],
  decodeRequest: decodeDescribeLogDirsRequest,
  encodeRequest: encodeDescribeLogDirsRequest,
  decodeResponse: decodeDescribeLogDirsResponse,
  encodeResponse: encodeDescribeLogDirsResponse,
} as const;
