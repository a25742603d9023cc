import type { Engine } from '../engine/engine.ts';

type MemoryPool = Engine['memory'];

/** Batches are put together up to about this size, so that a piece is worth its way, bytes. */
const PIECE_BYTES = 256 * 1024;

/**
 * The batches of an answer in pieces, small ones put together. Memory is given back as soon as it was copied, so that an answer
 * takes no more of it while it is sent.
 */
export class AnswerPieces {
  readonly #memory: MemoryPool;
  readonly #batches: readonly Buffer[];
  /** How many of them are in pieces. */
  #made = 0;
  /** What the client is sent: pieces, and batches as they are. Their memory is held until the end. */
  readonly #sent: Buffer[] = [];
  readonly #blocksSent = new Set<ArrayBufferLike>();

  /** What `batches` lie in is the caller's, who leaves it to this. */
  constructor(memory: MemoryPool, batches: readonly Buffer[]) {
    this.#memory = memory;
    this.#batches = batches;
  }

  *made(): Generator<Buffer, void, undefined> {
    while (this.#made < this.#batches.length) {
      let bytes = 0;
      let end = this.#made;
      for (; end < this.#batches.length && bytes < PIECE_BYTES; end++) bytes += (this.#batches[end] as Buffer).length;
      yield end - this.#made === 1 ? this.#asItIs() : this.#together(end, bytes);
    }
  }

  /** To be called once all was sent or nobody takes it any more. */
  release(): void {
    this.#memory.releaseAll([...this.#sent, ...this.#batches.slice(this.#made)]);
    this.#sent.length = 0;
    this.#made = this.#batches.length;
  }

  #asItIs(): Buffer {
    const batch = this.#batches[this.#made++] as Buffer;
    this.#blocksSent.add(batch.buffer);
    this.#sent.push(batch);
    return batch;
  }

  #together(end: number, bytes: number): Buffer {
    const piece = this.#memory.take(bytes);
    this.#sent.push(piece);
    for (let at = 0; this.#made < end; ) {
      const batch = this.#batches[this.#made++] as Buffer;
      at += batch.copy(piece, at);
      // The batches of one block follow each other.
      if (this.#batches[this.#made]?.buffer !== batch.buffer && !this.#blocksSent.has(batch.buffer)) this.#memory.release(batch);
    }
    return piece;
  }
}
