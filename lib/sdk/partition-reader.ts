/**
 * Reads one partition ahead of its consumer: at most one request under way and two answers kept.
 *
 * A seek or a removal ends the request under way and drops what was read ahead; `generation` tells a late answer from a
 * current one.
 */
import { isStratalogError, StratalogError } from '../core/errors.ts';
import { backoffMs, pause } from './backoff.ts';
import type { ConsumerSettings } from './consumer-settings.ts';
import type { FetchBatchesAnswer, Transport } from './transport.ts';

/** The longest pause between questions to a server that cannot wait: an idle partition asks half a million times a month. */
const PAUSE_MS_MAX = 5_000;
/** Where to read from: an offset, an end of the log, or the first record at or after a time (ms since the epoch). */
export type StartAt = number | 'earliest' | 'latest' | { readonly time: number };

const ANSWERS_KEPT_MAX = 2;

export interface ReaderContext {
  readonly transport: Transport;
  readonly settings: ConsumerSettings<unknown, unknown>;
  /** Whether there is room to read ahead. */
  readonly hasRoom: () => boolean;
  /** Something arrived or changed: records, an error, the end. */
  readonly onChange: () => void;
}

export class PartitionReader {
  readonly topic: string;
  readonly partition: number;
  readonly #context: ReaderContext;
  #start: StartAt;
  #position: number | undefined;
  /** Offset that the next request asks for. */
  #fetchOffset: number | undefined;
  #until: number;
  #answers: FetchBatchesAnswer[] = [];
  #paused = false;
  #held = false;
  #fetching = false;
  /** Answers in a row that brought nothing. */
  #emptyAnswers = 0;
  #generation = new AbortController();
  #error: unknown;
  #positioned = Promise.withResolvers<void>();

  constructor(topic: string, partition: number, start: StartAt, until: number, context: ReaderContext) {
    this.topic = topic;
    this.partition = partition;
    this.#start = start;
    this.#until = until;
    this.#context = context;
    if (typeof start === 'number') this.#place(start);
  }

  /** Offset of the next record to hand out; undefined while a start by meaning or time is not resolved yet. */
  get position(): number | undefined {
    return this.#position;
  }

  /** Offset at which this partition is done; infinite when it is followed. */
  get until(): number {
    return this.#until;
  }

  get paused(): boolean {
    return this.#paused;
  }

  get done(): boolean {
    return this.#position !== undefined && this.#position >= this.#until;
  }

  get bufferedBytes(): number {
    return this.#answers.reduce((sum, answer) => sum + answer.batches.length, 0);
  }

  /** The answer to hand out next, unless paused, held or done. */
  get current(): FetchBatchesAnswer | undefined {
    return this.#paused || this.#held || this.done ? undefined : this.#answers[0];
  }

  /** Marks the generation, so that whoever hands out records notices a seek in between. */
  get generation(): AbortSignal {
    return this.#generation.signal;
  }

  /** An error that ends reading, once. */
  takeError(): unknown {
    const error = this.#error;
    this.#error = undefined;
    return error;
  }

  /** Moves the position within or past the current answer. */
  advance(position: number): void {
    this.#position = position;
  }

  /** The current answer is handed out. */
  finishCurrent(): void {
    const answer = this.#answers.shift();
    if (answer !== undefined) this.#position = Math.max(this.#position ?? 0, Math.min(answer.nextOffset, this.#until));
  }

  /** Keeps the partition out of turn while its records are being worked on; reading ahead goes on. */
  hold(held: boolean): void {
    this.#held = held;
    if (!held) this.#context.onChange();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#context.onChange();
    this.fill();
  }

  seek(start: StartAt): void {
    this.#newGeneration();
    this.#start = start;
    this.#position = undefined;
    this.#fetchOffset = undefined;
    // Who waits for the position waits for the new one.
    const { promise, resolve, reject } = this.#positioned;
    promise.catch(() => undefined);
    this.#positioned = Promise.withResolvers<void>();
    this.#positioned.promise.then(resolve, reject);
    if (typeof start === 'number') this.#place(start);
    this.fill();
  }

  stop(): void {
    this.#newGeneration();
    this.#until = Number.NEGATIVE_INFINITY;
    this.#positioned.promise.catch(() => undefined);
    this.#positioned.reject(new StratalogError('CLOSED', `partition ${this.partition} of '${this.topic}' is no longer read here`));
  }

  /** Resolves with the position when it is known. */
  async whenPositioned(): Promise<number> {
    this.fill();
    await this.#positioned.promise;
    return this.#position ?? 0;
  }

  /** Begins a request when there is need and room for one. */
  fill(): void {
    const ended = this.#fetchOffset !== undefined && this.#fetchOffset >= this.#until;
    const enough = this.#answers.length >= ANSWERS_KEPT_MAX || ended || this.#until < 0;
    if (this.#fetching || this.#error !== undefined || (this.#paused && this.#position !== undefined) || enough) return;
    if (!this.#context.hasRoom() && this.#answers.length > 0) return;
    void this.#fetchWithRetries(this.#generation.signal);
  }

  #newGeneration(): void {
    this.#generation.abort(new StratalogError('CLOSED', 'reading goes on elsewhere'));
    this.#generation = new AbortController();
    this.#answers = [];
    this.#error = undefined;
    this.#fetching = false;
  }

  async #fetchWithRetries(signal: AbortSignal): Promise<void> {
    this.#fetching = true;
    const { settings, onChange } = this.#context;
    const giveUpAt = settings.giveUpAfterMs === 0 ? Number.POSITIVE_INFINITY : performance.now() + settings.giveUpAfterMs;
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        const offset = this.#fetchOffset ?? (await this.#resolveStart(signal));
        if (signal.aborted) return;
        if (offset >= this.#until) break;
        const answer = await this.#fetch(offset, signal);
        if (signal.aborted) return;
        this.#keep(answer);
        await this.#waitForMore(answer, offset, signal);
        break;
      } catch (error) {
        if (signal.aborted) return;
        if (!this.#survives(error) || performance.now() >= giveUpAt) {
          this.#error = error;
          break;
        }
        await pause(backoffMs(attempt, settings.backoff, error), signal);
      }
    }
    if (signal.aborted) return;
    this.#fetching = false;
    onChange();
    this.fill();
  }

  /**
   * A server that cannot wait says when to ask again; while nothing comes, each pause is twice the one before, since
   * every question to a function costs money. What came goes out at once all the same.
   */
  async #waitForMore({ retryAfterMs, nextOffset }: FetchBatchesAnswer, offset: number, signal: AbortSignal): Promise<void> {
    if (retryAfterMs === undefined || nextOffset !== offset) {
      this.#emptyAnswers = 0;
      return;
    }
    await pause(Math.min(PAUSE_MS_MAX, retryAfterMs * 2 ** Math.min(this.#emptyAnswers++, 20)), signal);
  }

  #fetch(offset: number, signal: AbortSignal): Promise<FetchBatchesAnswer> {
    const { transport, settings } = this.#context;
    return transport.fetchBatches({
      topic: this.topic,
      partition: this.partition,
      offset,
      maxBytes: settings.maxPartitionFetchBytes,
      maxWaitMs: settings.maxWaitMs,
      minBytes: settings.minBytes,
      isolation: settings.isolation,
      signal,
    });
  }

  #keep(answer: FetchBatchesAnswer): void {
    const from = this.#fetchOffset ?? 0;
    this.#fetchOffset = answer.nextOffset;
    if (answer.batches.length > 0) {
      this.#answers.push(answer);
    } else if (answer.nextOffset > from && this.#answers.length === 0) {
      // Nothing is left in this range: it was compacted away, or belongs to aborted transactions.
      this.#position = answer.nextOffset;
    } else if (answer.nextOffset > from) {
      this.#answers.push(answer);
    }
    this.#context.onChange();
  }

  async #resolveStart(signal: AbortSignal): Promise<number> {
    const { transport } = this.#context;
    const start = this.#start;
    const at = typeof start === 'object' ? start.time : start;
    let { offset } = typeof start === 'number' ? { offset: start } : await transport.listOffset(this.topic, this.partition, at, { signal });
    if (offset < 0) ({ offset } = await transport.listOffset(this.topic, this.partition, 'latest', { signal }));
    if (!signal.aborted) this.#place(offset);
    return offset;
  }

  #place(offset: number): void {
    this.#position = offset;
    this.#fetchOffset = offset;
    this.#positioned.resolve();
  }

  /** Whether reading goes on after an error; a position outside the log is moved as `offsetReset` says. */
  #survives(error: unknown): boolean {
    const { offsetReset } = this.#context.settings;
    if (isStratalogError(error, 'OFFSET_OUT_OF_RANGE') && offsetReset !== 'error') {
      this.#start = offsetReset;
      this.#fetchOffset = undefined;
      return true;
    }
    return isStratalogError(error) && error.retriable && !isStratalogError(error, 'UNKNOWN_TOPIC_OR_PARTITION', 'UNKNOWN_TOPIC_ID');
  }
}
