// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.
import type { Reader } from '../wire/reader.ts';
import type { Draft, Writer } from '../wire/writer.ts';

/** Versions 0 to 2, flexible from 2. */
export interface SaslAuthenticateRequest {
  readonly authBytes: Buffer;
}

export function decodeSaslAuthenticateRequest(r: Reader, v: number): SaslAuthenticateRequest {
  const flexible = v >= 2;
  const authBytes = r.bytes(flexible);
  if (flexible) r.skipTags();
  return { authBytes };
}

export function encodeSaslAuthenticateRequest(w: Writer, m: Draft<SaslAuthenticateRequest>, v: number): void {
  const flexible = v >= 2;
  w.bytes(m.authBytes ?? Buffer.alloc(0), flexible);
  if (flexible) w.uvarint(0);
}

/** Versions 0 to 2, flexible from 2. */
export interface SaslAuthenticateResponse {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly authBytes: Buffer;
  readonly sessionLifetimeMs?: number | undefined; // 1+, default 0
}

export function decodeSaslAuthenticateResponse(r: Reader, v: number): SaslAuthenticateResponse {
  const flexible = v >= 2;
  const errorCode = r.int16();
  const errorMessage = r.nullableString(flexible);
  const authBytes = r.bytes(flexible);
  const sessionLifetimeMs = v >= 1 ? r.int64() : 0;
  if (flexible) r.skipTags();
  return { errorCode, errorMessage, authBytes, sessionLifetimeMs };
}

export function encodeSaslAuthenticateResponse(w: Writer, m: SaslAuthenticateResponse, v: number): void {
  const flexible = v >= 2;
  w.int16(m.errorCode);
  w.string(m.errorMessage, flexible);
  w.bytes(m.authBytes, flexible);
  if (v >= 1) w.int64(m.sessionLifetimeMs ?? 0);
  if (flexible) w.uvarint(0);
}

export const SASL_AUTHENTICATE = {
  name: 'SaslAuthenticate',
  apiKey: 36,
  flexibleFrom: 2,
  versions: [0, 2],
  decodeRequest: decodeSaslAuthenticateRequest,
  encodeRequest: encodeSaslAuthenticateRequest,
  decodeResponse: decodeSaslAuthenticateResponse,
  encodeResponse: encodeSaslAuthenticateResponse,
} as const;
