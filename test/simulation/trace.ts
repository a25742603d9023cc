/**
 * What happened, line by line: hashed always, kept or printed on request. Two runs of a seed are the same when their
 * hashes are.
 */
import { createHash } from 'node:crypto';

/** Lines are hashed in pieces of this many characters: hashing each by itself would cost more than the simulation. */
const PIECE_LENGTH = 16_384;

export class Trace {
  readonly #hash = createHash('sha256');
  readonly #sink: ((line: string) => void) | undefined;
  #piece = '';
  #startMs: number | undefined;
  #lines = 0;

  constructor(sink?: (line: string) => void) {
    this.#sink = sink;
  }

  get lines(): number {
    return this.#lines;
  }

  add(atMs: number, what: string): void {
    this.#lines += 1;
    this.#piece += `${atMs} ${what}\n`;
    if (this.#piece.length > PIECE_LENGTH) {
      this.#hash.update(this.#piece);
      this.#piece = '';
    }
    this.#startMs ??= atMs;
    this.#sink?.(`${sinceStart(atMs - this.#startMs).padStart(13)} ${what}`);
  }

  /** The hash of every line so far; the trace takes no more lines after it. */
  digest(): string {
    return this.#hash.update(this.#piece).digest('hex').slice(0, 32);
  }
}

/** Hours, minutes and seconds since the run began. */
function sinceStart(ms: number): string {
  const two = (part: number): string => String(Math.floor(part)).padStart(2, '0');
  const seconds = `${two((ms / 1_000) % 60)}.${String(ms % 1_000).padStart(3, '0')}`;
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${seconds}`;
}
