import type { Clock } from '../../ports/clock.ts';
import { noSuchUpload, type ObjectInfo, type ObjectStore, type Upload } from '../../ports/object-store.ts';

/** One zone's objects in a map. Bytes are copied in and out, as a real store would. */
export class MemoryObjectStore implements ObjectStore {
  readonly #objects = new Map<string, { readonly bytes: Buffer; readonly putAtMs: number }>();
  readonly #uploads = new Map<string, Buffer[]>();
  readonly #clock: Pick<Clock, 'now'>;

  #begun = 0;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  async put(key: string, chunks: readonly Uint8Array[]): Promise<'created' | 'exists'> {
    if (this.#objects.has(key)) return 'exists';
    this.#objects.set(key, { bytes: Buffer.concat(chunks), putAtMs: this.#clock.now() });
    return 'created';
  }

  async replace(key: string, chunks: readonly Uint8Array[]): Promise<void> {
    this.#objects.set(key, { bytes: Buffer.concat(chunks), putAtMs: this.#clock.now() });
  }

  async beginUpload(key: string): Promise<Upload> {
    const id = String(++this.#begun);
    this.#uploads.set(id, []);
    return { key, id };
  }

  async uploadPart(upload: Upload, number: number, chunks: readonly Uint8Array[]): Promise<string> {
    const parts = this.#uploads.get(upload.id);
    if (parts === undefined) throw noSuchUpload(upload);
    parts[number - 1] = Buffer.concat(chunks);
    return String(number);
  }

  async finishUpload(upload: Upload, parts: readonly string[], onto: 'free key' | 'any key'): Promise<'created' | 'exists'> {
    const stored = this.#uploads.get(upload.id);
    if (stored === undefined && this.#objects.has(upload.key)) return 'exists';
    if (stored === undefined) throw noSuchUpload(upload);
    this.#uploads.delete(upload.id);
    const named = parts.map((number) => stored[Number(number) - 1] as Buffer);
    if (onto === 'free key') return this.put(upload.key, named);
    await this.replace(upload.key, named);
    return 'created';
  }

  async abandonUpload({ id }: Upload): Promise<void> {
    this.#uploads.delete(id);
  }

  async get(key: string, position: number, length: number): Promise<Buffer | undefined> {
    const object = this.#objects.get(key);
    return object === undefined ? undefined : Buffer.from(object.bytes.subarray(position, position + length));
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    const object = this.#objects.get(key);
    return object === undefined ? undefined : { key, size: object.bytes.length, putAtMs: object.putAtMs };
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.#objects.delete(key);
  }

  async list(prefix: string, after: string | undefined, limit: number): Promise<readonly ObjectInfo[]> {
    const keys = [...this.#objects.keys()].filter((key) => key.startsWith(prefix) && (after === undefined || key > after));
    return keys
      .sort()
      .slice(0, limit)
      .map((key) => {
        const object = this.#objects.get(key);
        return { key, size: object?.bytes.length ?? 0, putAtMs: object?.putAtMs ?? 0 };
      });
  }
}
