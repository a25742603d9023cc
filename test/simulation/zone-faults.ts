/** A zone that can be away, lose what it has, or hold a bad copy. What is away comes back; what is lost does not. */
import { StratalogError } from '../../lib/core/errors.ts';
import type { ObjectStore } from '../../lib/ports/object-store.ts';

export class ZoneFaults {
  readonly name: string;
  away = false;
  readonly #missing = new Set<string>();
  readonly #corrupt = new Set<string>();

  constructor(name: string) {
    this.name = name;
  }

  /** The copy of one object is gone from this zone until somebody puts it again. */
  lose(key: string): void {
    this.#missing.add(key);
  }

  /** One byte of the object's copy in this zone is wrong until somebody deletes it. */
  corrupt(key: string): void {
    this.#corrupt.add(key);
  }

  /** Whether this zone's copy of the object is missing or wrong. */
  harms(key: string): boolean {
    return this.#missing.has(key) || this.#corrupt.has(key);
  }

  wrap(inner: ObjectStore): ObjectStore {
    const reach = (): void => {
      if (this.away) throw new StratalogError('STORAGE_ERROR', `zone ${this.name} does not answer`);
    };
    return {
      put: async (key, chunks) => {
        reach();
        if (this.#missing.delete(key)) await inner.delete([key]);
        return inner.put(key, chunks);
      },
      get: async (key, position, length) => {
        reach();
        if (this.#missing.has(key)) return undefined;
        const bytes = await inner.get(key, position, length);
        return bytes !== undefined && this.#corrupt.has(key) ? flipped(bytes) : bytes;
      },
      head: async (key) => {
        reach();
        return this.#missing.has(key) ? undefined : inner.head(key);
      },
      delete: async (keys) => {
        reach();
        for (const key of keys) {
          this.#missing.delete(key);
          this.#corrupt.delete(key);
        }
        return inner.delete(keys);
      },
      list: async (prefix, after, limit) => {
        reach();
        return (await inner.list(prefix, after, limit)).filter((object) => !this.#missing.has(object.key));
      },
    };
  }
}

/** A copy with its middle byte changed: inside a batch, where the checksum must see it. */
function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const middle = copy.length >> 1;
  if (copy.length > 0) copy[middle] = (copy[middle] ?? 0) ^ 0x40;
  return copy;
}
