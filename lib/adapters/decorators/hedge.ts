/**
 * Asks a second time when an answer takes longer than nearly all before it, and takes the first that comes.
 *
 * Object stores are slow now and then, and a second request mostly meets another server. AWS advises it for small objects
 * ("Performance design patterns for Amazon S3", timeouts and retries for latency-sensitive applications).
 */
import type { Clock } from '../../ports/clock.ts';
import type { ObjectStore, Upload } from '../../ports/object-store.ts';
import type { Telemetry } from '../../ports/telemetry.ts';

export interface HedgePorts {
  readonly clock: Pick<Clock, 'sleep' | 'monotonic'>;
  readonly telemetry: Pick<Telemetry, 'count'>;
}

/** The time of larger transfers is the connection's, which a second one would share. */
const BYTES_MAX = 1024 * 1024;
/** Requests that are looked back on, and how many are needed to know what is usual. */
const SAMPLES = 256;
const SAMPLES_MIN = 64;
/** How often what is usual is worked out anew, in requests. */
const REFRESH_EVERY = 16;
/** One in so many requests is slower than this share of them and asked again. */
const SHARE = 0.94;
/** Second requests for each first one at most: a store that is slow as a whole is not helped by more requests. */
const PER_REQUEST = 0.1;
const SAVED_MAX = 10;

/** The store with small puts and gets hedged. Both may be repeated. Cost: up to a tenth more requests of either kind, 6 % in the long run. */
export class HedgedStore implements ObjectStore {
  readonly #store: ObjectStore;
  readonly #puts: Hedge;
  readonly #gets: Hedge;

  constructor(store: ObjectStore, ports: HedgePorts) {
    this.#store = store;
    this.#puts = new Hedge('put', ports);
    this.#gets = new Hedge('get', ports);
  }

  put(key: string, chunks: readonly Uint8Array[]): Promise<'created' | 'exists'> {
    const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
    const put = () => this.#store.put(key, chunks);
    return bytes > BYTES_MAX ? put() : this.#puts.first(put);
  }

  get(key: string, position: number, length: number): Promise<Buffer | undefined> {
    const get = () => this.#store.get(key, position, length);
    return length > BYTES_MAX ? get() : this.#gets.first(get);
  }

  replace(key: string, chunks: readonly Uint8Array[]): Promise<void> {
    return this.#store.replace(key, chunks);
  }

  beginUpload(key: string): Promise<Upload> {
    return this.#store.beginUpload(key);
  }

  uploadPart(upload: Upload, number: number, chunks: readonly Uint8Array[]): Promise<string> {
    return this.#store.uploadPart(upload, number, chunks);
  }

  finishUpload(upload: Upload, parts: readonly string[], onto: 'free key' | 'any key'): Promise<'created' | 'exists'> {
    return this.#store.finishUpload(upload, parts, onto);
  }

  abandonUpload(upload: Upload): Promise<void> {
    return this.#store.abandonUpload(upload);
  }

  head(key: string): ReturnType<ObjectStore['head']> {
    return this.#store.head(key);
  }

  delete(keys: readonly string[]): Promise<void> {
    return this.#store.delete(keys);
  }

  list(prefix: string, after: string | undefined, limit: number): ReturnType<ObjectStore['list']> {
    return this.#store.list(prefix, after, limit);
  }
}

/** What is usual for one kind of request, and when to ask twice. */
class Hedge {
  readonly #name: string;
  readonly #ports: HedgePorts;
  readonly #samples: number[] = [];
  #count = 0;
  /** Undefined until enough was seen. */
  #usualMs: number | undefined;
  #saved = 0;

  constructor(name: string, ports: HedgePorts) {
    this.#name = name;
    this.#ports = ports;
  }

  /** The first answer of the request or of its repetition; an error only when nobody is left who might answer. */
  first<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    this.#saved = Math.min(SAVED_MAX, this.#saved + PER_REQUEST);
    const usualMs = this.#usualMs;
    return usualMs === undefined ? this.#timed(ask) : this.#hedged(ask, usualMs);
  }

  #hedged<Answer>(ask: () => Promise<Answer>, usualMs: number): Promise<Answer> {
    const { clock, telemetry } = this.#ports;
    return new Promise((resolve, reject) => {
      const answered = new AbortController();
      let open = 0;
      const attempt = (): void => {
        open++;
        this.#timed(ask)
          .then(resolve, (error: unknown) => {
            if (--open === 0) reject(error);
          })
          .finally(() => answered.abort());
      };
      attempt();
      void clock.sleep(usualMs, answered.signal).then(() => {
        if (answered.signal.aborted || this.#saved < 1) return;
        this.#saved--;
        telemetry.count('storage_hedges_total', 1, { operation: this.#name });
        attempt();
      });
    });
  }

  async #timed<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    const { clock } = this.#ports;
    const began = clock.monotonic();
    const answer = await ask();
    this.#note(clock.monotonic() - began);
    return answer;
  }

  #note(ms: number): void {
    this.#samples[this.#count++ % SAMPLES] = ms;
    if (this.#count < SAMPLES_MIN || this.#count % REFRESH_EVERY > 0) return;
    const sorted = this.#samples.toSorted((a, b) => a - b);
    this.#usualMs = sorted[Math.floor(sorted.length * SHARE)];
  }
}
