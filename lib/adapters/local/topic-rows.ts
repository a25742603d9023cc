import type { DatabaseSync } from 'node:sqlite';
import type { Handlers } from './database-commands.ts';

/** Topics as rows of JSON, and the version of the catalogue, which every change moves. */
export function topicRows(db: DatabaseSync): Handlers<'topic'> {
  const insert = db.prepare('INSERT INTO topic (name, id, version, json) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING');
  const get = db.prepare('SELECT json FROM topic WHERE name = ?');
  const list = db.prepare('SELECT json FROM topic WHERE name > ? ORDER BY name LIMIT ?');
  const update = db.prepare('UPDATE topic SET version = ?, json = ? WHERE name = ? AND id = ? AND version = ?');
  const remove = db.prepare('DELETE FROM topic WHERE name = ? AND id = ?');
  const version = db.prepare("SELECT value FROM counter WHERE name = 'catalogue'");
  const move = db.prepare(
    "INSERT INTO counter (name, value) VALUES ('catalogue', 1) ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value",
  );
  const moved = () => Number(move.get()?.value);
  const current = () => Number(version.get()?.value ?? 0);

  return {
    'topic.create': (topic) => (insert.run(topic.name, topic.id, topic.version, topic.json).changes === 1 ? moved() : null),
    'topic.get': ({ name }) => (get.get(name)?.json as string | undefined) ?? null,
    // Every name is longer than the empty text, so that it stands for "from the first".
    'topic.list': ({ after, limit }) => list.all(after ?? '', limit).map((row) => row.json as string),
    'topic.update': ({ name, id, version: next, json, expected }) =>
      update.run(next, json, name, id, expected).changes === 1 ? moved() : null,
    'topic.remove': ({ name, id }) => (remove.run(name, id).changes === 1 ? moved() : current()),
    'topic.version': current,
  };
}
