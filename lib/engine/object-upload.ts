import type { ObjectStore, Upload } from '../ports/object-store.ts';

/** One object on its way to one store, part by part: a part travels while the next one is made. */
export class ObjectUpload {
  readonly #store: ObjectStore;
  readonly #key: string;
  readonly #parts: string[] = [];
  #upload: Upload | undefined;
  #sending: Promise<void> = Promise.resolve();

  constructor(store: ObjectStore, key: string) {
    this.#store = store;
    this.#key = key;
  }

  /** Sends the next part once the one before has arrived; its error shows at the next call. The chunks stay as they are until then. */
  async add(chunks: readonly Uint8Array[]): Promise<void> {
    await this.#sending;
    this.#upload ??= await this.#store.beginUpload(this.#key);
    this.#sending = this.#send(this.#upload, chunks);
    this.#sending.catch(() => undefined);
  }

  /** Makes the object of all parts, at least one. */
  async finish(onto: 'free key' | 'any key'): Promise<'created' | 'exists'> {
    await this.#sending;
    return this.#store.finishUpload(this.#upload as Upload, this.#parts, onto);
  }

  /** Frees what was sent. Where that fails the store takes it away by itself. */
  async abandon(): Promise<void> {
    await this.#sending.catch(() => undefined);
    if (this.#upload !== undefined) await this.#store.abandonUpload(this.#upload).catch(() => undefined);
  }

  async #send(upload: Upload, chunks: readonly Uint8Array[]): Promise<void> {
    this.#parts.push(await this.#store.uploadPart(upload, this.#parts.length + 1, chunks));
  }
}
