// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import type { Reader } from '../wire/reader.ts';
import type { Draft, Writer } from '../wire/writer.ts';

/** Versions 0 to 4, flexible from 3. */
export interface ApiVersionsRequest {
  readonly clientSoftwareName: string; // 3+
  readonly clientSoftwareVersion: string; // 3+
}

export function decodeApiVersionsRequest(r: Reader, v: number): ApiVersionsRequest {
  const flexible = v >= 3;
  const clientSoftwareName = v >= 3 ? r.string(true) : '';
  const clientSoftwareVersion = v >= 3 ? r.string(true) : '';
  if (flexible) r.skipTags();
  return { clientSoftwareName, clientSoftwareVersion };
}

export function encodeApiVersionsRequest(w: Writer, m: Draft<ApiVersionsRequest>, v: number): void {
  const flexible = v >= 3;
  if (v >= 3) w.string(m.clientSoftwareName ?? '', true);
  if (v >= 3) w.string(m.clientSoftwareVersion ?? '', true);
  if (flexible) w.uvarint(0);
}

/** Versions 0 to 4, flexible from 3. */
export interface ApiVersionsResponse {
  readonly errorCode: number;
  readonly apiKeys: readonly ApiVersion[];
  readonly throttleTimeMs?: number | undefined; // 1+
  readonly supportedFeatures?: readonly SupportedFeatureKey[] | undefined; // 3+, tag 0
  readonly finalizedFeaturesEpoch?: number | undefined; // 3+, tag 1, default -1
  readonly finalizedFeatures?: readonly FinalizedFeatureKey[] | undefined; // 3+, tag 2
  readonly zkMigrationReady?: boolean | undefined; // 3+, tag 3, default false
}

export interface FinalizedFeatureKey {
  readonly name: string;
  readonly maxVersionLevel: number;
  readonly minVersionLevel: number;
}

export interface SupportedFeatureKey {
  readonly name: string;
  readonly minVersion: number;
  readonly maxVersion: number;
}

export interface ApiVersion {
  readonly apiKey: number;
  readonly minVersion: number;
  readonly maxVersion: number;
}

export function decodeApiVersionsResponse(r: Reader, v: number): ApiVersionsResponse {
  const flexible = v >= 3;
  const errorCode = r.int16();
  const apiKeys = r.array(flexible, v, decodeApiVersion);
  const throttleTimeMs = v >= 1 ? r.int32() : 0;
  let supportedFeatures: readonly SupportedFeatureKey[] = [];
  let finalizedFeaturesEpoch: number = -1;
  let finalizedFeatures: readonly FinalizedFeatureKey[] = [];
  let zkMigrationReady: boolean = false;
  if (flexible) {
    for (let left = r.uvarint(); left > 0; left--) {
      const tag = r.uvarint();
      const end = r.tagEnd();
      if (tag === 0) supportedFeatures = r.array(true, v, decodeSupportedFeatureKey);
      else if (tag === 1) finalizedFeaturesEpoch = r.int64();
      else if (tag === 2) finalizedFeatures = r.array(true, v, decodeFinalizedFeatureKey);
      else if (tag === 3) zkMigrationReady = r.bool();
      else r.position = end;
      r.closeTag(end);
    }
  }
  return { errorCode, apiKeys, throttleTimeMs, supportedFeatures, finalizedFeaturesEpoch, finalizedFeatures, zkMigrationReady };
}

export function encodeApiVersionsResponse(w: Writer, m: ApiVersionsResponse, v: number): void {
  const flexible = v >= 3;
  w.int16(m.errorCode);
  w.array(m.apiKeys, flexible, v, encodeApiVersion);
  if (v >= 1) w.int32(m.throttleTimeMs ?? 0);
  if (flexible) {
    const supportedFeatures = m.supportedFeatures ?? [];
    const hasSupportedFeatures = supportedFeatures.length > 0;
    const finalizedFeaturesEpoch = m.finalizedFeaturesEpoch ?? -1;
    const hasFinalizedFeaturesEpoch = finalizedFeaturesEpoch !== -1;
    const finalizedFeatures = m.finalizedFeatures ?? [];
    const hasFinalizedFeatures = finalizedFeatures.length > 0;
    const zkMigrationReady = m.zkMigrationReady ?? false;
    const hasZkMigrationReady = zkMigrationReady !== false;
    w.uvarint(
      (hasSupportedFeatures ? 1 : 0) + (hasFinalizedFeaturesEpoch ? 1 : 0) + (hasFinalizedFeatures ? 1 : 0) + (hasZkMigrationReady ? 1 : 0),
    );
    if (hasSupportedFeatures) {
      const at = w.openTag(0);
      w.array(supportedFeatures, true, v, encodeSupportedFeatureKey);
      w.closeTag(at);
    }
    if (hasFinalizedFeaturesEpoch) {
      const at = w.openTag(1);
      w.int64(finalizedFeaturesEpoch);
      w.closeTag(at);
    }
    if (hasFinalizedFeatures) {
      const at = w.openTag(2);
      w.array(finalizedFeatures, true, v, encodeFinalizedFeatureKey);
      w.closeTag(at);
    }
    if (hasZkMigrationReady) {
      const at = w.openTag(3);
      w.bool(zkMigrationReady);
      w.closeTag(at);
    }
  }
}

function decodeFinalizedFeatureKey(r: Reader, _v: number): FinalizedFeatureKey {
  const name = r.string(true);
  const maxVersionLevel = r.int16();
  const minVersionLevel = r.int16();
  r.skipTags();
  return { name, maxVersionLevel, minVersionLevel };
}

function encodeFinalizedFeatureKey(w: Writer, m: FinalizedFeatureKey, _v: number): void {
  w.string(m.name, true);
  w.int16(m.maxVersionLevel);
  w.int16(m.minVersionLevel);
  w.uvarint(0);
}

function decodeSupportedFeatureKey(r: Reader, _v: number): SupportedFeatureKey {
  const name = r.string(true);
  const minVersion = r.int16();
  const maxVersion = r.int16();
  r.skipTags();
  return { name, minVersion, maxVersion };
}

function encodeSupportedFeatureKey(w: Writer, m: SupportedFeatureKey, _v: number): void {
  w.string(m.name, true);
  w.int16(m.minVersion);
  w.int16(m.maxVersion);
  w.uvarint(0);
}

function decodeApiVersion(r: Reader, v: number): ApiVersion {
  const flexible = v >= 3;
  const apiKey = r.int16();
  const minVersion = r.int16();
  const maxVersion = r.int16();
  if (flexible) r.skipTags();
  return { apiKey, minVersion, maxVersion };
}

function encodeApiVersion(w: Writer, m: ApiVersion, v: number): void {
  const flexible = v >= 3;
  w.int16(m.apiKey);
  w.int16(m.minVersion);
  w.int16(m.maxVersion);
  if (flexible) w.uvarint(0);
}

export const API_VERSIONS = {
  name: 'ApiVersions',
  apiKey: 18,
  flexibleFrom: 3,
  versions: [0, 4],
  decodeRequest: decodeApiVersionsRequest,
  encodeRequest: encodeApiVersionsRequest,
  decodeResponse: decodeApiVersionsResponse,
  encodeResponse: encodeApiVersionsResponse,
} as const;
