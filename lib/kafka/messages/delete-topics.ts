// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import { type Reader, readCompactString, readString } from '../wire/reader.ts';
import { type Draft, type Writer, writeCompactString, writeString } from '../wire/writer.ts';

/** Versions 1 to 6, flexible from 4. */
export interface DeleteTopicsRequest {
  readonly topics: readonly DeleteTopicState[]; // 6+
  readonly topicNames: readonly string[]; // 1-5
  readonly timeoutMs: number;
}

export interface DeleteTopicState {
  readonly name: string | null; // default null
  readonly topicId: string;
}

export function decodeDeleteTopicsRequest(r: Reader, v: number): DeleteTopicsRequest {
  const flexible = v >= 4;
  const topics = v >= 6 ? r.array(true, v, decodeDeleteTopicState) : [];
  const topicNames = v <= 5 ? r.array(flexible, v, flexible ? readCompactString : readString) : [];
  const timeoutMs = r.int32();
  if (flexible) r.skipTags();
  return { topics, topicNames, timeoutMs };
}

export function encodeDeleteTopicsRequest(w: Writer, m: Draft<DeleteTopicsRequest>, v: number): void {
  const flexible = v >= 4;
  if (v >= 6) w.array(m.topics ?? [], true, v, encodeDeleteTopicState);
  if (v <= 5) w.array(m.topicNames ?? [], flexible, v, flexible ? writeCompactString : writeString);
  w.int32(m.timeoutMs ?? 0);
  if (flexible) w.uvarint(0);
}

function decodeDeleteTopicState(r: Reader, _v: number): DeleteTopicState {
  const name = r.nullableString(true);
  const topicId = r.uuid();
  r.skipTags();
  return { name, topicId };
}

function encodeDeleteTopicState(w: Writer, m: Draft<DeleteTopicState>, _v: number): void {
  w.string(m.name ?? null, true);
  w.uuid(m.topicId ?? '00000000-0000-0000-0000-000000000000');
  w.uvarint(0);
}

/** Versions 1 to 6, flexible from 4. */
export interface DeleteTopicsResponse {
  readonly throttleTimeMs?: number | undefined;
  readonly responses: readonly DeletableTopicResult[];
}

export interface DeletableTopicResult {
  readonly name: string | null;
  readonly topicId?: string | undefined; // 6+
  readonly errorCode: number;
  readonly errorMessage?: string | null | undefined; // 5+, default null
}

export function decodeDeleteTopicsResponse(r: Reader, v: number): DeleteTopicsResponse {
  const flexible = v >= 4;
  const throttleTimeMs = r.int32();
  const responses = r.array(flexible, v, decodeDeletableTopicResult);
  if (flexible) r.skipTags();
  return { throttleTimeMs, responses };
}

export function encodeDeleteTopicsResponse(w: Writer, m: DeleteTopicsResponse, v: number): void {
  const flexible = v >= 4;
  w.int32(m.throttleTimeMs ?? 0);
  w.array(m.responses, flexible, v, encodeDeletableTopicResult);
  if (flexible) w.uvarint(0);
}

function decodeDeletableTopicResult(r: Reader, v: number): DeletableTopicResult {
  const flexible = v >= 4;
  const name = v >= 6 ? r.nullableString(flexible) : r.string(flexible);
  const topicId = v >= 6 ? r.uuid() : '00000000-0000-0000-0000-000000000000';
  const errorCode = r.int16();
  const errorMessage = v >= 5 ? r.nullableString(true) : null;
  if (flexible) r.skipTags();
  return { name, topicId, errorCode, errorMessage };
}

function encodeDeletableTopicResult(w: Writer, m: DeletableTopicResult, v: number): void {
  const flexible = v >= 4;
  w.string(m.name, flexible);
  if (v >= 6) w.uuid(m.topicId ?? '00000000-0000-0000-0000-000000000000');
  w.int16(m.errorCode);
  if (v >= 5) w.string(m.errorMessage ?? null, true);
  if (flexible) w.uvarint(0);
}

export const DELETE_TOPICS = {
  name: 'DeleteTopics',
  apiKey: 20,
  flexibleFrom: 4,
  versions: [1, 6],
  decodeRequest: decodeDeleteTopicsRequest,
  encodeRequest: encodeDeleteTopicsRequest,
  decodeResponse: decodeDeleteTopicsResponse,
  encodeResponse: encodeDeleteTopicsResponse,
} as const;
