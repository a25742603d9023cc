/** The log over its HTTP API (`/v1`): one attempt a call, raw record batches in and out. */
import { StratalogError } from '../core/errors.ts';
import {
  type BatchesProduceAnswer,
  HEADER_HIGH_WATERMARK,
  HEADER_LOG_START_OFFSET,
  HEADER_NEXT_OFFSET,
  HEADER_RETRY_AFTER_MS,
  MEDIA_TYPE_BATCHES,
  MEDIA_TYPE_JSON,
  MEDIA_TYPE_NDJSON,
  type ProducerAnswer,
  type RecordsDeleteAnswer,
  type TopicListAnswer,
} from '../http/contract.ts';
import { BatchStream, countOf, outcomeOf } from './batch-stream.ts';
import { isFunctionUrl, LazilySigned } from './function-url.ts';
import { errorOfAnswer } from './http-error.ts';
import { type Exchange, type HttpAnswer, HttpExchange, type HttpOrigin, type HttpRequest } from './http-exchange.ts';
import { shown } from './option-check.ts';
import { ProduceRoute, type ProduceWays, StreamAllowance } from './produce-route.ts';
import type {
  CallOptions,
  FetchBatchesAnswer,
  FetchBatchesRequest,
  JsonRequest,
  OffsetAnswer,
  OffsetAt,
  ProduceBatchesAnswer,
  ProduceBatchesRequest,
  TopicAlteration,
  TopicCreation,
  TopicDescription,
  TopicPage,
  TopicSummary,
  Transport,
} from './transport.ts';

/** A call that is not a produce or fetch has this long. */
const CALL_TIMEOUT_MS = 30_000;
/** The network's share on top of what the server may wait. */
const NETWORK_ALLOWANCE_MS = 30_000;

export interface HttpTransportOptions {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | (() => Readonly<Record<string, string>>);
  /**
   * How requests travel. Default: over sockets, and signed with the credentials of the usual chain when the url is a
   * Lambda function URL (`stratalog/aws` has the same for other addresses).
   */
  readonly exchange?: Exchange;
}

interface Call extends CallOptions {
  readonly method: HttpRequest['method'];
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly accept?: string;
  readonly body?: Uint8Array;
  readonly contentType?: string;
  readonly timeoutMs?: number;
}

export class HttpTransport implements Transport {
  readonly #origin: HttpOrigin;
  /** What every path begins with. */
  readonly #prefix: string;
  readonly #headers: () => Readonly<Record<string, string>>;
  readonly #exchange: Exchange;
  /** Those of batches, by topic, partition and acks. */
  readonly #routes = new Map<string, ProduceRoute>();
  readonly #ways: ProduceWays;

  /** INVALID_REQUEST when the url is not one of http or https. No connection is made yet. */
  constructor({ url, headers = {}, exchange }: HttpTransportOptions) {
    const base = baseOf(url);
    // Asked for again and again, a URL makes each part anew.
    const { protocol, host, hostname, port, origin } = base;
    this.#origin = { protocol, host, hostname, port, origin };
    this.#prefix = `${base.pathname.replace(/\/+$/, '')}/v1`;
    this.#exchange = exchange ?? (isFunctionUrl(origin) ? new LazilySigned(new HttpExchange()) : new HttpExchange());
    this.#headers = typeof headers === 'function' ? headers : () => headers;
    this.#ways = {
      allowance: new StreamAllowance(),
      request: (request) => this.#requestBatches(request),
      open: (request, sentWith, onEnded) => this.#openStream(request, sentWith, onEnded),
      headers: this.#headers,
    };
  }

  get requestBytesMax(): number | undefined {
    return this.#exchange.requestBytesMax;
  }

  async produceBatches(request: ProduceBatchesRequest): Promise<ProduceBatchesAnswer> {
    // Nobody waits for what is sent with acks=0, so that a stream of it has nothing to tell.
    const count = this.#exchange.open === undefined || request.acks === 0 ? undefined : countOf(request.batches);
    if (count === undefined) return this.#requestBatches(request);
    const name = `${request.topic}/${request.partition}/${request.acks}`;
    let route = this.#routes.get(name);
    if (route === undefined) {
      route = new ProduceRoute(this.#ways);
      this.#routes.set(name, route);
    }
    return route.produce(request, count);
  }

  async #requestBatches(request: ProduceBatchesRequest): Promise<ProduceBatchesAnswer> {
    const answer = await this.#exchanged({
      method: 'POST',
      path: batchesPath(request),
      query: produceQuery(request),
      body: request.batches,
      contentType: MEDIA_TYPE_BATCHES,
      timeoutMs: request.timeoutMs,
      signal: request.signal,
    });
    // A refusal of every batch has the status of the first, and the outcomes all the same.
    const parsed = isJson(answer) ? parseJson<Partial<BatchesProduceAnswer>>(answer) : undefined;
    if (parsed?.batches === undefined) throw isSuccess(answer) ? notOurs('the answer tells of no batches') : errorOfAnswer(answer);
    return { logStartOffset: parsed.logStartOffset ?? -1, batches: parsed.batches.map(outcomeOf) };
  }

  #openStream(request: ProduceBatchesRequest, headers: Readonly<Record<string, string>>, onEnded: (pauseMs: number) => void): BatchStream {
    const exchange = this.#exchange as Required<Exchange>;
    const { origin } = this.#origin;
    return new BatchStream({
      origin,
      timeoutMs: request.timeoutMs,
      onEnded,
      open: (receiver) =>
        exchange.open(
          {
            method: 'POST',
            origin: this.#origin,
            path: `${this.#prefix}${batchesPath(request)}${queryOf(produceQuery(request))}`,
            headers: { ...headers, accept: MEDIA_TYPE_NDJSON, 'content-type': MEDIA_TYPE_BATCHES },
          },
          receiver,
        ),
    });
  }

  async fetchBatches(request: FetchBatchesRequest): Promise<FetchBatchesAnswer> {
    const { offset, maxBytes, maxWaitMs, minBytes, isolation } = request;
    const answer = await this.#call({
      method: 'GET',
      path: `${partitionPath(request.topic, request.partition)}/records`,
      query: { offset, maxBytes, maxWaitMs, minBytes, isolation },
      accept: MEDIA_TYPE_BATCHES,
      timeoutMs: maxWaitMs + NETWORK_ALLOWANCE_MS,
      signal: request.signal,
    });
    const retryAfterMs = answer.headers[HEADER_RETRY_AFTER_MS];
    return {
      batches: answer.body,
      nextOffset: numberHeader(answer, HEADER_NEXT_OFFSET),
      highWatermark: numberHeader(answer, HEADER_HIGH_WATERMARK),
      logStartOffset: numberHeader(answer, HEADER_LOG_START_OFFSET),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs: Number(retryAfterMs) }),
    };
  }

  listOffset(topic: string, partition: number, at: OffsetAt, options: CallOptions = {}): Promise<OffsetAnswer> {
    return this.#json({ ...options, method: 'GET', path: `${partitionPath(topic, partition)}/offsets`, query: { at } });
  }

  deleteRecords(topic: string, partition: number, before: number, options: CallOptions = {}): Promise<{ readonly logStartOffset: number }> {
    const path = `${partitionPath(topic, partition)}/records`;
    return this.#json<RecordsDeleteAnswer>({ ...options, method: 'DELETE', path, query: { before } });
  }

  initProducerId(options: CallOptions = {}): Promise<{ readonly producerId: number; readonly producerEpoch: number }> {
    return this.#json<ProducerAnswer>({ ...options, method: 'POST', path: '/producers' });
  }

  createTopic(creation: TopicCreation, options: CallOptions = {}): Promise<TopicSummary> {
    return this.#json({ ...options, method: 'POST', path: '/topics', ...jsonBody(creation) });
  }

  async listTopics(page: { readonly after?: string; readonly limit?: number }, options: CallOptions = {}): Promise<TopicPage> {
    return await this.#json<TopicListAnswer>({ ...options, method: 'GET', path: '/topics', query: { ...page } });
  }

  describeTopic(topic: string, options: CallOptions = {}): Promise<TopicDescription> {
    return this.#json({ ...options, method: 'GET', path: topicPath(topic) });
  }

  alterTopic(topic: string, alteration: TopicAlteration, options: CallOptions = {}): Promise<TopicSummary> {
    return this.#json({ ...options, method: 'PATCH', path: topicPath(topic), ...jsonBody(alteration) });
  }

  async deleteTopic(topic: string, options: CallOptions = {}): Promise<void> {
    await this.#call({ ...options, method: 'DELETE', path: topicPath(topic) });
  }

  async json<Answer>({ body, ...request }: JsonRequest): Promise<Answer> {
    const answer = await this.#call({ ...request, ...(body === undefined ? {} : jsonBody(body)) });
    return (answer.status === 204 ? undefined : parseJson<Answer>(answer)) as Answer;
  }

  async close(): Promise<void> {
    await this.#exchange.close();
  }

  async #json<Answer>(call: Call): Promise<Answer> {
    return parseJson<Answer>(await this.#call(call));
  }

  /** The answer of a call that succeeded; whatever else was answered is thrown as the error it tells of. */
  async #call(call: Call): Promise<HttpAnswer> {
    const answer = await this.#exchanged(call);
    if (!isSuccess(answer)) throw errorOfAnswer(answer);
    return answer;
  }

  async #exchanged(call: Call): Promise<HttpAnswer> {
    checkSize(call.body?.length ?? 0, this.#exchange.requestBytesMax);
    return this.#exchange.send({
      method: call.method,
      origin: this.#origin,
      path: `${this.#prefix}${call.path}${queryOf(call.query)}`,
      headers: {
        ...this.#headers(),
        accept: call.accept ?? MEDIA_TYPE_JSON,
        ...(call.contentType === undefined ? {} : { 'content-type': call.contentType }),
      },
      ...(call.body === undefined ? {} : { body: call.body }),
      timeoutMs: call.timeoutMs ?? CALL_TIMEOUT_MS,
      signal: call.signal,
    });
  }
}

function queryOf(query: Call['query'] = {}): string {
  let text = '';
  for (const name in query) {
    const value = query[name];
    if (value !== undefined) text += `${text === '' ? '?' : '&'}${name}=${encodeURIComponent(value)}`;
  }
  return text;
}

function checkSize(bytes: number, limit: number | undefined): void {
  if (limit === undefined || bytes <= limit) return;
  throw new StratalogError('REQUEST_TOO_LARGE', `the request has ${bytes} bytes, a function takes at most ${limit}`, {
    value: bytes,
    limit,
  });
}

function isSuccess({ status }: HttpAnswer): boolean {
  return status >= 200 && status < 300;
}

function isJson({ headers }: HttpAnswer): boolean {
  return headers['content-type']?.includes('json') === true;
}

function parseJson<Answer>({ body, status }: HttpAnswer): Answer {
  try {
    return JSON.parse(body.toString('utf8')) as Answer;
  } catch (error) {
    throw notOurs(`the server answered ${status} and something that is not JSON`, error);
  }
}

function jsonBody(value: unknown): { readonly body: Uint8Array; readonly contentType: string } {
  return { body: Buffer.from(JSON.stringify(value)), contentType: MEDIA_TYPE_JSON };
}

function topicPath(topic: string): string {
  return `/topics/${encodeURIComponent(topic)}`;
}

function partitionPath(topic: string, partition: number): string {
  return `${topicPath(topic)}/partitions/${partition}`;
}

function batchesPath({ topic, partition }: ProduceBatchesRequest): string {
  return `${partitionPath(topic, partition)}/batches`;
}

function produceQuery({ acks, timeoutMs }: ProduceBatchesRequest): Exclude<Call['query'], undefined> {
  return { acks: acks === -1 ? 'all' : acks, timeoutMs };
}

function numberHeader(answer: HttpAnswer, name: string): number {
  const value = Number(answer.headers[name] ?? Number.NaN);
  if (Number.isSafeInteger(value)) return value;
  throw notOurs(`the answer has no header ${name}: what answered is not a Stratalog server`);
}

function notOurs(message: string, cause?: unknown): StratalogError {
  return new StratalogError('UNAVAILABLE', message, {}, cause);
}

function baseOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new StratalogError('INVALID_REQUEST', `url is ${shown(text)}, it must be like http://127.0.0.1:8080`, {
      field: 'url',
      value: text,
    });
  }
  return url;
}
