// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import type { Reader } from '../wire/reader.ts';
import type { Draft, Writer } from '../wire/writer.ts';

/** Versions 1 to 2, flexible from 2. */
export interface RequestHeader {
  readonly requestApiKey: number;
  readonly requestApiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
}

export function decodeRequestHeader(r: Reader, v: number): RequestHeader {
  const flexible = v >= 2;
  const requestApiKey = r.int16();
  const requestApiVersion = r.int16();
  const correlationId = r.int32();
  const clientId = r.nullableString(false);
  if (flexible) r.skipTags();
  return { requestApiKey, requestApiVersion, correlationId, clientId };
}

export function encodeRequestHeader(w: Writer, m: Draft<RequestHeader>, v: number): void {
  const flexible = v >= 2;
  w.int16(m.requestApiKey ?? 0);
  w.int16(m.requestApiVersion ?? 0);
  w.int32(m.correlationId ?? 0);
  w.string(m.clientId === undefined ? '' : m.clientId, false);
  if (flexible) w.uvarint(0);
}

/** Versions 0 to 1, flexible from 1. */
export interface ResponseHeader {
  readonly correlationId: number;
}

export function decodeResponseHeader(r: Reader, v: number): ResponseHeader {
  const flexible = v >= 1;
  const correlationId = r.int32();
  if (flexible) r.skipTags();
  return { correlationId };
}

export function encodeResponseHeader(w: Writer, m: Draft<ResponseHeader>, v: number): void {
  const flexible = v >= 1;
  w.int32(m.correlationId ?? 0);
  if (flexible) w.uvarint(0);
}
