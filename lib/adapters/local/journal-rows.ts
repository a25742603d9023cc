import type { DatabaseSync } from 'node:sqlite';
import type { Handlers, JournalRows } from './database-commands.ts';

/** What is kept of the journal: how its frames are known, and which of them are in rows. */
export interface JournalNote {
  readonly key: Uint8Array;
  readonly sequence: number;
  readonly volume: number;
}

/** Puts what frames hold into rows. A row that is newer is left as it is. */
export function journalRows(db: DatabaseSync): Handlers<'journal'> {
  const place = db.prepare(
    'INSERT INTO volume_segment (lease, put_at, size, volume, position) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const write = db.prepare('UPDATE lease SET version = ?, record = ? WHERE key = ? AND version < ?');
  const note = db.prepare('UPDATE journal SET sequence = ?, volume = ? WHERE sequence <= ?');
  return {
    'journal.read': () => journalNoteOf(db),
    'journal.apply': ({ sequence, volume, segments, leases }: JournalRows) => {
      for (const { lease, putAtMs, content } of segments) {
        if (!(content instanceof Uint8Array)) place.run(lease, putAtMs, content.size, content.volume, content.position);
      }
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
