// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import { type Reader, readCompactString, readString } from '../wire/reader.ts';
import { type Draft, type Writer, writeCompactString, writeString } from '../wire/writer.ts';

/** Versions 0 to 2, flexible from 2. */
export interface DeleteGroupsRequest {
  readonly groupsNames: readonly string[];
}

export function decodeDeleteGroupsRequest(r: Reader, v: number): DeleteGroupsRequest {
  const flexible = v >= 2;
  const groupsNames = r.array(flexible, v, flexible ? readCompactString : readString);
  if (flexible) r.skipTags();
  return { groupsNames };
}

export function encodeDeleteGroupsRequest(w: Writer, m: Draft<DeleteGroupsRequest>, v: number): void {
  const flexible = v >= 2;
  w.array(m.groupsNames ?? [], flexible, v, flexible ? writeCompactString : writeString);
  if (flexible) w.uvarint(0);
}

/** Versions 0 to 2, flexible from 2. */
export interface DeleteGroupsResponse {
  readonly throttleTimeMs?: number | undefined;
  readonly results: readonly DeletableGroupResult[];
}

export interface DeletableGroupResult {
  readonly groupId: string;
  readonly errorCode: number;
}

export function decodeDeleteGroupsResponse(r: Reader, v: number): DeleteGroupsResponse {
  const flexible = v >= 2;
  const throttleTimeMs = r.int32();
  const results = r.array(flexible, v, decodeDeletableGroupResult);
  if (flexible) r.skipTags();
  return { throttleTimeMs, results };
}

export function encodeDeleteGroupsResponse(w: Writer, m: DeleteGroupsResponse, v: number): void {
  const flexible = v >= 2;
  w.int32(m.throttleTimeMs ?? 0);
  w.array(m.results, flexible, v, encodeDeletableGroupResult);
  if (flexible) w.uvarint(0);
}

function decodeDeletableGroupResult(r: Reader, v: number): DeletableGroupResult {
  const flexible = v >= 2;
  const groupId = r.string(flexible);
  const errorCode = r.int16();
  if (flexible) r.skipTags();
  return { groupId, errorCode };
}

function encodeDeletableGroupResult(w: Writer, m: DeletableGroupResult, v: number): void {
  const flexible = v >= 2;
  w.string(m.groupId, flexible);
  w.int16(m.errorCode);
  if (flexible) w.uvarint(0);
}

export const DELETE_GROUPS = {
  name: 'DeleteGroups',
  apiKey: 42,
  flexibleFrom: 2,
  versions: [0, 2],
  decodeRequest: decodeDeleteGroupsRequest,
  encodeRequest: encodeDeleteGroupsRequest,
  decodeResponse: decodeDeleteGroupsResponse,
  encodeResponse: encodeDeleteGroupsResponse,
} as const;
