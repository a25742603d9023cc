import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { link, mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StratalogError } from '../../core/errors.ts';
import type { ObjectInfo, ObjectStore, Upload } from '../../ports/object-store.ts';
import { writeAll, writesOf } from './file-writes.ts';
import { listObjects, objectInfo } from './object-listing.ts';
import { ObjectUploads } from './object-uploads.ts';
import { OpenFiles } from './open-files.ts';
import { isRecoverable, storageError } from './storage-error.ts';

/** Where objects are written before they get their name. A key never begins with a dot. */
const UNFINISHED = '.unfinished';
const KEY = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;
/** Bytes of a large object between two syncs: some 3 ms of an ordinary disk, which a producer's commit may have to wait for. */
const SYNC_EVERY_BYTES = 1024 * 1024;
const FILES_OPEN_MAX = 256;
/** Syncs under way at once in a zone: more of them take the threads that reads need, and the disk gains nothing. */
const SYNCS_MAX = 2;

/** The objects of one zone as files of a folder. */
export class LocalObjectStore implements ObjectStore {
  readonly #root: string;
  readonly #onFatal: (error: StratalogError) => void;
  readonly #readOnly: boolean;
  readonly #files = new OpenFiles(FILES_OPEN_MAX);
  /** Folders known to be on disk with all their parents. */
  readonly #folders = new Set<string>();
  readonly #waitingSyncs: (() => void)[] = [];
  readonly #unfinished = new Set<Promise<void>>();
  readonly #uploads = new ObjectUploads({
    unfinishedPath: () => this.#unfinishedPath(),
    nameFile: (unfinished, key, onto) => this.#nameFile(unfinished, key, onto),
    exists: async (key) => (await objectInfo(this.#root, key)) !== undefined,
    sync: (file, path) => this.#sync(path, () => file.datasync()),
    syncEveryBytes: SYNC_EVERY_BYTES,
  });
  #syncs = 0;
  #puts = 0;

  /** Makes the folder if it is missing and removes what a process that died was writing. */
  constructor(root: string, options: { readonly readOnly?: boolean; readonly onFatal: (error: StratalogError) => void }) {
    this.#root = root;
    this.#onFatal = options.onFatal;
    this.#readOnly = options.readOnly ?? false;
    if (this.#readOnly) return;
    const unfinished = join(root, UNFINISHED);
    mkdirSync(unfinished, { recursive: true });
    for (const name of readdirSync(unfinished)) rmSync(join(unfinished, name), { recursive: true, force: true });
  }

  async put(key: string, chunks: readonly Uint8Array[]): Promise<'created' | 'exists'> {
    const path = this.#writablePathOf(key);
    try {
      return await this.#putOnce(path, chunks);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw storageError(error, path);
    }
    // Somebody took folders away while this process ran, perhaps all of the zone's: they are made anew, and it fills again.
    this.#folders.clear();
    try {
      await mkdir(join(this.#root, UNFINISHED), { recursive: true });
      return await this.#putOnce(path, chunks);
    } catch (error) {
      throw storageError(error, path);
    }
  }

  async #putOnce(path: string, chunks: readonly Uint8Array[]): Promise<'created' | 'exists'> {
    const unfinished = this.#unfinishedPath();
    try {
      await this.#prepareFolder(dirname(path));
      return await this.#write(unfinished, path, chunks);
    } finally {
      this.#finishLater(unlink(unfinished));
    }
  }

  async replace(key: string, chunks: readonly Uint8Array[]): Promise<void> {
    const path = this.#writablePathOf(key);
    const unfinished = this.#unfinishedPath();
    try {
      await this.#prepareFolder(dirname(path));
      const file = await open(unfinished, 'wx');
      try {
        for (const some of writesOf(chunks, SYNC_EVERY_BYTES)) await writeAll(file, some);
        // Before it takes the name: the other file may be the only one that is on disk.
        await this.#sync(path, () => file.datasync());
      } finally {
        await file.close();
      }
      await this.#rename(unfinished, path);
    } catch (error) {
      this.#finishLater(unlink(unfinished));
      throw storageError(error, path);
    }
  }

  async beginUpload(key: string): Promise<Upload> {
    const path = this.#writablePathOf(key);
    return this.#uploads.begin(key).catch((error) => {
      throw storageError(error, path);
    });
  }

  async uploadPart(upload: Upload, number: number, chunks: readonly Uint8Array[]): Promise<string> {
    return this.#uploads.part(upload, number, chunks).catch((error) => {
      throw storageError(error, this.#pathOf(upload.key));
    });
  }

  async finishUpload(upload: Upload, _parts: readonly string[], onto: 'free key' | 'any key'): Promise<'created' | 'exists'> {
    return this.#uploads.finish(upload, onto).catch((error) => {
      throw storageError(error, this.#pathOf(upload.key));
    });
  }

  async abandonUpload(upload: Upload): Promise<void> {
    await this.#uploads.abandon(upload).catch((error) => {
      throw storageError(error, this.#pathOf(upload.key));
    });
  }

  async get(key: string, position: number, length: number, allocate?: (bytes: number) => Buffer): Promise<Buffer | undefined> {
    const path = this.#pathOf(key);
    return this.#files.read(path, position, length, allocate).catch((error) => {
      throw storageError(error, path);
    });
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    const path = this.#pathOf(key);
    return objectInfo(this.#root, key).catch((error) => {
      throw storageError(error, path);
    });
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      const path = this.#pathOf(key);
      await this.#files.drop(path);
      await unlink(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw storageError(error, path);
      });
    }
  }

  list(prefix: string, after: string | undefined, limit: number): Promise<readonly ObjectInfo[]> {
    return listObjects(this.#root, { prefix, after, limit }).catch((error) => {
      throw storageError(error, this.#root);
    });
  }

  /** Closes the files that are kept open for readers. */
  async close(): Promise<void> {
    await this.#uploads.close();
    await Promise.all(this.#unfinished);
    await this.#files.close();
  }

  #pathOf(key: string): string {
    if (KEY.test(key)) return join(this.#root, key);
    throw new StratalogError('INVALID_REQUEST', `object key '${key.slice(0, 80)}' is not a path of letters, digits, '.', '_' and '-'`, {
      field: 'key',
    });
  }

  #writablePathOf(key: string): string {
    const path = this.#pathOf(key);
    if (this.#readOnly) throw storageError(Object.assign(new Error('the folder is read-only'), { code: 'EROFS' }), path);
    return path;
  }

  #unfinishedPath(): string {
    return join(this.#root, UNFINISHED, String(++this.#puts));
  }

  /** Gives a file that is on disk its name. The folder is made anew if somebody took it away meanwhile. */
  async #nameFile(unfinished: string, key: string, onto: 'free key' | 'any key'): Promise<'created' | 'exists'> {
    const path = this.#pathOf(key);
    this.#folders.clear();
    await this.#prepareFolder(dirname(path));
    if (onto === 'free key') {
      if (!(await linkFree(unfinished, path))) return this.#settle(path);
      await this.#syncFolder(dirname(path));
    } else await this.#rename(unfinished, path);
    return 'created';
  }

  async #rename(unfinished: string, path: string): Promise<void> {
    await rename(unfinished, path);
    // A reader that has the other file open reads on in it; who comes later opens this one.
    await this.#files.drop(path);
    await this.#syncFolder(dirname(path));
  }

  /**
   * All bytes are written before the file gets its name, so that no reader and no killed process leaves half an object.
   * The syncs come after the name: a journalling file system then writes bytes and name in one go, and the folder's
   * sync finds nothing left to do. A power failure in between may leave a torn file, which no offset names.
   */
  async #write(unfinished: string, path: string, chunks: readonly Uint8Array[]): Promise<'created' | 'exists'> {
    const file = await open(unfinished, 'wx');
    try {
      let unsynced = 0;
      for (const some of writesOf(chunks, SYNC_EVERY_BYTES)) {
        // A large object goes to disk piece by piece: nobody else's sync has to wait behind all of it.
        if (unsynced >= SYNC_EVERY_BYTES) {
          await this.#sync(path, () => file.datasync());
          unsynced = 0;
        }
        await writeAll(file, some);
        for (const { byteLength } of some) unsynced += byteLength;
      }
      if (!(await linkFree(unfinished, path))) return await this.#settle(path);
      await this.#sync(path, () => file.datasync());
    } catch (error) {
      await this.#takeBack(unfinished, path);
      throw error;
    } finally {
      this.#finishLater(file.close());
    }
    await this.#syncFolder(dirname(path));
    return 'created';
  }

  /** The name was taken: whoever took it may not have come to its syncs yet. */
  async #settle(path: string): Promise<'exists'> {
    const file = await open(path, 'r');
    try {
      await this.#sync(path, () => file.datasync());
    } finally {
      await file.close();
    }
    await this.#syncFolder(dirname(path));
    return 'exists';
  }

  /** Removes the name of a file whose bytes found no room, if it is this file's. */
  async #takeBack(unfinished: string, path: string): Promise<void> {
    const [ours, named] = await Promise.all([stat(unfinished), stat(path)]).catch(() => []);
    if (ours !== undefined && named !== undefined && ours.ino === named.ino) await unlink(path).catch(() => {});
  }

  /** What nobody waits for but `close`: where it fails, the next start makes up for it. */
  #finishLater(work: Promise<void>): void {
    const done = work.catch(() => {}).finally(() => this.#unfinished.delete(done));
    this.#unfinished.add(done);
  }

  /** Makes a folder and puts its name, and those of its new parents, on disk. */
  async #prepareFolder(folder: string): Promise<void> {
    if (this.#folders.has(folder)) return;
    if (folder !== this.#root) await this.#prepareFolder(dirname(folder));
    await mkdir(folder, { recursive: true });
    await this.#syncFolder(dirname(folder));
    this.#folders.add(folder);
  }

  async #syncFolder(path: string): Promise<void> {
    const folder = await open(path, 'r');
    try {
      await this.#sync(path, () => folder.sync());
    } finally {
      await folder.close();
    }
  }

  /** A sync that fails for any reason but a full disk stops the process: nobody knows what is on disk after it. */
  async #sync(path: string, sync: () => Promise<void>): Promise<void> {
    if (this.#syncs >= SYNCS_MAX) await new Promise<void>((resolve) => this.#waitingSyncs.push(resolve));
    else this.#syncs++;
    try {
      await sync();
    } catch (error) {
      if (!isRecoverable(error)) this.#onFatal(storageError(error, path));
      throw error;
    } finally {
      const next = this.#waitingSyncs.shift();
      if (next === undefined) this.#syncs--;
      else next();
    }
  }
}

async function linkFree(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
