/** Puts into rows, when a folder is opened, what a killed process had written into frames alone. */
import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { crc32 } from '../../format/crc32.ts';
import type { VolumePlace } from './database-commands.ts';
import { inlineRows } from './inline-rows.ts';
import { type Frame, frameBytesAt, PREFIX_BYTES, readFrame } from './journal-frame.ts';
import { type JournalNote, journalNoteOf, journalRows } from './journal-rows.ts';
import { BLOCK_BYTES, volumeIdOf, volumePath } from './volume-file.ts';

/** Bytes of a volume that are looked through at a time. */
const WINDOW_BYTES = 1024 * 1024;

/**
 * Frames that are whole, of those that are not in rows yet, in their order; `root` is the folder of volumes. Frames go to the disk one by one, so that at
 * most the last was not written whole, and nothing of it was ever answered.
 */
export function unappliedFrames(note: JournalNote, root: string): readonly Frame[] {
  const found = new Map<number, Frame>();
  for (const volume of volumesIn(root)) {
    if (volume < note.volume) continue;
    for (const frame of framesIn(root, volume, note.key)) if (frame.sequence > note.sequence) found.set(frame.sequence, frame);
  }
  const frames: Frame[] = [];
  for (let sequence = note.sequence + 1; ; sequence++) {
    const frame = found.get(sequence);
    if (frame === undefined || !frame.segments.every(({ place, crc }) => crc === undefined || crcOf(root, place) === crc)) return frames;
    frames.push(frame);
  }
}

/**
 * Writes the rows of all frames that are whole and answers how many there were. `isOwner` says that frames will be written behind them: those begin with a
 * number that none has had, so that what is left of the last one can never be taken for another.
 */
export function replayJournal(db: DatabaseSync, root: string, { isOwner }: { readonly isOwner: boolean }): number {
  const note = journalNoteOf(db);
  const frames = unappliedFrames(note, root);
  if (frames.length === 0 && !isOwner) return 0;
  const apply = journalRows(db, inlineRows(db, root))['journal.apply'];
  db.exec('BEGIN IMMEDIATE');
  try {
    for (const { sequence, segments, leases } of frames) {
      const rows = segments.map(({ lease, putAtMs, place }) => ({ lease, putAtMs, content: place }));
      apply({ sequence, volume: note.volume, segments: rows, leases });
    }
    if (isOwner) db.prepare('UPDATE journal SET sequence = sequence + 1, volume = ?').run(newestVolume(root) + 1);
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
  return frames.length;
}

function newestVolume(root: string): number {
  return Math.max(0, ...volumesIn(root));
}

function volumesIn(root: string): readonly number[] {
  return (existsSync(root) ? readdirSync(root) : []).flatMap((name) => volumeIdOf(name) ?? []);
}

function* framesIn(root: string, volume: number, key: Uint8Array): Generator<Frame, void, undefined> {
  const file = openSync(volumePath(root, volume), 'r');
  try {
    const { size } = fstatSync(file);
    const window = Buffer.allocUnsafeSlow(WINDOW_BYTES);
    let begin = 0;
    let end = 0;
    for (let at = 0; at + PREFIX_BYTES <= size; ) {
      if (at + PREFIX_BYTES > end) {
        begin = at;
        end = at + readAll(file, window, at);
      }
      const bytes = frameBytesAt(window.subarray(at - begin, at - begin + PREFIX_BYTES), key);
      const frame =
        bytes === undefined || bytes > size - at ? undefined : readFrame(bytesAt(file, at, bytes), { key, volume, position: at });
      if (frame !== undefined) yield frame;
      at += Math.max(1, Math.ceil((frame?.bytes ?? 0) / BLOCK_BYTES)) * BLOCK_BYTES;
    }
  } finally {
    closeSync(file);
  }
}

function crcOf(root: string, { volume, position, size }: VolumePlace): number | undefined {
  const path = volumePath(root, volume);
  if (!existsSync(path)) return undefined;
  const file = openSync(path, 'r');
  try {
    const bytes = bytesAt(file, position, size);
    return bytes.length === size ? crc32(bytes) : undefined;
  } finally {
    closeSync(file);
  }
}

function bytesAt(file: number, position: number, size: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(size);
  return bytes.subarray(0, readAll(file, bytes, position));
}

function readAll(file: number, into: Buffer, position: number): number {
  let done = 0;
  while (done < into.length) {
    const bytes = readSync(file, into, done, into.length - done, position + done);
    if (bytes === 0) break;
    done += bytes;
  }
  return done;
}
