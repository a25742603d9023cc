// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import { type Reader, readCompactString } from '../wire/reader.ts';
import { type Draft, type Writer, writeCompactString } from '../wire/writer.ts';

/** Versions 0 to 6, flexible from 3. */
export interface FindCoordinatorRequest {
  readonly key: string; // 0-3
  readonly keyType: number; // 1+, default 0
  readonly coordinatorKeys: readonly string[]; // 4+
}

export function decodeFindCoordinatorRequest(r: Reader, v: number): FindCoordinatorRequest {
  const flexible = v >= 3;
  const key = v <= 3 ? r.string(flexible) : '';
  const keyType = v >= 1 ? r.int8() : 0;
  const coordinatorKeys = v >= 4 ? r.array(true, v, readCompactString) : [];
  if (flexible) r.skipTags();
  return { key, keyType, coordinatorKeys };
}

export function encodeFindCoordinatorRequest(w: Writer, m: Draft<FindCoordinatorRequest>, v: number): void {
  const flexible = v >= 3;
  if (v <= 3) w.string(m.key ?? '', flexible);
  if (v >= 1) w.int8(m.keyType ?? 0);
  if (v >= 4) w.array(m.coordinatorKeys ?? [], true, v, writeCompactString);
  if (flexible) w.uvarint(0);
}

/** Versions 0 to 6, flexible from 3. */
export interface FindCoordinatorResponse {
  readonly throttleTimeMs?: number | undefined; // 1+
  readonly errorCode?: number | undefined; // 0-3
  readonly errorMessage?: string | null | undefined; // 1-3
  readonly nodeId?: number | undefined; // 0-3
  readonly host?: string | undefined; // 0-3
  readonly port?: number | undefined; // 0-3
  readonly coordinators?: readonly Coordinator[] | undefined; // 4+
}

export interface Coordinator {
  readonly key: string;
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

export function decodeFindCoordinatorResponse(r: Reader, v: number): FindCoordinatorResponse {
  const flexible = v >= 3;
  const throttleTimeMs = v >= 1 ? r.int32() : 0;
  const errorCode = v <= 3 ? r.int16() : 0;
  const errorMessage = v >= 1 && v <= 3 ? r.nullableString(flexible) : '';
  const nodeId = v <= 3 ? r.int32() : 0;
  const host = v <= 3 ? r.string(flexible) : '';
  const port = v <= 3 ? r.int32() : 0;
  const coordinators = v >= 4 ? r.array(true, v, decodeCoordinator) : [];
  if (flexible) r.skipTags();
  return { throttleTimeMs, errorCode, errorMessage, nodeId, host, port, coordinators };
}

export function encodeFindCoordinatorResponse(w: Writer, m: FindCoordinatorResponse, v: number): void {
  const flexible = v >= 3;
  if (v >= 1) w.int32(m.throttleTimeMs ?? 0);
  if (v <= 3) w.int16(m.errorCode ?? 0);
  if (v >= 1 && v <= 3) w.string(m.errorMessage === undefined ? '' : m.errorMessage, flexible);
  if (v <= 3) w.int32(m.nodeId ?? 0);
  if (v <= 3) w.string(m.host ?? '', flexible);
  if (v <= 3) w.int32(m.port ?? 0);
  if (v >= 4) w.array(m.coordinators ?? [], true, v, encodeCoordinator);
  if (flexible) w.uvarint(0);
}

function decodeCoordinator(r: Reader, _v: number): Coordinator {
  const key = r.string(true);
  const nodeId = r.int32();
  const host = r.string(true);
  const port = r.int32();
  const errorCode = r.int16();
  const errorMessage = r.nullableString(true);
  r.skipTags();
  return { key, nodeId, host, port, errorCode, errorMessage };
}

function encodeCoordinator(w: Writer, m: Coordinator, _v: number): void {
  w.string(m.key, true);
  w.int32(m.nodeId);
  w.string(m.host, true);
  w.int32(m.port);
  w.int16(m.errorCode);
  w.string(m.errorMessage, true);
  w.uvarint(0);
}

export const FIND_COORDINATOR = {
  name: 'FindCoordinator',
  apiKey: 10,
  flexibleFrom: 3,
  versions: [0, 6],
  decodeRequest: decodeFindCoordinatorRequest,
  encodeRequest: encodeFindCoordinatorRequest,
  decodeResponse: decodeFindCoordinatorResponse,
  encodeResponse: encodeFindCoordinatorResponse,
} as const;
