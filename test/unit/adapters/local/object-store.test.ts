import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocalObjectStore } from '../../../../lib/adapters/local/object-store.ts';

const onFatal = (error: Error) => {
  throw error;
};

describe("a zone's folder", () => {
  let root = '';
  let store: LocalObjectStore;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'stratalog-zone-'));
    store = new LocalObjectStore(root, { onFatal });
  });
  afterEach(async () => {
    await store.close();
    rmSync(root, { recursive: true });
  });

  it('has an object as a file of its key and nothing else after the put', async () => {
    await store.put('wal/ab/lease', [Buffer.from('bytes')]);
    await store.put('wal/ab/lease', [Buffer.from('bytes')]);
    await store.close();
    expect(readdirSync(root, { recursive: true }).sort()).toEqual(['.unfinished', 'wal', 'wal/ab', 'wal/ab/lease']);
  });

  it('neither lists nor reads what is being written, and removes at the start what a killed process left', async () => {
    writeFileSync(join(root, '.unfinished', '7'), 'torn');
    expect(await store.list('', undefined, 10)).toEqual([]);
    await expect(store.get('.unfinished/7', 0, 1)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    await new LocalObjectStore(root, { onFatal }).close();
    expect(readdirSync(join(root, '.unfinished'))).toEqual([]);
  });

  it.each(['../outside', 'a/../b', '/a', 'a//b', 'a/', '', 'a\0b', '.hidden', 'a/.b'])('refuses the key %j', async (key) => {
    await expect(store.put(key, [])).rejects.toMatchObject({ code: 'INVALID_REQUEST', details: { field: 'key' } });
    await expect(store.get(key, 0, 1)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    await expect(store.delete([key])).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });

  it('says which path is at fault when a file stands where a folder must be', async () => {
    await store.put('a', [Buffer.from('x')]);
    await expect(store.put('a/b', [Buffer.from('x')])).rejects.toMatchObject({
      code: 'STORAGE_ERROR',
      details: { path: join(root, 'a/b') },
    });
  });

  it('reads and refuses writes when it is read-only', async () => {
    await store.put('a', [Buffer.from('x')]);
    const reader = new LocalObjectStore(root, { readOnly: true, onFatal });
    expect((await reader.get('a', 0, 1))?.toString()).toBe('x');
    await expect(reader.put('b', [Buffer.from('x')])).rejects.toMatchObject({ code: 'STORAGE_READ_ONLY' });
    await reader.close();
  });
});
