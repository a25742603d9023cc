import type { DatabaseSync } from 'node:sqlite';
import type { Handlers } from './database-commands.ts';

/** Index pages as rows, in order of partition and first offset. */
export function pageRows(db: DatabaseSync): Handlers<'page'> {
  const insert = db.prepare('INSERT INTO page (key, first, version, page) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING');
  const upsert = db.prepare('INSERT OR REPLACE INTO page (key, first, version, page) VALUES (?, ?, ?, ?)');
  const get = db.prepare('SELECT page FROM page WHERE key = ? AND first = ?');
  const versionOf = db.prepare('SELECT version FROM page WHERE key = ? AND first = ?');
  const at = db.prepare('SELECT page FROM page WHERE key = ? AND first <= ? ORDER BY first DESC LIMIT 1');
  const range = db.prepare('SELECT page FROM page WHERE key = ? AND first >= ? ORDER BY first LIMIT ?');
  const remove = db.prepare('DELETE FROM page WHERE key = ? AND first = ? AND version = ?');
  const clearPages = db.prepare(
    'DELETE FROM page WHERE key = ?1 AND first IN (SELECT first FROM page WHERE key = ?1 ORDER BY first LIMIT ?2)',
  );
  const clearProducers = db.prepare(
    'DELETE FROM producer WHERE key = ?1 AND id IN (SELECT id FROM producer WHERE key = ?1 ORDER BY id LIMIT ?2)',
  );
  const pageIn = (row: Record<string, unknown> | undefined) => (row?.page as Uint8Array | undefined) ?? null;

  return {
    'page.put': ({ key, first, version, page }) =>
      insert.run(key, first, version, page).changes === 1 ? null : pageIn(get.get(key, first)),
    'page.at': ({ key, offset }) => pageIn(at.get(key, offset)),
    'page.range': ({ key, from, limit }) => range.all(key, from, limit).map((row) => row.page as Uint8Array),
    'page.replace': ({ key, expected, put }) => {
      if (expected.some(({ first, version }) => versionOf.get(key, first)?.version !== version)) return false;
      const replaced = new Set(expected.map(({ first }) => first));
      // A page that is put where none was expected must find its place free.
      if (put.some(({ first }) => !replaced.has(first) && versionOf.get(key, first) !== undefined)) return false;
      for (const { first, version } of expected) remove.run(key, first, version);
      for (const { first, version, page } of put) upsert.run(key, first, version, page);
      return true;
    },
    'page.remove': ({ key, first, version }) => remove.run(key, first, version).changes === 1,
    'page.clear': ({ key, limit }) => {
      const pages = Number(clearPages.run(key, limit).changes);
      return pages + Number(clearProducers.run(key, limit - pages).changes);
    },
  };
}
