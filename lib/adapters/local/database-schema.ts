/**
 * The tables of the metadata database, and how it is opened.
 *
 * | table | a row is | key |
 * |---|---|---|
 * | lease | a partition's lease record, packed | `<topicId>/<partition>` |
 * | page | an index page, packed | partition, first offset |
 * | producer | a producer moved out of a lease record, packed | partition, producer id |
 * | topic | a topic as JSON | name |
 * | inline_segment | a small segment | lease id |
 * | volume_segment | where a segment lies that is in a volume | lease id |
 * | journal | what frames are known by, and which of them are in rows | only one |
 * | group_item | a group, a member of it or a block of offsets, as JSON | group, item |
 * | work_lease | who does a shard of a job | job, shard |
 * | work_mark | a partition with work to do | shard, partition |
 * | counter | the next producer id; the version of the catalogue; the newest mark | name |
 */
import { DatabaseSync } from 'node:sqlite';

/** Stored in `user_version`; a folder written by a later program is refused. */
export const SCHEMA_VERSION = 3;

/** "STLG": lets `file` and people tell the database from any other. */
const APPLICATION_ID = 0x53544c47;

/**
 * Rows that hold blobs are rowid tables with an index: a table row of a kilobyte fits the leaf, while a row of a
 * WITHOUT ROWID table spills to a page of its own above a quarter of a page.
 */
const TABLES = `
  CREATE TABLE IF NOT EXISTS lease (key TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, record BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS page (key TEXT NOT NULL, first INTEGER NOT NULL, version INTEGER NOT NULL, page BLOB NOT NULL,
    PRIMARY KEY (key, first)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS producer (key TEXT NOT NULL, id INTEGER NOT NULL, version INTEGER NOT NULL, last_used INTEGER NOT NULL,
    state BLOB NOT NULL, PRIMARY KEY (key, id)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS topic (name TEXT NOT NULL PRIMARY KEY, id TEXT NOT NULL, version INTEGER NOT NULL, json TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS inline_segment (lease TEXT NOT NULL UNIQUE, put_at INTEGER NOT NULL, size INTEGER NOT NULL,
    bytes BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS volume_segment (lease TEXT NOT NULL PRIMARY KEY, put_at INTEGER NOT NULL, size INTEGER NOT NULL,
    volume INTEGER NOT NULL, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS volume_segments ON volume_segment (volume);
  CREATE TABLE IF NOT EXISTS journal (id INTEGER PRIMARY KEY CHECK (id = 0), key BLOB NOT NULL, sequence INTEGER NOT NULL,
    volume INTEGER NOT NULL) STRICT;
  INSERT OR IGNORE INTO journal VALUES (0, randomblob(8), 0, ${Number.MAX_SAFE_INTEGER});
  CREATE TABLE IF NOT EXISTS group_item (grp TEXT NOT NULL, item TEXT NOT NULL, version INTEGER NOT NULL, json TEXT NOT NULL,
    PRIMARY KEY (grp, item)) STRICT;
  CREATE TABLE IF NOT EXISTS work_lease (job TEXT NOT NULL, shard INTEGER NOT NULL, owner TEXT NOT NULL, epoch INTEGER NOT NULL,
    expires_at INTEGER NOT NULL, PRIMARY KEY (job, shard)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS work_mark (shard INTEGER NOT NULL, key TEXT NOT NULL, stamp INTEGER NOT NULL,
    PRIMARY KEY (shard, key)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS counter (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;

/** Pages of the log after which it is moved into the database: 32 MB, so that hot rows are moved seldom. */
const CHECKPOINT_PAGES = 8192;
/** Page cache in KiB (negative, as SQLite wants it). */
const CACHE_KIB = -16 * 1024;

/** Opens the database for writing, creating the tables that are missing. Every commit is on disk when it returns. */
export function openDatabase(path: string): DatabaseSync {
  const db = new DatabaseSync(path);
  try {
    db.exec('PRAGMA journal_mode = WAL');
    db.exec('PRAGMA synchronous = FULL');
    db.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    db.exec(`PRAGMA cache_size = ${CACHE_KIB}`);
    checkVersion(db, path);
    db.exec('BEGIN IMMEDIATE');
    db.exec(TABLES);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    db.exec('COMMIT');
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}

/** Opens the database of a folder that cannot be written; `location` names it as a file URL or a path. */
export function openDatabaseReadOnly(location: string | URL): DatabaseSync {
  const db = new DatabaseSync(location, { readOnly: true });
  try {
    checkVersion(db, String(location));
    const version = versionOf(db);
    if (version < SCHEMA_VERSION) {
      throw new Error(
        `${location} has layout ${version} of an older program; start this one once where it may write, so that it brings it up to ${SCHEMA_VERSION}`,
      );
    }
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}

function checkVersion(db: DatabaseSync, path: string): void {
  const version = versionOf(db);
  if (version > SCHEMA_VERSION) {
    throw new Error(`${path} has layout ${version}, this program knows layouts up to ${SCHEMA_VERSION}; use the newer program`);
  }
}

/** The layout of a database; what is no database throws. */
export function versionOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.user_version ?? 0);
}
