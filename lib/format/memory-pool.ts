import { StratalogError } from '../core/errors.ts';

export interface MemoryPoolOptions {
  /** Bytes of memory that nobody uses and that are kept for the next. Default 32 MiB. */
  readonly keptBytesMax?: number;
  /** A smaller buffer is cheaper to make than to look after, bytes. Default 16 KiB. */
  readonly pooledBytesMin?: number;
  /** Writes over memory that comes back, so that whoever still reads it is found out. For tests. Default false. */
  readonly poison?: boolean;
  /** Called after each so many bytes that were taken for what comes over a socket. */
  readonly turnover?: { readonly bytes: number; readonly onTurnover: () => void } | undefined;
}

/** Memory of one block: who holds it still. */
interface Block {
  readonly memory: ArrayBuffer;
  holders: number;
}

const POOLED_BYTES_DEFAULT = 16 * 1024;
const KEPT_BYTES_DEFAULT = 32 * 1024 * 1024;
/** Sizes between one power of two and the next: a block is at most a quarter larger than what was asked for. */
const STEPS = 4;
const POISON = 0xee;

/**
 * Memory for the large buffers that pass through a process, used again as soon as nobody holds it.
 *
 * A buffer of a MiB that outlives two collections of young memory is freed by a full one alone, and V8 begins one for every
 * few such buffers: a third of the processor time of produce and fetch at full speed went there. So requests, bodies and
 * answers live in blocks of this pool. Each block counts its holders; any view of it stands for the block. A block that is never
 * released is not lost: nothing here refers to it, and it is freed like any other garbage. A block that is released too
 * early is another request's bytes, so whoever cannot say for sure that it is done with one never releases it.
 */
export class MemoryPool {
  readonly #keptBytesMax: number;
  readonly #pooledBytesMin: number;
  readonly #poison: boolean;
  readonly #turnover: MemoryPoolOptions['turnover'];
  /** Unused blocks by their size; the size that was used least lately first. */
  readonly #unused = new Map<number, ArrayBuffer[]>();
  readonly #blocks = new WeakMap<ArrayBufferLike, Block>();
  #keptBytes = 0;
  #takenBytes = 0;

  constructor(options: MemoryPoolOptions = {}) {
    const { keptBytesMax = KEPT_BYTES_DEFAULT, pooledBytesMin = POOLED_BYTES_DEFAULT, poison = false, turnover } = options;
    this.#keptBytesMax = keptBytesMax;
    this.#pooledBytesMin = Math.max(1, pooledBytesMin);
    this.#poison = poison;
    this.#turnover = turnover;
  }

  /** Bytes that nobody uses and that are kept. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** As {@link take}, to gather what comes over a socket in buffers of the socket's own. Those are garbage by then, as many bytes. */
  takeForSocket(bytes: number): Buffer<ArrayBuffer> {
    this.#count(bytes);
    return this.take(bytes);
  }

  /** Memory of so many bytes with anything in it, held by the caller. Small ones are ordinary buffers. */
  take(bytes: number): Buffer<ArrayBuffer> {
    if (bytes < this.#pooledBytesMin) return Buffer.allocUnsafeSlow(bytes);
    const size = blockBytes(bytes);
    const block = this.#unusedOf(size) ?? this.#newBlock(size);
    block.holders = 1;
    return Buffer.from(block.memory, 0, bytes);
  }

  /** One more holds the block that `view` lies in. Memory from elsewhere is nobody's business here. */
  hold(view: Uint8Array): void {
    const block = this.#blocks.get(view.buffer);
    if (block === undefined) return;
    if (block.holders === 0) throw new StratalogError('INTERNAL', 'memory is held that was given back already');
    block.holders++;
  }

  /** A holder is done with the block that `view` lies in, and with every view of it that is not held by others. */
  release(view: Uint8Array): void {
    const block = this.#blocks.get(view.buffer);
    if (block === undefined) return;
    if (block.holders === 0) throw new StratalogError('INTERNAL', 'memory is given back twice');
    if (--block.holders > 0) return;
    if (this.#poison) new Uint8Array(block.memory).fill(POISON);
    this.#keep(block.memory);
  }

  /** As {@link release}, once for each block that the views lie in. */
  releaseAll(views: readonly Uint8Array[]): void {
    if (views.length === 1) this.release(views[0] as Uint8Array);
    else for (const view of blocksOf(views).values()) this.release(view);
  }

  #count(bytes: number): void {
    if (this.#turnover === undefined) return;
    this.#takenBytes += bytes;
    if (this.#takenBytes < this.#turnover.bytes) return;
    this.#takenBytes = 0;
    this.#turnover.onTurnover();
  }

  #unusedOf(size: number): Block | undefined {
    const memory = this.#unused.get(size)?.pop();
    if (memory === undefined) return undefined;
    this.#keptBytes -= size;
    return this.#blocks.get(memory);
  }

  #newBlock(size: number): Block {
    const { buffer } = Buffer.allocUnsafeSlow(size);
    const block: Block = { memory: buffer, holders: 0 };
    this.#blocks.set(buffer, block);
    return block;
  }

  #keep(memory: ArrayBuffer): void {
    const size = memory.byteLength;
    if (size > this.#keptBytesMax) return;
    const blocks = this.#unused.get(size) ?? [];
    blocks.push(memory);
    this.#unused.delete(size);
    this.#unused.set(size, blocks);
    this.#keptBytes += size;
    for (const [oldest, kept] of this.#unused) {
      while (this.#keptBytes > this.#keptBytesMax && kept.length > 0) {
        kept.pop();
        this.#keptBytes -= oldest;
      }
      if (this.#keptBytes <= this.#keptBytesMax) return;
      this.#unused.delete(oldest);
    }
  }
}

/** One view for each block that the views lie in. */
export function blocksOf(views: readonly Uint8Array[]): ReadonlyMap<ArrayBufferLike, Uint8Array> {
  return new Map(views.map((view) => [view.buffer, view]));
}

function blockBytes(bytes: number): number {
  const step = 2 ** Math.floor(Math.log2(bytes)) / STEPS;
  return Math.ceil(bytes / step) * step;
}
