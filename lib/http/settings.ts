/** The limits of the HTTP door as values, with their defaults. */
import {
  FETCH_BYTES_DEFAULT,
  FETCH_WAIT_MS_MAX,
  HTTP_BODIES_BYTES_MAX,
  HTTP_BODY_BYTES_MAX,
  HTTP_BODY_TIMEOUT_MS,
  HTTP_KEEP_ALIVE_MS,
  HTTP_LINE_BYTES_MAX,
  HTTP_RECORDS_MAX,
  HTTP_REQUESTS_IN_FLIGHT_MAX,
  HTTP_STALL_TIMEOUT_MS,
} from '../core/limits.ts';

/** Each has its default and reason in `lib/core/limits.ts`. */
export interface HttpLimits {
  /** Largest body that is read whole, bytes. */
  readonly bodyBytesMax: number;
  /** Bytes of bodies held by all requests together. */
  readonly bodiesBytesMax: number;
  /** Bytes of records in one answer; a first batch that is larger is answered all the same. A function's answers have a bound. */
  readonly answerBytesMax: number;
  /** Records in one JSON body. */
  readonly recordsMax: number;
  /** Longest line of NDJSON, bytes. */
  readonly lineBytesMax: number;
  /** A body read whole must be there after this long. */
  readonly bodyTimeoutMs: number;
  /** A stream that does not move for this long is ended. */
  readonly stallTimeoutMs: number;
  /** Longest wait for records in one request; 0 where waiting costs money, as in a Lambda function. */
  readonly waitMsMax: number;
  /** Whether a stream may follow the log past its end; a function answers what is there and ends. */
  readonly follow: boolean;
  readonly keepAliveMs: number;
  readonly requestsInFlightMax: number;
}

export const HTTP_LIMITS: HttpLimits = Object.freeze({
  bodyBytesMax: HTTP_BODY_BYTES_MAX,
  bodiesBytesMax: HTTP_BODIES_BYTES_MAX,
  answerBytesMax: FETCH_BYTES_DEFAULT,
  recordsMax: HTTP_RECORDS_MAX,
  lineBytesMax: HTTP_LINE_BYTES_MAX,
  bodyTimeoutMs: HTTP_BODY_TIMEOUT_MS,
  stallTimeoutMs: HTTP_STALL_TIMEOUT_MS,
  waitMsMax: FETCH_WAIT_MS_MAX,
  follow: true,
  keepAliveMs: HTTP_KEEP_ALIVE_MS,
  requestsInFlightMax: HTTP_REQUESTS_IN_FLIGHT_MAX,
});
