/**
 * A cache of blocks over the objects of a zone. Objects never change, so a block is right for as long as it is kept.
 *
 * Callers that want the same block share one request, neighbouring blocks that are missing are asked for together, and
 * the bytes kept are bounded; what was used least lately goes first.
 */
import type { ObjectInfo, ObjectStore, Upload } from '../../ports/object-store.ts';

export interface BlockCacheOptions {
  /** Bytes kept. Blocks on their way do not count. */
  readonly bytesMax: number;
  /** Bytes of a block: a request reads at least this much, which costs no more than reading a byte. Default 512 KiB. */
  readonly blockBytes?: number;
}

/** Undefined: there is no such object. Shorter than a block: the object ends in it. */
type Block = Buffer | undefined;

const BLOCK_BYTES = 512 * 1024;

export class BlockCache implements ObjectStore {
  readonly #store: ObjectStore;
  readonly #bytesMax: number;
  readonly #blockBytes: number;
  /** By key and number, least lately used first. */
  readonly #kept = new Map<string, Buffer>();
  readonly #coming = new Map<string, Promise<Block>>();
  #bytes = 0;

  constructor(store: ObjectStore, options: BlockCacheOptions) {
    this.#store = store;
    this.#bytesMax = options.bytesMax;
    this.#blockBytes = options.blockBytes ?? BLOCK_BYTES;
  }

  put(key: string, chunks: readonly Uint8Array[]): Promise<'created' | 'exists'> {
    return this.#store.put(key, chunks);
  }

  async replace(key: string, chunks: readonly Uint8Array[]): Promise<void> {
    await this.#store.replace(key, chunks);
    this.#forget([key]);
  }

  beginUpload(key: string): Promise<Upload> {
    return this.#store.beginUpload(key);
  }

  uploadPart(upload: Upload, number: number, chunks: readonly Uint8Array[]): Promise<string> {
    return this.#store.uploadPart(upload, number, chunks);
  }

  async finishUpload(upload: Upload, parts: readonly string[], onto: 'free key' | 'any key'): Promise<'created' | 'exists'> {
    const outcome = await this.#store.finishUpload(upload, parts, onto);
    if (onto === 'any key') this.#forget([upload.key]);
    return outcome;
  }

  abandonUpload(upload: Upload): Promise<void> {
    return this.#store.abandonUpload(upload);
  }

  async get(key: string, position: number, length: number): Promise<Buffer | undefined> {
    if (length <= 0) return this.#store.get(key, position, length);
    const first = Math.floor(position / this.#blockBytes);
    const last = Math.floor((position + length - 1) / this.#blockBytes);
    const blocks = await Promise.all(this.#blocks(key, first, last));
    if (blocks[0] === undefined) return undefined;
    const pieces: Buffer[] = [];
    for (const [i, block] of blocks.entries()) {
      // An object that went while it was read: the caller looks for it under another name.
      if (block === undefined) return undefined;
      const start = (first + i) * this.#blockBytes;
      pieces.push(block.subarray(Math.max(0, position - start), Math.max(0, position + length - start)));
      if (block.length < this.#blockBytes) break;
    }
    // A copy, since the bytes are the caller's and the block is everybody's.
    return Buffer.concat(pieces);
  }

  head(key: string): Promise<ObjectInfo | undefined> {
    return this.#store.head(key);
  }

  async delete(keys: readonly string[]): Promise<void> {
    await this.#store.delete(keys);
    this.#forget(keys);
  }

  list(prefix: string, after: string | undefined, limit: number): Promise<readonly ObjectInfo[]> {
    return this.#store.list(prefix, after, limit);
  }

  #forget(keys: readonly string[]): void {
    const gone = new Set(keys);
    for (const name of [...this.#kept.keys()]) if (gone.has(keyOf(name))) this.#drop(name);
  }

  /** Each block from where it is: kept, on its way, or asked for in one request with its missing neighbours. */
  #blocks(key: string, first: number, last: number): Promise<Block>[] {
    const found: Promise<Block>[] = [];
    for (let number = first; number <= last; ) {
      const here = this.#known(key, number);
      if (here !== undefined) {
        found.push(here);
        if (this.#endsIn(key, number)) break;
        number++;
        continue;
      }
      let end = number + 1;
      while (end <= last && !this.#isKnown(key, end)) end++;
      found.push(...this.#fetch(key, number, end));
      number = end;
    }
    return found;
  }

  #known(key: string, number: number): Promise<Block> | undefined {
    const name = nameOf(key, number);
    const kept = this.#kept.get(name);
    if (kept === undefined) return this.#coming.get(name);
    this.#kept.delete(name);
    this.#kept.set(name, kept);
    return Promise.resolve(kept);
  }

  #isKnown(key: string, number: number): boolean {
    const name = nameOf(key, number);
    return this.#kept.has(name) || this.#coming.has(name);
  }

  /** Whether it is known that the object ends in this block. */
  #endsIn(key: string, number: number): boolean {
    const kept = this.#kept.get(nameOf(key, number));
    return kept !== undefined && kept.length < this.#blockBytes;
  }

  /** One request for blocks `[from, to)`. */
  #fetch(key: string, from: number, to: number): Promise<Block>[] {
    const whole = this.#store.get(key, from * this.#blockBytes, (to - from) * this.#blockBytes);
    return Array.from({ length: to - from }, (_, i) => {
      const name = nameOf(key, from + i);
      const block = whole.then((bytes): Block => {
        if (bytes === undefined) return undefined;
        // Blocks of one answer are copied apart, so that keeping one does not keep them all.
        const own = to - from === 1 ? bytes : Buffer.from(bytes.subarray(i * this.#blockBytes, (i + 1) * this.#blockBytes));
        this.#keep(name, own);
        return own;
      });
      this.#coming.set(name, block);
      const done = (): void => {
        this.#coming.delete(name);
      };
      block.then(done, done);
      return block;
    });
  }

  #keep(name: string, block: Buffer): void {
    // The end of an object that is still unknown is not kept: an empty block says nothing that a request could not say.
    if (block.length === 0 || block.length > this.#bytesMax) return;
    this.#drop(name);
    this.#kept.set(name, block);
    this.#bytes += block.length;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#bytesMax) break;
      this.#drop(oldest);
    }
  }

  #drop(name: string): void {
    this.#bytes -= this.#kept.get(name)?.length ?? 0;
    this.#kept.delete(name);
  }
}

function nameOf(key: string, number: number): string {
  return `${key}\0${number}`;
}

function keyOf(name: string): string {
  return name.slice(0, name.lastIndexOf('\0'));
}
