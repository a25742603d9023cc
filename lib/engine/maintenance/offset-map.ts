import type { Offset } from '../../core/ids.ts';
import { KeyHash } from './key-hash.ts';

/** Four parts of the hash and the offset: 24 bytes a slot, as in Kafka's `SkimpyOffsetMap`. */
const HASH_PARTS = 4;
export const OFFSET_MAP_SLOT_BYTES = 24;
/** Kafka's `log.cleaner.io.buffer.load.factor`. */
const LOAD_MAX = 0.9;
const EMPTY = -1;

/** A set of offsets of a range, one bit for each offset of it. */
export class OffsetBits {
  readonly from: Offset;
  readonly end: Offset;
  readonly #bits: Uint8Array;

  constructor(from: Offset, end: Offset) {
    this.from = from;
    this.end = end;
    this.#bits = new Uint8Array(Math.ceil((end - from) / 8));
  }

  add(offset: Offset): void {
    const at = offset - this.from;
    const byte = Math.floor(at / 8);
    this.#bits[byte] = (this.#bits[byte] as number) | (1 << (at % 8));
  }

  has(offset: Offset): boolean {
    const at = offset - this.from;
    return ((this.#bits[Math.floor(at / 8)] as number) & (1 << (at % 8))) !== 0;
  }
}

/** From keys to the last offset that each was seen at, in memory that is taken once and never grows. Keys are kept as hashes. */
export class OffsetMap {
  readonly #hash: KeyHash;
  readonly #hashes: Int32Array;
  readonly #offsets: Float64Array;
  readonly #slots: number;
  readonly #keysMax: number;
  #keys = 0;

  /** `keys`: as many as are expected; the map holds fewer when they do not fit `bytesMax`. `secret`: 16 random bytes. */
  constructor(keys: number, bytesMax: number, secret: Uint8Array) {
    const wanted = Math.ceil(keys / 0.7) + 16;
    this.#slots = Math.max(2, Math.min(wanted, Math.floor(bytesMax / OFFSET_MAP_SLOT_BYTES)));
    this.#keysMax = Math.max(1, Math.min(this.#slots - 1, Math.floor(this.#slots * LOAD_MAX)));
    this.#hash = new KeyHash(secret);
    this.#hashes = new Int32Array(this.#slots * HASH_PARTS);
    this.#offsets = new Float64Array(this.#slots).fill(EMPTY);
  }

  get size(): number {
    return this.#keys;
  }

  /** Notes that the key `bytes[start, end)` stands at an offset; offsets come in order. False, and nothing changed, when the map is full. */
  put(bytes: Uint8Array, start: number, end: number, offset: Offset): boolean {
    const slot = this.#find(bytes, start, end);
    if (this.#offsets[slot] === EMPTY) {
      if (this.#keys >= this.#keysMax) return false;
      this.#keys++;
      this.#hashes.set(this.#hash.out, slot * HASH_PARTS);
    }
    this.#offsets[slot] = offset;
    return true;
  }

  /** The last offset of the key, -1 when it was not seen. */
  get(bytes: Uint8Array, start: number, end: number): Offset {
    return this.#offsets[this.#find(bytes, start, end)] as number;
  }

  /**
   * The offsets that are the last of their key, as one bit each from `from` on, up to and without `end`. For records of that
   * range it answers what {@link get} would, without their keys.
   */
  lastOffsets(from: Offset, end: Offset): OffsetBits {
    const bits = new OffsetBits(from, end);
    for (const offset of this.#offsets) if (offset >= from && offset < end) bits.add(offset);
    return bits;
  }

  /** The slot that has the key, or the empty one where it belongs. One slot is always empty, so the walk ends. */
  #find(bytes: Uint8Array, start: number, end: number): number {
    this.#hash.update(bytes, start, end);
    const { out } = this.#hash;
    const h0 = out[0] as number;
    const h1 = out[1] as number;
    const h2 = out[2] as number;
    const h3 = out[3] as number;
    const hashes = this.#hashes;
    let slot = (h0 >>> 0) % this.#slots;
    while (this.#offsets[slot] !== EMPTY) {
      const at = slot * HASH_PARTS;
      if (hashes[at] === h0 && hashes[at + 1] === h1 && hashes[at + 2] === h2 && hashes[at + 3] === h3) return slot;
      if (++slot === this.#slots) slot = 0;
    }
    return slot;
  }
}
