import { close, fstat, open, read, readSync } from 'node:fs';
import { promisify } from 'node:util';

const openFile = promisify(open);
const closeFile = promisify(close);
const statFile = promisify(fstat);

/** A file open for reading. Objects never change, so that its size is known for good. */
interface OpenFile {
  readonly fd: number;
  readonly size: number;
  readers: number;
  /** Dropped from the cache while it was being read; the last reader closes it. */
  dropped: boolean;
}

/** A bounded number of files kept open for range reads, least recently used first. */
export class OpenFiles {
  readonly #max: number;
  readonly #files = new Map<string, Promise<OpenFile | undefined>>();
  /** Those of them that are open. */
  readonly #ready = new Map<string, OpenFile>();

  constructor(max: number) {
    this.#max = max;
  }

  /**
   * Bytes `[position, position + length)` of a file, fewer where it ends before; undefined when there is no such file. `allocate` gives the
   * memory to read them into.
   */
  async read(path: string, position: number, length: number, allocate = allocateNew): Promise<Buffer | undefined> {
    const opened = this.#files.get(path) ?? this.#open(path);
    this.#files.delete(path);
    this.#files.set(path, opened);
    this.#trim();
    const file = await opened;
    if (file === undefined) {
      if (this.#files.get(path) === opened) this.#files.delete(path);
      return undefined;
    }
    // It may have been dropped and closed while this call waited for it to open.
    if (file.dropped && file.readers === 0) return this.read(path, position, length, allocate);
    file.readers++;
    try {
      return await readRange(file.fd, position, allocate(Math.max(0, Math.min(length, file.size - position))));
    } finally {
      file.readers--;
      if (file.dropped && file.readers === 0) await closeFile(file.fd);
    }
  }

  /** As {@link read}, on the caller's own thread; undefined where the file is not open. */
  readNow(path: string, position: number, length: number, allocate = allocateNew): Buffer | undefined {
    const file = this.#ready.get(path);
    if (file === undefined || file.dropped) return undefined;
    const buffer = allocate(Math.max(0, Math.min(length, file.size - position)));
    return buffer.subarray(0, readSync(file.fd, buffer, 0, buffer.length, position));
  }

  /** Forgets a file that is being deleted. */
  async drop(path: string): Promise<void> {
    const opened = this.#files.get(path);
    if (opened === undefined) return;
    this.#files.delete(path);
    this.#ready.delete(path);
    await release(opened);
  }

  async close(): Promise<void> {
    const all = [...this.#files.values()];
    this.#files.clear();
    this.#ready.clear();
    await Promise.all(all.map(release));
  }

  async #open(path: string): Promise<OpenFile | undefined> {
    try {
      const fd = await openFile(path, 'r');
      const { size } = await statFile(fd);
      const file = { fd, size, readers: 0, dropped: false };
      if (this.#files.has(path)) this.#ready.set(path, file);
      return file;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      this.#files.delete(path);
      throw error;
    }
  }

  #trim(): void {
    for (const [path, opened] of this.#files) {
      if (this.#files.size <= this.#max) return;
      this.#files.delete(path);
      this.#ready.delete(path);
      release(opened).catch(() => {});
    }
  }
}

async function release(opened: Promise<OpenFile | undefined>): Promise<void> {
  const file = await opened.catch(() => undefined);
  if (file === undefined || file.dropped) return;
  file.dropped = true;
  if (file.readers === 0) await closeFile(file.fd);
}

/** Memory of a read's own. */
export function allocateNew(bytes: number): Buffer {
  return Buffer.allocUnsafeSlow(bytes);
}

async function readRange(fd: number, position: number, buffer: Buffer): Promise<Buffer> {
  const { length } = buffer;
  let done = 0;
  while (done < length) {
    const bytes = await readOnce(fd, buffer, done, position + done);
    if (bytes === 0) return buffer.subarray(0, done);
    done += bytes;
  }
  return buffer;
}

function readOnce(fd: number, buffer: Buffer, at: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, buffer, at, buffer.length - at, position, (error, bytes) => (error ? reject(error) : resolve(bytes)));
  });
}
