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
    this.#sink?.(`${String(atMs).padStart(12)} ${what}`);
  }

  /** The hash of every line so far; the trace takes no more lines after it. */
  digest(): string {
    return this.#hash.update(this.#piece).digest('hex').slice(0, 32);
  }
}
