import { describe, expect, it } from 'vitest';
import { databaseFailure, isRecoverable, storageError } from '../../../../lib/adapters/local/storage-error.ts';

const fileError = (code: string) => Object.assign(new Error(`${code}: it failed`), { code });
const sqliteError = (errcode: number) => Object.assign(new Error('it failed'), { code: 'ERR_SQLITE_ERROR', errcode });

describe("the disk's errors", () => {
  it.each([
    ['ENOSPC', 'STORAGE_FULL', true],
    ['EDQUOT', 'STORAGE_FULL', true],
    ['EROFS', 'STORAGE_READ_ONLY', true],
    ['EACCES', 'STORAGE_READ_ONLY', true],
    ['EIO', 'STORAGE_ERROR', false],
  ])('%s is %s with the path, and worth another try: %s', (code, expected, recoverable) => {
    const error = storageError(fileError(code), '/data/x');
    expect(error).toMatchObject({ code: expected, details: { path: '/data/x' } });
    expect(error.message).toContain('/data/x');
    expect(isRecoverable(fileError(code))).toBe(recoverable);
    expect(isRecoverable(error)).toBe(recoverable);
    expect(storageError(error, '/other')).toBe(error);
  });

  it.each([
    [13, 'STORAGE_FULL', false],
    [8, 'STORAGE_READ_ONLY', false],
    [8 | (5 << 8), 'STORAGE_READ_ONLY', false],
    [10 | (4 << 8), 'STORAGE_ERROR', true],
    [10, 'STORAGE_ERROR', true],
    [11, 'STORAGE_ERROR', true],
    [26, 'STORAGE_ERROR', true],
    [19, 'STORAGE_ERROR', false],
  ])("SQLite's %d is %s, and ends the process: %s", (errcode, code, fatal) => {
    expect(databaseFailure(sqliteError(errcode), '/data/meta.db')).toMatchObject({ code, fatal });
  });
});
