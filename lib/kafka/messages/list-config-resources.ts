// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import { type Reader, readInt8 } from '../wire/reader.ts';
import { type Draft, type Writer, writeInt8 } from '../wire/writer.ts';

/** Versions 0 to 1, flexible from 0. */
export interface ListConfigResourcesRequest {
  readonly resourceTypes: readonly number[]; // 1+
}

export function decodeListConfigResourcesRequest(r: Reader, v: number): ListConfigResourcesRequest {
  const resourceTypes = v >= 1 ? r.array(true, v, readInt8) : [];
  r.skipTags();
  return { resourceTypes };
}

export function encodeListConfigResourcesRequest(w: Writer, m: Draft<ListConfigResourcesRequest>, v: number): void {
  if (v >= 1) w.array(m.resourceTypes ?? [], true, v, writeInt8);
  w.uvarint(0);
}

/** Versions 0 to 1, flexible from 0. */
export interface ListConfigResourcesResponse {
  readonly throttleTimeMs?: number | undefined;
  readonly errorCode: number;
  readonly configResources: readonly ConfigResource[];
}

export interface ConfigResource {
  readonly resourceName: string;
  readonly resourceType?: number | undefined; // 1+, default 16
}

export function decodeListConfigResourcesResponse(r: Reader, v: number): ListConfigResourcesResponse {
  const throttleTimeMs = r.int32();
  const errorCode = r.int16();
  const configResources = r.array(true, v, decodeConfigResource);
  r.skipTags();
  return { throttleTimeMs, errorCode, configResources };
}

export function encodeListConfigResourcesResponse(w: Writer, m: ListConfigResourcesResponse, v: number): void {
  w.int32(m.throttleTimeMs ?? 0);
  w.int16(m.errorCode);
  w.array(m.configResources, true, v, encodeConfigResource);
  w.uvarint(0);
}

function decodeConfigResource(r: Reader, v: number): ConfigResource {
  const resourceName = r.string(true);
  const resourceType = v >= 1 ? r.int8() : 16;
  r.skipTags();
  return { resourceName, resourceType };
}

function encodeConfigResource(w: Writer, m: ConfigResource, v: number): void {
  w.string(m.resourceName, true);
  if (v >= 1) w.int8(m.resourceType ?? 16);
  w.uvarint(0);
}

export const LIST_CONFIG_RESOURCES = {
  name: 'ListConfigResources',
  apiKey: 74,
  flexibleFrom: 0,
  versions: [0, 1],
  decodeRequest: decodeListConfigResourcesRequest,
  encodeRequest: encodeListConfigResourcesRequest,
  decodeResponse: decodeListConfigResourcesResponse,
  encodeResponse: encodeListConfigResourcesResponse,
} as const;
