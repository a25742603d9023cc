import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataFolder } from '../../../../lib/adapters/local/data-folder.ts';
import { Database } from '../../../../lib/adapters/local/database.ts';
import type { CommandMessage } from '../../../../lib/adapters/local/database-commands.ts';
import { openDatabase } from '../../../../lib/adapters/local/database-schema.ts';
import { LOG_BYTES, makeLogReady } from '../../../../lib/adapters/local/log-room.ts';
import { SYSTEM_CLOCK } from '../../../../lib/runtime/clock.ts';

const HEADER_BYTES = 32;
const FRAME_BYTES = 4096 + 24;
const EXTEND: CommandMessage = { id: 1, name: 'log.extend', ask: null };
const create = (key: string): CommandMessage => ({
  id: 2,
  name: 'lease.create',
  ask: { keys: [key], version: 0, record: Buffer.alloc(900, key) },
});
const stage = (lease: string, bytes: number): CommandMessage => ({
  id: 0,
  name: 'inline.stage',
  ask: { lease, putAtMs: 1, content: Buffer.alloc(bytes, lease) },
});

/** How many frames of a log belong to its present round: those with its header's salts. */
function framesOf(log: Buffer): number {
  const salts = log.subarray(16, 24);
  let frames = 0;
  for (let at = HEADER_BYTES; at + FRAME_BYTES <= log.length && log.subarray(at + 8, at + 16).equals(salts); at += FRAME_BYTES) frames++;
  return frames;
}

describe('room in the write-ahead log', () => {
  let folder = '';
  let path = '';
  let db: DatabaseSync;
  let database: Database;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stratalog-log-'));
    path = join(folder, 'meta.db');
    db = openDatabase(path);
    database = new Database(db, path);
  });
  afterEach(() => {
    database.close();
    rmSync(folder, { recursive: true });
  });

  const extend = () => database.run([EXTEND])[0];
  const logSize = () => statSync(`${path}-wal`).size;
  /** The keys in a copy of the files as a process leaves them that is killed now, its log changed by `change`. */
  const afterKill = (change = (log: Buffer) => log) => {
    const copy = join(folder, 'copy.db');
    for (const end of ['', '-wal', '-shm']) rmSync(`${copy}${end}`, { force: true });
    copyFileSync(path, copy);
    writeFileSync(`${copy}-wal`, change(readFileSync(`${path}-wal`)));
    const other = openDatabase(copy);
    try {
      expect(other.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
      const keys = other
        .prepare('SELECT key FROM lease ORDER BY key')
        .all()
        .map(({ key }) => key);
      // It goes on from there: what is written after it is found too.
      new Database(other, copy).run([create('after')]);
      expect(other.prepare("SELECT count(*) AS n FROM lease WHERE key = 'after'").get()).toEqual({ n: 1 });
      return keys;
    } finally {
      other.close();
    }
  };

  it('grows piece by piece between commits, and a killed process finds all that was acknowledged', () => {
    const keys: string[] = [];
    for (let more = true; more; ) {
      const key = String(keys.length).padStart(4, '0');
      const [done, extended] = database.run([create(key), EXTEND]);
      expect(done).toEqual({ id: 2, value: null });
      keys.push(key);
      expect(afterKill()).toEqual(keys);
      more = extended !== undefined && 'value' in extended && extended.value === true;
      if (keys.length > 10) while ('value' in (extend() ?? {}) && logSize() < LOG_BYTES);
    }
    expect(logSize()).toBe(LOG_BYTES);
    const log = readFileSync(`${path}-wal`);
    const end = HEADER_BYTES + framesOf(log) * FRAME_BYTES;
    expect(log.subarray(end).every((byte) => byte === 0)).toBe(true);
    for (let i = 0; i < 50; i++) database.run([create(`later-${i}`)]);
    expect(logSize()).toBe(LOG_BYTES);
    expect(afterKill()).toHaveLength(keys.length + 50);
    expect(extend()).toEqual({ id: 1, value: false });
  });

  it('is no part of the log: a commit torn anywhere before zeros is not there, all before it is', () => {
    database.run([create('first')]);
    extend();
    database.run([create('second')]);
    const frames = framesOf(readFileSync(`${path}-wal`));
    database.run([create('third')]);
    const end = HEADER_BYTES + framesOf(readFileSync(`${path}-wal`)) * FRAME_BYTES;
    const begin = HEADER_BYTES + frames * FRAME_BYTES;
    expect(end).toBeGreaterThan(begin);
    for (const at of [begin, begin + 4, begin + 24, begin + 512, begin + FRAME_BYTES, end - 4096, end - 512]) {
      expect(
        afterKill((log) => log.fill(0, at, end)),
        `zeros from ${at} on`,
      ).toEqual(['first', 'second']);
      // A sector in the middle that came first says nothing of those before it.
      expect(afterKill((log) => log.fill(0, begin, at + 512))).toEqual(['first', 'second']);
    }
    expect(afterKill((log) => log.fill(0, end, end + 4096))).toEqual(['first', 'second', 'third']);
  });

  it('may be all that a log holds', () => {
    database.run([create('first')]);
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    expect(logSize()).toBe(0);
    extend();
    expect(logSize()).toBeGreaterThan(0);
    expect(afterKill()).toEqual(['first']);
    database.run([create('second')]);
    expect(afterKill()).toEqual(['first', 'second']);
  });

  it('comes behind frames of a transaction that is still open', () => {
    // With so little memory SQLite writes pages of an open transaction into the log.
    db.exec('PRAGMA cache_size = 10');
    database.run([create('first')]);
    database.run([...Array.from({ length: 40 }, (_, i) => stage(`s${i}`, 20_000)), EXTEND]);
    const spilled = logSize();
    expect(spilled).toBeGreaterThan(40 * 20_000);
    extend();
    expect(logSize()).toBeGreaterThan(spilled);
    expect(afterKill()).toEqual(['first']);
    database.run([stage('last', 20_000), create('second')]);
    expect(afterKill()).toEqual(['first', 'second']);
    const rows = db.prepare('SELECT lease, bytes FROM inline_segment').all();
    expect(rows).toHaveLength(41);
    for (const { lease, bytes } of rows) expect(Buffer.from(bytes as Uint8Array).equals(Buffer.alloc(20_000, lease as string))).toBe(true);
  });

  it('is not made while somebody else writes, nor where nothing may be written', () => {
    const other = openDatabase(path);
    other.exec('BEGIN IMMEDIATE');
    const before = logSize();
    expect(extend()).toEqual({ id: 1, value: false });
    expect(logSize()).toBe(before);
    other.exec('ROLLBACK');
    expect(extend()).toEqual({ id: 1, value: true });
    other.exec('PRAGMA query_only = 1');
    expect(new Database(other, join(folder, 'none.db'), { readOnly: true }).run([EXTEND])).toEqual([{ id: 1, value: false }]);
    other.close();
  });

  it('is made until it is enough or the folder is closed', async () => {
    let pieces = 0;
    await makeLogReady(() => Promise.resolve(++pieces < 3));
    expect(pieces).toBe(3);
    await makeLogReady(() => Promise.reject(new Error('closed')));
  });

  it('is there soon after a folder was opened, and goes with the log', async () => {
    const onFatal = (error: Error) => {
      throw error;
    };
    const opened = await openDataFolder({ folder: join(folder, 'data'), clock: SYSTEM_CLOCK, onFatal });
    const log = join(folder, 'data', 'meta.db-wal');
    await expect.poll(() => statSync(log).size, { timeout: 15_000 }).toBe(LOG_BYTES);
    await opened.close();
    expect(existsSync(log)).toBe(false);
  });
});
