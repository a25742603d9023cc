// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import type { Reader } from '../wire/reader.ts';
import type { Draft, Writer } from '../wire/writer.ts';

/** Versions 0 to 2, flexible from 0. */
export interface DescribeClusterRequest {
  readonly includeClusterAuthorizedOperations: boolean;
  readonly endpointType: number; // 1+, default 1
  readonly includeFencedBrokers: boolean; // 2+
}

export function decodeDescribeClusterRequest(r: Reader, v: number): DescribeClusterRequest {
  const includeClusterAuthorizedOperations = r.bool();
  const endpointType = v >= 1 ? r.int8() : 1;
  const includeFencedBrokers = v >= 2 ? r.bool() : false;
  r.skipTags();
  return { includeClusterAuthorizedOperations, endpointType, includeFencedBrokers };
}

export function encodeDescribeClusterRequest(w: Writer, m: Draft<DescribeClusterRequest>, v: number): void {
  w.bool(m.includeClusterAuthorizedOperations ?? false);
  if (v >= 1) w.int8(m.endpointType ?? 1);
  if (v >= 2) w.bool(m.includeFencedBrokers ?? false);
  w.uvarint(0);
}

/** Versions 0 to 2, flexible from 0. */
export interface DescribeClusterResponse {
  readonly throttleTimeMs?: number | undefined;
  readonly errorCode: number;
  readonly errorMessage?: string | null | undefined; // default null
  readonly endpointType?: number | undefined; // 1+, default 1
  readonly clusterId: string;
  readonly controllerId?: number | undefined; // default -1
  readonly brokers: readonly DescribeClusterBroker[];
  readonly clusterAuthorizedOperations?: number | undefined; // default -2147483648
}

export interface DescribeClusterBroker {
  readonly brokerId: number;
  readonly host: string;
  readonly port: number;
  readonly rack?: string | null | undefined; // default null
  readonly isFenced?: boolean | undefined; // 2+
}

export function decodeDescribeClusterResponse(r: Reader, v: number): DescribeClusterResponse {
  const throttleTimeMs = r.int32();
  const errorCode = r.int16();
  const errorMessage = r.nullableString(true);
  const endpointType = v >= 1 ? r.int8() : 1;
  const clusterId = r.string(true);
  const controllerId = r.int32();
  const brokers = r.array(true, v, decodeDescribeClusterBroker);
  const clusterAuthorizedOperations = r.int32();
  r.skipTags();
  return { throttleTimeMs, errorCode, errorMessage, endpointType, clusterId, controllerId, brokers, clusterAuthorizedOperations };
}

export function encodeDescribeClusterResponse(w: Writer, m: DescribeClusterResponse, v: number): void {
  w.int32(m.throttleTimeMs ?? 0);
  w.int16(m.errorCode);
  w.string(m.errorMessage ?? null, true);
  if (v >= 1) w.int8(m.endpointType ?? 1);
  w.string(m.clusterId, true);
  w.int32(m.controllerId ?? -1);
  w.array(m.brokers, true, v, encodeDescribeClusterBroker);
  w.int32(m.clusterAuthorizedOperations ?? -2147483648);
  w.uvarint(0);
}

function decodeDescribeClusterBroker(r: Reader, v: number): DescribeClusterBroker {
  const brokerId = r.int32();
  const host = r.string(true);
  const port = r.int32();
  const rack = r.nullableString(true);
  const isFenced = v >= 2 ? r.bool() : false;
  r.skipTags();
  return { brokerId, host, port, rack, isFenced };
}

function encodeDescribeClusterBroker(w: Writer, m: DescribeClusterBroker, v: number): void {
  w.int32(m.brokerId);
  w.string(m.host, true);
  w.int32(m.port);
  w.string(m.rack ?? null, true);
  if (v >= 2) w.bool(m.isFenced ?? false);
  w.uvarint(0);
}

export const DESCRIBE_CLUSTER = {
  name: 'DescribeCluster',
  apiKey: 60,
  flexibleFrom: 0,
  versions: [0, 2],
  decodeRequest: decodeDescribeClusterRequest,
  encodeRequest: encodeDescribeClusterRequest,
  decodeResponse: decodeDescribeClusterResponse,
  encodeResponse: encodeDescribeClusterResponse,
} as const;
