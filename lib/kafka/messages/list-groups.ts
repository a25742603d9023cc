// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import { type Reader, readCompactString } from '../wire/reader.ts';
import { type Draft, type Writer, writeCompactString } from '../wire/writer.ts';

/** Versions 0 to 5, flexible from 3. */
export interface ListGroupsRequest {
  readonly statesFilter: readonly string[]; // 4+
  readonly typesFilter: readonly string[]; // 5+
}

export function decodeListGroupsRequest(r: Reader, v: number): ListGroupsRequest {
  const flexible = v >= 3;
  const statesFilter = v >= 4 ? r.array(true, v, readCompactString) : [];
  const typesFilter = v >= 5 ? r.array(true, v, readCompactString) : [];
  if (flexible) r.skipTags();
  return { statesFilter, typesFilter };
}

export function encodeListGroupsRequest(w: Writer, m: Draft<ListGroupsRequest>, v: number): void {
  const flexible = v >= 3;
  if (v >= 4) w.array(m.statesFilter ?? [], true, v, writeCompactString);
  if (v >= 5) w.array(m.typesFilter ?? [], true, v, writeCompactString);
  if (flexible) w.uvarint(0);
}

/** Versions 0 to 5, flexible from 3. */
export interface ListGroupsResponse {
  readonly throttleTimeMs?: number | undefined; // 1+
  readonly errorCode: number;
  readonly groups: readonly ListedGroup[];
}

export interface ListedGroup {
  readonly groupId: string;
  readonly protocolType: string;
  readonly groupState?: string | undefined; // 4+
  readonly groupType?: string | undefined; // 5+
}

export function decodeListGroupsResponse(r: Reader, v: number): ListGroupsResponse {
  const flexible = v >= 3;
  const throttleTimeMs = v >= 1 ? r.int32() : 0;
  const errorCode = r.int16();
  const groups = r.array(flexible, v, decodeListedGroup);
  if (flexible) r.skipTags();
  return { throttleTimeMs, errorCode, groups };
}

export function encodeListGroupsResponse(w: Writer, m: ListGroupsResponse, v: number): void {
  const flexible = v >= 3;
  if (v >= 1) w.int32(m.throttleTimeMs ?? 0);
  w.int16(m.errorCode);
  w.array(m.groups, flexible, v, encodeListedGroup);
  if (flexible) w.uvarint(0);
}

function decodeListedGroup(r: Reader, v: number): ListedGroup {
  const flexible = v >= 3;
  const groupId = r.string(flexible);
  const protocolType = r.string(flexible);
  const groupState = v >= 4 ? r.string(true) : '';
  const groupType = v >= 5 ? r.string(true) : '';
  if (flexible) r.skipTags();
  return { groupId, protocolType, groupState, groupType };
}

function encodeListedGroup(w: Writer, m: ListedGroup, v: number): void {
  const flexible = v >= 3;
  w.string(m.groupId, flexible);
  w.string(m.protocolType, flexible);
  if (v >= 4) w.string(m.groupState ?? '', true);
  if (v >= 5) w.string(m.groupType ?? '', true);
  if (flexible) w.uvarint(0);
}

export const LIST_GROUPS = {
  name: 'ListGroups',
  apiKey: 16,
  flexibleFrom: 3,
  versions: [0, 5],
  decodeRequest: decodeListGroupsRequest,
  encodeRequest: encodeListGroupsRequest,
  decodeResponse: decodeListGroupsResponse,
  encodeResponse: encodeListGroupsResponse,
} as const;
