// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import type { Reader } from '../wire/reader.ts';
import type { Draft, Writer } from '../wire/writer.ts';

/** Versions 0 to 5, flexible from 3. */
export interface EndTxnRequest {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly committed: boolean;
}

export function decodeEndTxnRequest(r: Reader, v: number): EndTxnRequest {
  const flexible = v >= 3;
  const transactionalId = r.string(flexible);
  const producerId = r.int64();
  const producerEpoch = r.int16();
  const committed = r.bool();
  if (flexible) r.skipTags();
  return { transactionalId, producerId, producerEpoch, committed };
}

export function encodeEndTxnRequest(w: Writer, m: Draft<EndTxnRequest>, v: number): void {
  const flexible = v >= 3;
  w.string(m.transactionalId ?? '', flexible);
  w.int64(m.producerId ?? 0);
  w.int16(m.producerEpoch ?? 0);
  w.bool(m.committed ?? false);
  if (flexible) w.uvarint(0);
}

/** Versions 0 to 5, flexible from 3. */
export interface EndTxnResponse {
  readonly throttleTimeMs?: number | undefined;
  readonly errorCode: number;
  readonly producerId?: number | undefined; // 5+, default -1
  readonly producerEpoch?: number | undefined; // 5+, default -1
}

export function decodeEndTxnResponse(r: Reader, v: number): EndTxnResponse {
  const flexible = v >= 3;
  const throttleTimeMs = r.int32();
  const errorCode = r.int16();
  const producerId = v >= 5 ? r.int64() : -1;
  const producerEpoch = v >= 5 ? r.int16() : -1;
  if (flexible) r.skipTags();
  return { throttleTimeMs, errorCode, producerId, producerEpoch };
}

export function encodeEndTxnResponse(w: Writer, m: EndTxnResponse, v: number): void {
  const flexible = v >= 3;
  w.int32(m.throttleTimeMs ?? 0);
  w.int16(m.errorCode);
  if (v >= 5) w.int64(m.producerId ?? -1);
  if (v >= 5) w.int16(m.producerEpoch ?? -1);
  if (flexible) w.uvarint(0);
}

export const END_TXN = {
  name: 'EndTxn',
  apiKey: 26,
  flexibleFrom: 3,
  versions: [0, 5],
  decodeRequest: decodeEndTxnRequest,
  encodeRequest: encodeEndTxnRequest,
  decodeResponse: decodeEndTxnResponse,
  encodeResponse: encodeEndTxnResponse,
} as const;
