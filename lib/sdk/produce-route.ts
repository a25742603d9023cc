/**
 * How batches of one partition travel: a request each, or, while they come one after the other, over a stream.
 *
 * What goes over another connection may arrive earlier than what was sent before. So who changes from one to the other sends nothing
 * until all that went the old way is answered.
 */
import type { BatchStream } from './batch-stream.ts';
import type { ProduceBatchesAnswer, ProduceBatchesRequest } from './transport.ts';

/** A stream is opened after so many requests that went well, with no longer pause between them, ms. */
const STEADY_REQUESTS = 16;
const STEADY_PAUSE_MS = 100;
/** Streams of one client, each of which has a connection of its own. */
const STREAMS_MAX = 64;

type Headers = Readonly<Record<string, string>>;

/** How many streams a client has, and whether they get through. */
export class StreamAllowance {
  #streams = 0;
  #notBefore = 0;

  /** Whether one more may be opened; it is counted then. */
  tryTake(now: number): boolean {
    if (this.#streams >= STREAMS_MAX || now < this.#notBefore) return false;
    this.#streams++;
    return true;
  }

  /** One has ended, and none is to be opened for so long. */
  giveBack(pauseMs: number): void {
    this.#streams--;
    if (pauseMs > 0) this.#notBefore = performance.now() + pauseMs;
  }
}

export interface ProduceWays {
  readonly allowance: StreamAllowance;
  readonly request: (request: ProduceBatchesRequest) => Promise<ProduceBatchesAnswer>;
  readonly open: (request: ProduceBatchesRequest, headers: Headers, onEnded: (pauseMs: number) => void) => BatchStream;
  /** What the next request is sent with. */
  readonly headers: () => Headers;
}

export class ProduceRoute {
  readonly #ways: ProduceWays;
  #stream: { readonly it: BatchStream; readonly headers: Headers } | undefined;
  /** The way of what is under way; undefined for requests. */
  #way: BatchStream | undefined;
  #underWay = 0;
  /** Waits until nothing is under way. */
  #held: (() => void)[] = [];
  #lastAt = Number.NEGATIVE_INFINITY;
  #inRow = 0;

  constructor(ways: ProduceWays) {
    this.#ways = ways;
  }

  /** `count`: how many whole batches the request has. */
  produce(request: ProduceBatchesRequest, count: number): Promise<ProduceBatchesAnswer> {
    const way = this.#wayFor(request);
    if (this.#held.length === 0 && (this.#underWay === 0 || way === this.#way)) return this.#send(request, count, way);
    return new Promise((resolve) => {
      this.#held.push(() => resolve(this.#send(request, count, this.#wayFor(request))));
    });
  }

  async #send(request: ProduceBatchesRequest, count: number, way: BatchStream | undefined): Promise<ProduceBatchesAnswer> {
    this.#way = way;
    this.#underWay++;
    try {
      const answer = await (way === undefined ? this.#ways.request(request) : way.send(request, count));
      this.#inRow++;
      return answer;
    } catch (error) {
      this.#inRow = 0;
      throw error;
    } finally {
      if (--this.#underWay === 0) for (const send of this.#held.splice(0)) send();
    }
  }

  #wayFor(request: ProduceBatchesRequest): BatchStream | undefined {
    const headers = this.#ways.headers();
    this.#openIfSteady(request, headers);
    const stream = this.#stream;
    if (stream === undefined || !stream.it.isOpen) return undefined;
    if (request.timeoutMs <= 2 * stream.it.timeoutMs && areSame(headers, stream.headers)) return stream.it;
    stream.it.close();
    return undefined;
  }

  #openIfSteady(request: ProduceBatchesRequest, headers: Headers): void {
    if (this.#stream !== undefined) return;
    const now = performance.now();
    if (now - this.#lastAt > STEADY_PAUSE_MS) this.#inRow = 0;
    this.#lastAt = now;
    const { allowance, open } = this.#ways;
    if (this.#inRow < STEADY_REQUESTS || !allowance.tryTake(now)) return;
    const ended = (pauseMs: number): void => {
      allowance.giveBack(pauseMs);
      this.#stream = undefined;
      this.#inRow = 0;
    };
    this.#stream = { it: open(request, headers, ended), headers };
  }
}

function areSame(one: Headers, other: Headers): boolean {
  if (one === other) return true;
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}
