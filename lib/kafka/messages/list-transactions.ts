// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import { type Reader, readCompactString, readInt64 } from '../wire/reader.ts';
import { type Draft, type Writer, writeCompactString, writeInt64 } from '../wire/writer.ts';

/** Versions 0 to 2, flexible from 0. */
export interface ListTransactionsRequest {
  readonly stateFilters: readonly string[];
  readonly producerIdFilters: readonly number[];
  readonly durationFilter: number; // 1+, default -1
  readonly transactionalIdPattern: string | null; // 2+, default null
}

export function decodeListTransactionsRequest(r: Reader, v: number): ListTransactionsRequest {
  const stateFilters = r.array(true, v, readCompactString);
  const producerIdFilters = r.array(true, v, readInt64);
  const durationFilter = v >= 1 ? r.int64() : -1;
  const transactionalIdPattern = v >= 2 ? r.nullableString(true) : null;
  r.skipTags();
  return { stateFilters, producerIdFilters, durationFilter, transactionalIdPattern };
}

export function encodeListTransactionsRequest(w: Writer, m: Draft<ListTransactionsRequest>, v: number): void {
  w.array(m.stateFilters ?? [], true, v, writeCompactString);
  w.array(m.producerIdFilters ?? [], true, v, writeInt64);
  if (v >= 1) w.int64(m.durationFilter ?? -1);
  if (v >= 2) w.string(m.transactionalIdPattern ?? null, true);
  w.uvarint(0);
}

/** Versions 0 to 2, flexible from 0. */
export interface ListTransactionsResponse {
  readonly throttleTimeMs?: number | undefined;
  readonly errorCode: number;
  readonly unknownStateFilters: readonly string[];
  readonly transactionStates: readonly TransactionState[];
}

export interface TransactionState {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly transactionState: string;
}

export function decodeListTransactionsResponse(r: Reader, v: number): ListTransactionsResponse {
  const throttleTimeMs = r.int32();
  const errorCode = r.int16();
  const unknownStateFilters = r.array(true, v, readCompactString);
  const transactionStates = r.array(true, v, decodeTransactionState);
  r.skipTags();
  return { throttleTimeMs, errorCode, unknownStateFilters, transactionStates };
}

export function encodeListTransactionsResponse(w: Writer, m: ListTransactionsResponse, v: number): void {
  w.int32(m.throttleTimeMs ?? 0);
  w.int16(m.errorCode);
  w.array(m.unknownStateFilters, true, v, writeCompactString);
  w.array(m.transactionStates, true, v, encodeTransactionState);
  w.uvarint(0);
}

function decodeTransactionState(r: Reader, _v: number): TransactionState {
  const transactionalId = r.string(true);
  const producerId = r.int64();
  const transactionState = r.string(true);
  r.skipTags();
  return { transactionalId, producerId, transactionState };
}

function encodeTransactionState(w: Writer, m: TransactionState, _v: number): void {
  w.string(m.transactionalId, true);
  w.int64(m.producerId);
  w.string(m.transactionState, true);
  w.uvarint(0);
}

export const LIST_TRANSACTIONS = {
  name: 'ListTransactions',
  apiKey: 66,
  flexibleFrom: 0,
  versions: [0, 2],
  decodeRequest: decodeListTransactionsRequest,
  encodeRequest: encodeListTransactionsRequest,
  decodeResponse: decodeListTransactionsResponse,
  encodeResponse: encodeListTransactionsResponse,
} as const;
