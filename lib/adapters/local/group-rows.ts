import type { DatabaseSync } from 'node:sqlite';
import type { Handlers } from './database-commands.ts';

/** Records of groups as rows of JSON: `group`, `m#<member>` and `o#<topicId>#<block>` under the group's id. */
export function groupRows(db: DatabaseSync): Handlers<'group'> {
  const members = db.prepare("SELECT item, json FROM group_item WHERE grp = ? AND (item = 'group' OR item GLOB 'm#*')");
  const blocks = db.prepare("SELECT json FROM group_item WHERE grp = ? AND item GLOB 'o#*' ORDER BY item");
  const get = db.prepare('SELECT json FROM group_item WHERE grp = ? AND item = ?');
  const list = db.prepare("SELECT json FROM group_item WHERE item = 'group' AND grp > ? ORDER BY grp LIMIT ?");
  const insert = db.prepare('INSERT INTO group_item (grp, item, version, json) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING');
  const update = db.prepare('UPDATE group_item SET version = ?, json = ? WHERE grp = ? AND item = ? AND version = ?');
  const remove = db.prepare('DELETE FROM group_item WHERE grp = ? AND item = ? AND version = ?');

  return {
    'group.load': ({ group }) => members.all(group).map((row) => ({ item: row.item as string, json: row.json as string })),
    'group.blocks': ({ group }) => blocks.all(group).map((row) => row.json as string),
    'group.get': ({ group, items }) => items.map((item) => (get.get(group, item)?.json as string | undefined) ?? null),
    'group.list': ({ after, limit }) => list.all(after ?? '', limit).map((row) => row.json as string),
    'group.write': ({ group, writes }) =>
      writes.map(({ item, expected, version, json }) => {
        if (json === null) return expected === 0 || remove.run(group, item, expected).changes === 1;
        if (expected === 0) return insert.run(group, item, version, json).changes === 1;
        return update.run(version, json, group, item, expected).changes === 1;
      }),
  };
}
