// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import { type Reader, readCompactString, readString } from '../wire/reader.ts';
import { type Draft, type Writer, writeCompactString, writeString } from '../wire/writer.ts';

/** Versions 1 to 4, flexible from 4. */
export interface DescribeConfigsRequest {
  readonly resources: readonly DescribeConfigsResource[];
  readonly includeSynonyms: boolean; // default false
  readonly includeDocumentation: boolean; // 3+, default false
}

export interface DescribeConfigsResource {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly configurationKeys: readonly string[] | null;
}

export function decodeDescribeConfigsRequest(r: Reader, v: number): DescribeConfigsRequest {
  const flexible = v >= 4;
  const resources = r.array(flexible, v, decodeDescribeConfigsResource);
  const includeSynonyms = r.bool();
  const includeDocumentation = v >= 3 ? r.bool() : false;
  if (flexible) r.skipTags();
  return { resources, includeSynonyms, includeDocumentation };
}

export function encodeDescribeConfigsRequest(w: Writer, m: Draft<DescribeConfigsRequest>, v: number): void {
  const flexible = v >= 4;
  w.array(m.resources ?? [], flexible, v, encodeDescribeConfigsResource);
  w.bool(m.includeSynonyms ?? false);
  if (v >= 3) w.bool(m.includeDocumentation ?? false);
  if (flexible) w.uvarint(0);
}

function decodeDescribeConfigsResource(r: Reader, v: number): DescribeConfigsResource {
  const flexible = v >= 4;
  const resourceType = r.int8();
  const resourceName = r.string(flexible);
  const configurationKeys = r.nullableArray(flexible, v, flexible ? readCompactString : readString);
  if (flexible) r.skipTags();
  return { resourceType, resourceName, configurationKeys };
}

function encodeDescribeConfigsResource(w: Writer, m: Draft<DescribeConfigsResource>, v: number): void {
  const flexible = v >= 4;
  w.int8(m.resourceType ?? 0);
  w.string(m.resourceName ?? '', flexible);
  w.array(m.configurationKeys === undefined ? [] : m.configurationKeys, flexible, v, flexible ? writeCompactString : writeString);
  if (flexible) w.uvarint(0);
}

/** Versions 1 to 4, flexible from 4. */
export interface DescribeConfigsResponse {
  readonly throttleTimeMs?: number | undefined;
  readonly results: readonly DescribeConfigsResult[];
}

export interface DescribeConfigsResult {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly resourceType: number;
  readonly resourceName: string;
  readonly configs: readonly DescribeConfigsResourceResult[];
}

export interface DescribeConfigsResourceResult {
  readonly name: string;
  readonly value: string | null;
  readonly readOnly: boolean;
  readonly configSource?: number | undefined; // default -1
  readonly isSensitive: boolean;
  readonly synonyms: readonly DescribeConfigsSynonym[];
  readonly configType?: number | undefined; // 3+, default 0
  readonly documentation?: string | null | undefined; // 3+
}

export interface DescribeConfigsSynonym {
  readonly name: string;
  readonly value: string | null;
  readonly source: number;
}

export function decodeDescribeConfigsResponse(r: Reader, v: number): DescribeConfigsResponse {
  const flexible = v >= 4;
  const throttleTimeMs = r.int32();
  const results = r.array(flexible, v, decodeDescribeConfigsResult);
  if (flexible) r.skipTags();
  return { throttleTimeMs, results };
}

export function encodeDescribeConfigsResponse(w: Writer, m: DescribeConfigsResponse, v: number): void {
  const flexible = v >= 4;
  w.int32(m.throttleTimeMs ?? 0);
  w.array(m.results, flexible, v, encodeDescribeConfigsResult);
  if (flexible) w.uvarint(0);
}

function decodeDescribeConfigsResult(r: Reader, v: number): DescribeConfigsResult {
  const flexible = v >= 4;
  const errorCode = r.int16();
  const errorMessage = r.nullableString(flexible);
  const resourceType = r.int8();
  const resourceName = r.string(flexible);
  const configs = r.array(flexible, v, decodeDescribeConfigsResourceResult);
  if (flexible) r.skipTags();
  return { errorCode, errorMessage, resourceType, resourceName, configs };
}

function encodeDescribeConfigsResult(w: Writer, m: DescribeConfigsResult, v: number): void {
  const flexible = v >= 4;
  w.int16(m.errorCode);
  w.string(m.errorMessage, flexible);
  w.int8(m.resourceType);
  w.string(m.resourceName, flexible);
  w.array(m.configs, flexible, v, encodeDescribeConfigsResourceResult);
  if (flexible) w.uvarint(0);
}

function decodeDescribeConfigsResourceResult(r: Reader, v: number): DescribeConfigsResourceResult {
  const flexible = v >= 4;
  const name = r.string(flexible);
  const value = r.nullableString(flexible);
  const readOnly = r.bool();
  const configSource = r.int8();
  const isSensitive = r.bool();
  const synonyms = r.array(flexible, v, decodeDescribeConfigsSynonym);
  const configType = v >= 3 ? r.int8() : 0;
  const documentation = v >= 3 ? r.nullableString(flexible) : '';
  if (flexible) r.skipTags();
  return { name, value, readOnly, configSource, isSensitive, synonyms, configType, documentation };
}

function encodeDescribeConfigsResourceResult(w: Writer, m: DescribeConfigsResourceResult, v: number): void {
  const flexible = v >= 4;
  w.string(m.name, flexible);
  w.string(m.value, flexible);
  w.bool(m.readOnly);
  w.int8(m.configSource ?? -1);
  w.bool(m.isSensitive);
  w.array(m.synonyms, flexible, v, encodeDescribeConfigsSynonym);
  if (v >= 3) w.int8(m.configType ?? 0);
  if (v >= 3) w.string(m.documentation === undefined ? '' : m.documentation, flexible);
  if (flexible) w.uvarint(0);
}

function decodeDescribeConfigsSynonym(r: Reader, v: number): DescribeConfigsSynonym {
  const flexible = v >= 4;
  const name = r.string(flexible);
  const value = r.nullableString(flexible);
  const source = r.int8();
  if (flexible) r.skipTags();
  return { name, value, source };
}

function encodeDescribeConfigsSynonym(w: Writer, m: DescribeConfigsSynonym, v: number): void {
  const flexible = v >= 4;
  w.string(m.name, flexible);
  w.string(m.value, flexible);
  w.int8(m.source);
  if (flexible) w.uvarint(0);
}

export const DESCRIBE_CONFIGS = {
  name: 'DescribeConfigs',
  apiKey: 32,
  flexibleFrom: 4,
  versions: [1, 4],
  decodeRequest: decodeDescribeConfigsRequest,
  encodeRequest: encodeDescribeConfigsRequest,
  decodeResponse: decodeDescribeConfigsResponse,
  encodeResponse: encodeDescribeConfigsResponse,
} as const;
