// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import type { Reader } from '../wire/reader.ts';
import type { Draft, Writer } from '../wire/writer.ts';

/** Versions 0 to 9, flexible from 6. */
export interface JoinGroupRequest {
  readonly groupId: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number; // 1+, default -1
  readonly memberId: string;
  readonly groupInstanceId: string | null; // 5+, default null
  readonly protocolType: string;
  readonly protocols: readonly JoinGroupRequestProtocol[];
  readonly reason: string | null; // 8+, default null
}

export interface JoinGroupRequestProtocol {
  readonly name: string;
  readonly metadata: Buffer;
}

export function decodeJoinGroupRequest(r: Reader, v: number): JoinGroupRequest {
  const flexible = v >= 6;
  const groupId = r.string(flexible);
  const sessionTimeoutMs = r.int32();
  const rebalanceTimeoutMs = v >= 1 ? r.int32() : -1;
  const memberId = r.string(flexible);
  const groupInstanceId = v >= 5 ? r.nullableString(flexible) : null;
  const protocolType = r.string(flexible);
  const protocols = r.array(flexible, v, decodeJoinGroupRequestProtocol);
  const reason = v >= 8 ? r.nullableString(true) : null;
  if (flexible) r.skipTags();
  return { groupId, sessionTimeoutMs, rebalanceTimeoutMs, memberId, groupInstanceId, protocolType, protocols, reason };
}

export function encodeJoinGroupRequest(w: Writer, m: Draft<JoinGroupRequest>, v: number): void {
  const flexible = v >= 6;
  w.string(m.groupId ?? '', flexible);
  w.int32(m.sessionTimeoutMs ?? 0);
  if (v >= 1) w.int32(m.rebalanceTimeoutMs ?? -1);
  w.string(m.memberId ?? '', flexible);
  if (v >= 5) w.string(m.groupInstanceId ?? null, flexible);
  w.string(m.protocolType ?? '', flexible);
  w.array(m.protocols ?? [], flexible, v, encodeJoinGroupRequestProtocol);
  if (v >= 8) w.string(m.reason ?? null, true);
  if (flexible) w.uvarint(0);
}

function decodeJoinGroupRequestProtocol(r: Reader, v: number): JoinGroupRequestProtocol {
  const flexible = v >= 6;
  const name = r.string(flexible);
  const metadata = r.bytes(flexible);
  if (flexible) r.skipTags();
  return { name, metadata };
}

function encodeJoinGroupRequestProtocol(w: Writer, m: Draft<JoinGroupRequestProtocol>, v: number): void {
  const flexible = v >= 6;
  w.string(m.name ?? '', flexible);
  w.bytes(m.metadata ?? Buffer.alloc(0), flexible);
  if (flexible) w.uvarint(0);
}

/** Versions 0 to 9, flexible from 6. */
export interface JoinGroupResponse {
  readonly throttleTimeMs?: number | undefined; // 2+
  readonly errorCode: number;
  readonly generationId?: number | undefined; // default -1
  readonly protocolType?: string | null | undefined; // 7+, default null
  readonly protocolName: string | null;
  readonly leader: string;
  readonly skipAssignment?: boolean | undefined; // 9+, default false
  readonly memberId: string;
  readonly members: readonly JoinGroupResponseMember[];
}

export interface JoinGroupResponseMember {
  readonly memberId: string;
  readonly groupInstanceId?: string | null | undefined; // 5+, default null
  readonly metadata: Buffer;
}

export function decodeJoinGroupResponse(r: Reader, v: number): JoinGroupResponse {
  const flexible = v >= 6;
  const throttleTimeMs = v >= 2 ? r.int32() : 0;
  const errorCode = r.int16();
  const generationId = r.int32();
  const protocolType = v >= 7 ? r.nullableString(true) : null;
  const protocolName = v >= 7 ? r.nullableString(flexible) : r.string(flexible);
  const leader = r.string(flexible);
  const skipAssignment = v >= 9 ? r.bool() : false;
  const memberId = r.string(flexible);
  const members = r.array(flexible, v, decodeJoinGroupResponseMember);
  if (flexible) r.skipTags();
  return { throttleTimeMs, errorCode, generationId, protocolType, protocolName, leader, skipAssignment, memberId, members };
}

export function encodeJoinGroupResponse(w: Writer, m: JoinGroupResponse, v: number): void {
  const flexible = v >= 6;
  if (v >= 2) w.int32(m.throttleTimeMs ?? 0);
  w.int16(m.errorCode);
  w.int32(m.generationId ?? -1);
  if (v >= 7) w.string(m.protocolType ?? null, true);
  w.string(m.protocolName, flexible);
  w.string(m.leader, flexible);
  if (v >= 9) w.bool(m.skipAssignment ?? false);
  w.string(m.memberId, flexible);
  w.array(m.members, flexible, v, encodeJoinGroupResponseMember);
  if (flexible) w.uvarint(0);
}

function decodeJoinGroupResponseMember(r: Reader, v: number): JoinGroupResponseMember {
  const flexible = v >= 6;
  const memberId = r.string(flexible);
  const groupInstanceId = v >= 5 ? r.nullableString(flexible) : null;
  const metadata = r.bytes(flexible);
  if (flexible) r.skipTags();
  return { memberId, groupInstanceId, metadata };
}

function encodeJoinGroupResponseMember(w: Writer, m: JoinGroupResponseMember, v: number): void {
  const flexible = v >= 6;
  w.string(m.memberId, flexible);
  if (v >= 5) w.string(m.groupInstanceId ?? null, flexible);
  w.bytes(m.metadata, flexible);
  if (flexible) w.uvarint(0);
}

export const JOIN_GROUP = {
  name: 'JoinGroup',
  apiKey: 11,
  flexibleFrom: 6,
  versions: [0, 9],
  decodeRequest: decodeJoinGroupRequest,
  encodeRequest: encodeJoinGroupRequest,
  decodeResponse: decodeJoinGroupResponse,
  encodeResponse: encodeJoinGroupResponse,
} as const;
