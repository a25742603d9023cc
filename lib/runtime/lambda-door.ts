/**
 * The HTTP door in a function: function URL, HTTP API and direct invocation bring the same event, and the routes are
 * those of the embedded server. A function never waits for data; it says when to come again.
 */
import type { Hono } from 'hono';
import { handle, type LambdaContext, type LambdaEvent } from 'hono/aws-lambda';
import { type AccessSettings, awsSettingsOf } from '../config/aws-settings.ts';
import { StratalogError } from '../core/errors.ts';
import { GROUP_HEARTBEAT_INTERVAL_FUNCTION_MS, LAMBDA_ANSWER_BYTES_MAX, LAMBDA_PAYLOAD_BYTES_MAX } from '../core/limits.ts';
import { createHttpApp } from '../http/app.ts';
import { MEDIA_TYPE_PROBLEM } from '../http/contract.ts';
import { asStratalogError, problemOf } from '../http/problem.ts';
import type { HttpLimits } from '../http/settings.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { checkAccess } from './access-guard.ts';
import { type AwsEngine, type AwsOptions, openAwsEngine } from './aws.ts';

/** What Lambda is answered. */
export type LambdaAnswer = Awaited<ReturnType<ReturnType<typeof handle>>>;

export interface LambdaDoorOptions {
  /** What the function is for: `produce` and `fetch` answer requests of that side alone, whatever their callers were granted. */
  readonly side?: 'produce' | 'consume' | undefined;
  readonly instrument?: AwsOptions['instrument'];
}

export interface LambdaDoor {
  readonly handle: (event: LambdaEvent, context?: LambdaContext) => Promise<LambdaAnswer>;
  readonly aws: AwsEngine;
}

const MIB = 1024 * 1024;
const LIMITS: Partial<HttpLimits> = {
  follow: false,
  answerBytesMax: LAMBDA_ANSWER_BYTES_MAX,
  bodyBytesMax: LAMBDA_PAYLOAD_BYTES_MAX,
  bodiesBytesMax: LAMBDA_PAYLOAD_BYTES_MAX * 2,
};
/** An environment serves one call at a time: what it keeps for the next one is small. */
const CACHE_BYTES = 32 * MIB;
/** A topic's settings may be this old, so that a warm call reads nothing of the catalogue. */
const CATALOG_MAX_AGE_MS = 5_000;

/**
 * Builds the door from the function's environment.
 */
export function openLambdaDoor(
  environment: Readonly<Record<string, string | undefined>>,
  telemetry: Telemetry,
  { side, instrument }: LambdaDoorOptions = {},
): LambdaDoor {
  const { table, zones, access } = awsSettingsOf(environment);
  const aws = openAwsEngine({
    table,
    zones,
    telemetry,
    instrument,
    groupSettings: { heartbeatIntervalMs: GROUP_HEARTBEAT_INTERVAL_FUNCTION_MS },
    blockCacheBytes: CACHE_BYTES,
    settings: { neverWait: true, catalogMaxAgeMs: CATALOG_MAX_AGE_MS, readCacheBytes: CACHE_BYTES },
  });
  const app = createHttpApp({ engine: aws.engine, telemetry, limits: LIMITS });
  const guarded = { fetch: (request: Request, ...rest: unknown[]) => guard(request, rest, app, narrowed(access, side)) };
  return { handle: handle(guarded as unknown as Hono), aws };
}

function narrowed(access: AccessSettings, side: 'produce' | 'consume' | undefined): AccessSettings {
  return side === undefined || access.kind !== 'admin' ? access : { ...access, kind: side };
}

async function guard(request: Request, rest: readonly unknown[], app: Hono, access: AccessSettings): Promise<Response> {
  try {
    checkAccess(request.method, new URL(request.url).pathname, access);
    const response = await app.fetch(request, ...(rest as []));
    return await bounded(response);
  } catch (error) {
    return problemResponse(asStratalogError(error));
  }
}

/** Lambda fails a call whose answer is too large; the caller is told what to do instead. */
async function bounded(response: Response): Promise<Response> {
  const body = await response.arrayBuffer();
  if (body.byteLength <= LAMBDA_PAYLOAD_BYTES_MAX) {
    const empty = response.status === 204 || response.status === 304;
    return new Response(empty ? null : body, { status: response.status, headers: response.headers });
  }
  throw new StratalogError(
    'REQUEST_TOO_LARGE',
    `the answer has ${body.byteLength} bytes, a function answers at most ${LAMBDA_PAYLOAD_BYTES_MAX}: ask for fewer, or read with the direct transport`,
    { value: body.byteLength, limit: LAMBDA_PAYLOAD_BYTES_MAX },
  );
}

function problemResponse(error: StratalogError): Response {
  const problem = problemOf(error);
  return new Response(JSON.stringify(problem), { status: problem.status, headers: { 'content-type': MEDIA_TYPE_PROBLEM } });
}
