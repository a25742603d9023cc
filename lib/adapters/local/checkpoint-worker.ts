/**
 * The thread that moves the write-ahead log into the database while commits go on.
 *
 * Done by the committing thread alone, moving 8,000 pages holds up every commit behind it for some 15 ms, several times
 * a second under load. Here it runs beside them; what is left for the committing thread is the short end of the log.
 */
import { fsyncSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import type { CommandFailure } from './database-commands.ts';
import { databaseFailure } from './storage-error.ts';

export type CheckpointRequest = 'move' | 'close';

/** What became of a request; a failure that is not fatal leaves the pages where they are. */
export interface CheckpointReport {
  readonly failure?: CommandFailure;
}

/** Rounds after which the end of the log is left to the next time: each is shorter than the one before. */
const ROUNDS_MAX = 4;
/** Pages not worth another round. */
const REST_PAGES = 128;
/** How long a round waits for a lock that the committing thread holds for a moment. */
const LOCK_WAIT_MS = 1_000;

const port = parentPort;
if (port !== null) {
  const { path } = workerData as { path: string };
  const db = new DatabaseSync(path, { timeout: LOCK_WAIT_MS });
  // Not closed here: closing any handle of a file takes the process's locks off it.
  const file = openSync(path, 'r+');
  port.on('message', (message: CheckpointRequest) => {
    if (message === 'close') {
      db.close();
      port.close();
      return;
    }
    try {
      for (let rounds = 0; rounds < ROUNDS_MAX && moveOnce(db) > REST_PAGES; rounds++);
      // SQLite syncs the database in the round that reaches the end of the log, which under load is the committing
      // thread's: what this thread moved is put on disk here, so that there is little left for that sync.
      fsyncSync(file);
      port.postMessage({} satisfies CheckpointReport);
    } catch (error) {
      port.postMessage({ failure: databaseFailure(error, path) } satisfies CheckpointReport);
    }
  });
}

/** Moves what is in the log now, and answers how many pages came meanwhile. PASSIVE waits for nobody and stops nobody. */
function moveOnce(db: DatabaseSync): number {
  const row = db.prepare('PRAGMA wal_checkpoint(PASSIVE)').get();
  return Number(row?.log ?? 0) - Number(row?.checkpointed ?? 0);
}
