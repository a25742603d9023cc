import { mkdtempSync, readdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OpenFiles } from '../../../../lib/adapters/local/open-files.ts';

describe('files kept open', () => {
  let folder = '';
  let files: OpenFiles;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stratalog-files-'));
    files = new OpenFiles(3);
    for (let i = 0; i < 10; i++) writeFileSync(join(folder, String(i)), `content ${i}`);
  });
  afterEach(async () => {
    await files.close();
    rmSync(folder, { recursive: true });
  });
  const read = async (i: number) => (await files.read(join(folder, String(i)), 8, 100))?.toString();
  const openHere = () => readdirSync('/proc/self/fd').length;

  it('are read by many at once, more of them than are kept', async () => {
    const asked = Array.from({ length: 300 }, (_, i) => (i * 7) % 10);
    expect(await Promise.all(asked.map(read))).toEqual(asked.map(String));
  });

  it('are read at once when they are open, and not when they are not', async () => {
    const now = (i: number, length = 100) => files.readNow(join(folder, String(i)), 8, length)?.toString();
    expect(now(1)).toBeUndefined();
    await read(1);
    expect(now(1)).toBe('1');
    expect(now(1, 0)).toBe('');
    await files.drop(join(folder, '1'));
    expect(now(1)).toBeUndefined();
    for (let i = 0; i < 10; i++) await read(i);
    expect([0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => now(i) ?? '').join('')).toBe('789');
    await files.close();
    expect(now(9)).toBeUndefined();
  });

  it('are closed again, all of them', async () => {
    await read(0);
    await files.close();
    const before = openHere();
    await Promise.all(Array.from({ length: 100 }, (_, i) => read(i % 10)));
    await files.close();
    expect(openHere()).toBe(before);
  });

  it('are forgotten when dropped, so that a new file of the name is read', async () => {
    expect(await read(1)).toBe('1');
    await files.drop(join(folder, '1'));
    unlinkSync(join(folder, '1'));
    expect(await read(1)).toBeUndefined();
    writeFileSync(join(folder, '1'), 'content new');
    expect(await read(1)).toBe('new');
  });

  it('finish the reads under way when they are dropped', async () => {
    const reading = Array.from({ length: 20 }, () => read(2));
    await files.drop(join(folder, '2'));
    expect(await Promise.all(reading)).toEqual(Array(20).fill('2'));
  });

  it('answer nothing past the end', async () => {
    expect((await files.read(join(folder, '0'), 100, 5))?.length).toBe(0);
  });
});
