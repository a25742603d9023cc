// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import type { Reader } from '../wire/reader.ts';
import type { Draft, Writer } from '../wire/writer.ts';

/** Versions 0 to 2, flexible from 2. */
export interface AlterConfigsRequest {
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
  readonly value: string | null;
}

export function decodeAlterConfigsRequest(r: Reader, v: number): AlterConfigsRequest {
  const flexible = v >= 2;
  const resources = r.array(flexible, v, decodeAlterConfigsResource);
  const validateOnly = r.bool();
  if (flexible) r.skipTags();
  return { resources, validateOnly };
}

export function encodeAlterConfigsRequest(w: Writer, m: Draft<AlterConfigsRequest>, v: number): void {
  const flexible = v >= 2;
  w.array(m.resources ?? [], flexible, v, encodeAlterConfigsResource);
  w.bool(m.validateOnly ?? false);
  if (flexible) w.uvarint(0);
}

function decodeAlterConfigsResource(r: Reader, v: number): AlterConfigsResource {
  const flexible = v >= 2;
  const resourceType = r.int8();
  const resourceName = r.string(flexible);
  const configs = r.array(flexible, v, decodeAlterableConfig);
  if (flexible) r.skipTags();
  return { resourceType, resourceName, configs };
}

function encodeAlterConfigsResource(w: Writer, m: Draft<AlterConfigsResource>, v: number): void {
  const flexible = v >= 2;
  w.int8(m.resourceType ?? 0);
  w.string(m.resourceName ?? '', flexible);
  w.array(m.configs ?? [], flexible, v, encodeAlterableConfig);
  if (flexible) w.uvarint(0);
}

function decodeAlterableConfig(r: Reader, v: number): AlterableConfig {
  const flexible = v >= 2;
  const name = r.string(flexible);
  const value = r.nullableString(flexible);
  if (flexible) r.skipTags();
  return { name, value };
}

function encodeAlterableConfig(w: Writer, m: Draft<AlterableConfig>, v: number): void {
  const flexible = v >= 2;
  w.string(m.name ?? '', flexible);
  w.string(m.value === undefined ? '' : m.value, flexible);
  if (flexible) w.uvarint(0);
}

/** Versions 0 to 2, flexible from 2. */
export interface AlterConfigsResponse {
  readonly throttleTimeMs?: number | undefined;
  readonly responses: readonly AlterConfigsResourceResponse[];
}

export interface AlterConfigsResourceResponse {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly resourceType: number;
  readonly resourceName: string;
}

export function decodeAlterConfigsResponse(r: Reader, v: number): AlterConfigsResponse {
  const flexible = v >= 2;
  const throttleTimeMs = r.int32();
  const responses = r.array(flexible, v, decodeAlterConfigsResourceResponse);
  if (flexible) r.skipTags();
  return { throttleTimeMs, responses };
}

export function encodeAlterConfigsResponse(w: Writer, m: AlterConfigsResponse, v: number): void {
  const flexible = v >= 2;
  w.int32(m.throttleTimeMs ?? 0);
  w.array(m.responses, flexible, v, encodeAlterConfigsResourceResponse);
  if (flexible) w.uvarint(0);
}

function decodeAlterConfigsResourceResponse(r: Reader, v: number): AlterConfigsResourceResponse {
  const flexible = v >= 2;
  const errorCode = r.int16();
  const errorMessage = r.nullableString(flexible);
  const resourceType = r.int8();
  const resourceName = r.string(flexible);
  if (flexible) r.skipTags();
  return { errorCode, errorMessage, resourceType, resourceName };
}

function encodeAlterConfigsResourceResponse(w: Writer, m: AlterConfigsResourceResponse, v: number): void {
  const flexible = v >= 2;
  w.int16(m.errorCode);
  w.string(m.errorMessage, flexible);
  w.int8(m.resourceType);
  w.string(m.resourceName, flexible);
  if (flexible) w.uvarint(0);
}

export const ALTER_CONFIGS = {
  name: 'AlterConfigs',
  apiKey: 33,
  flexibleFrom: 2,
  versions: [0, 2],
  decodeRequest: decodeAlterConfigsRequest,
  encodeRequest: encodeAlterConfigsRequest,
  decodeResponse: decodeAlterConfigsResponse,
  encodeResponse: encodeAlterConfigsResponse,
} as const;
