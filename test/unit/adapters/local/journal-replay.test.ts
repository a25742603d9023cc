import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../../lib/adapters/local/database-schema.ts';
import { FrameWriter } from '../../../../lib/adapters/local/journal-frame.ts';
import { replayJournal } from '../../../../lib/adapters/local/journal-replay.ts';
import { journalNoteOf } from '../../../../lib/adapters/local/journal-rows.ts';
import { BLOCK_BYTES, volumePath } from '../../../../lib/adapters/local/volume-file.ts';
import { crc32 } from '../../../../lib/format/crc32.ts';

describe('frames that are not in rows', () => {
  let root = '';
  let db: DatabaseSync;
  let key: Uint8Array;
  const writer = new FrameWriter();
  const volumes = new Map<number, Buffer>();
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'stratalog-replay-'));
    mkdirSync(join(root, 'volumes'));
    db = openDatabase(join(root, 'meta.db'));
    db.exec("INSERT INTO lease VALUES ('a', 0, x'00'), ('b', 0, x'00')");
    // Somebody has begun to write frames, into any volume.
    db.exec('UPDATE journal SET volume = 0');
    key = journalNoteOf(db).key;
    volumes.clear();
  });
  afterEach(() => {
    db.close();
    rmSync(root, { recursive: true });
  });

  const put = (volume: number, position: number, bytes: Uint8Array) => {
    const before = volumes.get(volume) ?? Buffer.alloc(0);
    const after = Buffer.alloc(Math.max(before.length, position + bytes.length));
    before.copy(after);
    after.set(bytes, position);
    volumes.set(volume, after);
    writeFileSync(volumePath(join(root, 'volumes'), volume), after);
  };
  /** A frame that writes `version` of a lease, with one segment named after it. */
  const frame = (sequence: number, volume: number, position: number, lease = 'a', version = sequence, extra: object = {}) => {
    const segment = { lease: `s${sequence}`, putAtMs: 5, content: Buffer.from(`bytes of ${sequence}`), ...extra };
    const write = { keys: [lease], expected: [version - 1], records: [Buffer.from(`${lease}${version}`)] };
    const bytes = Buffer.concat(writer.draft([segment], [write]).chunksAt({ key, sequence, volume, position }));
    put(volume, position, bytes);
    return bytes;
  };
  const replay = (isOwner = true) => replayJournal(db, join(root, 'volumes'), { isOwner });
  const leases = () =>
    Object.fromEntries(
      db
        .prepare('SELECT key, version, record FROM lease')
        .all()
        .map((row) => [row.key, `${row.version} ${Buffer.from(row.record as Uint8Array)}`]),
    );
  const segments = () =>
    db
      .prepare('SELECT lease, volume, position, size FROM volume_segment ORDER BY lease')
      .all()
      .map(({ lease, volume, position, size }) => {
        const at = position as number;
        return `${lease} ${volumes.get(volume as number)?.subarray(at, at + (size as number))}`;
      });

  it('become rows in their order, wherever they lie', () => {
    frame(1, 3, 0);
    frame(2, 3, 5 * BLOCK_BYTES);
    // A volume that was made ready before came into use after the next one.
    frame(4, 4, 0, 'b', 1);
    frame(3, 5, 2 * 1024 * 1024, 'a', 3);
    expect(replay()).toBe(4);
    expect(leases()).toEqual({ a: '3 a3', b: '1 b1' });
    expect(segments()).toEqual([1, 2, 3, 4].map((i) => `s${i} bytes of ${i}`));
    expect(replay()).toBe(0);
    expect(segments()).toHaveLength(4);
  });

  it('end before the first that is not whole, is missing, or names bytes that are not there', () => {
    frame(1, 1, 0);
    const torn = frame(2, 1, BLOCK_BYTES);
    put(
      1,
      BLOCK_BYTES,
      torn.map((byte, i) => (i === torn.length - 1 ? byte ^ 1 : byte)),
    );
    frame(3, 1, 2 * BLOCK_BYTES);
    expect(replay(false)).toBe(1);
    expect(leases()).toEqual({ a: '1 a1', b: '0 \0' });

    const beside = Buffer.from('bytes in a volume');
    const content = { volume: 2, position: 0, size: beside.length };
    put(1, BLOCK_BYTES, Buffer.alloc(torn.length));
    frame(2, 1, 4 * BLOCK_BYTES, 'a', 2, { content, crc: crc32(beside) });
    expect(replay(false)).toBe(0);
    put(2, 0, beside.subarray(0, 5));
    expect(replay(false)).toBe(0);
    put(
      2,
      0,
      beside.map((byte) => byte ^ 1),
    );
    expect(replay(false)).toBe(0);
    put(2, 0, beside);
    expect(replay(false)).toBe(2);
    expect(segments()).toEqual(['s1 bytes of 1', 's2 bytes in a volume', 's3 bytes of 3']);
  });

  it('are none of those that rows were made of, and never what is left of one that was not whole', () => {
    frame(1, 1, 0);
    expect(replay()).toBe(1);
    const { sequence, volume } = journalNoteOf(db);
    // One number is left out each time somebody begins to write: what may have been left under it is not looked at.
    expect({ sequence, volume }).toEqual({ sequence: 2, volume: 2 });
    frame(2, 1, BLOCK_BYTES, 'a', 50);
    frame(3, 1, 2 * BLOCK_BYTES, 'a', 60);
    expect(replay(false)).toBe(0);
    frame(3, 2, 0, 'a', 2);
    expect(replay(false)).toBe(1);
    expect(leases().a).toBe('2 a2');
  });

  it('change no row that is newer, and no lease that is gone', () => {
    frame(1, 1, 0, 'a', 4);
    frame(2, 1, BLOCK_BYTES, 'b', 4);
    db.exec("UPDATE lease SET version = 9 WHERE key = 'a'; DELETE FROM lease WHERE key = 'b'");
    expect(replay()).toBe(2);
    expect(leases()).toEqual({ a: '9 \0' });
  });

  it('cannot be made by whoever writes records, and are not taken from another place', () => {
    const bytes = frame(1, 1, 0);
    const forged = Buffer.concat(
      writer
        .draft([], [{ keys: ['a'], expected: [98], records: [Buffer.from('forged')] }])
        .chunksAt({ key: Buffer.from('guessed!'), sequence: 2, volume: 1, position: BLOCK_BYTES }),
    );
    put(1, BLOCK_BYTES, forged);
    // A volume that is written again holds frames of its old number.
    put(2, 0, bytes);
    put(1, 3 * BLOCK_BYTES, bytes);
    put(1, 0, Buffer.alloc(bytes.length));
    expect(replay()).toBe(0);
    expect(leases().a).toBe('0 \0');
  });

  it('may say that they are longer than their volume', () => {
    const bytes = frame(1, 1, 0);
    bytes.writeUInt32BE(0xffff_ffff, 36);
    put(1, 0, bytes);
    expect(replay()).toBe(0);
  });

  it('are looked for where there are no volumes', () => {
    rmSync(join(root, 'volumes'), { recursive: true });
    expect(replay()).toBe(0);
    expect(journalNoteOf(db)).toMatchObject({ sequence: 1, volume: 1 });
  });
});
