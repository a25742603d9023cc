import { fdatasyncSync, mkdirSync, readdirSync, readSync } from 'node:fs';
import { type FileHandle, mkdir, open, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StratalogError } from '../../core/errors.ts';
import type { VolumePlace } from './database-commands.ts';
import { writeAll, writeAllNow } from './file-writes.ts';
import { FillPace } from './fill-pace.ts';
import { KeptVolumes } from './kept-volumes.ts';
import { allocateNew, OpenFiles } from './open-files.ts';
import { type OpenVolume, openVolumeOf } from './open-volume.ts';
import { isRecoverable, storageError } from './storage-error.ts';
import { BLOCK_BYTES, VOLUME_BYTES, volumeIdOf, volumePath } from './volume-file.ts';

/**
 * Segments go where bytes were before, of an older volume or zeros. A sync of bytes that were there writes no metadata of the
 * file system: it takes half the CPU and up to half the time of a sync that makes a file longer. While one volume is filled the
 * next one is made ready beside it, so that no segment's sync has to take zeros along; the first one grows by these many bytes:
 * twice as many as the last time where those were filled sooner than {@link GROW_SOONER_MS}, half where they lasted four times as long.
 * While volumes are filled fast ({@link FillPace}) there are no zeros: segments make the file longer, and have the disk for themselves.
 */
const GROW_MIN_BYTES = 1024 * 1024;
const GROW_MAX_BYTES = 16 * 1024 * 1024;
const GROW_SOONER_MS = 100;
/** A volume with this many bytes is worth a next one. */
const SPARE_FROM_BYTES = 4 * 1024 * 1024;
/** Zeros between two syncs of a volume that is made ready, at least and at most: a segment's sync beside one waits for it, and for many small ones more often. */
const SPARE_SYNC_BYTES_MIN = 1024 * 1024;
const SPARE_SYNC_BYTES_MAX = 4 * 1024 * 1024;
/** Zeros written for each byte that the volume before it gets: it is ready when that has taken in two thirds of what it can. */
const SPARE_PACE = 1.5;
/** How often it is looked whether more are due, ms. */
const SPARE_LOOK_MS = 10;
/** Volumes that must have room on the disk, so that the zeros of one take nothing from segments and records. */
const SPARE_ROOM = 4;
/**
 * A segment from this size on costs more to write twice, as zeros and as itself, than its sync saves: it makes the file longer. A smaller one is copied
 * in less time than it takes to have another thread do it.
 */
const LARGE_BYTES = 512 * 1024;
const ZEROS = Buffer.alloc(1024 * 1024);
const FILES_OPEN_MAX = 64;
/** So few bytes are copied in less time than it takes to have another thread do it. */
const READ_NOW_BYTES_MAX = 128 * 1024;

/** The chunks that are to lie at a place. */
export type ChunksAt = (volume: number, position: number) => readonly Uint8Array[];

/** A segment that was written. */
export interface PlacedSegment {
  readonly place: VolumePlace;
  readonly settle: () => void;
}

/**
 * Segments one behind the other in large files. A row of the database says where each lies; what no row names was never
 * answered and is garbage. When its last row has gone a volume is written again under a new number, or goes.
 */
export class SegmentVolumes {
  readonly #root: string;
  readonly #readOnly: boolean;
  readonly #onFatal: (error: StratalogError) => void;
  readonly #files = new OpenFiles(FILES_OPEN_MAX);
  readonly #kept: KeptVolumes;
  /** Volumes that are written to, made ready or not settled yet, oldest first. */
  readonly #open: OpenVolume[] = [];
  /** The one that takes new segments. */
  #newest: Promise<OpenVolume> | undefined;
  /** The same once it is there. */
  #current: OpenVolume | undefined;
  /** The one that waits to follow it, all zeros and on disk. */
  #spare: OpenVolume | undefined;
  /** Ends when no volume is being made ready. */
  #preparing: Promise<void> | undefined;
  /** Volumes that are being closed. */
  readonly #finishing = new Map<number, Promise<void>>();
  #lastId = 0;
  /** Bytes that segments and frames took so far. */
  #placedBytes = 0;
  readonly #pace: FillPace;
  /** Ms, monotonic. */
  readonly #now: () => number;
  /** Zeros of the next growth, and when the last one was. */
  #growBytes = GROW_MIN_BYTES;
  #grewAt = Number.NEGATIVE_INFINITY;
  readonly #closing = new AbortController();

  /** `live` are the volumes that rows name: all others are removed. */
  constructor(
    root: string,
    live: ReadonlySet<number>,
    options: { readonly readOnly: boolean; readonly onFatal: (error: StratalogError) => void; readonly now?: () => number },
  ) {
    this.#root = root;
    this.#readOnly = options.readOnly;
    this.#onFatal = options.onFatal;
    this.#now = options.now ?? (() => performance.now());
    this.#pace = new FillPace(this.#now);
    this.#kept = new KeptVolumes(root, (path) => this.#files.drop(path));
    for (const id of live) this.#lastId = Math.max(this.#lastId, id);
    if (this.#readOnly) return;
    mkdirSync(root, { recursive: true });
    for (const name of readdirSync(root)) {
      const id = volumeIdOf(name);
      if (id === undefined) continue;
      this.#lastId = Math.max(this.#lastId, id);
      if (!live.has(id)) unlink(join(root, name)).catch(() => {});
    }
  }

  /** Volumes below this number get no more rows. */
  get settledBelow(): number {
    return Math.min(this.#lastId + 1, ...this.#open.map(({ id }) => id));
  }

  /**
   * Writes a segment; on disk when it resolves. `settle` must be called once the database has been told of the place, or
   * never will be.
   */
  append(chunks: readonly Uint8Array[], size: number): Promise<PlacedSegment> {
    return this.#put(size, async ({ file }, position, rest) => writeAll(file, [...chunks, rest], position), true);
  }

  /** Writes a segment without a sync: whoever commits its place must sync the volume before. */
  write(chunks: readonly Uint8Array[], size: number): Promise<PlacedSegment> {
    const isLarge = size >= LARGE_BYTES;
    return this.#put(
      size,
      ({ file }, position, rest) =>
        isLarge ? writeAll(file, [...chunks, rest], position) : writeAllNow(file.fd, [...chunks, rest], position),
      false,
    );
  }

  /** As {@link write}, for bytes that name the place where they lie. */
  place(size: number, chunksAt: ChunksAt): Promise<PlacedSegment> {
    const write = ({ id, file }: OpenVolume, position: number, rest: Uint8Array) =>
      writeAllNow(file.fd, [...chunksAt(id, position), rest], position);
    return this.#put(size, write, false);
  }

  /** As {@link place}, without a wait; undefined where that takes one. */
  placeNow(size: number, chunksAt: ChunksAt): PlacedSegment | undefined {
    const room = roomFor(size);
    const volume = this.#current;
    if (volume === undefined || volume.full || !this.#takes(volume, room)) return undefined;
    const isReady = volume.zeroedTo >= volume.end + room || (volume.zeroedTo === volume.grownTo && this.#goesWithoutZeros(volume, room));
    if (!isReady) return undefined;
    volume.unsettled++;
    const position = this.#reserve(volume, room);
    const settle = this.#settleOf(volume);
    try {
      writeAllNow(volume.file.fd, [...chunksAt(volume.id, position), ZEROS.subarray(0, room - size)], position);
      volume.segments++;
      this.#growAhead(volume, size);
      return { place: { volume: volume.id, position, size }, settle };
    } catch (error) {
      throw this.#failed(error, settle, volumePath(this.#root, volume.id));
    }
  }

  /** Puts on disk what was written to volumes and is not settled. After a failure nobody knows what is. */
  async sync(ids: Iterable<number>): Promise<void> {
    await Promise.all(Array.from(ids, (id) => this.#synced(this.#unsettled(id))));
  }

  /** As {@link sync}, on the caller's own thread. */
  syncNow(ids: Iterable<number>): void {
    for (const id of ids) fdatasyncSync(this.#unsettled(id).file.fd);
  }

  #unsettled(id: number): OpenVolume {
    const volume = this.#open.find((open) => open.id === id);
    if (volume === undefined) throw new Error(`volume ${id} is closed`);
    return volume;
  }

  /** `write` is given what is to follow the segment so that whole blocks are written. */
  async #put(
    size: number,
    write: (volume: OpenVolume, position: number, rest: Uint8Array) => Promise<void> | void,
    synced: boolean,
  ): Promise<PlacedSegment> {
    const room = roomFor(size);
    const path = this.#root;
    if (this.#readOnly) throw storageError(Object.assign(new Error('the folder is read-only'), { code: 'EROFS' }), path);
    const { volume, position } = await this.#placeFor(room).catch((error) => {
      if (isRecoverable(error)) this.giveRoom();
      throw storageError(error, path);
    });
    const settle = this.#settleOf(volume);
    try {
      if (volume.zeroedTo < position + room) await volume.grown;
      await write(volume, position, ZEROS.subarray(0, room - size));
      if (synced) await this.#synced(volume);
      volume.segments++;
      this.#growAhead(volume, size);
      return { place: { volume: volume.id, position, size }, settle };
    } catch (error) {
      throw this.#failed(error, settle, volumePath(this.#root, volume.id));
    }
  }

  #settleOf(volume: OpenVolume): () => void {
    return () => {
      volume.unsettled--;
      this.#retire();
    };
  }

  #failed(error: unknown, settle: () => void, path: string): StratalogError {
    settle();
    if (isRecoverable(error)) this.giveRoom();
    return storageError(error, path);
  }

  /** Bytes of a segment, fewer where the file ends; undefined when the volume has gone. */
  async read(place: VolumePlace, position: number, length: number, allocate = allocateNew): Promise<Buffer | undefined> {
    const take = Math.max(0, Math.min(length, place.size - position));
    const at = place.position + position;
    return this.#kept.read(place.volume, async () => {
      const volume = this.#open.find(({ id }) => id === place.volume);
      if (volume === undefined) {
        const path = volumePath(this.#root, place.volume);
        return this.#files.read(path, at, take, allocate).catch((error) => {
          throw storageError(error, path);
        });
      }
      const { buffer, bytesRead } = await volume.file.read(allocate(take), 0, take, at);
      return buffer.subarray(0, bytesRead);
    });
  }

  /** As {@link read}, without a wait; undefined where that takes one, and for more than {@link READ_NOW_BYTES_MAX}. */
  readNow(place: VolumePlace, position: number, length: number, allocate = allocateNew): Buffer | undefined {
    const take = Math.max(0, Math.min(length, place.size - position));
    if (take > READ_NOW_BYTES_MAX || this.#kept.isGone(place.volume)) return undefined;
    const at = place.position + position;
    const volume = this.#open.find(({ id }) => id === place.volume);
    if (volume === undefined) return this.#files.readNow(volumePath(this.#root, place.volume), at, take, allocate);
    const buffer = allocate(take);
    return buffer.subarray(0, readSync(volume.file.fd, buffer, 0, take, at));
  }

  /** Takes volumes that no row names any more and none will: they are written again or unlinked. */
  async remove(ids: readonly number[]): Promise<void> {
    for (const id of ids) {
      // What gives back its room at the end would give back another volume's.
      await this.#finishing.get(id);
      if (!this.#closing.signal.aborted && (await this.#kept.keep(id))) continue;
      const path = volumePath(this.#root, id);
      await this.#files.drop(path);
      await unlink(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw storageError(error, path);
      });
    }
  }

  /** Gives the disk back what was kept to be written again, since somebody found no room. */
  giveRoom(): void {
    if (!this.#readOnly) void this.#kept.giveBack();
  }

  /** Lets the next segment begin a volume of its own, so that this one can go when its segments have. */
  seal(): void {
    for (const volume of this.#open) if (volume.end > 0) volume.full = true;
    this.#retire();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#newest?.catch(() => undefined);
    await this.#preparing;
    this.seal();
    for (const volume of this.#open.splice(0)) this.#finish(volume);
    await Promise.all(this.#finishing.values());
    await this.#kept.close();
    await this.#files.close();
  }

  /** Takes the next place. In one step with the look at the volume: one that was left in between would be closed by then. */
  async #placeFor(size: number): Promise<{ readonly volume: OpenVolume; readonly position: number }> {
    for (;;) {
      this.#newest ??= this.#next();
      const newest = this.#newest;
      const volume = await newest.catch((error) => {
        if (this.#newest === newest) this.#newest = undefined;
        throw error;
      });
      if (!volume.full && this.#takes(volume, size)) {
        this.#current = volume;
        volume.unsettled++;
        return { volume, position: this.#reserve(volume, size) };
      }
      volume.full = true;
      if (this.#newest === newest) this.#newest = undefined;
      this.#retire();
    }
  }

  #takes(volume: OpenVolume, size: number): boolean {
    if (volume.end === 0) return true;
    // One that would have to grow is left for one that is ready.
    if (this.#isSpareReady && volume.end + size > volume.grownTo && !this.#goesWithoutZeros(volume, size)) return false;
    return volume.end + size <= VOLUME_BYTES;
  }

  get #isSpareReady(): boolean {
    return this.#spare !== undefined && this.#spare.zeroedTo >= VOLUME_BYTES;
  }

  /** Whether what comes next makes the file longer by itself: also a frame just behind the large segment that it names. */
  #goesWithoutZeros(volume: OpenVolume, size: number): boolean {
    return this.#pace.isFast || size >= LARGE_BYTES || (volume.end > 0 && volume.end === volume.largeTo);
  }

  async #next(): Promise<OpenVolume> {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare ?? this.#create();
  }

  async #create(): Promise<OpenVolume> {
    const id = ++this.#lastId;
    await mkdir(this.#root, { recursive: true });
    const bytes = await this.#kept.take(id);
    const path = volumePath(this.#root, id);
    const file = await open(path, bytes === undefined ? 'wx+' : 'r+').catch(async (error) => {
      if (bytes !== undefined) await unlink(path).catch(() => {});
      throw error;
    });
    this.#kept.noteBegun();
    const volume = openVolumeOf(id, file, bytes ?? 0);
    // It counts as open before its name is on disk: nobody may take it for one that gets no more rows.
    this.#open.push(volume);
    try {
      const folder = await open(this.#root, 'r');
      try {
        await this.#sync(() => folder.sync());
      } finally {
        await folder.close();
      }
    } catch (error) {
      volume.full = true;
      this.#retire();
      throw error;
    }
    return volume;
  }

  /** Closes what is full and settled, in order: a volume that is not keeps those behind it open. */
  #retire(): void {
    while (this.#open[0]?.full === true && this.#open[0].unsettled === 0) this.#finish(this.#open.shift() as OpenVolume);
  }

  /** Gives the zeros back that no segment came for, and the whole file where none came at all. */
  #finish(volume: OpenVolume): void {
    const done = volume.grown
      .catch(() => {})
      .then(() => (volume.segments === 0 ? unlink(volumePath(this.#root, volume.id)) : volume.file.truncate(volume.end)))
      .catch(() => {})
      .then(() => volume.file.close())
      .catch(() => {})
      .finally(() => this.#finishing.delete(volume.id));
    this.#finishing.set(volume.id, done);
  }

  /** Takes the next place, and sees to it that zeros will be there when they are worth it. */
  #reserve(volume: OpenVolume, size: number): number {
    const position = volume.end;
    const isWithoutZeros = this.#goesWithoutZeros(volume, size);
    volume.end += size;
    this.#placedBytes += size;
    this.#pace.note(size);
    if (size >= LARGE_BYTES) volume.largeTo = volume.end;
    if (volume.grownTo >= volume.end) return position;
    if (isWithoutZeros) {
      if (volume.zeroedTo === volume.grownTo) volume.zeroedTo = volume.end;
      volume.grownTo = volume.end;
    } else this.#grow(volume);
    return position;
  }

  #grow(volume: OpenVolume): void {
    const now = this.#now();
    const lastedMs = now - this.#grewAt;
    this.#grewAt = now;
    if (lastedMs < GROW_SOONER_MS) this.#growBytes = Math.min(2 * this.#growBytes, GROW_MAX_BYTES);
    else if (lastedMs > 4 * GROW_SOONER_MS) this.#growBytes = Math.max(this.#growBytes / 2, GROW_MIN_BYTES);
    const from = volume.grownTo;
    const to = Math.max(volume.end, Math.min(from + this.#growBytes, VOLUME_BYTES));
    volume.grownTo = to;
    volume.growths++;
    volume.grown = volume.grown.then(async () => {
      await writeZeros(volume.file, from, to);
      volume.zeroedTo = --volume.growths === 0 ? volume.grownTo : to;
    });
    // Where there is no room for zeros, whoever waits for them hears of it, and the next segment tries another volume.
    volume.grown.catch(() => {
      volume.full = true;
    });
  }

  /** After a segment: has zeros ready for those that come. */
  #growAhead(volume: OpenVolume, size: number): void {
    if (size >= LARGE_BYTES) return;
    if (!volume.hasNext && volume.end >= SPARE_FROM_BYTES && this.#spare === undefined && this.#preparing === undefined) {
      volume.hasNext = true;
      this.#preparing = this.#makeSpare().finally(() => {
        this.#preparing = undefined;
      });
    }
    const ahead = volume.grownTo - volume.end;
    if (ahead < GROW_MIN_BYTES && volume.grownTo < VOLUME_BYTES && !this.#isSpareReady && !this.#goesWithoutZeros(volume, 0))
      this.#grow(volume);
  }

  /** Makes the next volume ready, no quicker than the one before it is filled, and as far as there is time for zeros. Where that fails there is none, and what is written tells of the trouble. Never rejects. */
  async #makeSpare(): Promise<void> {
    const { bavail, bsize } = await statfs(this.#root).catch(() => ({ bavail: 0, bsize: 0 }));
    if (bavail * bsize < SPARE_ROOM * VOLUME_BYTES && this.#kept.size === 0) return;
    const volume = await this.#create().catch(() => undefined);
    if (volume === undefined) return;
    const zeroedFrom = volume.zeroedTo;
    const placedFrom = this.#placedBytes;
    try {
      while (volume.zeroedTo < VOLUME_BYTES && !this.#pace.isFast && !this.#closing.signal.aborted) {
        const due = zeroedFrom + SPARE_PACE * (this.#placedBytes - placedFrom) - volume.zeroedTo;
        if (due < SPARE_SYNC_BYTES_MIN) {
          await sleep(SPARE_LOOK_MS, undefined, { ref: false, signal: this.#closing.signal });
          continue;
        }
        const to = Math.min(volume.zeroedTo + Math.min(due, SPARE_SYNC_BYTES_MAX), VOLUME_BYTES);
        await writeZeros(volume.file, volume.zeroedTo, to);
        await this.#sync(() => volume.file.datasync());
        volume.grownTo = volume.zeroedTo = to;
      }
      this.#spare = volume;
    } catch {
      volume.full = true;
      this.#retire();
    }
  }

  /** Waits for a sync that begins after now; whoever comes while one is under way shares the next. */
  #synced(volume: OpenVolume): Promise<void> {
    if (volume.syncing === undefined) {
      volume.syncing = this.#sync(() => volume.file.datasync()).finally(() => {
        volume.syncing = undefined;
      });
      return volume.syncing;
    }
    volume.nextSync ??= volume.syncing
      .catch(() => {})
      .then(() => {
        volume.nextSync = undefined;
        return this.#synced(volume);
      });
    return volume.nextSync;
  }

  /** A sync that fails for any reason but a full disk stops the process: nobody knows what is on disk after it. */
  async #sync(sync: () => Promise<void>): Promise<void> {
    try {
      await sync();
    } catch (error) {
      if (!isRecoverable(error)) this.#onFatal(storageError(error, this.#root));
      throw error;
    }
  }
}

/** Bytes of the whole blocks that a segment takes. */
function roomFor(size: number): number {
  return Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
}

async function writeZeros(file: FileHandle, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += ZEROS.length) await writeAll(file, [ZEROS.subarray(0, to - at)], at);
}
