import { describe, expect, it } from 'vitest';
import { missingOptional, readLock } from './complete-lock.ts';

describe('the lock file', () => {
  it('names the optional packages of every platform; `npm run lock:complete` adds them', () => {
    expect(missingOptional(readLock()).map(({ name }) => name)).toEqual([]);
  });

  it('names no registry', () => {
    expect(Object.entries(readLock().packages).filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  });
});
