// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import type { Reader } from '../wire/reader.ts';
import type { Draft, Writer } from '../wire/writer.ts';

/** Versions 0 to 1, flexible from 1. */
export interface IncrementalAlterConfigsRequest {
  readonly resources: readonly AlterConfigsResource[];
  readonly validateOnly: boolean;
}

export interface AlterConfigsResource {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly configs: readonly AlterableConfig[];
}

export interface AlterableConfig {
  readonly name: string;
  readonly configOperation: number;
  readonly value: string | null;
}

export function decodeIncrementalAlterConfigsRequest(r: Reader, v: number): IncrementalAlterConfigsRequest {
  const flexible = v >= 1;
  const resources = r.array(flexible, v, decodeAlterConfigsResource);
  const validateOnly = r.bool();
  if (flexible) r.skipTags();
  return { resources, validateOnly };
}

export function encodeIncrementalAlterConfigsRequest(w: Writer, m: Draft<IncrementalAlterConfigsRequest>, v: number): void {
  const flexible = v >= 1;
  w.array(m.resources ?? [], flexible, v, encodeAlterConfigsResource);
  w.bool(m.validateOnly ?? false);
  if (flexible) w.uvarint(0);
}

function decodeAlterConfigsResource(r: Reader, v: number): AlterConfigsResource {
  const flexible = v >= 1;
  const resourceType = r.int8();
  const resourceName = r.string(flexible);
  const configs = r.array(flexible, v, decodeAlterableConfig);
  if (flexible) r.skipTags();
  return { resourceType, resourceName, configs };
}

function encodeAlterConfigsResource(w: Writer, m: Draft<AlterConfigsResource>, v: number): void {
  const flexible = v >= 1;
  w.int8(m.resourceType ?? 0);
  w.string(m.resourceName ?? '', flexible);
  w.array(m.configs ?? [], flexible, v, encodeAlterableConfig);
  if (flexible) w.uvarint(0);
}

function decodeAlterableConfig(r: Reader, v: number): AlterableConfig {
  const flexible = v >= 1;
  const name = r.string(flexible);
  const configOperation = r.int8();
  const value = r.nullableString(flexible);
  if (flexible) r.skipTags();
  return { name, configOperation, value };
}

function encodeAlterableConfig(w: Writer, m: Draft<AlterableConfig>, v: number): void {
  const flexible = v >= 1;
  w.string(m.name ?? '', flexible);
  w.int8(m.configOperation ?? 0);
  w.string(m.value === undefined ? '' : m.value, flexible);
  if (flexible) w.uvarint(0);
}

/** Versions 0 to 1, flexible from 1. */
export interface IncrementalAlterConfigsResponse {
  readonly throttleTimeMs?: number | undefined;
  readonly responses: readonly AlterConfigsResourceResponse[];
}

export interface AlterConfigsResourceResponse {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly resourceType: number;
  readonly resourceName: string;
}

export function decodeIncrementalAlterConfigsResponse(r: Reader, v: number): IncrementalAlterConfigsResponse {
  const flexible = v >= 1;
  const throttleTimeMs = r.int32();
  const responses = r.array(flexible, v, decodeAlterConfigsResourceResponse);
  if (flexible) r.skipTags();
  return { throttleTimeMs, responses };
}

export function encodeIncrementalAlterConfigsResponse(w: Writer, m: IncrementalAlterConfigsResponse, v: number): void {
  const flexible = v >= 1;
  w.int32(m.throttleTimeMs ?? 0);
  w.array(m.responses, flexible, v, encodeAlterConfigsResourceResponse);
  if (flexible) w.uvarint(0);
}

function decodeAlterConfigsResourceResponse(r: Reader, v: number): AlterConfigsResourceResponse {
  const flexible = v >= 1;
  const errorCode = r.int16();
  const errorMessage = r.nullableString(flexible);
  const resourceType = r.int8();
  const resourceName = r.string(flexible);
  if (flexible) r.skipTags();
  return { errorCode, errorMessage, resourceType, resourceName };
}

function encodeAlterConfigsResourceResponse(w: Writer, m: AlterConfigsResourceResponse, v: number): void {
  const flexible = v >= 1;
  w.int16(m.errorCode);
  w.string(m.errorMessage, flexible);
  w.int8(m.resourceType);
  w.string(m.resourceName, flexible);
  if (flexible) w.uvarint(0);
}

export const INCREMENTAL_ALTER_CONFIGS = {
  name: 'IncrementalAlterConfigs',
  apiKey: 44,
  flexibleFrom: 1,
  versions: [0, 1],
  decodeRequest: decodeIncrementalAlterConfigsRequest,
  encodeRequest: encodeIncrementalAlterConfigsRequest,
  decodeResponse: decodeIncrementalAlterConfigsResponse,
  encodeResponse: encodeIncrementalAlterConfigsResponse,
} as const;
