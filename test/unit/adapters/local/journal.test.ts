import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Database } from '../../../../lib/adapters/local/database.ts';
import type { CommandMessage } from '../../../../lib/adapters/local/database-commands.ts';
import { openDatabase } from '../../../../lib/adapters/local/database-schema.ts';
import { DatabaseThread } from '../../../../lib/adapters/local/database-thread.ts';
import type { JournalVolumes } from '../../../../lib/adapters/local/journal.ts';
import { replayJournal } from '../../../../lib/adapters/local/journal-replay.ts';
import { SegmentVolumes } from '../../../../lib/adapters/local/segment-volumes.ts';
import { volumePath } from '../../../../lib/adapters/local/volume-file.ts';
import { crc32 } from '../../../../lib/format/crc32.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));
/** Stands still while other threads do what they have to. */
const standStill = (ms = 10) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/** A folder whose commits go into frames where they can. */
async function openFolder(
  folder: string,
  options: { readonly isQuick?: () => boolean; readonly break?: (volumes: SegmentVolumes) => JournalVolumes } = {},
) {
  let at = 0;
  const fatal: unknown[] = [];
  const thread = await DatabaseThread.open({ path: join(folder, 'meta.db') }, (error) => fatal.push(error), {
    // Where it matters who is quicker that is looked at each time; else a commit here is never slow.
    now: () => (at += options.isQuick === undefined ? 1 : 300),
    busyMs: () => (options.isQuick?.() === false ? at : 0),
  });
  const live = new Set(await thread.call('inline.volumes', null));
  const volumes = new SegmentVolumes(join(folder, 'volumes'), live, { readOnly: false, onFatal: (error) => fatal.push(error) });
  await thread.journalInto(options.break?.(volumes) ?? volumes);
  return { thread, volumes, fatal, close: () => thread.close().then(() => volumes.close()) };
}

/** Volumes of which some functions are others. */
function volumesWith(real: SegmentVolumes, others: Partial<JournalVolumes>): JournalVolumes {
  return {
    get settledBelow() {
      return real.settledBelow;
    },
    place: (size, chunksAt) => real.place(size, chunksAt),
    placeNow: (size, chunksAt) => real.placeNow(size, chunksAt),
    sync: (ids) => real.sync(ids),
    syncNow: (ids) => real.syncNow(ids),
    ...others,
  };
}

/** What a folder says once it is opened again: leases by key, and the bytes of each segment. */
function contentOf(folder: string) {
  const root = join(folder, 'volumes');
  const db = new DatabaseSync(join(folder, 'meta.db'));
  replayJournal(db, root, { isOwner: false });
  const database = new Database(db, join(folder, 'meta.db'));
  const leases = db.prepare('SELECT key, version, record FROM lease ORDER BY key').all();
  const segments = new Map<string, string>();
  const text = (bytes: unknown) => Buffer.from(bytes as Uint8Array).toString();
  for (const { lease, bytes } of db.prepare('SELECT lease, bytes FROM inline_segment').all()) segments.set(String(lease), text(bytes));
  for (const { lease, volume, position, size } of db.prepare('SELECT * FROM volume_segment').all()) {
    const bytes = readBytes(volumePath(root, Number(volume)), Number(position), Number(size));
    segments.set(String(lease), text(bytes));
  }
  database.close();
  return { leases: Object.fromEntries(leases.map(({ key, version, record }) => [String(key), `${version} ${text(record)}`])), segments };
}

function readBytes(path: string, position: number, size: number): Buffer {
  return readFileSync(path).subarray(position, position + size);
}

describe('the journal of a folder', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stratalog-journal-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const stage = (thread: DatabaseThread, lease: string, placed?: (place: object) => void) =>
    thread.stage({ lease, putAtMs: 1, content: new Uint8Array(Buffer.from(`bytes of ${lease}`)) }, placed === undefined ? {} : { placed });
  const write = (thread: DatabaseThread, key: string, expected: number) =>
    thread.call('lease.write', { keys: [key], expected: [expected], records: [Buffer.from(`${key}${expected + 1}`)] });
  const create = (thread: DatabaseThread, ...keys: string[]) =>
    thread.call('lease.create', { keys, version: 0, record: Buffer.from('new') });
  const inRows = (sql: string) => {
    const db = new DatabaseSync(join(folder, 'meta.db'), { readOnly: true });
    try {
      return db.prepare(sql).all();
    } finally {
      db.close();
    }
  };

  it('has a commit on disk before it is in rows, and rows soon after', async () => {
    const { thread, close } = await openFolder(folder);
    await create(thread, 'a');
    // The first write of a process goes to the row: nobody knows its version before.
    stage(thread, 's1');
    expect(await write(thread, 'a', 0)).toEqual([true]);
    expect(inRows('SELECT lease FROM inline_segment')).toEqual([{ lease: 's1' }]);
    const places: object[] = [];
    for (let version = 1; version < 4; version++) {
      stage(thread, `s${version + 1}`, (place) => places.push(place));
      expect(await write(thread, 'a', version)).toEqual([true]);
    }
    expect(places).toHaveLength(3);
    expect(inRows('SELECT version FROM lease')).toEqual([{ version: 1 }]);
    // What a killed process leaves.
    const copy = mkdtempSync(join(tmpdir(), 'stratalog-journal-'));
    cpSync(folder, copy, { recursive: true });
    const { leases, segments } = contentOf(copy);
    rmSync(copy, { recursive: true });
    expect(leases).toEqual({ a: '4 a4' });
    expect([...segments]).toEqual([1, 2, 3, 4].map((i) => [`s${i}`, `bytes of s${i}`]));
    await expect.poll(() => inRows('SELECT version FROM lease')).toEqual([{ version: 4 }]);
    expect(inRows('SELECT lease FROM volume_segment ORDER BY lease')).toEqual([{ lease: 's2' }, { lease: 's3' }, { lease: 's4' }]);
    // One number was left out when the folder was opened.
    expect(inRows('SELECT sequence FROM journal')).toEqual([{ sequence: 4 }]);
    await close();
  });

  it('is read at once by whoever asks for what frames hold, and refuses what they made old', async () => {
    const { thread, close } = await openFolder(folder);
    await create(thread, 'a');
    await write(thread, 'a', 0);
    stage(thread, 's1');
    await write(thread, 'a', 1);
    const [read, found, listed, stale] = await Promise.all([
      thread.call('lease.read', { keys: ['a'] }),
      thread.call('inline.get', { lease: 's1' }),
      thread.call('inline.list', { after: null, limit: 10 }),
      write(thread, 'a', 1),
    ]);
    expect(Buffer.from(read[0] as Uint8Array).toString()).toBe('a2');
    expect(found).toMatchObject({ size: 'bytes of s1'.length });
    expect(listed).toEqual([{ lease: 's1', size: 'bytes of s1'.length, putAtMs: 1 }]);
    expect(Buffer.from(stale[0] as Uint8Array).toString()).toBe('a2');
    stage(thread, 's2');
    const again = await write(thread, 'a', 1);
    expect(Buffer.from(again[0] as Uint8Array).toString()).toBe('a2');
    stage(thread, 's3');
    expect(await write(thread, 'a', 2)).toEqual([true]);
    await close();
    expect(contentOf(folder).leases).toEqual({ a: '3 a3' });
    expect([...contentOf(folder).segments.keys()].sort()).toEqual(['s1', 's2', 's3']);
  });

  it('is on the disk before the loop goes on to what came meanwhile', async () => {
    const { thread, close } = await openFolder(folder);
    await create(thread, 'a');
    await write(thread, 'a', 0);
    stage(thread, 's1');
    await write(thread, 'a', 1);
    const order: string[] = [];
    const turn = new Promise<void>((resolve) => setImmediate(resolve)).then(() => order.push('next turn'));
    stage(thread, 's2');
    const written = write(thread, 'a', 2).then(() => order.push('write'));
    await Promise.all([turn, written]);
    expect(order).toEqual(['write', 'next turn']);
    await close();
  });

  it('takes in the lease records of one turn, however many promises one of them is behind', async () => {
    const { thread, close } = await openFolder(folder);
    await create(thread, 'a', 'b');
    await Promise.all([write(thread, 'a', 0), write(thread, 'b', 0)]);
    stage(thread, 's1');
    const late = async () => {
      for (let i = 0; i < 20; i++) await null;
      return write(thread, 'b', 1);
    };
    expect(await Promise.all([write(thread, 'a', 1), late()])).toEqual([[true], [true]]);
    // A record that came by itself would have gone to the database, and the frame's rows before it.
    expect(inRows('SELECT key, version FROM lease ORDER BY key')).toEqual([
      { key: 'a', version: 1 },
      { key: 'b', version: 1 },
    ]);
    await close();
    expect(contentOf(folder).leases).toEqual({ a: '2 a2', b: '2 b2' });
  });

  it('goes round the database thread, and not where that has the same leases', async () => {
    const { thread, close } = await openFolder(folder);
    await create(thread, 'a', 'b');
    await Promise.all([write(thread, 'a', 0), write(thread, 'b', 0)]);
    stage(thread, 's0');
    await write(thread, 'a', 1);
    const order: string[] = [];
    const note = (what: string) => () => order.push(what);
    stage(thread, 's1');
    // Groups, pages and topics have nothing to do with frames.
    const groups = thread.call('group.list', { after: null, limit: 10 }).then(note('groups'));
    const writes = write(thread, 'a', 2).then(note('write'));
    await Promise.all([groups, writes]);
    expect(order).toEqual(['write', 'groups']);
    const removed = thread.call('lease.remove', { keys: ['b'] });
    stage(thread, 's2');
    const refused = write(thread, 'b', 1);
    await removed;
    expect(await refused).toEqual([null]);
    await create(thread, 'b');
    stage(thread, 's3');
    expect(Buffer.from((await write(thread, 'b', 1))[0] as Uint8Array).toString()).toBe('new');
    await close();
    expect(contentOf(folder).leases).toEqual({ a: '3 a3', b: '0 new' });
  });

  it('has whatever reads or writes the same leases wait for a frame on its way to the disk, and nothing else', async () => {
    let held: PromiseWithResolvers<void> | undefined;
    const { thread, close } = await openFolder(folder, {
      isQuick: () => false,
      break: (real) =>
        volumesWith(real, {
          sync: async (ids) => {
            await held?.promise;
            await real.sync(ids);
          },
          syncNow: () => expect.unreachable(),
        }),
    });
    await create(thread, 'a');
    await write(thread, 'a', 0);
    stage(thread, 's1');
    await write(thread, 'a', 1);
    held = Promise.withResolvers();
    stage(thread, 's2');
    let isAnswered = false;
    const first = write(thread, 'a', 2).finally(() => {
      isAnswered = true;
    });
    await turn();
    stage(thread, 's3');
    const second = write(thread, 'a', 3);
    const read = thread.call('lease.read', { keys: ['a'] });
    expect(await thread.call('inline.list', { after: null, limit: 10 })).toMatchObject([{ lease: 's1' }]);
    expect(await thread.call('topic.version', null)).toBe(0);
    expect(isAnswered).toBe(false);
    held.resolve();
    expect(await Promise.all([first, second])).toEqual([[true], [true]]);
    expect(Buffer.from((await read)[0] as Uint8Array).toString()).toBe('a4');
    await close();
    expect(contentOf(folder).leases).toEqual({ a: '4 a4' });
  });

  it('waits for what the thread does with the same leases', async () => {
    const { thread, close } = await openFolder(folder, { isQuick: () => false });
    await create(thread, 'a');
    await write(thread, 'a', 0);
    // Without a segment it goes to the row, and may not be there yet when the next one comes.
    const first = write(thread, 'a', 1);
    await turn();
    stage(thread, 's1');
    const second = write(thread, 'a', 1);
    expect(await first).toEqual([true]);
    expect(Buffer.from((await second)[0] as Uint8Array).toString()).toBe('a2');
    await close();
    expect(contentOf(folder).leases).toEqual({ a: '2 a2' });
  });

  it('never writes here while the thread holds segments for its next commit', async () => {
    let isQuick = true;
    const { thread, close } = await openFolder(folder, { isQuick: () => isQuick });
    await create(thread, 'a', 'b');
    // Without a segment it is no frame.
    await write(thread, 'a', 0);
    isQuick = false;
    const first = write(thread, 'a', 1);
    // Between two looks at what is to be sent: the first commit has been made, and nothing but a segment has come.
    process.nextTick(() => {
      standStill(50);
      stage(thread, 's1');
    });
    const second = write(thread, 'b', 0);
    await first;
    standStill(50);
    isQuick = true;
    // Looks until that is seen.
    for (let looks = 0; looks < 10; looks++) thread.readNow(() => undefined);
    expect(await write(thread, 'a', 2)).toEqual([true]);
    expect(await second).toEqual([true]);
    await close();
    expect(contentOf(folder)).toEqual({ leases: { a: '3 a3', b: '1 b1' }, segments: new Map([['s1', 'bytes of s1']]) });
  });

  it('covers bytes in volumes with its own sync, and says when they may be let go', async () => {
    const { thread, volumes, close } = await openFolder(folder);
    await create(thread, 'a');
    await write(thread, 'a', 0);
    const bytes = Buffer.from('written before the frame');
    const { place, settle } = await volumes.write([bytes], bytes.length);
    let isTold = false;
    const told = () => {
      isTold = true;
      settle();
    };
    thread.stage({ lease: 's1', putAtMs: 1, content: place, crc: crc32(bytes) }, { told });
    expect(await write(thread, 'a', 1)).toEqual([true]);
    expect(isTold).toBe(false);
    volumes.seal();
    expect(volumes.settledBelow).toBe(place.volume);
    expect(await thread.call('inline.get', { lease: 's1' })).toEqual(place);
    expect(isTold).toBe(true);
    expect(volumes.settledBelow).toBeGreaterThan(place.volume);
    await close();
  });

  it('holds segments of any size, which another thread puts on disk where they are large', async () => {
    const synced: string[] = [];
    const { thread, volumes, close } = await openFolder(folder, {
      break: (real) =>
        volumesWith(real, {
          sync: (ids) => real.sync(ids).finally(() => synced.push('by another')),
          syncNow: (ids) => {
            real.syncNow(ids);
            synced.push('here');
          },
        }),
    });
    await create(thread, 'a');
    await write(thread, 'a', 0);
    const sizes = [1_000, 40_000, 300_000, 3_000_000, 40_000];
    for (const [i, size] of sizes.entries()) {
      const bytes = Buffer.alloc(size, `${i}`);
      const { place, settle } = await volumes.write([bytes], size);
      thread.stage({ lease: `s${i}`, putAtMs: 1, content: place, crc: crc32(bytes) }, { told: settle });
      expect(await write(thread, 'a', i + 1)).toEqual([true]);
    }
    expect(synced).toEqual(['here', 'here', 'by another', 'by another', 'here']);
    // What a killed process leaves.
    const copy = mkdtempSync(join(tmpdir(), 'stratalog-journal-'));
    cpSync(folder, copy, { recursive: true });
    const { leases, segments } = contentOf(copy);
    rmSync(copy, { recursive: true });
    expect(leases).toEqual({ a: `${sizes.length + 1} a${sizes.length + 1}` });
    expect([...segments]).toEqual(sizes.map((size, i) => [`s${i}`, `${i}`.repeat(size)]));
    await close();
  });

  it('makes rows of large segments sooner, so that a killed process leaves few bytes to be looked through', async () => {
    const asked: string[] = [];
    const { thread, volumes, close } = await openFolder(folder);
    const post = Worker.prototype.postMessage;
    // On a slow disk the rows of half a second would come before.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const watched = vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker, ...args) {
      if (Array.isArray(args[0])) for (const { name } of args[0] as CommandMessage[]) asked.push(name);
      return post.apply(this, args);
    });
    try {
      await create(thread, 'a');
      await write(thread, 'a', 0);
      asked.length = 0;
      const bytes = Buffer.alloc(9_000_000, 'x');
      for (let i = 1; i < 8; i++) {
        const { place, settle } = await volumes.write([bytes], bytes.length);
        thread.stage({ lease: `s${i}`, putAtMs: 1, content: place, crc: crc32(bytes) }, { told: settle });
        expect(await write(thread, 'a', i)).toEqual([true]);
      }
      const { length: before } = asked;
      const { place, settle } = await volumes.write([bytes], bytes.length);
      thread.stage({ lease: 's8', putAtMs: 1, content: place, crc: crc32(bytes) }, { told: settle });
      expect(await write(thread, 'a', 8)).toEqual([true]);
      await turn();
      expect(asked.slice(before)).toEqual(['journal.apply']);
    } finally {
      watched.mockRestore();
      vi.useRealTimers();
    }
    await close();
  });

  it('refuses records that find no room, keeps their segments for the next commit, and goes on when there is room', async () => {
    let isFull = false;
    const full = (): never => {
      throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    };
    const { thread, fatal, close } = await openFolder(folder, {
      break: (volumes) =>
        volumesWith(volumes, {
          place: (size, chunksAt) =>
            isFull ? Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' })) : volumes.place(size, chunksAt),
          placeNow: (size, chunksAt) => (isFull ? full() : volumes.placeNow(size, chunksAt)),
        }),
    });
    await create(thread, 'a');
    await write(thread, 'a', 0);
    stage(thread, 's1');
    await write(thread, 'a', 1);
    isFull = true;
    stage(thread, 's2');
    await expect(write(thread, 'a', 2)).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    expect(thread.troubled?.code).toBe('STORAGE_FULL');
    // The database has room: the same record goes there, and its segment with it.
    expect(await write(thread, 'a', 2)).toEqual([true]);
    expect(thread.troubled).toBeUndefined();
    // What may be left of the frame on disk counts as in rows.
    expect(inRows('SELECT sequence FROM journal')).toEqual([{ sequence: 3 }]);
    expect(await thread.call('inline.get', { lease: 's2' })).toBeInstanceOf(Uint8Array);
    isFull = false;
    stage(thread, 's3');
    expect(await write(thread, 'a', 3)).toEqual([true]);
    stage(thread, 's4');
    expect(await write(thread, 'a', 4)).toEqual([true]);
    expect(fatal).toEqual([]);
    const copy = mkdtempSync(join(tmpdir(), 'stratalog-journal-'));
    cpSync(folder, copy, { recursive: true });
    expect(contentOf(copy).leases).toEqual({ a: '5 a5' });
    rmSync(copy, { recursive: true });
    await close();
    expect([...contentOf(folder).segments.keys()].sort()).toEqual(['s1', 's2', 's3', 's4']);
  });

  it.each(['here', 'elsewhere'])('stops the process when a sync %s fails: nobody knows what is on disk', async (where) => {
    let isBroken = false;
    const broken = () => {
      if (isBroken) throw Object.assign(new Error('input/output error'), { code: 'EIO' });
    };
    const { thread, fatal, volumes } = await openFolder(folder, {
      isQuick: () => where === 'here',
      break: (real) =>
        volumesWith(real, {
          sync: async (ids) => {
            broken();
            await real.sync(ids);
          },
          syncNow: (ids) => {
            broken();
            real.syncNow(ids);
          },
        }),
    });
    await create(thread, 'a');
    await write(thread, 'a', 0);
    stage(thread, 's0');
    await write(thread, 'a', 1);
    isBroken = true;
    stage(thread, 's1');
    await expect(write(thread, 'a', 2)).rejects.toMatchObject({ code: 'STORAGE_ERROR' });
    expect(fatal).toHaveLength(1);
    await expect(thread.call('topic.version', null)).rejects.toMatchObject({ code: 'STORAGE_ERROR' });
    await thread.close();
    await volumes.close();
  });

  it('gives the answers of one database, whoever makes the commits, and leaves all of them behind wherever it is killed', async () => {
    const keys = ['a', 'b', 'c'] as const;
    const command = fc.oneof(
      { weight: 6, arbitrary: fc.record({ kind: fc.constant('commit' as const), key: fc.constantFrom(...keys), stale: fc.nat(9) }) },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constantFrom('write' as const, 'read' as const, 'remove' as const, 'create' as const),
          key: fc.constantFrom(...keys),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constantFrom('list' as const, 'topics' as const, 'wait' as const, 'busy' as const, 'kill' as const),
        }),
      },
      // What comes between a segment and its record, and how far everybody is by then.
      { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('stage' as const, 'tick' as const, 'turn' as const, 'still' as const) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('get' as const), segment: fc.nat(20) }) },
    );
    const bytes = (value: unknown) =>
      JSON.stringify(value, (_, item) => (item instanceof Uint8Array ? Buffer.from(item).toString() : item));
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 60 }), async (commands) => {
        const [ours, theirs] = [mkdtempSync(join(folder, 'a-')), mkdtempSync(join(folder, 'b-'))];
        const model = new Database(openDatabase(join(theirs, 'meta.db')), join(theirs, 'meta.db'));
        let isBusy = false;
        const { thread, fatal, close } = await openFolder(ours, { isQuick: () => !isBusy });
        let asked: Promise<unknown>[] = [];
        let expected: unknown[] = [];
        const versions = new Map<string, number>();
        const segments = new Map<string, string>();
        const call = <Name extends CommandMessage['name']>(name: Name, ask: (CommandMessage & { name: Name })['ask']) => {
          asked.push(thread.call(name, ask as never));
          const [answer] = model.run([{ id: 1, name, ask: structuredClone(ask) } as CommandMessage]);
          expected.push(answer !== undefined && 'value' in answer ? answer.value : answer);
        };
        const staged = () => {
          const name = `s${segments.size}`;
          segments.set(name, `bytes of ${name}`);
          stage(thread, name);
          model.run([{ id: 0, name: 'inline.stage', ask: { lease: name, putAtMs: 1, content: Buffer.from(`bytes of ${name}`) } }]);
        };
        const lease = (key: string, stale: number) => {
          const version = Math.max(0, (versions.get(key) ?? 0) - (stale === 9 ? 1 : 0));
          call('lease.write', { keys: [key], expected: [version], records: [Buffer.from(`${key}${version + 1}`)] });
          if (bytes(expected.at(-1)) === '[true]') versions.set(key, version + 1);
        };
        const settle = async () => {
          expect((await Promise.all(asked)).map(bytes)).toEqual(expected.map(bytes));
          [asked, expected] = [[], []];
        };
        for (const key of keys) call('lease.create', { keys: [key], version: 0, record: Buffer.from('new') });
        for (const one of commands) {
          if (one.kind === 'commit' || one.kind === 'stage') staged();
          if (one.kind === 'commit') lease(one.key, one.stale);
          if (one.kind === 'write') lease(one.key, 0);
          if (one.kind === 'read') call('lease.read', { keys: [one.key] });
          if (one.kind === 'remove' || one.kind === 'create') {
            versions.set(one.key, 0);
            if (one.kind === 'remove') call('lease.remove', { keys: [one.key] });
            call('lease.create', { keys: [one.key], version: 0, record: Buffer.from('new') });
            const [read] = model.run([{ id: 1, name: 'lease.read', ask: { keys: [one.key] } }]);
            const [row] = (read as unknown as { readonly value: readonly [Uint8Array] }).value;
            versions.set(one.key, Number(/\d*$/.exec(Buffer.from(row).toString())?.[0] ?? 0));
          }
          if (one.kind === 'list') {
            call('inline.list', { after: null, limit: 100 });
            // Segments come first in their group: one that is handed over now would be in the list.
            await settle();
          }
          if (one.kind === 'topics') call('topic.list', { after: null, limit: 10 });
          if (one.kind === 'busy') isBusy = !isBusy;
          if (one.kind === 'tick') await new Promise((resolve) => process.nextTick(resolve));
          if (one.kind === 'turn') await turn();
          if (one.kind === 'still') standStill();
          if (one.kind === 'wait') await settle();
          if (one.kind === 'get') {
            await settle();
            const found = await thread.call('inline.get', { lease: `s${one.segment}` });
            expect(found === null).toBe(!segments.has(`s${one.segment}`));
          }
          if (one.kind === 'kill') {
            await settle();
            const copy = mkdtempSync(join(folder, 'c-'));
            cpSync(ours, copy, { recursive: true });
            const left = contentOf(copy);
            rmSync(copy, { recursive: true });
            // A record that was never asked for its segment's commit stays away with it; whatever was answered is there.
            for (const [key, version] of versions) expect(left.leases[key]?.split(' ')[0]).toBe(String(version));
            for (const [name, text] of left.segments) expect(segments.get(name)).toBe(text);
          }
        }
        await settle();
        await close();
        model.close();
        expect(fatal).toEqual([]);
        const [mine, models] = [contentOf(ours), contentOf(theirs)];
        expect(mine.leases).toEqual(models.leases);
        expect(mine.segments).toEqual(new Map([...models.segments].sort().filter(([name]) => mine.segments.has(name))));
        for (const dir of [ours, theirs]) rmSync(dir, { recursive: true });
      }),
      { numRuns: 40 },
    );
    expect(readdirSync(folder)).toEqual([]);
  });
});
