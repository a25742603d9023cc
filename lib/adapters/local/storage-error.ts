/** What the disk's and SQLite's errors mean to a caller, and what to do about them. */
import { StratalogError } from '../../core/errors.ts';
import type { CommandFailure } from './database-commands.ts';

const FULL = new Set(['ENOSPC', 'EDQUOT']);
const READ_ONLY = new Set(['EROFS', 'EACCES', 'EPERM']);

/** Primary result codes of SQLite (sqlite.org/rescode.html); the extended codes have them in their low byte. */
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;

const FULL_ADVICE = 'free space on its disk, then send the request again; reads go on';
const READ_ONLY_ADVICE = 'make the folder writable for this user and start again; reads go on';

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null)?.code ?? '');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The error of a file operation on `path`, with what to do about it. */
export function storageError(error: unknown, path: string): StratalogError {
  if (error instanceof StratalogError) return error;
  const code = codeOf(error);
  if (FULL.has(code)) return new StratalogError('STORAGE_FULL', `no space left for ${path} (${code}): ${FULL_ADVICE}`, { path }, error);
  if (READ_ONLY.has(code)) {
    return new StratalogError('STORAGE_READ_ONLY', `${path} cannot be written (${code}): ${READ_ONLY_ADVICE}`, { path }, error);
  }
  return new StratalogError('STORAGE_ERROR', `${path}: ${messageOf(error)}`, { path }, error);
}

/** True when the operation failed because the disk is full or read-only, which a later one may survive. */
export function isRecoverable(error: unknown): boolean {
  const code = error instanceof StratalogError ? error.code : codeOf(error);
  return code === 'STORAGE_FULL' || code === 'STORAGE_READ_ONLY' || FULL.has(code) || READ_ONLY.has(code);
}

/**
 * The failure of a database operation. After an I/O error or a damaged file nobody knows what the disk holds, so
 * that the process must stop: a sync that failed once may report success the next time without having written.
 */
export function databaseFailure(error: unknown, path: string): CommandFailure {
  const primary = Number((error as { errcode?: unknown } | null)?.errcode ?? 0) & 0xff;
  const text = messageOf(error);
  if (primary === SQLITE_FULL) return { code: 'STORAGE_FULL', message: `no space left for ${path}: ${FULL_ADVICE}`, fatal: false };
  if (primary === SQLITE_READONLY) {
    return { code: 'STORAGE_READ_ONLY', message: `${path} cannot be written: ${READ_ONLY_ADVICE}`, fatal: false };
  }
  const fatal = primary === SQLITE_IOERR || primary === SQLITE_CORRUPT || primary === SQLITE_NOTADB;
  return { code: 'STORAGE_ERROR', message: `${path}: ${text}`, fatal };
}
