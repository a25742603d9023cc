import type { DatabaseSync } from 'node:sqlite';
import type { Handlers } from './database-commands.ts';

/** Lease records as rows; the compare-and-set is one UPDATE each. */
export function leaseRows(db: DatabaseSync): Handlers<'lease'> {
  const create = db.prepare('INSERT INTO lease (key, version, record) VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
  const read = db.prepare('SELECT record FROM lease WHERE key = ?');
  const write = db.prepare('UPDATE lease SET version = ?, record = ? WHERE key = ? AND version = ?');
  const remove = db.prepare('DELETE FROM lease WHERE key = ?');
  const recordOf = (key: string) => (read.get(key)?.record as Uint8Array | undefined) ?? null;

  return {
    'lease.create': ({ keys, version, record }) => {
      for (const key of keys) create.run(key, version, record);
      return null;
    },
    'lease.read': ({ keys }) => keys.map(recordOf),
    'lease.write': ({ keys, expected, records }) =>
      keys.map((key, i) => {
        const version = expected[i] as number;
        const { changes } = write.run(version + 1, records[i] as Uint8Array, key, version);
        return changes === 1 ? true : recordOf(key);
      }),
    'lease.remove': ({ keys }) => {
      for (const key of keys) remove.run(key);
      return null;
    },
  };
}
