import { closeSync, openSync, readSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { ROW_SEGMENT_BYTES_MAX } from '../../core/limits.ts';
import type { Handlers, InlineSegment } from './database-commands.ts';
import { volumePath } from './volume-file.ts';

interface PlaceRow {
  readonly lease: string;
  readonly put_at: number;
  readonly size: number;
  readonly position: number;
}

/** Segments of a volume that are worth a row each, so that the volume can go: at most so many, and of so many bytes. */
const GATHERED_MAX = 2_048;
const GATHERED_BYTES_MAX = 4 * 1024 * 1024;
/** Rows made at a time: every commit of others waits for all of them. */
const GATHERED_TOGETHER = 64;

/** Segments as rows: small ones whole, of others the place in a volume. `root` is the folder of volumes. */
export function inlineRows(db: DatabaseSync, root: string): Handlers<'inline'> {
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
  const first = db.prepare('SELECT MIN(volume) AS volume FROM volume_segment WHERE volume >= ? AND volume < ?');
  const sums = db.prepare(`
    SELECT COUNT(*) AS count, SUM(size) AS bytes, MAX(size) AS largest, MAX(put_at) AS newest
    FROM (SELECT size, put_at FROM volume_segment WHERE volume = ? LIMIT ${GATHERED_MAX + 1})`);
  const some = db.prepare(`SELECT lease, put_at, size, position FROM volume_segment WHERE volume = ? LIMIT ${GATHERED_TOGETHER}`);
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
    'inline.gather': ({ from, below, beforeMs }) => {
      const volume = first.get(from, below)?.volume as number | null | undefined;
      if (volume === null || volume === undefined) return null;
      const { count, bytes, largest, newest } = sums.get(volume) as Record<'count' | 'bytes' | 'largest' | 'newest', number>;
      const isWorth = count <= GATHERED_MAX && bytes <= GATHERED_BYTES_MAX && largest <= ROW_SEGMENT_BYTES_MAX && newest < beforeMs;
      if (!isWorth) return { volume, isDone: true, isEmpty: false };
      const file = openSync(volumePath(root, volume), 'r');
      try {
        for (const { lease, put_at: putAt, size, position } of some.all(volume) as unknown as readonly PlaceRow[]) {
          const segment = Buffer.allocUnsafe(size);
          if (readSync(file, segment, 0, size, position) < size) throw new Error(`segment ${lease} ends before its end`);
          put.run(lease, putAt, size, segment);
          forget.get(lease);
        }
      } finally {
        closeSync(file);
      }
      const isEmpty = count <= GATHERED_TOGETHER;
      return { volume, isDone: isEmpty, isEmpty };
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
