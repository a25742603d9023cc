// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import type { Reader } from '../wire/reader.ts';
import type { Draft, Writer } from '../wire/writer.ts';

/** Versions 0 to 5, flexible from 4. */
export interface LeaveGroupRequest {
  readonly groupId: string;
  readonly memberId: string; // 0-2
  readonly members: readonly MemberIdentity[]; // 3+
}

export interface MemberIdentity {
  readonly memberId: string;
  readonly groupInstanceId: string | null; // default null
  readonly reason: string | null; // 5+, default null
}

export function decodeLeaveGroupRequest(r: Reader, v: number): LeaveGroupRequest {
  const flexible = v >= 4;
  const groupId = r.string(flexible);
  const memberId = v <= 2 ? r.string(false) : '';
  const members = v >= 3 ? r.array(flexible, v, decodeMemberIdentity) : [];
  if (flexible) r.skipTags();
  return { groupId, memberId, members };
}

export function encodeLeaveGroupRequest(w: Writer, m: Draft<LeaveGroupRequest>, v: number): void {
  const flexible = v >= 4;
  w.string(m.groupId ?? '', flexible);
  if (v <= 2) w.string(m.memberId ?? '', false);
  if (v >= 3) w.array(m.members ?? [], flexible, v, encodeMemberIdentity);
  if (flexible) w.uvarint(0);
}

function decodeMemberIdentity(r: Reader, v: number): MemberIdentity {
  const flexible = v >= 4;
  const memberId = r.string(flexible);
  const groupInstanceId = r.nullableString(flexible);
  const reason = v >= 5 ? r.nullableString(true) : null;
  if (flexible) r.skipTags();
  return { memberId, groupInstanceId, reason };
}

function encodeMemberIdentity(w: Writer, m: Draft<MemberIdentity>, v: number): void {
  const flexible = v >= 4;
  w.string(m.memberId ?? '', flexible);
  w.string(m.groupInstanceId ?? null, flexible);
  if (v >= 5) w.string(m.reason ?? null, true);
  if (flexible) w.uvarint(0);
}

/** Versions 0 to 5, flexible from 4. */
export interface LeaveGroupResponse {
  readonly throttleTimeMs?: number | undefined; // 1+
  readonly errorCode: number;
  readonly members?: readonly MemberResponse[] | undefined; // 3+
}

export interface MemberResponse {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly errorCode: number;
}

export function decodeLeaveGroupResponse(r: Reader, v: number): LeaveGroupResponse {
  const flexible = v >= 4;
  const throttleTimeMs = v >= 1 ? r.int32() : 0;
  const errorCode = r.int16();
  const members = v >= 3 ? r.array(flexible, v, decodeMemberResponse) : [];
  if (flexible) r.skipTags();
  return { throttleTimeMs, errorCode, members };
}

export function encodeLeaveGroupResponse(w: Writer, m: LeaveGroupResponse, v: number): void {
  const flexible = v >= 4;
  if (v >= 1) w.int32(m.throttleTimeMs ?? 0);
  w.int16(m.errorCode);
  if (v >= 3) w.array(m.members ?? [], flexible, v, encodeMemberResponse);
  if (flexible) w.uvarint(0);
}

function decodeMemberResponse(r: Reader, v: number): MemberResponse {
  const flexible = v >= 4;
  const memberId = r.string(flexible);
  const groupInstanceId = r.nullableString(flexible);
  const errorCode = r.int16();
  if (flexible) r.skipTags();
  return { memberId, groupInstanceId, errorCode };
}

function encodeMemberResponse(w: Writer, m: MemberResponse, v: number): void {
  const flexible = v >= 4;
  w.string(m.memberId, flexible);
  w.string(m.groupInstanceId, flexible);
  w.int16(m.errorCode);
  if (flexible) w.uvarint(0);
}

export const LEAVE_GROUP = {
  name: 'LeaveGroup',
  apiKey: 13,
  flexibleFrom: 4,
  versions: [0, 5],
  decodeRequest: decodeLeaveGroupRequest,
  encodeRequest: encodeLeaveGroupRequest,
  decodeResponse: decodeLeaveGroupResponse,
  encodeResponse: encodeLeaveGroupResponse,
} as const;
