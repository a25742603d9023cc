/** A zone that can be away or hold a bad copy. */
import { StratalogError } from '../../lib/core/errors.ts';
import type { ObjectStore } from '../../lib/ports/object-store.ts';

export class ZoneFaults {
  readonly name: string;
  away = false;
  /** By key, which of its bytes, as a share of its size, and which bits of it. */
  readonly #corrupt = new Map<string, { readonly share: number; readonly bits: number }>();

  constructor(name: string) {
    this.name = name;
  }

  /** Bits of one byte of the object's copy in this zone, at this share of its size, are wrong until somebody mends or deletes it. */
  corrupt(key: string, share: number, bits: number): void {
    this.#corrupt.set(key, { share, bits });
  }

  /** Whether this zone's copy of the object is wrong. */
  harms(key: string): boolean {
    return this.#corrupt.has(key);
  }

  wrap(inner: ObjectStore): ObjectStore {
    const reach = (): void => {
      if (this.away) throw new StratalogError('STORAGE_ERROR', `zone ${this.name} does not answer`);
    };
    return {
      put: async (key, chunks) => {
        reach();
        return inner.put(key, chunks);
      },
      replace: async (key, chunks) => {
        reach();
        this.#corrupt.delete(key);
        return inner.replace(key, chunks);
      },
      get: async (key, position, length) => {
        reach();
        const bytes = await inner.get(key, position, length);
        const harm = this.#corrupt.get(key);
        if (bytes === undefined || harm === undefined) return bytes;
        const size = (await inner.head(key))?.size ?? 0;
        return flipped(bytes, Math.floor(harm.share * size) - position, harm.bits);
      },
      head: async (key) => {
        reach();
        return inner.head(key);
      },
      delete: async (keys) => {
        reach();
        for (const key of keys) {
          this.#corrupt.delete(key);
        }
        return inner.delete(keys);
      },
      list: async (prefix, after, limit) => {
        reach();
        return inner.list(prefix, after, limit);
      },
    };
  }
}

/** A copy with bits of the byte at a place changed, if that is within. */
function flipped(bytes: Buffer, at: number, bits: number): Buffer {
  if (at < 0 || at >= bytes.length) return bytes;
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ bits;
  return copy;
}
