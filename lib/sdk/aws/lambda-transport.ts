/**
 * The log by direct invocation of its functions: IAM decides by function, and nothing listens on the internet.
 *
 * The event is the one a function URL would bring, so that a function answers both alike. What producers ask goes to the
 * produce function, reading to the fetch function, everything else to the http function.
 */
import { InvokeCommand, LambdaClient, type LambdaClientConfig } from '@aws-sdk/client-lambda';
import { isStratalogError, StratalogError } from '../../core/errors.ts';
import { LAMBDA_PAYLOAD_BYTES_MAX } from '../../core/limits.ts';
import { type Exchange, type HttpAnswer, type HttpRequest, urlOf } from '../http-exchange.ts';
import { HttpTransport } from '../http-transport.ts';

/**
 * Names or ARNs of the functions, as the stack's outputs give them. A producer gets by with `produce`, a consumer without a
 * group with `fetch`; groups and topics need `http`, which can do everything.
 */
export interface LambdaFunctions {
  readonly produce?: string | undefined;
  readonly fetch?: string | undefined;
  readonly http?: string | undefined;
}

export interface LambdaTransportOptions {
  readonly functions: LambdaFunctions;
  /** Region, credentials, endpoint; default all from the usual chain. */
  readonly client?: LambdaClientConfig | undefined;
}

/** A transport for `Producer`, `Consumer` and `Admin`. */
export function lambdaTransport({ functions, client }: LambdaTransportOptions): HttpTransport {
  return new HttpTransport({ url: 'https://lambda.invalid', exchange: new LambdaExchange(functions, client) });
}

/** What a function answers, as for a function URL. */
interface FunctionAnswer {
  readonly statusCode?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  readonly errorType?: string;
  readonly errorMessage?: string;
}

class LambdaExchange implements Exchange {
  readonly requestBytesMax = LAMBDA_PAYLOAD_BYTES_MAX;
  readonly #client: LambdaClient;
  readonly #functions: LambdaFunctions;
  readonly #closed = new AbortController();

  constructor(functions: LambdaFunctions, config: LambdaClientConfig = {}) {
    this.#functions = functions;
    // One attempt: the SDK above decides about retries, and knows which calls may be repeated.
    this.#client = new LambdaClient({ ...config, maxAttempts: 1 });
  }

  async send(request: HttpRequest): Promise<HttpAnswer> {
    const name = this.#functionFor(request);
    const timeout = AbortSignal.timeout(request.timeoutMs);
    const abortSignal = AbortSignal.any([timeout, this.#closed.signal, ...(request.signal ? [request.signal] : [])]);
    try {
      const command = new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(eventOf(request)) });
      const { Payload, FunctionError } = await this.#client.send(command, { abortSignal });
      return answerOf(name, JSON.parse(Payload?.transformToString() ?? '{}') as FunctionAnswer, FunctionError);
    } catch (error) {
      if (isStratalogError(error)) throw error;
      if (request.signal?.aborted) throw request.signal.reason;
      if (this.#closed.signal.aborted) throw new StratalogError('CLOSED', 'the client is closed');
      if (timeout.aborted) {
        throw new StratalogError('REQUEST_TIMED_OUT', `function ${name} gave no answer within ${request.timeoutMs} ms`, {
          limit: request.timeoutMs,
        });
      }
      throw failure(name, error);
    }
  }

  close(): void {
    this.#closed.abort();
    this.#client.destroy();
  }

  #functionFor(request: HttpRequest): string {
    const { method } = request;
    const { pathname } = urlOf(request);
    const able = functionsFor(method, pathname);
    for (const kind of able) {
      const name = this.#functions[kind];
      if (name !== undefined) return name;
    }
    const fields = able.map((kind) => `functions.${kind}`);
    throw new StratalogError('INVALID_REQUEST', `${method} ${pathname} needs ${fields.join(' or ')}, which is not given`, {
      field: fields[0] ?? '',
    });
  }
}

/** The functions that answer a call, the one that is there for it first. */
function functionsFor(method: HttpRequest['method'], path: string): readonly (keyof LambdaFunctions)[] {
  const [, , kind, topic, part] = path.split('/');
  if (kind === 'producers') return ['produce', 'http'];
  if (kind !== 'topics' || topic === undefined) return ['http'];
  if (method === 'POST') return ['produce', 'http'];
  if (method !== 'GET') return ['http'];
  // Everybody asks for a topic's partitions; whoever was given one function only asks that one.
  return part === undefined ? ['http', 'fetch', 'produce'] : ['fetch', 'http'];
}

/** The event of a function URL (payload format 2.0), as far as a handler looks at it. */
function eventOf(request: HttpRequest): object {
  const { method, headers, body } = request;
  const url = urlOf(request);
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers: { host: url.host, ...headers },
    requestContext: {
      http: { method, path: url.pathname, protocol: 'HTTP/1.1', sourceIp: '', userAgent: '' },
      domainName: url.host,
      stage: '$default',
    },
    isBase64Encoded: body !== undefined,
    ...(body === undefined ? {} : { body: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64') }),
  };
}

function answerOf(name: string, answer: FunctionAnswer, functionError: string | undefined): HttpAnswer {
  if (functionError !== undefined || answer.statusCode === undefined) {
    const why = answer.errorMessage ?? 'something that is no answer';
    throw new StratalogError('UNAVAILABLE', `function ${name} failed (${answer.errorType ?? 'no status'}): ${why}`, {
      reason: answer.errorType ?? '',
    });
  }
  const headers = Object.entries(answer.headers ?? {}).map(([header, value]) => [header.toLowerCase(), value] as const);
  return {
    status: answer.statusCode,
    headers: Object.fromEntries(headers),
    body: Buffer.from(answer.body ?? '', answer.isBase64Encoded === true ? 'base64' : 'utf8'),
  };
}

const DENIALS = new Set(['AccessDeniedException', 'UnrecognizedClientException', 'ExpiredTokenException', 'CredentialsProviderError']);

function failure(name: string, error: unknown): StratalogError {
  const { name: kind = '', message = String(error) } = (error ?? {}) as { name?: string; message?: string };
  const text = `lambda:InvokeFunction on ${name}: ${message}`;
  if (kind === 'TooManyRequestsException') return new StratalogError('THROTTLED', text, { retryAfterMs: 1_000 }, error);
  if (DENIALS.has(kind)) return new StratalogError('ACCESS_DENIED', text, { action: 'lambda:InvokeFunction', resource: name }, error);
  if (kind === 'ResourceNotFoundException') {
    return new StratalogError('ACCESS_DENIED', `${text}; check the function's name, the region and the account`, { resource: name }, error);
  }
  return new StratalogError('UNAVAILABLE', text, { reason: kind }, error);
}
