import { rename, stat, statfs, unlink } from 'node:fs/promises';
import { VOLUME_BYTES, volumePath } from './volume-file.ts';

/** Kept whatever was written lately, for writing that begins again: 256 MiB of disk at the most. */
const KEPT_MIN = 4;
/** Kept at the most, 4 GiB: more than what 60 MiB a second fill in the minute between two times that segments are deleted. */
const KEPT_MAX = 64;
/** As many are kept as were begun in this time, ms: segments go a minute and more after they came, a minute's worth at a time. */
const NEED_MS = 120_000;
/** A smaller file saves too few zeros. */
const KEPT_FROM_BYTES = VOLUME_BYTES / 2;
/** Volumes that must have room on the disk beside as much room as the kept ones take. */
const ROOM_LEFT = 4;

/**
 * Volumes whose last row has gone, kept to be written again: bytes that are there are overwritten at half the price of zeros
 * and then segments.
 *
 * A number never comes back: a volume is taken under a new one. Whoever still has a place under the old one gets nothing, and
 * never what was written after it: from the moment on that a volume is kept nobody begins to read it, and it is taken only when
 * those who had begun before are done and no file of its old name is open.
 */
export class KeptVolumes {
  readonly #root: string;
  readonly #forget: (path: string) => Promise<void>;
  readonly #now: () => number;
  /** Bytes of each that may be taken, oldest first. */
  readonly #kept = new Map<number, number>();
  /** Nobody may begin to read these: they are kept, or on their way in or out. */
  readonly #gone = new Set<number>();
  /** Reads under way, of all volumes that have any. */
  readonly #reads = new Map<number, number>();
  /** When volumes were begun lately, oldest first. */
  readonly #begunAt: number[] = [];
  #trimming: NodeJS.Timeout | undefined;

  /** `forget` closes files that are kept open under a path. */
  constructor(root: string, forget: (path: string) => Promise<void>, now: () => number = () => performance.now()) {
    this.#root = root;
    this.#forget = forget;
    this.#now = now;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** Whether nobody may read this one any more. */
  isGone(id: number): boolean {
    return this.#gone.has(id);
  }

  /** Reads a volume with nobody taking it meanwhile; undefined when it has gone. */
  async read<Bytes>(id: number, read: () => Promise<Bytes>): Promise<Bytes | undefined> {
    if (this.#gone.has(id)) return undefined;
    this.#reads.set(id, (this.#reads.get(id) ?? 0) + 1);
    try {
      return await read();
    } finally {
      const left = (this.#reads.get(id) as number) - 1;
      if (left === 0) this.#reads.delete(id);
      else this.#reads.set(id, left);
    }
  }

  /** A volume has been begun: how many are kept depends on how many are. */
  noteBegun(): void {
    this.#begunAt.push(this.#now());
    if (this.#begunAt.length > KEPT_MAX) this.#begunAt.shift();
  }

  /** Takes in a volume that nothing names and nobody writes any more; false when it is not worth it or the disk has little room. */
  async keep(id: number): Promise<boolean> {
    if (this.#kept.size >= this.#wanted()) return false;
    this.#gone.add(id);
    const [file, disk] = await Promise.all([
      stat(volumePath(this.#root, id)).catch(() => undefined),
      statfs(this.#root).catch(() => ({ bavail: 0, bsize: 0 })),
    ]);
    const isRoomy = disk.bavail * disk.bsize >= (ROOM_LEFT + this.#kept.size) * VOLUME_BYTES;
    if (file === undefined || file.size < KEPT_FROM_BYTES || !isRoomy || this.#kept.size >= this.#wanted()) {
      this.#gone.delete(id);
      return false;
    }
    this.#kept.set(id, file.size);
    this.#trimLater();
    return true;
  }

  /** Gives one its new number, and answers how many bytes it has; undefined when there is none. The folder is not synced. */
  async take(as: number): Promise<number | undefined> {
    for (const [id, bytes] of this.#kept) {
      if (this.#reads.has(id)) continue;
      this.#kept.delete(id);
      const path = volumePath(this.#root, id);
      await this.#forget(path).catch(() => {});
      const isTaken = await rename(path, volumePath(this.#root, as)).then(
        () => true,
        () =>
          unlink(path).then(
            () => false,
            () => false,
          ),
      );
      this.#gone.delete(id);
      if (isTaken) return bytes;
    }
    return undefined;
  }

  /** Gives the disk back what is kept, but for the newest `left`. Never fails. */
  async giveBack(left = 0): Promise<void> {
    const ids = [...this.#kept.keys()].slice(0, Math.max(0, this.#kept.size - left));
    for (const id of ids) this.#kept.delete(id);
    for (const id of ids) {
      const path = volumePath(this.#root, id);
      await this.#forget(path).catch(() => {});
      await unlink(path).catch(() => {});
      this.#gone.delete(id);
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#trimming);
    await this.giveBack();
  }

  #wanted(): number {
    const from = this.#now() - NEED_MS;
    while (this.#begunAt[0] !== undefined && this.#begunAt[0] < from) this.#begunAt.shift();
    return Math.max(KEPT_MIN, this.#begunAt.length);
  }

  /** Keeps no more than is needed when the writing ends. */
  #trimLater(): void {
    this.#trimming ??= setTimeout(() => {
      this.#trimming = undefined;
      void this.giveBack(this.#wanted());
      if (this.#kept.size > KEPT_MIN) this.#trimLater();
    }, NEED_MS).unref();
  }
}
