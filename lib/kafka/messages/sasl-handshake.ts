// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import { type Reader, readString } from '../wire/reader.ts';
import { type Draft, type Writer, writeString } from '../wire/writer.ts';

/** Versions 0 to 1, none flexible. */
export interface SaslHandshakeRequest {
  readonly mechanism: string;
}

export function decodeSaslHandshakeRequest(r: Reader, _v: number): SaslHandshakeRequest {
  const mechanism = r.string(false);
  return { mechanism };
}

export function encodeSaslHandshakeRequest(w: Writer, m: Draft<SaslHandshakeRequest>, _v: number): void {
  w.string(m.mechanism ?? '', false);
}

/** Versions 0 to 1, none flexible. */
export interface SaslHandshakeResponse {
  readonly errorCode: number;
  readonly mechanisms: readonly string[];
}

export function decodeSaslHandshakeResponse(r: Reader, v: number): SaslHandshakeResponse {
  const errorCode = r.int16();
  const mechanisms = r.array(false, v, readString);
  return { errorCode, mechanisms };
}

export function encodeSaslHandshakeResponse(w: Writer, m: SaslHandshakeResponse, v: number): void {
  w.int16(m.errorCode);
  w.array(m.mechanisms, false, v, writeString);
}

export const SASL_HANDSHAKE = {
  name: 'SaslHandshake',
  apiKey: 17,
  flexibleFrom: Number.POSITIVE_INFINITY,
  versions: [0, 1],
  decodeRequest: decodeSaslHandshakeRequest,
  encodeRequest: encodeSaslHandshakeRequest,
  decodeResponse: decodeSaslHandshakeResponse,
  encodeResponse: encodeSaslHandshakeResponse,
} as const;
