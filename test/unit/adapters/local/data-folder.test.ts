import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DataFolder, openDataFolder } from '../../../../lib/adapters/local/data-folder.ts';
import { FLOOR_NONE, type LeaseId, type TopicId } from '../../../../lib/core/ids.ts';
import { emptyLeaseRecord } from '../../../../lib/core/lease-record.ts';
import { SYSTEM_CLOCK } from '../../../../lib/runtime/clock.ts';

const KEY = { topicId: '11111111-1111-4111-8111-111111111111' as TopicId, partition: 3 };
const EMPTY = emptyLeaseRecord(FLOOR_NONE);
const LEASE = '018bcfe5680000000000000a' as LeaseId;

describe('a data folder', () => {
  let folder = '';
  let data: DataFolder | undefined;
  const fatal: Error[] = [];
  const open = async (zones?: number) => {
    data = await openDataFolder({ folder, zones, clock: SYSTEM_CLOCK, onFatal: (error) => fatal.push(error) });
    return data;
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stratalog-folder-'));
  });
  afterEach(async () => {
    await data?.close();
    data = undefined;
    rmSync(folder, { recursive: true, force: true });
    expect(fatal).toEqual([]);
  });

  it('keeps what was acknowledged, and is free again after it was closed', async () => {
    const first = await open();
    await first.leases.create([KEY], EMPTY);
    await first.inline.put(LEASE, [Buffer.from('segment')]);
    await first.leases.write([{ key: KEY, expected: 0, record: { ...EMPTY, version: 1, next: 9 } }]);
    expect(await first.producers.allocateIds(10)).toBe(0);
    await first.close();
    const second = await open();
    expect((await second.leases.read([KEY]))[0]?.next).toBe(9);
    expect((await second.inline.get(LEASE))?.toString()).toBe('segment');
    expect(await second.producers.allocateIds(10)).toBe(10);
  });

  it('leaves one file of metadata behind a clean stop', async () => {
    await (await open()).close();
    expect(existsSync(join(folder, 'meta.db'))).toBe(true);
    expect(existsSync(join(folder, 'meta.db-wal'))).toBe(false);
  });

  it('answers CLOSED after it was closed', async () => {
    const closed = await open();
    await closed.close();
    await expect(closed.topics.get('t')).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(closed.inline.put(LEASE, [])).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('is refused to a second process with the first one named, and given to it after a kill -9', async () => {
    const script = `import { openDataFolder } from ${JSON.stringify(new URL('../../../../lib/adapters/local/data-folder.ts', import.meta.url))};
      import { SYSTEM_CLOCK } from ${JSON.stringify(new URL('../../../../lib/runtime/clock.ts', import.meta.url))};
      const data = await openDataFolder({ folder: ${JSON.stringify(folder)}, clock: SYSTEM_CLOCK, onFatal() {} });
      const empty = ${JSON.stringify(EMPTY)};
      await data.leases.create([${JSON.stringify(KEY)}], empty);
      await data.inline.put('${LEASE}', [Buffer.from('segment')]);
      await data.leases.write([{ key: ${JSON.stringify(KEY)}, expected: 0, record: { ...empty, version: 1, next: 9 } }]);
      console.log('ready');
      setInterval(() => {}, 1000);`;
    const program = join(folder, 'program.mjs');
    writeFileSync(program, script);
    const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    await expect(open()).rejects.toMatchObject({ code: 'FOLDER_IN_USE', details: { pid: child.pid, folder } });
    child.kill('SIGKILL');
    await once(child, 'exit');
    const after = await open();
    expect((await after.leases.read([KEY]))[0]?.next).toBe(9);
    expect((await after.inline.get(LEASE))?.toString()).toBe('segment');
    expect(readFileSync(join(folder, 'lock.pid'), 'utf8')).toBe(`${process.pid}\n`);
  });

  it('says what is wrong when the database is something else', async () => {
    writeFileSync(join(folder, 'meta.db'), 'this is no database, whatever its name says'.repeat(100));
    await expect(open()).rejects.toMatchObject({ code: 'STORAGE_ERROR', details: { path: join(folder, 'meta.db') } });
    rmSync(join(folder, 'meta.db'));
    // The lock was given back.
    await open();
  });

  it('says what is wrong when a file is where the folder should be', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(openDataFolder({ folder: file, clock: SYSTEM_CLOCK, onFatal() {} })).rejects.toMatchObject({ code: 'STORAGE_ERROR' });
  });

  it.each([0, 17, 1.5, Number.NaN])('refuses %d zones with the limit', async (zones) => {
    await expect(open(zones)).rejects.toMatchObject({ code: 'INVALID_REQUEST', details: { field: 'zones', limit: 16 } });
  });

  it('keeps small segments out of the rows, which are one copy, when there are several zones', async () => {
    const { inline, zones } = await open(3);
    expect(inline.maxBytes).toBe(0);
    expect(zones.map(({ name }) => name)).toEqual(['zone-0', 'zone-1', 'zone-2']);
  });

  it('is read from a copy of its database when it cannot be written, also with a log that was left behind', async () => {
    const first = await open();
    await first.leases.create([KEY], EMPTY);
    await first.leases.write([{ key: KEY, expected: 0, record: { ...EMPTY, version: 1, next: 9 } }]);
    await first.zones[0]?.objects.put('wal/00/x', [Buffer.from('object')]);
    // As a killed process would leave it: the log is not merged into the database.
    const killed = mkdtempSync(join(tmpdir(), 'stratalog-killed-'));
    cpSync(folder, killed, { recursive: true });
    const reader = await openDataFolder({ folder: killed, clock: SYSTEM_CLOCK, onFatal() {}, readOnly: true });
    try {
      expect(reader.readOnly).toBe(true);
      expect((await reader.leases.read([KEY]))[0]?.next).toBe(9);
      expect((await reader.zones[0]?.objects.get('wal/00/x', 0, 10))?.toString()).toBe('object');
      const [outcome] = await reader.leases.write([{ key: KEY, expected: 1, record: { ...EMPTY, version: 2 } }]);
      expect(outcome).toMatchObject({ kind: 'unknown', cause: { code: 'STORAGE_READ_ONLY' } });
      await expect(reader.inline.put(LEASE, [Buffer.from('x')])).rejects.toMatchObject({ code: 'STORAGE_READ_ONLY' });
      await expect(reader.zones[0]?.objects.put('wal/00/y', [])).rejects.toMatchObject({ code: 'STORAGE_READ_ONLY' });
    } finally {
      await reader.close();
      rmSync(killed, { recursive: true });
    }
  });

  it('is read with the frames that a killed process left, and changed by none of it', async () => {
    const first = await open();
    await first.leases.create([KEY], EMPTY);
    const leaseOf = (i: number) => `018bcfe5680000000000000${i}` as LeaseId;
    for (let version = 1; version < 5; version++) {
      await first.inline.put(leaseOf(version), [Buffer.from(`segment ${version}`)]);
      await first.leases.write([{ key: KEY, expected: version - 1, record: { ...EMPTY, version, next: version } }]);
    }
    const killed = mkdtempSync(join(tmpdir(), 'stratalog-killed-'));
    cpSync(folder, killed, { recursive: true });
    const filesOf = () => readdirSync(join(killed, 'volumes')).map((name) => readFileSync(join(killed, 'volumes', name)).length);
    const before = filesOf();
    const readAll = async (reader: DataFolder) => {
      expect((await reader.leases.read([KEY]))[0]?.next).toBe(4);
      for (let i = 1; i < 5; i++) expect((await reader.inline.get(leaseOf(i)))?.toString()).toBe(`segment ${i}`);
    };
    const openAgain = (readOnly: boolean) => openDataFolder({ folder: killed, clock: SYSTEM_CLOCK, onFatal() {}, readOnly });
    try {
      const reader = await openAgain(true);
      await readAll(reader);
      await reader.close();
      expect(filesOf()).toEqual(before);
      // The log may be gone, where it had all been moved: frames are looked for nevertheless.
      const db = new DatabaseSync(join(killed, 'meta.db'));
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      db.close();
      expect(existsSync(join(killed, 'meta.db-wal'))).toBe(false);
      for (const readOnly of [true, false]) {
        const again = await openAgain(readOnly);
        await readAll(again);
        await again.close();
      }
    } finally {
      rmSync(killed, { recursive: true });
    }
  });

  it('is read in place when it cannot be written and was stopped cleanly', async () => {
    const first = await open();
    await first.leases.create([KEY], EMPTY);
    await first.close();
    const reader = await openDataFolder({ folder, clock: SYSTEM_CLOCK, onFatal() {}, readOnly: true });
    expect(await reader.leases.read([KEY])).toEqual([EMPTY]);
    await reader.close();
    expect(existsSync(join(folder, 'meta.db-shm'))).toBe(false);
  });
});
