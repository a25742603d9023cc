/**
 * The log in this process: table and buckets with the caller's own credentials, no function in the data path.
 *
 * The SDK's requests are answered by the routes of the HTTP door within the process, so that every call there is has one
 * meaning. The engine batches the appends of all producers that share the transport, and waits for data by itself.
 */
import { StratalogError } from '../core/errors.ts';
import type { Engine } from '../engine/engine.ts';
import { createHttpApp } from '../http/app.ts';
import { SILENT } from '../ports/telemetry.ts';
import { type Exchange, type HttpAnswer, type HttpRequest, urlOf } from '../sdk/http-exchange.ts';
import { HttpTransport } from '../sdk/http-transport.ts';
import { type AwsOptions, openAwsEngine } from './aws.ts';

export type { AwsCredentials, AwsOptions } from './aws.ts';

/**
 * A transport for `Producer`, `Consumer` and `Admin` that needs nothing but table and buckets. Closing it finishes what
 * is in flight. Cost of an append: its share of 1 PUT a zone (or 1 write a KB below 8 KB) and 1 write a partition; of a
 * wait at the end of the log: 1 read every 50 ms to 5 s, for all partitions and consumers of this process together.
 */
export function directTransport(options: AwsOptions): HttpTransport {
  const { engine, close } = openAwsEngine(options);
  return transportOver(engine, close);
}

/** The same over an engine that is there already; `close` is called at the end. */
export function transportOver(engine: Engine, close: () => Promise<void>): HttpTransport {
  return new HttpTransport({ url: 'http://direct.invalid', exchange: new EngineExchange(engine, close) });
}

class EngineExchange implements Exchange {
  readonly #app: ReturnType<typeof createHttpApp>;
  readonly #closing = new AbortController();
  readonly #close: () => Promise<void>;

  constructor(engine: Engine, close: () => Promise<void>) {
    this.#app = createHttpApp({ engine, telemetry: SILENT, closing: this.#closing.signal });
    this.#close = close;
  }

  async send(asked: HttpRequest): Promise<HttpAnswer> {
    const { method, headers, body, timeoutMs, signal } = asked;
    if (this.#closing.signal.aborted) throw closed();
    if (signal?.aborted) throw signal.reason;
    const timeout = AbortSignal.timeout(timeoutMs);
    const ended = AbortSignal.any([timeout, this.#closing.signal, ...(signal ? [signal] : [])]);
    const request = new Request(urlOf(asked), {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-length': String(body.length) }) },
      signal: ended,
      ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> }),
    });
    const answered = this.#answer(request);
    answered.catch(() => {});
    const cut = new Promise<never>((_, reject) => {
      ended.addEventListener('abort', () => reject(reasonOf(timeout, timeoutMs, signal)), { once: true });
    });
    return Promise.race([answered, cut]);
  }

  async #answer(request: Request): Promise<HttpAnswer> {
    const response = await this.#app.fetch(request);
    return { status: response.status, headers: Object.fromEntries(response.headers), body: Buffer.from(await response.arrayBuffer()) };
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    await this.#close();
  }
}

function reasonOf(timeout: AbortSignal, timeoutMs: number, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  if (timeout.aborted)
    return new StratalogError('REQUEST_TIMED_OUT', `the log gave no answer within ${timeoutMs} ms`, { limit: timeoutMs });
  return closed();
}

function closed(): StratalogError {
  return new StratalogError('CLOSED', 'the client is closed');
}
