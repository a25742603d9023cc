import type { DatabaseSync } from 'node:sqlite';
import type { Handlers, WorkLeaseRow } from './database-commands.ts';

/** Work leases, and marks of work to do with a stamp from a counter. */
export function workRows(db: DatabaseSync): Handlers<'work'> {
  const get = db.prepare('SELECT job, shard, owner, epoch, expires_at FROM work_lease WHERE job = ? AND shard = ?');
  const put = db.prepare(
    'INSERT INTO work_lease (job, shard, owner, epoch, expires_at) VALUES (?, ?, ?, ?, ?) ' +
      'ON CONFLICT DO UPDATE SET owner = excluded.owner, epoch = excluded.epoch, expires_at = excluded.expires_at',
  );
  const renew = db.prepare('UPDATE work_lease SET expires_at = ? WHERE job = ? AND shard = ? AND owner = ? AND epoch = ?');
  const stamp = db.prepare(
    "INSERT INTO counter (name, value) VALUES ('mark', 1) ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value",
  );
  const mark = db.prepare('INSERT INTO work_mark (shard, key, stamp) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET stamp = excluded.stamp');
  const marks = db.prepare('SELECT key, stamp FROM work_mark WHERE shard = ? ORDER BY key LIMIT ?');
  const unmark = db.prepare('DELETE FROM work_mark WHERE shard = ? AND key = ? AND stamp = ?');
  const read = (job: string, shard: number): WorkLeaseRow | null => {
    const row = get.get(job, shard);
    if (!row) return null;
    return { job, shard, owner: row.owner as string, epoch: Number(row.epoch), expiresAtMs: Number(row.expires_at) };
  };

  return {
    'work.read': ({ job, shard }) => read(job, shard),
    'work.acquire': ({ job, shard, owner, nowMs, ttlMs }) => {
      const stored = read(job, shard);
      const live = stored !== null && stored.expiresAtMs > nowMs;
      if (live && stored.owner !== owner) return { held: false, lease: stored };
      const lease = { job, shard, owner, epoch: (stored?.epoch ?? 0) + (live ? 0 : 1), expiresAtMs: nowMs + ttlMs };
      put.run(job, shard, owner, lease.epoch, lease.expiresAtMs);
      return { held: true, lease };
    },
    'work.renew': ({ job, shard, owner, epoch, expiresAtMs }) => renew.run(expiresAtMs, job, shard, owner, epoch).changes === 1,
    'work.mark': ({ shards, keys }) => {
      const value = Number(stamp.get()?.value);
      keys.forEach((key, i) => {
        mark.run(shards[i] ?? 0, key, value);
      });
      return null;
    },
    'work.marks': ({ shard, limit }) => marks.all(shard, limit).map((row) => ({ key: row.key as string, stamp: Number(row.stamp) })),
    'work.unmark': ({ shards, marks: gone }) => {
      gone.forEach(({ key, stamp: seen }, i) => {
        unmark.run(shards[i] ?? 0, key, seen);
      });
      return null;
    },
  };
}
