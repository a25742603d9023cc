/**
 * The thread that owns the database. All commands that wait at its port when it comes round are one group: while one
 * group's sync takes its quarter of a millisecond, the next one gathers.
 */
import { dirname, join } from 'node:path';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { Database, VOLUMES } from './database.ts';
import type { CommandAnswer, CommandMessage } from './database-commands.ts';
import { openDatabase, openDatabaseReadOnly } from './database-schema.ts';
import { replayJournal } from './journal-replay.ts';
import { databaseFailure } from './storage-error.ts';

/** What the thread is started with. */
export interface DatabaseThreadData {
  /** Path of the database; named in messages. */
  readonly path: string;
  /** Set when nothing may be written: where to read from, a path or a file URL. */
  readonly readFrom?: string;
}

/**
 * What the thread sends: that it is open or could not be opened, a group's answers, of how many messages it was and whether others may
 * write now, that it has closed.
 */
export type ThreadMessage =
  | { readonly kind: 'open' }
  | { readonly kind: 'failed'; readonly message: string; readonly code: string }
  | { readonly kind: 'answers'; readonly messages: number; readonly answers: readonly CommandAnswer[]; readonly settled: boolean }
  | { readonly kind: 'closed' };

/** Messages of one turn of the main thread come as one array; `close` ends the thread. */
export type ThreadRequest = readonly CommandMessage[] | 'close';

const port = parentPort;
if (port !== null) serve(port, workerData as DatabaseThreadData);

function serve(from: NonNullable<typeof parentPort>, data: DatabaseThreadData): void {
  const send = (message: ThreadMessage) => from.postMessage(message);
  let database: Database;
  try {
    const readOnly = data.readFrom !== undefined;
    const db = readOnly ? openDatabaseReadOnly(locationOf(data.readFrom)) : openDatabase(data.path);
    if (!readOnly) replayJournal(db, join(dirname(data.path), VOLUMES), { isOwner: true });
    database = new Database(db, data.path, { readOnly });
  } catch (error) {
    const failure = databaseFailure(error, data.path);
    send({ kind: 'failed', message: failure.message, code: failure.code });
    return;
  }
  from.on('message', (first: ThreadRequest) => {
    const group: CommandMessage[] = [];
    let messages = 0;
    let request: ThreadRequest | undefined = first;
    while (request !== undefined && request !== 'close') {
      group.push(...request);
      messages++;
      request = receiveMessageOnPort(from)?.message as ThreadRequest | undefined;
    }
    if (group.length > 0) {
      const answers = database.run(group);
      from.postMessage(
        { kind: 'answers', messages, answers, settled: database.settled } satisfies ThreadMessage,
        segmentsOf(group, answers),
      );
    }
    if (request === 'close') {
      database.close();
      send({ kind: 'closed' });
      from.close();
    }
  });
  send({ kind: 'open' });
}

/** The memory of segments that were read: it changes hands, where all else is copied. */
function segmentsOf(group: readonly CommandMessage[], answers: readonly CommandAnswer[]): ArrayBuffer[] {
  if (!group.some(({ name }) => name === 'inline.get')) return [];
  const reads = new Set(group.filter(({ name }) => name === 'inline.get').map(({ id }) => id));
  return answers.flatMap((answer) => {
    const bytes = reads.has(answer.id) && 'value' in answer ? answer.value : null;
    return bytes instanceof Uint8Array && bytes.buffer instanceof ArrayBuffer ? [bytes.buffer] : [];
  });
}

function locationOf(text: string): string | URL {
  return text.startsWith('file:') ? new URL(text) : text;
}
