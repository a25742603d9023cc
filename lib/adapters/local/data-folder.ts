import { accessSync, chmodSync, constants, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { StratalogError } from '../../core/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Zone } from '../../ports/object-store.ts';
import { VOLUMES } from './database.ts';
import { SCHEMA_VERSION, versionOf } from './database-schema.ts';
import { DatabaseThread } from './database-thread.ts';
import { FolderLock } from './folder-lock.ts';
import { LocalGroupStore } from './group-store.ts';
import { LocalInlineStore } from './inline-store.ts';
import { replayJournal, unappliedFrames } from './journal-replay.ts';
import { journalNoteOf } from './journal-rows.ts';
import { LocalLeaseStore } from './lease-store.ts';
import { makeLogReady } from './log-room.ts';
import { LocalObjectStore } from './object-store.ts';
import { LocalPageStore } from './page-store.ts';
import { LocalProducerStore } from './producer-store.ts';
import { SegmentVolumes } from './segment-volumes.ts';
import { storageError } from './storage-error.ts';
import { LocalTopicStore } from './topic-store.ts';
import { LocalWorkStore } from './work-store.ts';

export interface DataFolderOptions {
  /** The folder; made if it is missing. */
  readonly folder: string;
  /** How many zones objects are kept in, each a folder of its own. Default 1, at most 16. */
  readonly zones?: number | undefined;
  readonly clock: Clock;
  /** This process's id, shown to a second process. Default: the id of this process. */
  readonly pid?: number | undefined;
  /** Writes nothing, whatever the folder allows. Default: whether the folder cannot be written. */
  readonly readOnly?: boolean | undefined;
  /** Called once when a sync failed or the database is damaged: the process must stop, nobody knows what is on disk. */
  readonly onFatal: (error: StratalogError) => void;
}

/** Every store of one data folder. */
export interface DataFolder {
  readonly leases: LocalLeaseStore;
  readonly pages: LocalPageStore;
  readonly producers: LocalProducerStore;
  readonly topics: LocalTopicStore;
  readonly inline: LocalInlineStore;
  readonly groups: LocalGroupStore;
  readonly work: LocalWorkStore;
  readonly zones: readonly Zone[];
  /** True when the folder cannot be written: reads work, writes are refused with STORAGE_READ_ONLY. */
  readonly readOnly: boolean;
  /** Finishes what was asked, closes all files and gives the folder free. May be repeated. */
  close(): Promise<void>;
}

const ZONES_MAX = 16;
const DATABASE = 'meta.db';

/**
 * Opens a data folder for this process alone. Throws FOLDER_IN_USE when another process has it, INVALID_REQUEST for a
 * number of zones out of bounds, STORAGE_ERROR when it cannot be read.
 */
export async function openDataFolder(options: DataFolderOptions): Promise<DataFolder> {
  const zoneCount = options.zones ?? 1;
  if (!Number.isInteger(zoneCount) || zoneCount < 1 || zoneCount > ZONES_MAX) {
    throw new StratalogError('INVALID_REQUEST', `zones is ${zoneCount}, it must be a whole number from 1 to ${ZONES_MAX}`, {
      field: 'zones',
      value: zoneCount,
      limit: ZONES_MAX,
    });
  }
  const folder = resolve(options.folder);
  const readOnly = options.readOnly ?? !makeWritable(folder);
  const lock = takeLock(folder, readOnly, options.pid ?? process.pid);
  const copy = readOnly ? readableDatabase(folder) : undefined;
  let fatal = false;
  const onFatal = (error: StratalogError) => {
    if (!fatal) options.onFatal(error);
    fatal = true;
  };
  try {
    const data = { path: join(folder, DATABASE), ...(copy === undefined ? {} : { readFrom: copy.location }) };
    const thread = await DatabaseThread.open(data, onFatal);
    const zones = Array.from({ length: zoneCount }, (_, i) => {
      const name = `zone-${i}`;
      return { name, objects: new LocalObjectStore(join(folder, 'zones', name), { readOnly, onFatal }) };
    });
    const live = new Set(await thread.call('inline.volumes', null));
    const volumes = new SegmentVolumes(join(folder, VOLUMES), live, { readOnly, onFatal });
    let closing: Promise<void> | undefined;
    if (!readOnly) {
      await thread.journalInto(volumes);
      await syncFolders(folder, join(folder, 'zones'));
      void makeLogReady(() => thread.call('log.extend', null));
    }
    return {
      leases: new LocalLeaseStore(thread),
      pages: new LocalPageStore(thread),
      producers: new LocalProducerStore(thread, options.clock),
      topics: new LocalTopicStore(thread),
      groups: new LocalGroupStore(thread),
      work: new LocalWorkStore(thread),
      // Rows and volumes are one copy. With more than one zone every segment is a file in each of the zones' folders.
      inline: new LocalInlineStore(thread, volumes, options.clock, zoneCount === 1 ? undefined : 0),
      zones,
      readOnly,
      close() {
        closing ??= closeAll(thread, volumes, zones).finally(() => {
          copy?.remove();
          lock?.release();
        });
        return closing;
      },
    };
  } catch (error) {
    copy?.remove();
    lock?.release();
    throw error;
  }
}

async function closeAll(
  thread: DatabaseThread,
  volumes: SegmentVolumes,
  zones: readonly { readonly objects: LocalObjectStore }[],
): Promise<void> {
  await Promise.all(zones.map(({ objects }) => objects.close()));
  await thread.close();
  await volumes.close();
}

/** True when the folder is there and can be written, after making it if need be. */
function makeWritable(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return true;
  } catch (error) {
    const known = storageError(error, folder);
    if (known.code === 'STORAGE_READ_ONLY' && existsSync(join(folder, DATABASE))) return false;
    throw known;
  }
}

function takeLock(folder: string, readOnly: boolean, pid: number): FolderLock | undefined {
  if (readOnly && !existsSync(join(folder, 'lock.db'))) return undefined;
  try {
    return FolderLock.take(folder, { readOnly, pid });
  } catch (error) {
    throw storageError(error, folder);
  }
}

/**
 * A database that can be read without writing a byte into its folder. After a clean stop it is the file itself; when
 * a killed process left a log beside it, which must be merged to be read, or frames that are not in rows, a copy in the
 * system's own folder for temporary files.
 */
function readableDatabase(folder: string): { readonly location: string; remove(): void } {
  const path = join(folder, DATABASE);
  const log = `${path}-wal`;
  const volumes = join(folder, VOLUMES);
  const inPlace = `${pathToFileURL(path).href}?immutable=1`;
  const hasLog = existsSync(log) && statSync(log).size > 0;
  if (!hasLog && !hasFrames(inPlace, volumes)) return { location: inPlace, remove() {} };
  const copy = mkdtempSync(join(tmpdir(), 'stratalog-'));
  const location = join(copy, DATABASE);
  copyFileSync(path, location);
  if (hasLog) copyFileSync(log, `${location}-wal`);
  // A copy has the rights of the file, which may be those to read alone.
  for (const name of readdirSync(copy)) chmodSync(join(copy, name), 0o600);
  replayInto(location, volumes);
  return { location, remove: () => rmSync(copy, { recursive: true, force: true }) };
}

function hasFrames(location: string, volumes: string): boolean {
  return withDatabase(new URL(location), { readOnly: true }, (db) => unappliedFrames(journalNoteOf(db), volumes).length > 0) ?? false;
}

function replayInto(path: string, volumes: string): void {
  withDatabase(path, {}, (db) => replayJournal(db, volumes, { isOwner: false }));
}

/** Undefined for what is no database or one of another layout, of which whoever opens it next tells. */
function withDatabase<Value>(
  location: string | URL,
  options: { readonly readOnly?: boolean },
  work: (db: DatabaseSync) => Value,
): Value | undefined {
  const db = new DatabaseSync(location, options);
  try {
    return isOfThisLayout(db) ? work(db) : undefined;
  } finally {
    db.close();
  }
}

function isOfThisLayout(db: DatabaseSync): boolean {
  try {
    return versionOf(db) === SCHEMA_VERSION;
  } catch {
    return false;
  }
}

/** Puts the names of what was just made on disk, the data folder's own included. */
async function syncFolders(folder: string, zones: string): Promise<void> {
  for (const path of [zones, folder, dirname(folder)]) {
    const handle = await open(path, 'r').catch(() => undefined);
    // The folder above may belong to somebody else, who lets us pass but not read.
    if (handle === undefined) continue;
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}
