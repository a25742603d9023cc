import { mkdirSync, readdirSync } from 'node:fs';
import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { StratalogError } from '../../core/errors.ts';
import type { VolumePlace } from './database-commands.ts';
import { writeAll } from './file-writes.ts';
import { OpenFiles } from './open-files.ts';
import { isRecoverable, storageError } from './storage-error.ts';

/** A volume that has this many bytes gets no more segments. */
const VOLUME_BYTES = 64 * 1024 * 1024;
/**
 * A volume grows by zeros, this many bytes at once and ahead of the segments. A sync of bytes that were there before
 * writes no metadata of the file system: it takes half the CPU and up to half the time of a sync that makes a file longer.
 */
const GROW_BYTES = 16 * 1024 * 1024;
/** A segment from this size on costs more to write twice, as zeros and as itself, than its sync saves: it makes the file longer. */
const GROW_FOR_LESS_THAN_BYTES = 512 * 1024;
const ZEROS = Buffer.alloc(1024 * 1024);
const FILES_OPEN_MAX = 64;
const NAME = /^(\d{10})\.volume$/;

/** A volume that segments are added to. */
interface OpenVolume {
  readonly id: number;
  readonly file: FileHandle;
  /** Where the next segment goes. */
  end: number;
  /** Where the zeros end, or the large segments that were put behind them: never before `end`. */
  grownTo: number;
  /** No zeros will be written before here any more. */
  zeroedTo: number;
  /** All zeros so far are written. */
  grown: Promise<void>;
  /** Segments that are being written, or whose place is not handed to the database yet. */
  unsettled: number;
  /** Segments that are on disk. */
  segments: number;
  /** The sync under way, and the one that waits for its end and covers all that was written before it begins. */
  syncing: Promise<void> | undefined;
  nextSync: Promise<void> | undefined;
  full: boolean;
}

/**
 * Segments one behind the other in large files. A row of the database says where each lies; what no row names was never
 * answered and is garbage. A volume goes when its last row has gone.
 */
export class SegmentVolumes {
  readonly #root: string;
  readonly #readOnly: boolean;
  readonly #onFatal: (error: StratalogError) => void;
  readonly #files = new OpenFiles(FILES_OPEN_MAX);
  /** Volumes that are written to or not settled yet, oldest first. The last one takes new segments unless it is full. */
  readonly #open: OpenVolume[] = [];
  #newest: Promise<OpenVolume> | undefined;
  readonly #finishing = new Set<Promise<void>>();
  #lastId = 0;

  /** `live` are the volumes that rows name: all others are removed. */
  constructor(
    root: string,
    live: ReadonlySet<number>,
    options: { readonly readOnly: boolean; readonly onFatal: (error: StratalogError) => void },
  ) {
    this.#root = root;
    this.#readOnly = options.readOnly;
    this.#onFatal = options.onFatal;
    for (const id of live) this.#lastId = Math.max(this.#lastId, id);
    if (this.#readOnly) return;
    mkdirSync(root, { recursive: true });
    for (const name of readdirSync(root)) {
      const id = Number(NAME.exec(name)?.[1] ?? Number.NaN);
      if (Number.isNaN(id)) continue;
      this.#lastId = Math.max(this.#lastId, id);
      if (!live.has(id)) unlink(join(root, name)).catch(() => {});
    }
  }

  /** Volumes below this number get no more rows. */
  get settledBelow(): number {
    return this.#open[0]?.id ?? this.#lastId + 1;
  }

  /**
   * Writes a segment; on disk when it resolves. `settle` must be called once the database has been told of the place, or
   * never will be.
   */
  async append(chunks: readonly Uint8Array[], size: number): Promise<{ readonly place: VolumePlace; readonly settle: () => void }> {
    const path = this.#root;
    if (this.#readOnly) throw storageError(Object.assign(new Error('the folder is read-only'), { code: 'EROFS' }), path);
    const { volume, position } = await this.#placeFor(size).catch((error) => {
      throw storageError(error, path);
    });
    const settle = () => {
      volume.unsettled--;
      this.#retire();
    };
    try {
      if (volume.zeroedTo < position + size) await volume.grown;
      await writeAll(volume.file, chunks, position);
      await this.#synced(volume);
      volume.segments++;
      const ahead = volume.grownTo - volume.end;
      if (size < GROW_FOR_LESS_THAN_BYTES && ahead < GROW_BYTES / 2 && volume.grownTo < VOLUME_BYTES) this.#grow(volume);
      return { place: { volume: volume.id, position, size }, settle };
    } catch (error) {
      settle();
      throw storageError(error, this.#pathOf(volume.id));
    }
  }

  /** Bytes of a segment, fewer where the file ends; undefined when the volume has gone. */
  async read(place: VolumePlace, position: number, length: number): Promise<Buffer | undefined> {
    const take = Math.max(0, Math.min(length, place.size - position));
    const at = place.position + position;
    const volume = this.#open.find(({ id }) => id === place.volume);
    if (volume === undefined) {
      const path = this.#pathOf(place.volume);
      return this.#files.read(path, at, take).catch((error) => {
        throw storageError(error, path);
      });
    }
    const { buffer, bytesRead } = await volume.file.read(Buffer.allocUnsafeSlow(take), 0, take, at);
    return buffer.subarray(0, bytesRead);
  }

  /** Removes volumes that no row names any more and none will. */
  async remove(ids: readonly number[]): Promise<void> {
    for (const id of ids) {
      const path = this.#pathOf(id);
      await this.#files.drop(path);
      await unlink(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw storageError(error, path);
      });
    }
  }

  /** Lets the next segment begin a volume of its own, so that this one can go when its segments have. */
  seal(): void {
    const newest = this.#open.at(-1);
    if (newest === undefined || newest.end === 0) return;
    newest.full = true;
    this.#retire();
  }

  async close(): Promise<void> {
    await this.#newest?.catch(() => undefined);
    this.seal();
    for (const volume of this.#open.splice(0)) this.#finish(volume);
    await Promise.all(this.#finishing);
    await this.#files.close();
  }

  #pathOf(id: number): string {
    return join(this.#root, `${String(id).padStart(10, '0')}.volume`);
  }

  /** Takes the next place. In one step with the look at the volume: one that was left in between would be closed by then. */
  async #placeFor(size: number): Promise<{ readonly volume: OpenVolume; readonly position: number }> {
    for (;;) {
      this.#newest ??= this.#create();
      const newest = this.#newest;
      const volume = await newest.catch((error) => {
        if (this.#newest === newest) this.#newest = undefined;
        throw error;
      });
      if (!volume.full && (volume.end === 0 || volume.end + size <= VOLUME_BYTES)) {
        volume.unsettled++;
        return { volume, position: this.#reserve(volume, size) };
      }
      volume.full = true;
      if (this.#newest === newest) this.#newest = undefined;
      this.#retire();
    }
  }

  async #create(): Promise<OpenVolume> {
    const id = ++this.#lastId;
    await mkdir(this.#root, { recursive: true });
    const file = await open(this.#pathOf(id), 'wx+');
    const volume: OpenVolume = {
      id,
      file,
      end: 0,
      grownTo: 0,
      zeroedTo: 0,
      grown: Promise.resolve(),
      unsettled: 0,
      segments: 0,
      syncing: undefined,
      nextSync: undefined,
      full: false,
    };
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
      .then(() => (volume.segments === 0 ? unlink(this.#pathOf(volume.id)) : volume.file.truncate(volume.end)))
      .catch(() => {})
      .then(() => volume.file.close())
      .catch(() => {})
      .finally(() => this.#finishing.delete(done));
    this.#finishing.add(done);
  }

  /** Takes the next place, and sees to it that zeros will be there when they are worth it. */
  #reserve(volume: OpenVolume, size: number): number {
    const position = volume.end;
    volume.end += size;
    if (size >= GROW_FOR_LESS_THAN_BYTES) volume.grownTo = Math.max(volume.grownTo, volume.end);
    else if (volume.grownTo < volume.end) this.#grow(volume);
    return position;
  }

  #grow(volume: OpenVolume): void {
    const from = volume.grownTo;
    const to = Math.max(volume.end, Math.min(from + GROW_BYTES, VOLUME_BYTES));
    volume.grownTo = to;
    volume.grown = volume.grown.then(async () => {
      for (let at = from; at < to; at += ZEROS.length) await writeAll(volume.file, [ZEROS.subarray(0, to - at)], at);
      volume.zeroedTo = to;
    });
    // Where there is no room for zeros, whoever waits for them hears of it, and the next segment tries another volume.
    volume.grown.catch(() => {
      volume.full = true;
    });
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
