/** One HTTP request on its way: what routes get, and what they are given to answer with. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import { isStratalogError, StratalogError } from '../core/errors.ts';
import type { Engine } from '../engine/engine.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { type BodyBudget, RequestBody } from './body.ts';
import { checked, queryOf } from './checked.ts';
import { HEADER_REQUEST_ID, MEDIA_TYPE_JSON, MEDIA_TYPE_PROBLEM, type Problem } from './contract.ts';
import { JsonScanner } from './json-scanner.ts';
import { mediaTypeOf, preferred } from './negotiate.ts';
import { asStratalogError, problemOf, retryAfterOf } from './problem.ts';
import type { HttpLimits } from './settings.ts';
import { streamOf } from './stream.ts';
import { utf8Of } from './utf8.ts';

/** What a process puts into its HTTP door. */
export interface HttpDeps {
  readonly engine: Engine;
  readonly telemetry: Telemetry;
  readonly limits: HttpLimits;
  /** Undefined when requests can be served, else why not. */
  readonly readiness: () => Promise<string | undefined>;
  /** The metrics of the process as Prometheus text; without it `/metrics` is 404. */
  readonly metrics?: (() => Promise<{ readonly contentType: string; readonly text: string }>) | undefined;
  /** Aborted when the process is about to stop: waits and streams end then. */
  readonly closing?: AbortSignal | undefined;
  /** Origins that browsers may call from; none by default, `*` for all. */
  readonly corsOrigins?: readonly string[] | undefined;
}

export interface StreamedAnswer {
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly aheadBytes?: number;
  /** Makes the body; `gone` is aborted when the client is gone or the process stops. */
  readonly pieces: (gone: AbortSignal) => AsyncGenerator<Uint8Array, void, undefined>;
}

/** A request as it came, and what was found in its path. */
export interface CallSource {
  readonly request: Request;
  /** In a Node server, its own request and answer. */
  readonly env: unknown;
  /** A part of the path, percent-decoded. */
  readonly param: (name: string) => string | undefined;
}

const REQUEST_ID = /^[\w.:@/+=-]{1,128}$/;

export class Call {
  readonly deps: HttpDeps;
  readonly request: Request;
  readonly body: RequestBody;
  readonly requestId: string;
  /** True once the answer flows by itself; whoever streams calls {@link finish} then. */
  streaming = false;
  responseBytes = 0;
  readonly #param: CallSource['param'];
  readonly #onFinish: () => void;
  readonly #cut: (() => void) | undefined;
  readonly #outgoing: ServerResponse | undefined;
  #signal: AbortSignal | undefined;
  #url: URL | undefined;

  constructor({ request, env, param }: CallSource, deps: HttpDeps, budget: BodyBudget, onFinish: (call: Call) => void) {
    this.#param = param;
    this.deps = deps;
    this.request = request;
    const { incoming, outgoing } = (env ?? {}) as { readonly incoming?: IncomingMessage; readonly outgoing?: ServerResponse };
    this.#outgoing = outgoing;
    if (outgoing !== undefined) this.#cut = () => outgoing.destroy();
    this.body = new RequestBody(this.request, incoming, budget);
    const given = this.request.headers.get(HEADER_REQUEST_ID);
    this.requestId = given !== null && REQUEST_ID.test(given) ? given : crypto.randomUUID();
    this.#onFinish = () => onFinish(this);
  }

  /** Has a function called once the answer has left the process, or never will; never where that cannot be told. */
  onSent(done: () => void): void {
    this.#outgoing?.once('close', done);
  }

  get engine(): Engine {
    return this.deps.engine;
  }

  get url(): URL {
    this.#url ??= new URL(this.request.url);
    return this.#url;
  }

  /** A part of the path, percent-decoded. */
  param(name: string): string {
    return this.#param(name) ?? '';
  }

  /** What follows the `?`, without taking the whole URL apart; empty where there is none. */
  get search(): string {
    const { url } = this.request;
    const at = url.indexOf('?');
    return at < 0 ? '' : url.slice(at + 1);
  }

  /** The partition number in the path. */
  partition(): number {
    const text = this.param('partition');
    if (/^\d{1,9}$/.test(text)) return Number(text);
    throw new StratalogError('INVALID_REQUEST', `partition is '${text.slice(0, 80)}', it must be a whole number from 0`, {
      field: 'partition',
      value: text.slice(0, 80),
      limit: 0,
    });
  }

  header(name: string): string | null {
    return this.request.headers.get(name);
  }

  query<Schema extends z.ZodType>(schema: Schema): z.output<Schema> {
    return checked(schema, queryOf(this.url.searchParams), 'query');
  }

  /** The media type the client likes best of those offered; 406 when it likes none. */
  wants<Type extends string>(offered: readonly Type[]): Type {
    const type = preferred(this.header('accept'), offered);
    if (type !== undefined) return type;
    throw new StratalogError('INVALID_REQUEST', `none of the types in Accept is to be had; there are ${offered.join(', ')}`, {
      field: 'accept',
      value: this.header('accept')?.slice(0, 80) ?? null,
      httpStatus: 406,
    });
  }

  /** The media type of the body, one of those taken; 415 otherwise. None given counts as the first. */
  sends<Type extends string>(taken: readonly Type[]): Type {
    const coding = this.header('content-encoding');
    if (coding !== null && coding.toLowerCase() !== 'identity')
      throw unsupported('content-encoding', coding, 'the body may not be encoded');
    const type = mediaTypeOf(this.header('content-type'));
    if (type === '') return taken[0] as Type;
    const found = taken.find((candidate) => candidate === type);
    if (found !== undefined) return found;
    throw unsupported('content-type', type, `the body must be ${taken.join(' or ')}`);
  }

  /** The whole body, within the limits. */
  bytes(): Promise<Buffer> {
    return this.body.whole(this.deps.limits.bodyBytesMax, this.deps.limits.bodyTimeoutMs);
  }

  /** As {@link bytes}, in the engine's memory: to be released by the caller. */
  pooledBytes(): Promise<Buffer> {
    return this.body.whole(this.deps.limits.bodyBytesMax, this.deps.limits.bodyTimeoutMs, this.engine.memory);
  }

  /** The JSON body, checked. */
  async json<Schema extends z.ZodType>(schema: Schema): Promise<z.output<Schema>> {
    this.sends([MEDIA_TYPE_JSON]);
    const scanner = new JsonScanner(utf8Of(await this.bytes()));
    const value = scanner.readValue();
    scanner.finish();
    return checked(schema, value, 'body');
  }

  /** Aborted when the client is gone or the process is about to stop. */
  get signal(): AbortSignal {
    const { closing } = this.deps;
    this.#signal ??= closing === undefined ? this.request.signal : AbortSignal.any([this.request.signal, closing]);
    return this.#signal;
  }

  /** A JSON answer. */
  answer(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
    return this.text(JSON.stringify(value), MEDIA_TYPE_JSON, status, headers);
  }

  text(text: string, contentType: string, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
    this.responseBytes = text.length;
    return new Response(text, { status, headers: { ...headers, 'content-type': contentType, ...this.#common() } });
  }

  bytesAnswer(bytes: Buffer<ArrayBuffer>, contentType: string, headers: Readonly<Record<string, string>>): Response {
    this.responseBytes = bytes.length;
    return new Response(bytes, { headers: { ...headers, 'content-type': contentType, ...this.#common() } });
  }

  empty(status: number, headers: Readonly<Record<string, string>> = {}): Response {
    return new Response(null, { status, headers: { ...headers, ...this.#common() } });
  }

  /** An answer that is made while it is sent. */
  stream(answer: StreamedAnswer): Response {
    const headers = { ...answer.headers, 'content-type': answer.contentType, 'cache-control': 'no-store', ...this.#common() };
    if (this.request.method === 'HEAD') return new Response(null, { headers });
    const gone = new AbortController();
    this.streaming = true;
    const body = streamOf(answer.pieces(AbortSignal.any([gone.signal, this.signal])), {
      aheadBytes: answer.aheadBytes ?? 0,
      stallMs: this.deps.limits.stallTimeoutMs,
      gone,
      cut: this.#cut,
      onEnd: (bytes) => {
        this.responseBytes = bytes;
        this.#onFinish();
      },
    });
    return new Response(body, { headers });
  }

  /** The problem document of anything thrown. What is not the caller's fault goes to the log. */
  refuse(thrown: unknown, status?: number): Response {
    const { problem, error } = this.problemOf(thrown, status);
    return this.problem(problem, error);
  }

  /** What {@link refuse} answers with, for who has an answer of another form. */
  problemOf(thrown: unknown, status?: number): { readonly problem: Problem; readonly error: StratalogError } {
    const error = this.#isStopped(thrown) ? stopping() : asStratalogError(thrown);
    const problem = problemOf(error, status ?? statusOverride(error));
    // Whoever has left causes errors that nobody has to look at.
    if (problem.status >= 500 && error.code !== 'CLOSED' && !this.request.signal.aborted) {
      this.deps.telemetry.log('error', error.message, {
        requestId: this.requestId,
        path: this.url.pathname,
        code: error.code,
        cause: String(error.cause instanceof Error ? (error.cause.stack ?? error.cause) : (error.cause ?? '')),
      });
    }
    return { problem, error };
  }

  problem(problem: Problem, error: StratalogError): Response {
    const retryAfter = retryAfterOf(error, problem.status);
    return this.text(JSON.stringify({ ...problem, requestId: this.requestId }), MEDIA_TYPE_PROBLEM, problem.status, {
      'cache-control': 'no-store',
      ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
    });
  }

  /** A wait that ended because the process stops fails with the signal's own reason. */
  #isStopped(thrown: unknown): boolean {
    return this.deps.closing?.aborted === true && !isStratalogError(thrown);
  }

  #common(): Record<string, string> {
    const headers: Record<string, string> = { [HEADER_REQUEST_ID]: this.requestId };
    const origin = this.header('origin');
    const allowed = this.deps.corsOrigins;
    if (origin !== null && allowed !== undefined && (allowed.includes('*') || allowed.includes(origin))) {
      headers['access-control-allow-origin'] = allowed.includes('*') ? '*' : origin;
      headers['access-control-expose-headers'] = '*';
      headers.vary = 'origin';
    }
    return headers;
  }
}

/** The refusal of a process that is about to stop: another one may answer a moment later. */
export function stopping(): StratalogError {
  return new StratalogError('CLOSED', 'the server is stopping', { retryAfterMs: 1000 });
}

/** HTTP has statuses of its own for a few cases that our codes do not tell apart. */
function statusOverride(error: StratalogError): number | undefined {
  const { httpStatus, bodyTimedOut } = error.details;
  if (typeof httpStatus === 'number') return httpStatus;
  return bodyTimedOut === true ? 408 : undefined;
}

function unsupported(field: string, value: string, why: string): StratalogError {
  return new StratalogError('INVALID_REQUEST', `${field} is '${value.slice(0, 80)}', ${why}`, {
    field,
    value: value.slice(0, 80),
    httpStatus: 415,
  });
}
