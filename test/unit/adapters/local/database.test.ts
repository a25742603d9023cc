import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '../../../../lib/adapters/local/database.ts';
import type { CommandMessage } from '../../../../lib/adapters/local/database-commands.ts';
import { openDatabase, openDatabaseReadOnly, SCHEMA_VERSION } from '../../../../lib/adapters/local/database-schema.ts';

const RECORD = Buffer.from('record');
const create = (id: number, key: string): CommandMessage => ({
  id,
  name: 'lease.create',
  ask: { keys: [key], version: 0, record: RECORD },
});
const write = (id: number, key: string, expected: number, bytes = Buffer.from(`v${expected + 1}`)): CommandMessage => ({
  id,
  name: 'lease.write',
  ask: { keys: [key], expected: [expected], records: [bytes] },
});
const read = (id: number, key: string): CommandMessage => ({ id, name: 'lease.read', ask: { keys: [key] } });
const stage = (lease: string, bytes = Buffer.from(lease)): CommandMessage => ({
  id: 0,
  name: 'inline.stage',
  ask: { lease, putAtMs: 1, content: bytes },
});
const get = (id: number, lease: string): CommandMessage => ({ id, name: 'inline.get', ask: { lease } });

describe('the database of a folder', () => {
  let folder = '';
  let path = '';
  let db: DatabaseSync;
  let database: Database;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stratalog-database-'));
    path = join(folder, 'meta.db');
    db = openDatabase(path);
    database = new Database(db, path);
  });
  afterEach(() => {
    database.close();
    rmSync(folder, { recursive: true });
  });

  /** What another program would find if this one were killed now. */
  const onDisk = (sql: string) => {
    const other = openDatabaseReadOnly(path);
    try {
      return other.prepare(sql).all();
    } finally {
      other.close();
    }
  };
  const answerOf = (answers: ReturnType<Database['run']>, id: number) => answers.find((answer) => answer.id === id);
  const full = () => db.exec(`PRAGMA max_page_count = ${db.prepare('PRAGMA page_count').get()?.page_count}`);
  const roomy = () => db.exec('PRAGMA max_page_count = 1000000');

  it('answers a group in order, later commands seeing what earlier ones did', () => {
    const answers = database.run([create(1, 'a'), write(2, 'a', 0), write(3, 'a', 0), write(4, 'a', 1), read(5, 'a')]);
    expect(answers.map((answer) => ('value' in answer ? answer.value : answer.failure))).toEqual([
      null,
      [true],
      [new Uint8Array(Buffer.from('v1'))],
      [true],
      [new Uint8Array(Buffer.from('v2'))],
    ]);
    expect(onDisk('SELECT version FROM lease')).toEqual([{ version: 2 }]);
  });

  it('shows staged segments at once and writes them with the next commit, not before', () => {
    database.run([create(1, 'a')]);
    expect(answerOf(database.run([stage('s1'), get(2, 's1')]), 2)).toMatchObject({ value: new Uint8Array(Buffer.from('s1')) });
    expect(onDisk('SELECT lease FROM inline_segment')).toEqual([]);
    database.run([stage('s2'), write(3, 'a', 0)]);
    expect(onDisk('SELECT lease FROM inline_segment ORDER BY lease')).toEqual([{ lease: 's1' }, { lease: 's2' }]);
  });

  it('tells nobody of rows that are older than frames which were answered, and has them with the next commit', () => {
    database.run([create(1, 'a')]);
    full();
    const record = Buffer.alloc(20_000, 'r');
    const content = { volume: 1, position: 0, size: 5 };
    const apply = (id: number): CommandMessage => ({
      id,
      name: 'journal.apply',
      ask: {
        sequence: 7,
        volume: 1,
        segments: [{ lease: 's', putAtMs: 1, content }],
        leases: [{ key: 'a', version: 3, record }],
      },
    });
    const answers = database.run([apply(2), read(3, 'a'), { id: 4, name: 'topic.list', ask: { after: null, limit: 1 } }]);
    expect(answerOf(answers, 2)).toMatchObject({ failure: { code: 'STORAGE_FULL', fatal: false } });
    expect(answerOf(answers, 3)).toMatchObject({ failure: { code: 'STORAGE_FULL' } });
    expect(answerOf(answers, 4)).toMatchObject({ value: [] });
    expect(database.settled).toBe(false);
    expect(answerOf(database.run([read(5, 'a')]), 5)).toMatchObject({ failure: { code: 'STORAGE_FULL' } });
    expect(answerOf(database.run([get(6, 's')]), 6)).toMatchObject({ failure: { code: 'STORAGE_FULL' } });
    roomy();
    expect(answerOf(database.run([read(7, 'a')]), 7)).toEqual({ id: 7, value: [new Uint8Array(record)] });
    expect(answerOf(database.run([write(8, 'a', 3)]), 8)).toMatchObject({ value: [true] });
    expect(database.settled).toBe(true);
    expect(onDisk('SELECT version FROM lease')).toEqual([{ version: 4 }]);
    expect(onDisk('SELECT lease FROM volume_segment')).toEqual([{ lease: 's' }]);
    expect(onDisk('SELECT sequence, volume FROM journal')).toEqual([{ sequence: 7, volume: 1 }]);
  });

  it('commits no place in a volume that cannot be put on disk, and says that the process must stop', () => {
    database.run([create(1, 'a')]);
    mkdirSync(join(folder, 'volumes'));
    writeFileSync(join(folder, 'volumes', '0000000001.volume'), 'bytes');
    const placed = (lease: string, volume: number): CommandMessage => ({
      id: 0,
      name: 'inline.stage',
      ask: { lease, putAtMs: 1, content: { volume, position: 0, size: 5 }, crc: 1 },
    });
    expect(answerOf(database.run([placed('s1', 1), write(2, 'a', 0)]), 2)).toMatchObject({ value: [true] });
    expect(answerOf(database.run([placed('s2', 2), write(3, 'a', 1)]), 3)).toMatchObject({
      failure: { code: 'STORAGE_ERROR', fatal: true, message: expect.stringContaining('0000000002.volume') },
    });
    expect(onDisk('SELECT lease FROM volume_segment')).toEqual([{ lease: 's1' }]);
    expect(onDisk('SELECT version FROM lease')).toEqual([{ version: 1 }]);
    writeFileSync(join(folder, 'volumes', '0000000002.volume'), 'there for the end of this test');
  });

  it('writes what is staged when it is closed', () => {
    database.run([stage('s1')]);
    database.close();
    expect(onDisk('SELECT lease FROM inline_segment')).toEqual([{ lease: 's1' }]);
    db = openDatabase(path);
    database = new Database(db, path);
  });

  it('is closed without the staged segments that find no room', () => {
    database.run([create(1, 'a')]);
    full();
    database.run([stage('s1', Buffer.alloc(100_000))]);
    database.close();
    expect(onDisk('SELECT key FROM lease')).toEqual([{ key: 'a' }]);
    expect(onDisk('SELECT lease FROM inline_segment')).toEqual([]);
    db = openDatabase(path);
    database = new Database(db, path);
  });

  it('lets one bad command fail by itself', () => {
    const bad = { id: 2, name: 'lease.create', ask: { keys: [{}], version: 0, record: RECORD } } as unknown as CommandMessage;
    const answers = database.run([create(1, 'a'), bad, stage('s1'), create(3, 'b')]);
    expect(answerOf(answers, 1)).toEqual({ id: 1, value: null });
    expect(answerOf(answers, 2)).toMatchObject({ failure: { code: 'STORAGE_ERROR', fatal: false } });
    expect(answerOf(answers, 3)).toEqual({ id: 3, value: null });
    expect(onDisk('SELECT key FROM lease ORDER BY key')).toEqual([{ key: 'a' }, { key: 'b' }]);
    expect(onDisk('SELECT lease FROM inline_segment')).toEqual([{ lease: 's1' }]);
  });

  it('says that the disk is full, keeps answering reads, and goes on once there is room', () => {
    database.run([create(1, 'a')]);
    full();
    const large = Buffer.alloc(100_000);
    const answers = database.run([write(2, 'a', 0, large), read(3, 'a')]);
    expect(answerOf(answers, 2)).toMatchObject({ failure: { code: 'STORAGE_FULL', fatal: false } });
    expect(answerOf(answers, 3)).toMatchObject({ value: [new Uint8Array(RECORD)] });
    roomy();
    expect(answerOf(database.run([write(4, 'a', 0, large)]), 4)).toMatchObject({ value: [true] });
  });

  it('never commits a lease record without the segments staged before it, though their transaction was undone', () => {
    database.run([create(1, 'a')]);
    full();
    database.run([stage('s1', Buffer.alloc(100_000, 1))]);
    // It does not fit yet, so that the record, which would, must wait for it.
    expect(answerOf(database.run([write(2, 'a', 0)]), 2)).toMatchObject({ failure: { code: 'STORAGE_FULL' } });
    const shown = answerOf(database.run([get(3, 's1')]), 3);
    expect(shown).toMatchObject({ value: { byteLength: 100_000 } });
    roomy();
    expect(answerOf(database.run([write(4, 'a', 0)]), 4)).toMatchObject({ value: [true] });
    expect(onDisk('SELECT size FROM inline_segment')).toEqual([{ size: 100_000 }]);
  });

  it('refuses writes and answers reads when it was opened for reading', () => {
    database.run([create(1, 'a')]);
    const other = new Database(openDatabaseReadOnly(path), path, { readOnly: true });
    const answers = other.run([read(2, 'a'), write(3, 'a', 0)]);
    expect(answerOf(answers, 2)).toMatchObject({ value: [new Uint8Array(RECORD)] });
    expect(answerOf(answers, 3)).toMatchObject({ failure: { code: 'STORAGE_READ_ONLY', fatal: false } });
    other.close();
  });

  it('is refused when a later program wrote it', () => {
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    expect(() => openDatabase(path)).toThrow(`layout ${SCHEMA_VERSION + 1}, this program knows layouts up to ${SCHEMA_VERSION};`);
  });

  it('of an older program is brought up to date where it may be written, and refused where not', () => {
    db.exec('DROP TABLE volume_segment');
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION - 1}`);
    expect(() => openDatabaseReadOnly(path)).toThrow(/of an older program; start this one once where it may write/);
    openDatabase(path).close();
    const readable = openDatabaseReadOnly(path);
    expect(readable.prepare('SELECT count(*) AS n FROM volume_segment').get()).toEqual({ n: 0 });
    readable.close();
  });

  it('commits with a full sync to a write-ahead log', () => {
    expect(db.prepare('PRAGMA journal_mode').get()?.journal_mode).toBe('wal');
    expect(db.prepare('PRAGMA synchronous').get()?.synchronous).toBe(2);
  });
});
