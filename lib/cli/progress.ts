/** What a long command has done so far, on one line that is written over, where a person looks. */
import { rateText } from './table.ts';
import type { Terminal } from './terminal.ts';

const EVERY_MS = 500;
const CLEAR_LINE = '\r\u001b[2K';

export class Progress {
  readonly #terminal: Terminal;
  readonly #verb: string;
  readonly #started = performance.now();
  readonly #timer: NodeJS.Timeout | undefined;
  records = 0;
  bytes = 0;

  constructor(terminal: Terminal, verb: string) {
    this.#terminal = terminal;
    this.#verb = verb;
    if (terminal.interactive) this.#timer = setInterval(() => this.#show(), EVERY_MS).unref();
  }

  get ms(): number {
    return performance.now() - this.#started;
  }

  add(records: number, bytes: number): void {
    this.records += records;
    this.bytes += bytes;
  }

  /** Takes the line away. */
  end(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#terminal.stderr.write(CLEAR_LINE);
  }

  #show(): void {
    this.#terminal.stderr.write(`${CLEAR_LINE}${this.#verb} ${rateText(this.records, this.bytes, this.ms)}`);
  }
}
