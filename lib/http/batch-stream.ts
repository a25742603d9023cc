/**
 * Record batches that come one behind the other over one request, each answered with a line as soon as it is stored.
 *
 * For who sends batches all the time: they arrive in the order in which they were sent, and none of them pays for a request. Lines are
 * in the order of the batches. Whoever sends faster than is stored, or does not take the lines, is read no further for as long.
 */
import { StratalogError } from '../core/errors.ts';
import type { AppendAnswer, AppendRequest } from '../engine/append.ts';
import type { Engine } from '../engine/engine.ts';
import { BatchSplitter, type WholeBatch } from './batch-splitter.ts';
import { type BodyFlow, type RequestBody, tooLate } from './body.ts';
import type { BatchLine } from './contract.ts';
import type { HttpLimits } from './settings.ts';

/** Bytes and batches under way in one stream at which no more is read. */
const UNDER_WAY_BYTES_MAX = 8 * 1024 * 1024;
const UNDER_WAY_BATCHES_MAX = 256;
/** Bytes of lines that wait for the client, at which no more is read either. */
const LINES_BYTES_MAX = 64 * 1024;

export interface BatchStreamDeps {
  readonly engine: Pick<Engine, 'append' | 'memory'>;
  readonly body: RequestBody;
  readonly limits: Pick<HttpLimits, 'bodyBytesMax' | 'bodyTimeoutMs'>;
  readonly target: Pick<AppendRequest, 'topic' | 'partition' | 'acks' | 'timeoutMs'>;
  /** What is said of a batch that was decided about, nothing with acks=0, and of one that was not. */
  readonly lineOf: (answer: AppendAnswer) => BatchLine | undefined;
  readonly refusalOf: (error: unknown) => BatchLine;
  /** Told of every batch that was answered: its bytes, and when it was there (ms, monotonic). */
  readonly onAnswered: (line: BatchLine | undefined, bytes: number, startedAt: number) => void;
}

/** The line of a batch in its place, before it is known. */
interface Place {
  line: string | undefined;
}

export class BatchStream {
  readonly #deps: BatchStreamDeps;
  readonly #splitter: BatchSplitter;
  readonly #flow: BodyFlow;
  readonly #places: Place[] = [];
  #underWayBytes = 0;
  /** Lines to be sent, as text. An empty one tells at once that somebody listens and that answers come through. */
  #lines = '\n';
  #paused = false;
  /** No more batches are taken. */
  #ended = false;
  #overdue: NodeJS.Timeout | undefined;
  #wake: (() => void) | undefined;

  constructor(deps: BatchStreamDeps) {
    this.#deps = deps;
    const { body, engine, limits } = deps;
    this.#splitter = new BatchSplitter(limits.bodyBytesMax, {
      take: (bytes) => {
        body.hold(bytes);
        return engine.memory.takeForSocket(bytes);
      },
      release: (room) => {
        body.letGo(room.length);
        engine.memory.release(room);
      },
    });
    this.#flow = body.flow({ piece: (piece) => this.#take(piece), end: () => this.#finish(), cut: () => this.#leave() });
  }

  /** The answer, piece by piece; ends when all that was taken is answered after the body has ended, or `gone` is aborted. */
  async *pieces(gone: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    const leave = (): void => this.#leave();
    gone.addEventListener('abort', leave, { once: true });
    if (gone.aborted) leave();
    try {
      for (;;) {
        if (this.#lines !== '') {
          const lines = Buffer.from(this.#lines, 'utf8');
          this.#lines = '';
          this.#regulate();
          yield lines;
        } else if (this.#ended && this.#places.length === 0) return;
        else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } finally {
      gone.removeEventListener('abort', leave);
      this.#leave();
    }
  }

  #take(piece: Buffer): void {
    if (this.#ended) return;
    let ended = false;
    try {
      for (const batch of this.#splitter.push(piece)) {
        ended = true;
        void this.#append(batch);
      }
    } catch (error) {
      this.#fail(error);
      return;
    }
    // A batch that has begun must be there in time, as a whole body must.
    if (ended) {
      clearTimeout(this.#overdue);
      this.#overdue = undefined;
    }
    if (this.#splitter.isWithin) this.#overdue ??= setTimeout(() => this.#fail(tooLate()), this.#deps.limits.bodyTimeoutMs);
    this.#regulate();
  }

  async #append({ bytes, inRoom }: WholeBatch): Promise<void> {
    const { engine, body, target, lineOf, refusalOf, onAnswered } = this.#deps;
    const place: Place = { line: undefined };
    const startedAt = performance.now();
    this.#places.push(place);
    this.#underWayBytes += bytes.length;
    let held = inRoom ? bytes.length : 0;
    let line: BatchLine | undefined;
    try {
      if (!inRoom) body.hold(bytes.length);
      held = bytes.length;
      line = lineOf(await engine.append({ ...target, batches: bytes, onFull: 'wait' }));
    } catch (error) {
      line = refusalOf(error);
    }
    if (inRoom) engine.memory.release(bytes);
    body.letGo(held);
    this.#underWayBytes -= bytes.length;
    onAnswered(line, bytes.length, startedAt);
    this.#answer(place, line);
  }

  #finish(): void {
    if (this.#splitter.isWithin) this.#fail(new StratalogError('CORRUPT_MESSAGE', 'the last batch is cut off', { field: 'body' }));
    else this.#leave();
  }

  /** What cannot be read on ends with a line of its own, behind those of the batches before it. */
  #fail(error: unknown): void {
    if (this.#ended) return;
    const place: Place = { line: undefined };
    this.#places.push(place);
    this.#leave();
    this.#answer(place, this.#deps.refusalOf(error));
  }

  /** Takes nothing more; what was taken is still answered. */
  #leave(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#overdue);
    this.#flow.stop();
    this.#splitter.drop();
    this.#wake?.();
  }

  #answer(place: Place, line: BatchLine | undefined): void {
    place.line = line === undefined ? '' : `${JSON.stringify(line)}\n`;
    for (let first = this.#places[0]; first?.line !== undefined; first = this.#places[0]) {
      this.#lines += first.line;
      this.#places.shift();
    }
    this.#regulate();
    this.#wake?.();
  }

  #regulate(): void {
    if (this.#ended) return;
    const isFull =
      this.#underWayBytes >= UNDER_WAY_BYTES_MAX || this.#places.length >= UNDER_WAY_BATCHES_MAX || this.#lines.length >= LINES_BYTES_MAX;
    if (isFull === this.#paused) return;
    this.#paused = isFull;
    if (isFull) this.#flow.pause();
    else this.#flow.resume();
  }
}
