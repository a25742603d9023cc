// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import type { Reader } from '../wire/reader.ts';
import type { Draft, Writer } from '../wire/writer.ts';

/** Versions 0 to 4, flexible from 3. */
export interface AddOffsetsToTxnRequest {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly groupId: string;
}

export function decodeAddOffsetsToTxnRequest(r: Reader, v: number): AddOffsetsToTxnRequest {
  const flexible = v >= 3;
  const transactionalId = r.string(flexible);
  const producerId = r.int64();
  const producerEpoch = r.int16();
  const groupId = r.string(flexible);
  if (flexible) r.skipTags();
  return { transactionalId, producerId, producerEpoch, groupId };
}

export function encodeAddOffsetsToTxnRequest(w: Writer, m: Draft<AddOffsetsToTxnRequest>, v: number): void {
  const flexible = v >= 3;
  w.string(m.transactionalId ?? '', flexible);
  w.int64(m.producerId ?? 0);
  w.int16(m.producerEpoch ?? 0);
  w.string(m.groupId ?? '', flexible);
  if (flexible) w.uvarint(0);
}

/** Versions 0 to 4, flexible from 3. */
export interface AddOffsetsToTxnResponse {
  readonly throttleTimeMs?: number | undefined;
  readonly errorCode: number;
}

export function decodeAddOffsetsToTxnResponse(r: Reader, v: number): AddOffsetsToTxnResponse {
  const flexible = v >= 3;
  const throttleTimeMs = r.int32();
  const errorCode = r.int16();
  if (flexible) r.skipTags();
  return { throttleTimeMs, errorCode };
}

export function encodeAddOffsetsToTxnResponse(w: Writer, m: AddOffsetsToTxnResponse, v: number): void {
  const flexible = v >= 3;
  w.int32(m.throttleTimeMs ?? 0);
  w.int16(m.errorCode);
  if (flexible) w.uvarint(0);
}

export const ADD_OFFSETS_TO_TXN = {
  name: 'AddOffsetsToTxn',
  apiKey: 25,
  flexibleFrom: 3,
  versions: [0, 4],
  decodeRequest: decodeAddOffsetsToTxnRequest,
  encodeRequest: encodeAddOffsetsToTxnRequest,
  decodeResponse: decodeAddOffsetsToTxnResponse,
  encodeResponse: encodeAddOffsetsToTxnResponse,
} as const;
