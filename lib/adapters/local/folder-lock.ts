import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StratalogError } from '../../core/errors.ts';

const SQLITE_BUSY = 5;

/**
 * The lock on a data folder: an empty SQLite database in an exclusive transaction for as long as the process lives.
 * The operating system holds it, so that a process that was killed leaves none behind. The owner's process id is
 * written beside it for the message that a second process gets.
 */
export class FolderLock {
  readonly #db: DatabaseSync;

  private constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /**
   * Takes the lock of a folder; of a read-only one it only looks that nobody else writes it. Throws FOLDER_IN_USE with
   * the owner's process id, and SQLite's error when the folder cannot be written.
   */
  static take(folder: string, options: { readonly readOnly: boolean; readonly pid: number }): FolderLock {
    const pidFile = join(folder, 'lock.pid');
    const db = new DatabaseSync(join(folder, 'lock.db'), { readOnly: options.readOnly, timeout: 0 });
    try {
      // A journal in memory: the lock leaves no other file, and nothing is ever written to this one.
      if (!options.readOnly) db.exec('PRAGMA journal_mode = MEMORY');
      db.exec(options.readOnly ? 'BEGIN; SELECT count(*) FROM sqlite_schema' : 'BEGIN EXCLUSIVE');
      if (!options.readOnly) writeFileSync(pidFile, `${options.pid}\n`);
      return new FolderLock(db);
    } catch (error) {
      db.close();
      if ((Number((error as { errcode?: number }).errcode) & 0xff) === SQLITE_BUSY) throw inUse(folder, ownerOf(pidFile));
      throw error;
    }
  }

  release(): void {
    this.#db.close();
  }
}

function ownerOf(pidFile: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
    return Number.isInteger(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}

function inUse(folder: string, pid: number | undefined): StratalogError {
  const owner = pid === undefined ? 'another process' : `process ${pid}`;
  return new StratalogError('FOLDER_IN_USE', `the data folder ${folder} is in use by ${owner}; stop it or choose another folder`, {
    folder,
    ...(pid === undefined ? {} : { pid }),
  });
}
