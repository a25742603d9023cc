/** A zone that can be away or hold a bad copy. */
import { StratalogError } from '../../lib/core/errors.ts';
import type { ObjectStore } from '../../lib/ports/object-store.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { SimProcess } from './sim-process.ts';

export class ZoneFaults {
  readonly name: string;
  away = false;
  /** By key, which of its bytes, as a share of its size, and which bits of it. */
  readonly #corrupt = new Map<string, { readonly share: number; readonly bits: number }>();

  readonly #torn = new Set<string>();

  constructor(name: string) {
    this.name = name;
  }

  /** Bits of one byte of the object's copy in this zone, at this share of its size, are wrong until somebody mends or deletes it. */
  corrupt(key: string, share: number, bits: number): void {
    this.#corrupt.set(key, { share, bits });
  }

  /** Whether this zone's copy of the object is wrong. */
  harms(key: string): boolean {
    return this.#corrupt.has(key) || this.#torn.has(key);
  }

  /** The copy of this zone is the beginning of the object alone. */
  tear(key: string): void {
    this.#torn.add(key);
  }

  #mended(key: string): void {
    this.#corrupt.delete(key);
    this.#torn.delete(key);
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
        this.#mended(key);
        return inner.replace(key, chunks);
      },
      beginUpload: async (key) => {
        reach();
        return inner.beginUpload(key);
      },
      uploadPart: async (upload, number, chunks) => {
        reach();
        return inner.uploadPart(upload, number, chunks);
      },
      finishUpload: async (upload, parts, onto) => {
        reach();
        const outcome = await inner.finishUpload(upload, parts, onto);
        if (onto === 'any key' && outcome === 'created') this.#mended(upload.key);
        return outcome;
      },
      abandonUpload: async (upload) => {
        reach();
        return inner.abandonUpload(upload);
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
        for (const key of keys) this.#mended(key);
        return inner.delete(keys);
      },
      list: async (prefix, after, limit) => {
        reach();
        return inner.list(prefix, after, limit);
      },
    };
  }
}

/** How often the object that a process was putting as it died is there in part. */
const TORN = 0.3;

/** What a zone of files does that no bucket does: the put of a process that died may leave the beginning of an object. */
export function tearing(faults: ZoneFaults, inner: ObjectStore, process: SimProcess, random: SeededRandom): ObjectStore {
  return {
    put: async (key, chunks) => {
      const bytes = Buffer.concat(chunks);
      const isTorn = process.state === 'dead' && bytes.length > 0 && random.chance(TORN);
      const outcome = await inner.put(key, isTorn ? [bytes.subarray(0, random.between(0, bytes.length - 1))] : chunks);
      if (isTorn && outcome === 'created') faults.tear(key);
      return outcome;
    },
    replace: (key, chunks) => inner.replace(key, chunks),
    // An object in parts gets its name when all of it is on disk.
    beginUpload: (key) => inner.beginUpload(key),
    uploadPart: (upload, number, chunks) => inner.uploadPart(upload, number, chunks),
    finishUpload: (upload, parts, onto) => inner.finishUpload(upload, parts, onto),
    abandonUpload: (upload) => inner.abandonUpload(upload),
    get: (key, position, length) => inner.get(key, position, length),
    head: (key) => inner.head(key),
    delete: (keys) => inner.delete(keys),
    list: (prefix, after, limit) => inner.list(prefix, after, limit),
  };
}

/** A copy with bits of the byte at a place changed, if that is within. */
function flipped(bytes: Buffer, at: number, bits: number): Buffer {
  if (at < 0 || at >= bytes.length) return bytes;
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ bits;
  return copy;
}
