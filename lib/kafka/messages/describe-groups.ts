// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import { type Reader, readCompactString, readString } from '../wire/reader.ts';
import { type Draft, type Writer, writeCompactString, writeString } from '../wire/writer.ts';

/** Versions 0 to 6, flexible from 5. */
export interface DescribeGroupsRequest {
  readonly groups: readonly string[];
  readonly includeAuthorizedOperations: boolean; // 3+
}

export function decodeDescribeGroupsRequest(r: Reader, v: number): DescribeGroupsRequest {
  const flexible = v >= 5;
  const groups = r.array(flexible, v, flexible ? readCompactString : readString);
  const includeAuthorizedOperations = v >= 3 ? r.bool() : false;
  if (flexible) r.skipTags();
  return { groups, includeAuthorizedOperations };
}

export function encodeDescribeGroupsRequest(w: Writer, m: Draft<DescribeGroupsRequest>, v: number): void {
  const flexible = v >= 5;
  w.array(m.groups ?? [], flexible, v, flexible ? writeCompactString : writeString);
  if (v >= 3) w.bool(m.includeAuthorizedOperations ?? false);
  if (flexible) w.uvarint(0);
}

/** Versions 0 to 6, flexible from 5. */
export interface DescribeGroupsResponse {
  readonly throttleTimeMs?: number | undefined; // 1+
  readonly groups: readonly DescribedGroup[];
}

export interface DescribedGroup {
  readonly errorCode: number;
  readonly errorMessage?: string | null | undefined; // 6+, default null
  readonly groupId: string;
  readonly groupState: string;
  readonly protocolType: string;
  readonly protocolData: string;
  readonly members: readonly DescribedGroupMember[];
  readonly authorizedOperations?: number | undefined; // 3+, default -2147483648
}

export interface DescribedGroupMember {
  readonly memberId: string;
  readonly groupInstanceId?: string | null | undefined; // 4+, default null
  readonly clientId: string;
  readonly clientHost: string;
  readonly memberMetadata: Buffer;
  readonly memberAssignment: Buffer;
}

export function decodeDescribeGroupsResponse(r: Reader, v: number): DescribeGroupsResponse {
  const flexible = v >= 5;
  const throttleTimeMs = v >= 1 ? r.int32() : 0;
  const groups = r.array(flexible, v, decodeDescribedGroup);
  if (flexible) r.skipTags();
  return { throttleTimeMs, groups };
}

export function encodeDescribeGroupsResponse(w: Writer, m: DescribeGroupsResponse, v: number): void {
  const flexible = v >= 5;
  if (v >= 1) w.int32(m.throttleTimeMs ?? 0);
  w.array(m.groups, flexible, v, encodeDescribedGroup);
  if (flexible) w.uvarint(0);
}

function decodeDescribedGroup(r: Reader, v: number): DescribedGroup {
  const flexible = v >= 5;
  const errorCode = r.int16();
  const errorMessage = v >= 6 ? r.nullableString(true) : null;
  const groupId = r.string(flexible);
  const groupState = r.string(flexible);
  const protocolType = r.string(flexible);
  const protocolData = r.string(flexible);
  const members = r.array(flexible, v, decodeDescribedGroupMember);
  const authorizedOperations = v >= 3 ? r.int32() : -2147483648;
  if (flexible) r.skipTags();
  return { errorCode, errorMessage, groupId, groupState, protocolType, protocolData, members, authorizedOperations };
}

function encodeDescribedGroup(w: Writer, m: DescribedGroup, v: number): void {
  const flexible = v >= 5;
  w.int16(m.errorCode);
  if (v >= 6) w.string(m.errorMessage ?? null, true);
  w.string(m.groupId, flexible);
  w.string(m.groupState, flexible);
  w.string(m.protocolType, flexible);
  w.string(m.protocolData, flexible);
  w.array(m.members, flexible, v, encodeDescribedGroupMember);
  if (v >= 3) w.int32(m.authorizedOperations ?? -2147483648);
  if (flexible) w.uvarint(0);
}

function decodeDescribedGroupMember(r: Reader, v: number): DescribedGroupMember {
  const flexible = v >= 5;
  const memberId = r.string(flexible);
  const groupInstanceId = v >= 4 ? r.nullableString(flexible) : null;
  const clientId = r.string(flexible);
  const clientHost = r.string(flexible);
  const memberMetadata = r.bytes(flexible);
  const memberAssignment = r.bytes(flexible);
  if (flexible) r.skipTags();
  return { memberId, groupInstanceId, clientId, clientHost, memberMetadata, memberAssignment };
}

function encodeDescribedGroupMember(w: Writer, m: DescribedGroupMember, v: number): void {
  const flexible = v >= 5;
  w.string(m.memberId, flexible);
  if (v >= 4) w.string(m.groupInstanceId ?? null, flexible);
  w.string(m.clientId, flexible);
  w.string(m.clientHost, flexible);
  w.bytes(m.memberMetadata, flexible);
  w.bytes(m.memberAssignment, flexible);
  if (flexible) w.uvarint(0);
}

export const DESCRIBE_GROUPS = {
  name: 'DescribeGroups',
  apiKey: 15,
  flexibleFrom: 5,
  versions: [0, 6],
  decodeRequest: decodeDescribeGroupsRequest,
  encodeRequest: encodeDescribeGroupsRequest,
  decodeResponse: decodeDescribeGroupsResponse,
  encodeResponse: encodeDescribeGroupsResponse,
} as const;
