/**
 * One request that carries batch after batch of a partition, and whose answer has a line for each.
 *
 * Over one connection batches arrive in the order in which they are sent, and each costs a write and a line instead of a request and an
 * answer. It takes batches once the server's first line has come through: a proxy that gathers a body or an answer before it passes it on
 * lets none through, and nothing depends on such a stream.
 */
import { StratalogError } from '../core/errors.ts';
import { batchSizeAt } from '../format/record-batch-header.ts';
import { type BatchLine, MEDIA_TYPE_NDJSON, type BatchOutcome as OutcomeText } from '../http/contract.ts';
import { errorOfProblem } from './http-error.ts';
import { type HttpStream, type HttpStreamReceiver, timedOut } from './http-exchange.ts';
import type { BatchOutcome, ProduceBatchesAnswer, ProduceBatchesRequest } from './transport.ts';

/** How long the first line may take, and the end once no more batches come, ms. */
const ANSWER_TIMEOUT_MS = 5_000;
/** How long no other stream is tried after one that was refused, ms: something on the way lets none through, or is too busy now. */
const REFUSED_PAUSE_MS = 600_000;
const BUSY_PAUSE_MS = 10_000;
/** A stream without a batch for so long is ended, ms: below the five seconds after which common servers close a connection. */
const IDLE_MS = 4_000;
const LINE_END = 0x0a;

/** Batches that were sent in one call, and whose lines have not all come. */
interface Waiting {
  readonly outcomes: BatchOutcome[];
  readonly batches: number;
  /** Ms of the monotonic clock. */
  readonly deadline: number;
  readonly request: ProduceBatchesRequest;
  readonly resolve: (answer: ProduceBatchesAnswer) => void;
  readonly reject: (error: unknown) => void;
  logStartOffset: number;
}

export interface BatchStreamOptions {
  /** Begins the request. */
  readonly open: (receiver: HttpStreamReceiver) => HttpStream;
  /** Where it goes, for messages. */
  readonly origin: string;
  /** How long the server may take for a batch, ms. */
  readonly timeoutMs: number;
  /** Called once, when nothing comes of it any more, with how long none is to be tried, ms. */
  readonly onEnded: (pauseMs: number) => void;
}

export class BatchStream {
  readonly timeoutMs: number;
  readonly #stream: HttpStream;
  readonly #origin: string;
  readonly #onEnded: (pauseMs: number) => void;
  /** `opening` until the first line; `closing` takes no batches and waits for the lines of those it has. */
  #state: 'opening' | 'open' | 'closing' | 'ended' = 'opening';
  #waiting: Waiting[] = [];
  /** The beginning of a line whose end has not come. */
  #rest: Buffer | undefined;
  #lastSentAt = performance.now();
  /** Fires when it was not opened in time, has been idle for long, or was not ended in time, by the state. */
  #stateTimer: NodeJS.Timeout | undefined;
  /** Fires at `dueAt`, which is no later than the first deadline. */
  #dueTimer: NodeJS.Timeout | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  readonly #watched = new Map<AbortSignal, () => void>();

  constructor({ open, origin, timeoutMs, onEnded }: BatchStreamOptions) {
    this.timeoutMs = timeoutMs;
    this.#origin = origin;
    this.#onEnded = onEnded;
    this.#stream = open({
      answered: (status, headers) => this.#answered(status, headers['content-type']),
      piece: (bytes) => this.#read(bytes),
      ended: (error) => this.#fail(error ?? this.#broken('the server ended the stream')),
    });
    this.#within(ANSWER_TIMEOUT_MS, () => this.#fail(this.#broken('no stream was opened in time'), REFUSED_PAUSE_MS));
  }

  /** Whether it takes batches. */
  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** To be called while {@link isOpen}, with whole batches and their number ({@link countOf}). Rejects as {@link Transport.produceBatches} does. */
  send(request: ProduceBatchesRequest, count: number): Promise<ProduceBatchesAnswer> {
    const { signal, batches, timeoutMs } = request;
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const now = performance.now();
      this.#lastSentAt = now;
      if (this.#waiting.length === 0) this.#stream.hold(true);
      this.#waiting.push({
        outcomes: [],
        batches: count,
        deadline: now + timeoutMs,
        request,
        resolve,
        reject,
        logStartOffset: -1,
      });
      this.#watch(signal);
      if (now + timeoutMs < this.#dueAt) this.#arm(now + timeoutMs, now);
      this.#stream.send(batches);
    });
  }

  /** Takes no more batches, and ends when those it has are answered. */
  close(): void {
    if (this.#state === 'opening') this.#fail(this.#broken('the stream is not needed'));
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#stream.end();
    this.#within(Math.max(ANSWER_TIMEOUT_MS, this.timeoutMs), () => this.#fail(this.#broken('the stream was not ended in time')));
  }

  #answered(status: number, type = ''): void {
    if (status === 200 && type.startsWith(MEDIA_TYPE_NDJSON)) return;
    const isBusy = status === 429 || status >= 500;
    this.#fail(this.#broken(`a stream was answered with ${status}`), isBusy ? BUSY_PAUSE_MS : REFUSED_PAUSE_MS);
  }

  #read(piece: Buffer): void {
    const end = piece.lastIndexOf(LINE_END);
    if (end < 0) {
      this.#rest = this.#rest === undefined ? piece : Buffer.concat([this.#rest, piece]);
      return;
    }
    const whole = piece.subarray(0, end);
    const text = (this.#rest === undefined ? whole : Buffer.concat([this.#rest, whole])).toString('utf8');
    this.#rest = end + 1 < piece.length ? piece.subarray(end + 1) : undefined;
    for (const line of text.split('\n')) {
      if (this.#state === 'ended') return;
      if (line === '') this.#opened();
      else this.#take(line);
    }
  }

  #opened(): void {
    if (this.#state !== 'opening') return;
    this.#state = 'open';
    this.#watchIdleness(IDLE_MS);
  }

  #take(text: string): void {
    const first = this.#waiting[0];
    const line = parsed(text);
    if (first === undefined || line === undefined) {
      this.#fail(this.#broken('the server answered what nobody asked for'), REFUSED_PAUSE_MS);
      return;
    }
    if ('logStartOffset' in line) first.logStartOffset = line.logStartOffset;
    first.outcomes.push(outcomeOf(line));
    if (first.outcomes.length < first.batches) return;
    this.#waiting.shift();
    if (this.#waiting.length === 0) this.#stream.hold(false);
    first.resolve({ logStartOffset: first.logStartOffset, batches: first.outcomes });
  }

  #fail(error: unknown, pauseMs = 0): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    clearTimeout(this.#stateTimer);
    clearTimeout(this.#dueTimer);
    for (const [signal, aborted] of this.#watched) signal.removeEventListener('abort', aborted);
    this.#watched.clear();
    this.#stream.cut();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(error);
    this.#onEnded(pauseMs);
  }

  /** Batches of an aborted call are given up at once, and their lines are let pass. */
  #watch(signal: AbortSignal | undefined): void {
    if (signal === undefined || this.#watched.has(signal)) return;
    const aborted = (): void => {
      for (const { request, reject } of this.#waiting) if (request.signal === signal) reject(signal.reason);
    };
    this.#watched.set(signal, aborted);
    signal.addEventListener('abort', aborted, { once: true });
  }

  #arm(dueAt: number, now: number): void {
    clearTimeout(this.#dueTimer);
    this.#dueAt = dueAt;
    this.#dueTimer = setTimeout(() => this.#checkDeadlines(), dueAt - now);
    this.#dueTimer.unref();
  }

  #checkDeadlines(): void {
    const now = performance.now();
    this.#dueAt = Number.POSITIVE_INFINITY;
    const late = this.#waiting.filter(({ deadline }) => deadline <= now);
    for (const { request, reject } of late) reject(timedOut(this.#origin, request.timeoutMs));
    // Whatever comes behind waits for it as well.
    if (late.length > 0) this.#fail(this.#broken('a batch was not answered in time'), BUSY_PAUSE_MS);
    else if (this.#waiting.length > 0) this.#arm(Math.min(...this.#waiting.map(({ deadline }) => deadline)), now);
  }

  #watchIdleness(ms: number): void {
    this.#within(ms, () => {
      const idleMs = this.#waiting.length > 0 ? 0 : performance.now() - this.#lastSentAt;
      if (idleMs >= IDLE_MS) this.close();
      else this.#watchIdleness(IDLE_MS - idleMs);
    });
  }

  /** Calls `then` in `ms`, unless it is told so of something else before. Keeps no process running. */
  #within(ms: number, then: () => void): void {
    clearTimeout(this.#stateTimer);
    this.#stateTimer = setTimeout(then, ms);
    this.#stateTimer.unref();
  }

  #broken(why: string): StratalogError {
    return new StratalogError('UNAVAILABLE', `${this.#origin}: ${why}`, { url: this.#origin });
  }
}

/** What became of a batch, from how the API says it. */
export function outcomeOf(outcome: OutcomeText): BatchOutcome {
  if ('error' in outcome) return { kind: 'refused', error: errorOfProblem(outcome.error, outcome.error.status) };
  return { kind: 'appended', baseOffset: outcome.baseOffset, timestamp: outcome.timestamp, duplicate: outcome.duplicate };
}

/**
 * How many batches lie one behind the other; undefined where the last one does not end with the bytes, or a length is none: over a
 * stream such bytes would run into those that come next.
 */
export function countOf(batches: Uint8Array): number | undefined {
  let count = 0;
  let at = 0;
  try {
    for (; at < batches.length; count++) at += batchSizeAt(batches, at);
  } catch {
    return undefined;
  }
  return at === batches.length && count > 0 ? count : undefined;
}

function parsed(line: string): BatchLine | undefined {
  try {
    return JSON.parse(line) as BatchLine;
  } catch {
    return undefined;
  }
}
