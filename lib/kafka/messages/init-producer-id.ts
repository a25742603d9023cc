// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import type { Reader } from '../wire/reader.ts';
import type { Draft, Writer } from '../wire/writer.ts';

/** Versions 0 to 6, flexible from 2. */
export interface InitProducerIdRequest {
  readonly transactionalId: string | null;
  readonly transactionTimeoutMs: number;
  readonly producerId: number; // 3+, default -1
  readonly producerEpoch: number; // 3+, default -1
  readonly enable2Pc: boolean; // 6+, default false
  readonly keepPreparedTxn: boolean; // 6+, default false
}

export function decodeInitProducerIdRequest(r: Reader, v: number): InitProducerIdRequest {
  const flexible = v >= 2;
  const transactionalId = r.nullableString(flexible);
  const transactionTimeoutMs = r.int32();
  const producerId = v >= 3 ? r.int64() : -1;
  const producerEpoch = v >= 3 ? r.int16() : -1;
  const enable2Pc = v >= 6 ? r.bool() : false;
  const keepPreparedTxn = v >= 6 ? r.bool() : false;
  if (flexible) r.skipTags();
  return { transactionalId, transactionTimeoutMs, producerId, producerEpoch, enable2Pc, keepPreparedTxn };
}

export function encodeInitProducerIdRequest(w: Writer, m: Draft<InitProducerIdRequest>, v: number): void {
  const flexible = v >= 2;
  w.string(m.transactionalId === undefined ? '' : m.transactionalId, flexible);
  w.int32(m.transactionTimeoutMs ?? 0);
  if (v >= 3) w.int64(m.producerId ?? -1);
  if (v >= 3) w.int16(m.producerEpoch ?? -1);
  if (v >= 6) w.bool(m.enable2Pc ?? false);
  if (v >= 6) w.bool(m.keepPreparedTxn ?? false);
  if (flexible) w.uvarint(0);
}

/** Versions 0 to 6, flexible from 2. */
export interface InitProducerIdResponse {
  readonly throttleTimeMs?: number | undefined;
  readonly errorCode: number;
  readonly producerId?: number | undefined; // default -1
  readonly producerEpoch: number;
  readonly ongoingTxnProducerId?: number | undefined; // 6+, default -1
  readonly ongoingTxnProducerEpoch?: number | undefined; // 6+, default -1
}

export function decodeInitProducerIdResponse(r: Reader, v: number): InitProducerIdResponse {
  const flexible = v >= 2;
  const throttleTimeMs = r.int32();
  const errorCode = r.int16();
  const producerId = r.int64();
  const producerEpoch = r.int16();
  const ongoingTxnProducerId = v >= 6 ? r.int64() : -1;
  const ongoingTxnProducerEpoch = v >= 6 ? r.int16() : -1;
  if (flexible) r.skipTags();
  return { throttleTimeMs, errorCode, producerId, producerEpoch, ongoingTxnProducerId, ongoingTxnProducerEpoch };
}

export function encodeInitProducerIdResponse(w: Writer, m: InitProducerIdResponse, v: number): void {
  const flexible = v >= 2;
  w.int32(m.throttleTimeMs ?? 0);
  w.int16(m.errorCode);
  w.int64(m.producerId ?? -1);
  w.int16(m.producerEpoch);
  if (v >= 6) w.int64(m.ongoingTxnProducerId ?? -1);
  if (v >= 6) w.int16(m.ongoingTxnProducerEpoch ?? -1);
  if (flexible) w.uvarint(0);
}

export const INIT_PRODUCER_ID = {
  name: 'InitProducerId',
  apiKey: 22,
  flexibleFrom: 2,
  versions: [0, 6],
  decodeRequest: decodeInitProducerIdRequest,
  encodeRequest: encodeInitProducerIdRequest,
  decodeResponse: decodeInitProducerIdResponse,
  encodeResponse: encodeInitProducerIdResponse,
} as const;
