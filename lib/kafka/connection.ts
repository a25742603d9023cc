import type { Socket } from 'node:net';
import { StratalogError } from '../core/errors.ts';
import { THROTTLE_MUTE_MS_MAX } from '../core/limits.ts';
import type { MemoryPool } from '../format/memory-pool.ts';
import { advertisedApi, isAnswered } from './api-versions.ts';
import { decodeRequestFrame, encodeResponseFrame, FrameAssembler, peekRequest } from './frame.ts';
import type { ClientInfo, KafkaHandler, KafkaHandlers, KafkaLog, RequestContext } from './handler.ts';
import { unsupportedVersionResponse } from './handlers/api-versions.ts';
import { type ApiName, CODECS, type Codec } from './messages/registry.ts';
import type { RequestBudget } from './request-budget.ts';

/** What one connection needs of its server. */
export interface ConnectionSettings {
  readonly listener: string;
  readonly handlers: KafkaHandlers;
  readonly log: KafkaLog;
  readonly budget: RequestBudget;
  /** Where requests are read into. */
  readonly memory: MemoryPool;
  readonly requestBytesMax: number;
  readonly pipelineMax: number;
  readonly writeBufferBytesMax: number;
  readonly idleMs: number;
}

/** One request's place in the order of answers. */
interface Answer {
  /** Undefined while the handler works, null if nothing is to be sent. */
  buffers: readonly Buffer[] | null | undefined;
  /** To be called when the answer has left, or never will. */
  readonly onSent: (() => void)[];
  readonly frameBytes: number;
  throttleMs: number;
}

const PRODUCE_KEY = CODECS.Produce.apiKey;
const API_VERSIONS_KEY = CODECS.ApiVersions.apiKey;

/**
 * One client's connection: reads requests, has them handled and answers in the order they came.
 *
 * Requests take effect one after the other, as on a broker; only Produce requests overlap, since the appender keeps the
 * order in which it is called. The socket is not read while too many requests wait, while the client does not read its
 * answers, while it is throttled, and while all connections together hold too many bytes.
 */
export class Connection {
  readonly id: number;
  readonly #socket: Socket;
  readonly #settings: ConnectionSettings;
  readonly #client: ClientInfo;
  readonly #assembler: FrameAssembler;
  readonly #abort = new AbortController();
  readonly #queue: Buffer[] = [];
  readonly #answers: Answer[] = [];
  /** Handlers at work, and whether they are Produce. */
  #running = 0;
  #runningProduce = false;
  #corked = false;
  #closing = false;
  #muted: NodeJS.Timeout | undefined;
  readonly #resume = () => this.#pump();

  constructor(id: number, socket: Socket, settings: ConnectionSettings) {
    this.id = id;
    this.#socket = socket;
    this.#settings = settings;
    this.#client = { host: socket.remoteAddress ?? '', softwareName: '', softwareVersion: '' };
    this.#assembler = new FrameAssembler(settings.requestBytesMax, settings.memory);
    socket.setTimeout(settings.idleMs);
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('drain', () => this.#pump());
    socket.on('timeout', () => this.#idle());
    socket.on('error', () => {}); // A reset is followed by `close`, and is no news.
    socket.on('close', () => this.#closed());
  }

  /** Finishes the requests that were read, then closes; what arrives from now on is not read. */
  close(): void {
    this.#closing = true;
    this.#abort.abort();
    this.#pump();
  }

  /** Closes at once, whatever is under way. */
  destroy(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    if (this.#closing) return;
    try {
      this.#assembler.push(chunk, (frame) => {
        this.#settings.budget.take(frame.length);
        this.#queue.push(frame);
      });
    } catch (error) {
      this.#refuse(error);
    }
    this.#pump();
  }

  /** Starts what may start, and reads on or stops reading. Called whenever anything has changed. */
  #pump(): void {
    while (this.#queue.length > 0 && this.#mayStart(this.#queue[0] as Buffer)) this.#start(this.#queue.shift() as Buffer);
    const { budget, pipelineMax } = this.#settings;
    const waiting = this.#queue.length + this.#answers.length;
    if (this.#closing) {
      if (waiting === 0) this.#socket.destroySoon();
      return;
    }
    if (budget.exhausted) budget.whenRoom(this.#resume);
    const stop = waiting >= pipelineMax || this.#blocked || this.#muted !== undefined || budget.exhausted;
    if (stop !== this.#socket.isPaused()) {
      if (stop) this.#socket.pause();
      else this.#socket.resume();
    }
  }

  /** The address of the client. */
  get host(): string {
    return this.#client.host;
  }

  /** Whether the client leaves its answers unread. */
  get #blocked(): boolean {
    return this.#socket.writableLength > this.#settings.writeBufferBytesMax;
  }

  #mayStart(frame: Buffer): boolean {
    if (this.#socket.destroyed || this.#blocked || this.#muted !== undefined) return false;
    if (this.#running === 0) return true;
    return this.#runningProduce && peekRequest(frame).apiKey === PRODUCE_KEY && this.#answers.length < this.#settings.pipelineMax;
  }

  #start(frame: Buffer): void {
    const answer: Answer = { buffers: undefined, onSent: [], frameBytes: frame.length, throttleMs: 0 };
    this.#answers.push(answer);
    const { apiKey, version, correlationId } = peekRequest(frame);
    const api = advertisedApi(apiKey);
    const handler = api === undefined ? undefined : (this.#settings.handlers[api.name] as KafkaHandler<ApiName> | undefined);
    if (api === undefined || handler === undefined || !isAnswered(api, version)) {
      this.#startUnknown(answer, apiKey, version, correlationId);
      return;
    }
    this.#running++;
    this.#runningProduce = apiKey === PRODUCE_KEY;
    void this.#handle(CODECS[api.name] as Codec<ApiName>, handler, frame, version, answer);
  }

  /** An ApiVersions request in an unknown version is told which are known (KIP-511); anything else cannot be answered. */
  #startUnknown(answer: Answer, apiKey: number, version: number, correlationId: number): void {
    if (apiKey === API_VERSIONS_KEY && this.#settings.handlers.ApiVersions !== undefined) {
      answer.buffers = encodeResponseFrame(CODECS.ApiVersions, correlationId, unsupportedVersionResponse(), 0);
    } else {
      answer.buffers = null;
      this.#refuse(new StratalogError('UNSUPPORTED_VERSION', `no API with key ${apiKey} in version ${version}`, { apiKey, version }));
    }
    this.#flush();
  }

  async #handle<N extends ApiName>(
    codec: Codec<N>,
    handler: KafkaHandler<N>,
    frame: Buffer,
    version: number,
    answer: Answer,
  ): Promise<void> {
    try {
      const { header, request } = decodeRequestFrame(codec, frame, version);
      const response = await handler(this.#context(header.clientId, answer), request, version);
      answer.buffers = null;
      if (response !== null) {
        answer.buffers = encodeResponseFrame(codec, header.correlationId, response, version);
        answer.throttleMs = (response as { throttleTimeMs?: number }).throttleTimeMs ?? 0;
      }
    } catch (error) {
      answer.buffers = null;
      this.#refuse(error, `${codec.name} version ${version}`);
    }
    // Other handlers may keep views of their requests, which are small as a rule.
    if (codec.apiKey === PRODUCE_KEY) this.#settings.memory.release(frame);
    this.#running--;
    this.#flush();
    this.#pump();
  }

  #context(clientId: string | null, { onSent }: Answer): RequestContext {
    return {
      onSent: (done) => onSent.push(done),
      connectionId: this.id,
      listener: this.#settings.listener,
      clientId,
      client: this.#client,
      signal: this.#abort.signal,
    };
  }

  /** Sends every answer whose turn has come. What becomes ready within one tick leaves in one system call. */
  #flush(): void {
    while (this.#answers.length > 0) {
      const { buffers, onSent, frameBytes, throttleMs } = this.#answers[0] as Answer;
      if (buffers === undefined) return;
      this.#answers.shift();
      if (buffers !== null && !this.#socket.destroyed) this.#write(buffers, onSent);
      else for (const done of onSent) done();
      if (throttleMs > 0) this.#mute(throttleMs);
      // Last, since it may wake this connection too, which then sends the answers that follow.
      this.#settings.budget.give(frameBytes);
    }
  }

  #write(buffers: readonly Buffer[], onSent: readonly (() => void)[]): void {
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        this.#socket.uncork();
      });
    }
    const last = buffers.length - 1;
    for (let i = 0; i < last; i++) this.#socket.write(buffers[i] as Buffer);
    // Called when the kernel has all of it, or the socket is closed: nobody reads the buffers after that.
    if (onSent.length === 0) this.#socket.write(buffers[last] as Buffer);
    else {
      this.#socket.write(buffers[last] as Buffer, () => {
        for (const done of onSent) done();
      });
    }
  }

  /** Does not read for the throttle time that was answered: old clients do not wait by themselves (KIP-219). */
  #mute(throttleMs: number): void {
    if (this.#muted !== undefined) clearTimeout(this.#muted);
    this.#muted = setTimeout(
      () => {
        this.#muted = undefined;
        this.#pump();
      },
      Math.min(throttleMs, THROTTLE_MUTE_MS_MAX),
    );
  }

  /** Ends a connection whose bytes make no sense: one log line, and what came before is still answered. */
  #refuse(error: unknown, request?: string): void {
    if (this.#closing) return;
    const fields = { connection: this.id, client: this.#client.host, ...(request === undefined ? {} : { request }) };
    if (error instanceof StratalogError && error.code !== 'INTERNAL') {
      this.#settings.log.warn(`connection closed: ${error.message}`, { ...fields, code: error.code });
    } else {
      this.#settings.log.error('connection closed: a handler failed', { ...fields, error });
    }
    this.#dropQueue();
    this.close();
  }

  #idle(): void {
    if (this.#running === 0) this.#socket.destroy();
  }

  #dropQueue(): void {
    for (const frame of this.#queue) {
      this.#settings.budget.give(frame.length);
      this.#settings.memory.release(frame);
    }
    this.#queue.length = 0;
  }

  #closed(): void {
    this.#closing = true;
    this.#abort.abort();
    if (this.#muted !== undefined) clearTimeout(this.#muted);
    this.#muted = undefined;
    this.#settings.budget.forget(this.#resume);
    this.#assembler.drop();
    this.#dropQueue();
  }
}
