// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import type { Reader } from '../wire/reader.ts';
import type { Draft, Writer } from '../wire/writer.ts';

/** Versions 0 to 4, flexible from 4. */
export interface HeartbeatRequest {
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null; // 3+, default null
}

export function decodeHeartbeatRequest(r: Reader, v: number): HeartbeatRequest {
  const flexible = v >= 4;
  const groupId = r.string(flexible);
  const generationId = r.int32();
  const memberId = r.string(flexible);
  const groupInstanceId = v >= 3 ? r.nullableString(flexible) : null;
  if (flexible) r.skipTags();
  return { groupId, generationId, memberId, groupInstanceId };
}

export function encodeHeartbeatRequest(w: Writer, m: Draft<HeartbeatRequest>, v: number): void {
  const flexible = v >= 4;
  w.string(m.groupId ?? '', flexible);
  w.int32(m.generationId ?? 0);
  w.string(m.memberId ?? '', flexible);
  if (v >= 3) w.string(m.groupInstanceId ?? null, flexible);
  if (flexible) w.uvarint(0);
}

/** Versions 0 to 4, flexible from 4. */
export interface HeartbeatResponse {
  readonly throttleTimeMs?: number | undefined; // 1+
  readonly errorCode: number;
}

export function decodeHeartbeatResponse(r: Reader, v: number): HeartbeatResponse {
  const flexible = v >= 4;
  const throttleTimeMs = v >= 1 ? r.int32() : 0;
  const errorCode = r.int16();
  if (flexible) r.skipTags();
  return { throttleTimeMs, errorCode };
}

export function encodeHeartbeatResponse(w: Writer, m: HeartbeatResponse, v: number): void {
  const flexible = v >= 4;
  if (v >= 1) w.int32(m.throttleTimeMs ?? 0);
  w.int16(m.errorCode);
  if (flexible) w.uvarint(0);
}

export const HEARTBEAT = {
  name: 'Heartbeat',
  apiKey: 12,
  flexibleFrom: 4,
  versions: [0, 4],
  decodeRequest: decodeHeartbeatRequest,
  encodeRequest: encodeHeartbeatRequest,
  decodeResponse: decodeHeartbeatResponse,
  encodeResponse: encodeHeartbeatResponse,
} as const;
