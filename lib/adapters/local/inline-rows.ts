import type { DatabaseSync } from 'node:sqlite';
import type { Handlers, InlineSegment } from './database-commands.ts';

/** Segments as rows: small ones whole, of larger ones the place in a volume. */
export function inlineRows(db: DatabaseSync): Handlers<'inline'> {
  const put = db.prepare('INSERT INTO inline_segment (lease, put_at, size, bytes) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING');
  const place = db.prepare(
    'INSERT INTO volume_segment (lease, put_at, size, volume, position) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const get = db.prepare('SELECT bytes FROM inline_segment WHERE lease = ?');
  const find = db.prepare('SELECT volume, position, size FROM volume_segment WHERE lease = ?');
  const remove = db.prepare('DELETE FROM inline_segment WHERE lease = ?');
  const forget = db.prepare('DELETE FROM volume_segment WHERE lease = ? RETURNING volume');
  const used = db.prepare('SELECT 1 FROM volume_segment WHERE volume = ? LIMIT 1');
  const volumes = db.prepare('SELECT DISTINCT volume FROM volume_segment');
  const list = db.prepare(`
    SELECT lease, size, put_at FROM (
      SELECT * FROM (SELECT lease, size, put_at FROM inline_segment WHERE lease > :after ORDER BY lease LIMIT :limit)
      UNION ALL
      SELECT * FROM (SELECT lease, size, put_at FROM volume_segment WHERE lease > :after ORDER BY lease LIMIT :limit)
    ) ORDER BY lease LIMIT :limit`);

  const store = ({ lease, putAtMs, content }: InlineSegment) => {
    if (content instanceof Uint8Array) put.run(lease, putAtMs, content.byteLength, content);
    else place.run(lease, putAtMs, content.size, content.volume, content.position);
    return null;
  };

  return {
    'inline.stage': store,
    'inline.put': store,
    'inline.get': ({ lease }) => {
      const bytes = get.get(lease)?.bytes as Uint8Array | undefined;
      if (bytes !== undefined) return bytes;
      const row = find.get(lease);
      return row === undefined ? null : { volume: row.volume as number, position: row.position as number, size: row.size as number };
    },
    'inline.delete': ({ leases, settledBelow }) => {
      const touched = new Set<number>();
      for (const lease of leases) {
        if (Number(remove.run(lease).changes) > 0) continue;
        const volume = forget.get(lease)?.volume as number | undefined;
        if (volume !== undefined && volume < settledBelow) touched.add(volume);
      }
      return [...touched].filter((volume) => used.get(volume) === undefined);
    },
    'inline.volumes': () => volumes.all().map(({ volume }) => volume as number),
    'inline.list': ({ after, limit }) =>
      list.all({ after: after ?? '', limit }).map((row) => ({
        lease: row.lease as string,
        size: row.size as number,
        putAtMs: row.put_at as number,
      })),
  };
}
