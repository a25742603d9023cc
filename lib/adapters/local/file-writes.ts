import { writeSync, writevSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/** Buffers that one writev takes (IOV_MAX of Linux). */
export const CHUNKS_PER_WRITE = 1024;

/**
 * Writes every byte without joining the chunks, from `position` on, or where the file stands when there is none. A write
 * may take fewer bytes than it was given.
 */
export async function writeAll(file: FileHandle, chunks: readonly Uint8Array[], position?: number): Promise<void> {
  let rest = chunks.filter(({ byteLength }) => byteLength > 0);
  let at = position;
  while (rest.length > 0) {
    let { bytesWritten } = await file.writev(rest.length > CHUNKS_PER_WRITE ? rest.slice(0, CHUNKS_PER_WRITE) : rest, at);
    if (at !== undefined) at += bytesWritten;
    let done = 0;
    while (done < rest.length && bytesWritten >= (rest[done] as Uint8Array).byteLength) {
      bytesWritten -= (rest[done] as Uint8Array).byteLength;
      done++;
    }
    rest = rest.slice(done);
    if (bytesWritten > 0) rest = [(rest[0] as Uint8Array).subarray(bytesWritten), ...rest.slice(1)];
  }
}

/** Chunks in writes of bounded size and number. */
export function* writesOf(chunks: readonly Uint8Array[], bytesMax: number): Generator<readonly Uint8Array[]> {
  let open: Uint8Array[] = [];
  let bytes = 0;
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength; at += bytesMax) {
      const piece = chunk.subarray(at, at + bytesMax);
      open.push(piece);
      bytes += piece.byteLength;
      if (open.length < CHUNKS_PER_WRITE && bytes < bytesMax) continue;
      yield open;
      open = [];
      bytes = 0;
    }
  }
  if (open.length > 0) yield open;
}

/** As {@link writeAll}, on the caller's own thread: for bytes so few that handing them to another takes longer. */
export function writeAllNow(fd: number, chunks: readonly Uint8Array[], position: number): void {
  let written = chunks.length > CHUNKS_PER_WRITE ? 0 : writevSync(fd, chunks, position);
  let size = 0;
  for (const { byteLength } of chunks) size += byteLength;
  if (written === size) return;
  // Seldom: the disk took fewer bytes than it was given.
  const whole = Buffer.concat(chunks, size);
  while (written < size) written += writeSync(fd, whole, written, size - written, position + written);
}
