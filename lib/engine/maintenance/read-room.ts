const BLOCK_BYTES = 8 * 1024 * 1024;
/** As many as are read at once. */
const SPARE_MAX = 4;

/**
 * Memory that a job reads into again and again. Buffers of their own would count towards the next collection of the heap: a
 * merge of a gigabyte caused 300 of them, which took more than half of its processor time.
 */
export class ReadRoom {
  readonly #blocksMax: number;
  readonly #blocks: Buffer[] = [];
  readonly #spare: Buffer[] = [];
  #block = 0;
  #used = 0;

  /** `bytesMax`: what is kept at most; what is read past it gets memory of its own. */
  constructor(bytesMax: number) {
    this.#blocksMax = Math.max(1, Math.ceil(bytesMax / BLOCK_BYTES));
  }

  /** Memory for one read, with whatever it held before. */
  readonly take = (bytes: number): Buffer => {
    if (this.#used + bytes > BLOCK_BYTES && this.#used > 0) {
      this.#block++;
      this.#used = 0;
    }
    if (bytes > BLOCK_BYTES || this.#block >= this.#blocksMax) return Buffer.allocUnsafeSlow(bytes);
    this.#blocks[this.#block] ??= Buffer.allocUnsafeSlow(BLOCK_BYTES);
    const taken = (this.#blocks[this.#block] as Buffer).subarray(this.#used, this.#used + bytes);
    this.#used += bytes;
    return taken;
  };

  /** Memory for a read that is needed for a moment only; to be given back. */
  lend(bytes: number): Buffer {
    const spare = this.#spare.pop();
    return spare === undefined || spare.length < bytes ? Buffer.allocUnsafeSlow(bytes) : spare;
  }

  giveBack(lent: Buffer): void {
    if (this.#spare.length < SPARE_MAX) this.#spare.push(lent);
  }

  /** Nobody needs anything any more that was read so far. */
  reuse(): void {
    this.#block = 0;
    this.#used = 0;
  }

  /** Gives the memory back, until it is needed again. */
  empty(): void {
    this.reuse();
    this.#blocks.length = 0;
    this.#spare.length = 0;
  }
}
