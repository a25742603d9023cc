import { closeSync, fdatasyncSync, openSync } from 'node:fs';
import { volumePath } from './volume-file.ts';

/** Volumes that get segments at one time: the one that is filled and the one before it. */
const FILES_OPEN_MAX = 3;
/** SQLite's own code for it (SQLITE_IOERR), so that both take one way to the caller: the process must stop. */
const IO_ERROR = 10;

/**
 * Puts segments on disk that were written into volumes, just before the commit that names them: on the thread that
 * commits, so that no message goes back and forth between the two syncs.
 */
export class VolumeSyncs {
  readonly #root: string;
  readonly #unsynced = new Set<number>();
  readonly #files = new Map<number, number>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Bytes were written to a volume and are to be synced. */
  note(volume: number): void {
    this.#unsynced.add(volume);
  }

  /** Syncs what was noted. A failure is fatal: a sync that failed once may report success the next time without having written. */
  sync(): void {
    for (const volume of this.#unsynced) {
      try {
        fdatasyncSync(this.#fileOf(volume));
      } catch (error) {
        throw Object.assign(error as Error, { errcode: IO_ERROR });
      }
      this.#unsynced.delete(volume);
    }
  }

  close(): void {
    for (const file of this.#files.values()) closeSync(file);
    this.#files.clear();
  }

  /** A file of its own: the one that the volume is written through may be closed by now. */
  #fileOf(volume: number): number {
    const open = this.#files.get(volume);
    if (open !== undefined) return open;
    const [oldest] = this.#files;
    if (oldest !== undefined && this.#files.size >= FILES_OPEN_MAX) {
      closeSync(oldest[1]);
      this.#files.delete(oldest[0]);
    }
    const file = openSync(volumePath(this.#root, volume), 'r');
    this.#files.set(volume, file);
    return file;
  }
}
