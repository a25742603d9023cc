/** Lines out of chunks, with a bound on how much of an unfinished line is held. */

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** A line without its end, or undefined for one that was longer than the limit and was passed over. */
export type Line = Buffer | undefined;

/** Splits at line feeds; a carriage return before one is dropped. Lines that lie within one chunk are views of it. */
export class LineSplitter {
  readonly #maxBytes: number;
  #pieces: Buffer[] = [];
  #held = 0;
  #overlong = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that end within this chunk. */
  *push(chunk: Buffer): Generator<Line, void, undefined> {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end < 0) break;
      yield this.#finish(chunk.subarray(start, end));
      start = end + 1;
    }
    if (start < chunk.length) this.#hold(chunk.subarray(start));
  }

  /** The last line when the text does not end in a line feed. */
  *end(): Generator<Line, void, undefined> {
    if (this.#held > 0 || this.#overlong) yield this.#finish(Buffer.alloc(0));
  }

  #hold(piece: Buffer): void {
    this.#held += piece.length;
    if (this.#held > this.#maxBytes) {
      this.#overlong = true;
      this.#pieces = [];
    } else {
      this.#pieces.push(piece);
    }
  }

  #finish(last: Buffer): Line {
    if (this.#held === 0) return last.length > this.#maxBytes ? undefined : withoutReturn(last);
    this.#hold(last);
    const line = this.#overlong ? undefined : withoutReturn(Buffer.concat(this.#pieces, this.#held));
    this.#pieces = [];
    this.#held = 0;
    this.#overlong = false;
    return line;
  }
}

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === RETURN ? line.subarray(0, -1) : line;
}
