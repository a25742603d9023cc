import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { noSuchUpload, type Upload } from '../../ports/object-store.ts';
import { writeAll, writesOf } from './file-writes.ts';

/** What an upload needs of the store whose files it makes. */
export interface UploadPlace {
  /** A path for what is being written. */
  unfinishedPath(): string;
  /** Gives a finished file, all on disk, its name; `exists` when it is taken and stays what it was. */
  nameFile(unfinished: string, key: string, onto: 'free key' | 'any key'): Promise<'created' | 'exists'>;
  exists(key: string): Promise<boolean>;
  sync(file: FileHandle, unfinished: string): Promise<void>;
  /** Bytes between two syncs. */
  readonly syncEveryBytes: number;
}

interface OpenUpload {
  readonly file: FileHandle;
  readonly unfinished: string;
  /** Where each part begins and, last, where the next one does. */
  readonly positions: number[];
  unsynced: number;
}

/** Objects that are being written part by part, each a file that gets its name when all parts are on disk. */
export class ObjectUploads {
  readonly #place: UploadPlace;
  readonly #open = new Map<string, OpenUpload>();
  #begun = 0;

  constructor(place: UploadPlace) {
    this.#place = place;
  }

  async begin(key: string): Promise<Upload> {
    const unfinished = this.#place.unfinishedPath();
    await mkdir(dirname(unfinished), { recursive: true });
    const file = await open(unfinished, 'wx');
    const id = String(++this.#begun);
    this.#open.set(id, { file, unfinished, positions: [0], unsynced: 0 });
    return { key, id };
  }

  async part(upload: Upload, number: number, chunks: readonly Uint8Array[]): Promise<string> {
    const opened = this.#open.get(upload.id);
    const from = opened?.positions[number - 1];
    if (opened === undefined || from === undefined) throw noSuchUpload(upload);
    let at = from;
    for (const some of writesOf(chunks, this.#place.syncEveryBytes)) {
      // Piece by piece to the disk: nobody else's sync has to wait behind all of it.
      if (opened.unsynced >= this.#place.syncEveryBytes) await this.#sync(opened);
      await writeAll(opened.file, some, at);
      for (const { byteLength } of some) {
        at += byteLength;
        opened.unsynced += byteLength;
      }
    }
    opened.positions[number] = at;
    return String(number);
  }

  async finish(upload: Upload, onto: 'free key' | 'any key'): Promise<'created' | 'exists'> {
    const opened = this.#open.get(upload.id);
    if (opened === undefined) {
      if (await this.#place.exists(upload.key)) return 'exists';
      throw noSuchUpload(upload);
    }
    // Before it has a name: whoever finds it finds all of it, whatever becomes of the machine.
    await this.#sync(opened);
    const outcome = await this.#place.nameFile(opened.unfinished, upload.key, onto);
    await this.abandon(upload);
    return outcome;
  }

  async abandon({ id }: Upload): Promise<void> {
    const opened = this.#open.get(id);
    if (opened === undefined) return;
    this.#open.delete(id);
    await opened.file.close();
    await unlink(opened.unfinished).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }

  async close(): Promise<void> {
    for (const id of [...this.#open.keys()]) await this.abandon({ key: '', id });
  }

  async #sync(opened: OpenUpload): Promise<void> {
    opened.unsynced = 0;
    await this.#place.sync(opened.file, opened.unfinished);
  }
}
