// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import type { Reader } from '../wire/reader.ts';
import type { Draft, Writer } from '../wire/writer.ts';

/** Versions 0 to 5, flexible from 4. */
export interface SyncGroupRequest {
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null; // 3+, default null
  readonly protocolType: string | null; // 5+, default null
  readonly protocolName: string | null; // 5+, default null
  readonly assignments: readonly SyncGroupRequestAssignment[];
}

export interface SyncGroupRequestAssignment {
  readonly memberId: string;
  readonly assignment: Buffer;
}

export function decodeSyncGroupRequest(r: Reader, v: number): SyncGroupRequest {
  const flexible = v >= 4;
  const groupId = r.string(flexible);
  const generationId = r.int32();
  const memberId = r.string(flexible);
  const groupInstanceId = v >= 3 ? r.nullableString(flexible) : null;
  const protocolType = v >= 5 ? r.nullableString(true) : null;
  const protocolName = v >= 5 ? r.nullableString(true) : null;
  const assignments = r.array(flexible, v, decodeSyncGroupRequestAssignment);
  if (flexible) r.skipTags();
  return { groupId, generationId, memberId, groupInstanceId, protocolType, protocolName, assignments };
}

export function encodeSyncGroupRequest(w: Writer, m: Draft<SyncGroupRequest>, v: number): void {
  const flexible = v >= 4;
  w.string(m.groupId ?? '', flexible);
  w.int32(m.generationId ?? 0);
  w.string(m.memberId ?? '', flexible);
  if (v >= 3) w.string(m.groupInstanceId ?? null, flexible);
  if (v >= 5) w.string(m.protocolType ?? null, true);
  if (v >= 5) w.string(m.protocolName ?? null, true);
  w.array(m.assignments ?? [], flexible, v, encodeSyncGroupRequestAssignment);
  if (flexible) w.uvarint(0);
}

function decodeSyncGroupRequestAssignment(r: Reader, v: number): SyncGroupRequestAssignment {
  const flexible = v >= 4;
  const memberId = r.string(flexible);
  const assignment = r.bytes(flexible);
  if (flexible) r.skipTags();
  return { memberId, assignment };
}

function encodeSyncGroupRequestAssignment(w: Writer, m: Draft<SyncGroupRequestAssignment>, v: number): void {
  const flexible = v >= 4;
  w.string(m.memberId ?? '', flexible);
  w.bytes(m.assignment ?? Buffer.alloc(0), flexible);
  if (flexible) w.uvarint(0);
}

/** Versions 0 to 5, flexible from 4. */
export interface SyncGroupResponse {
  readonly throttleTimeMs?: number | undefined; // 1+
  readonly errorCode: number;
  readonly protocolType?: string | null | undefined; // 5+, default null
  readonly protocolName?: string | null | undefined; // 5+, default null
  readonly assignment: Buffer;
}

export function decodeSyncGroupResponse(r: Reader, v: number): SyncGroupResponse {
  const flexible = v >= 4;
  const throttleTimeMs = v >= 1 ? r.int32() : 0;
  const errorCode = r.int16();
  const protocolType = v >= 5 ? r.nullableString(true) : null;
  const protocolName = v >= 5 ? r.nullableString(true) : null;
  const assignment = r.bytes(flexible);
  if (flexible) r.skipTags();
  return { throttleTimeMs, errorCode, protocolType, protocolName, assignment };
}

export function encodeSyncGroupResponse(w: Writer, m: SyncGroupResponse, v: number): void {
  const flexible = v >= 4;
  if (v >= 1) w.int32(m.throttleTimeMs ?? 0);
  w.int16(m.errorCode);
  if (v >= 5) w.string(m.protocolType ?? null, true);
  if (v >= 5) w.string(m.protocolName ?? null, true);
  w.bytes(m.assignment, flexible);
  if (flexible) w.uvarint(0);
}

export const SYNC_GROUP = {
  name: 'SyncGroup',
  apiKey: 14,
  flexibleFrom: 4,
  versions: [0, 5],
  decodeRequest: decodeSyncGroupRequest,
  encodeRequest: encodeSyncGroupRequest,
  decodeResponse: decodeSyncGroupResponse,
  encodeResponse: encodeSyncGroupResponse,
} as const;
