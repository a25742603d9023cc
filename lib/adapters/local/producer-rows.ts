import type { DatabaseSync } from 'node:sqlite';
import type { Handlers } from './database-commands.ts';

/** Producers that left a lease record, and the counter of producer ids. */
export function producerRows(db: DatabaseSync): Handlers<'producer'> {
  const get = db.prepare('SELECT state FROM producer WHERE key = ? AND id = ?');
  const put = db.prepare(`INSERT INTO producer (key, id, version, last_used, state) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET version = excluded.version, last_used = excluded.last_used, state = excluded.state
    WHERE excluded.version >= version`);
  const expire = db.prepare('DELETE FROM producer WHERE key = ? AND last_used < ?');
  const allocate = db.prepare(`INSERT INTO counter (name, value) VALUES ('producer', ?1)
    ON CONFLICT DO UPDATE SET value = value + ?1 RETURNING value`);

  return {
    'producer.get': ({ key, ids }) => ids.map((id) => (get.get(key, id)?.state as Uint8Array | undefined) ?? null),
    'producer.put': ({ key, version, ids, lastUsedMs, states, expiredBeforeMs }) => {
      for (const [i, id] of ids.entries()) put.run(key, id, version, lastUsedMs[i] as number, states[i] as Uint8Array);
      expire.run(key, expiredBeforeMs);
      return null;
    },
    'producer.allocate': ({ count }) => Number(allocate.get(count)?.value) - count,
  };
}
