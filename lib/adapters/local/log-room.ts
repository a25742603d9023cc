/**
 * Room in the write-ahead log, there before it is needed.
 *
 * A sync of bytes that make a file longer writes metadata of the file system too; a commit into a log that grows takes nearly
 * twice the time of one into a log whose bytes are there. After its first round the log is used again from its beginning; for
 * that first round zeros are written behind its end, little by little once the folder is open.
 *
 * SQLite knows what is in the log by itself: a frame counts only if its page number is above zero, its two salts are those
 * of the log's header and its checksum goes on from the frame before; a header without its magic number makes an empty log
 * (sqlite.org/fileformat2.html#walformat, walDecodeFrame in wal.c). Zeros are none of that, as little as what an earlier
 * round left there.
 */
import { closeSync, fdatasyncSync, fstatSync, openSync, statfsSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Handlers } from './database-commands.ts';

/**
 * Length that the log is brought to. At some hundred commits a second it is begun anew after 8 MiB, when all of it was moved beside
 * the commits; only many at once bring it to the 32 MiB where the committing thread moves the rest.
 */
export const LOG_BYTES = 16 * 1024 * 1024;
/** Zeros written and synced in one go, some 2 ms: that long whoever wants to commit then waits. */
const PIECE_BYTES = 256 * 1024;
/** The disk must have this much room, so that zeros take nothing from what is to be kept. */
const DISK_ROOM_BYTES = 256 * 1024 * 1024;
/** When the first piece is written, ms after the folder was opened: a start has other things to do. */
const BEGIN_AFTER_MS = 100;
/** Pause between two pieces, ms: most of the time is left to the commits. */
const PAUSE_MS = 10;
const ZEROS = Buffer.alloc(PIECE_BYTES);

/** The command that makes the log longer, as the thread carries it out that owns `db`. */
export function logRows(db: DatabaseSync, path: string): Handlers<'log'> {
  return {
    'log.extend': () => {
      try {
        return extendLog(db, `${path}-wal`);
      } catch {
        // Without room ahead the log grows as its frames come.
        return false;
      }
    },
  };
}

/** Has the log brought to its length beside everything else. Resolves when it is, or when that cannot be; never rejects. */
export async function makeLogReady(extend: () => Promise<boolean>): Promise<void> {
  try {
    await sleep(BEGIN_AFTER_MS, undefined, { ref: false });
    while (await extend()) await sleep(PAUSE_MS, undefined, { ref: false });
  } catch {
    // The folder has been closed.
  }
}

/**
 * Writes the next piece behind the end of the log; false when there is no more to do. Frames go anywhere up to that end and
 * behind it, but only one connection at a time may write them: this one holds that right meanwhile, and it writes none, since
 * its thread is here. The log itself is never locked (SQLite's locks are on the database and on `-shm`), so that closing a
 * file of it takes no lock off anything.
 */
function extendLog(db: DatabaseSync, log: string): boolean {
  const begins = !db.isTransaction;
  if (begins) db.exec('BEGIN IMMEDIATE');
  try {
    const { bavail, bsize } = statfsSync(dirname(log));
    if (bavail * bsize < DISK_ROOM_BYTES) return false;
    const file = openSync(log, 'r+');
    try {
      return extendFile(file);
    } finally {
      closeSync(file);
    }
  } finally {
    if (begins) db.exec('ROLLBACK');
  }
}

function extendFile(file: number): boolean {
  const { size } = fstatSync(file);
  const bytes = Math.min(PIECE_BYTES, LOG_BYTES - size);
  if (bytes <= 0) return false;
  const written = writeSync(file, ZEROS, 0, bytes, size);
  // Should it fail, the commit that comes next fails too: the error is told to every open file of the log.
  fdatasyncSync(file);
  return written === bytes;
}
