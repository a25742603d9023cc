import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

  it('has an object that came in parts as a file of its key, and nothing else when it was finished or given up', async () => {
    const upload = await store.beginUpload('log/a');
    const other = await store.beginUpload('log/b');
    await store.uploadPart(other, 1, [Buffer.from('no')]);
    const parts = [await store.uploadPart(upload, 1, [Buffer.from('by')]), await store.uploadPart(upload, 2, [Buffer.from('tes')])];
    expect(readdirSync(root, { recursive: true }).length).toBe(3);
    expect(await store.finishUpload(upload, parts, 'free key')).toBe('created');
    await store.abandonUpload(other);
    expect(readdirSync(root, { recursive: true }).sort()).toEqual(['.unfinished', 'log', 'log/a']);
    expect(readFileSync(join(root, 'log/a'), 'utf8')).toBe('bytes');
  });

  it('gives up at the end what nobody finished', async () => {
    const upload = await store.beginUpload('log/a');
    await store.uploadPart(upload, 1, [Buffer.from('bytes')]);
    await store.close();
    expect(readdirSync(root, { recursive: true })).toEqual(['.unfinished']);
  });

  it('finishes an upload whose folder was taken away meanwhile, and says so when its file was', async () => {
    await store.put('log/0', [Buffer.from('x')]);
    const upload = await store.beginUpload('log/a');
    const part = await store.uploadPart(upload, 1, [Buffer.from('bytes')]);
    rmSync(join(root, 'log'), { recursive: true });
    expect(await store.finishUpload(upload, [part], 'free key')).toBe('created');
    expect(readFileSync(join(root, 'log/a'), 'utf8')).toBe('bytes');
    const torn = await store.beginUpload('log/b');
    rmSync(root, { recursive: true });
    await expect(store.finishUpload(torn, [], 'free key')).rejects.toMatchObject({ code: 'STORAGE_ERROR' });
    const anew = await store.beginUpload('log/c');
    expect(await store.finishUpload(anew, [await store.uploadPart(anew, 1, [Buffer.from('x')])], 'free key')).toBe('created');
  });

  it('begins no upload when it is read-only', async () => {
    const reader = new LocalObjectStore(root, { readOnly: true, onFatal });
    await expect(reader.beginUpload('a')).rejects.toMatchObject({ code: 'STORAGE_READ_ONLY' });
    await reader.close();
  });
});
