import type { DatabaseSync } from 'node:sqlite';
import type { Handlers, InlineSegment } from './database-commands.ts';

/** Small segments as rows. */
export function inlineRows(db: DatabaseSync): Handlers<'inline'> {
  const put = db.prepare('INSERT INTO inline_segment (lease, put_at, size, bytes) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING');
  const get = db.prepare('SELECT bytes FROM inline_segment WHERE lease = ?');
  const remove = db.prepare('DELETE FROM inline_segment WHERE lease = ?');
  const list = db.prepare('SELECT lease, size FROM inline_segment WHERE lease > ? AND put_at < ? ORDER BY lease LIMIT ?');

  const store = ({ lease, putAtMs, bytes }: InlineSegment) => {
    put.run(lease, putAtMs, bytes.byteLength, bytes);
    return null;
  };

  return {
    'inline.stage': store,
    'inline.put': store,
    'inline.get': ({ lease }) => (get.get(lease)?.bytes as Uint8Array | undefined) ?? null,
    'inline.delete': ({ leases }) => {
      for (const lease of leases) remove.run(lease);
      return null;
    },
    'inline.list': ({ after, beforeMs, limit }) =>
      list.all(after ?? '', beforeMs, limit).map((row) => ({ lease: row.lease as string, size: row.size as number })),
  };
}
