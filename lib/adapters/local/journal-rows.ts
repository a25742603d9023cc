import type { DatabaseSync } from 'node:sqlite';
import type { Handlers, JournalRows } from './database-commands.ts';

/** What is kept of the journal: how its frames are known, and which of them are in rows. */
export interface JournalNote {
  readonly key: Uint8Array;
  readonly sequence: number;
  readonly volume: number;
}

/** Puts what frames hold into rows, segments as `inline` does. A row that is newer is left as it is. */
export function journalRows(db: DatabaseSync, inline: Pick<Handlers<'inline'>, 'inline.put'>): Handlers<'journal'> {
  const write = db.prepare('UPDATE lease SET version = ?, record = ? WHERE key = ? AND version < ?');
  const note = db.prepare('UPDATE journal SET sequence = ?, volume = ? WHERE sequence <= ?');
  return {
    'journal.read': () => journalNoteOf(db),
    'journal.apply': ({ sequence, volume, segments, leases }: JournalRows) => {
      for (const segment of segments) inline['inline.put'](segment);
      for (const { key, version, record } of leases) write.run(version, record, key, version);
      note.run(sequence, volume, sequence);
      return null;
    },
  };
}

export function journalNoteOf(db: DatabaseSync): JournalNote {
  const row = db.prepare('SELECT key, sequence, volume FROM journal').get();
  return { key: row?.key as Uint8Array, sequence: Number(row?.sequence), volume: Number(row?.volume) };
}
