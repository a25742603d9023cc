/** Record batches out of the pieces of a stream, each as one piece of memory. */
import { StratalogError } from '../core/errors.ts';
import { tooLarge } from './body.ts';

/** Where a batch says how many bytes follow its length (Kafka's `RecordBatch`: base offset of 8 bytes, length of 4). */
const LENGTH_AT = 8;
const LENGTH_END = 12;

/** Memory for a batch that comes in several pieces. */
export interface BatchRoom {
  /** May throw: then there is none. */
  take(bytes: number): Buffer;
  release(room: Buffer): void;
}

export interface WholeBatch {
  readonly bytes: Buffer;
  /** It lies in memory of the room, which is to be given back. */
  readonly inRoom: boolean;
}

/**
 * Cuts a stream into batches by the lengths that they state, and looks at nothing else. A batch that lies within one piece is a view
 * of it, another one is put together in memory of the room's; whoever gets it gives that back.
 */
export class BatchSplitter {
  readonly #maxBytes: number;
  readonly #room: BatchRoom;
  /** What is there of a batch whose length is not. */
  #head: Buffer | undefined;
  /** A batch of which the first bytes are there. */
  #begun: Buffer | undefined;
  #filled = 0;

  constructor(maxBytes: number, room: BatchRoom) {
    this.#maxBytes = maxBytes;
    this.#room = room;
  }

  /** Whether a batch has begun and not ended. */
  get isWithin(): boolean {
    return this.#head !== undefined || this.#begun !== undefined;
  }

  /**
   * The batches that end within this piece. CORRUPT_MESSAGE where a length is none, REQUEST_TOO_LARGE above the limit, or what the
   * room throws: nothing that comes then can be told apart.
   */
  *push(piece: Buffer): Generator<WholeBatch, void, undefined> {
    let rest = this.#head === undefined ? piece : Buffer.concat([this.#head, piece]);
    this.#head = undefined;
    while (rest.length > 0) {
      if (this.#begun === undefined) {
        if (rest.length < LENGTH_END) {
          this.#head = rest;
          return;
        }
        const size = this.#sizeOf(rest);
        if (rest.length >= size) {
          yield { bytes: rest.subarray(0, size), inRoom: false };
          rest = rest.subarray(size);
          continue;
        }
        this.#begun = this.#room.take(size);
        this.#filled = 0;
      }
      const begun = this.#begun;
      const copied = rest.copy(begun, this.#filled);
      this.#filled += copied;
      rest = rest.subarray(copied);
      if (this.#filled < begun.length) return;
      this.#begun = undefined;
      yield { bytes: begun, inRoom: true };
    }
  }

  /** Gives back what is held of a batch that will not end. */
  drop(): void {
    if (this.#begun !== undefined) this.#room.release(this.#begun);
    this.#begun = undefined;
    this.#head = undefined;
  }

  #sizeOf(bytes: Buffer): number {
    const length = bytes.readInt32BE(LENGTH_AT);
    if (length <= 0) {
      throw new StratalogError('CORRUPT_MESSAGE', `a batch says that it has ${length} bytes`, {
        field: 'batchLength',
        value: length,
        limit: 1,
      });
    }
    const size = LENGTH_END + length;
    if (size > this.#maxBytes) throw tooLarge(size, this.#maxBytes);
    return size;
  }
}
