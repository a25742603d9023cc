import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KeptVolumes } from '../../../../lib/adapters/local/kept-volumes.ts';
import { volumePath } from '../../../../lib/adapters/local/volume-file.ts';

const MIB = 1024 * 1024;

describe('volumes that are kept to be written again', () => {
  let root = '';
  let nowMs = 0;
  let forgotten: string[] = [];
  let kept: KeptVolumes;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'stratalog-kept-'));
    nowMs = 0;
    forgotten = [];
    const forget = async (path: string) => {
      forgotten.push(path);
    };
    kept = new KeptVolumes(root, forget, () => nowMs);
  });
  afterEach(() => {
    vi.useRealTimers();
    rmSync(root, { recursive: true });
  });
  const make = (id: number, bytes = 40 * MIB) => {
    writeFileSync(volumePath(root, id), '');
    truncateSync(volumePath(root, id), bytes);
    return id;
  };

  it('come back under a new number, the oldest first, and no file stays open under the old one', async () => {
    expect(await kept.take(9)).toBeUndefined();
    expect(await kept.keep(make(1, 40 * MIB))).toBe(true);
    expect(await kept.keep(make(2, 50 * MIB))).toBe(true);
    const { ino } = statSync(volumePath(root, 1));
    expect(await kept.take(3)).toBe(40 * MIB);
    expect(forgotten).toEqual([volumePath(root, 1)]);
    expect(statSync(volumePath(root, 3)).ino).toBe(ino);
    expect(existsSync(volumePath(root, 1))).toBe(false);
    expect(kept.size).toBe(1);
  });

  it('are taken only when those who had begun to read are done, and nobody begins any more', async () => {
    let finish = (_: string) => {};
    const reading = kept.read(make(1), () => new Promise<string>((resolve) => (finish = resolve)));
    const failing = expect(kept.read(1, () => Promise.reject(new Error('unreadable')))).rejects.toThrow('unreadable');
    expect(await kept.keep(1)).toBe(true);
    expect(await kept.read(1, () => Promise.resolve('bytes'))).toBeUndefined();
    await failing;
    expect(await kept.take(2)).toBeUndefined();
    finish('old bytes');
    expect(await reading).toBe('old bytes');
    expect(await kept.take(2)).toBe(40 * MIB);
    expect(await kept.read(2, () => Promise.resolve('new bytes'))).toBe('new bytes');
  });

  it('are passed over where they cannot be renamed', async () => {
    await kept.keep(make(1));
    await kept.keep(make(2));
    rmSync(volumePath(root, 1));
    expect(await kept.take(4)).toBe(40 * MIB);
    expect(existsSync(volumePath(root, 4))).toBe(true);
  });

  it('are few, and large enough to be worth it', async () => {
    expect(await kept.keep(make(1, 31 * MIB))).toBe(false);
    expect(await kept.keep(77)).toBe(false);
    expect(await kept.read(1, () => Promise.resolve('read'))).toBe('read');
    for (let id = 2; id < 6; id++) expect(await kept.keep(make(id))).toBe(true);
    expect(await kept.keep(make(6))).toBe(false);
    await kept.giveBack(1);
    expect(readdirSync(root)).toHaveLength(3);
    expect(await kept.take(10)).toBe(40 * MIB);
    await kept.close();
  });

  it('are as many as were begun lately, and given back when no more are', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    for (let i = 0; i < 10; i++) kept.noteBegun();
    for (let id = 1; id <= 10; id++) expect(await kept.keep(make(id))).toBe(true);
    expect(await kept.keep(make(11))).toBe(false);
    nowMs = 119_000;
    for (let i = 0; i < 6; i++) kept.noteBegun();
    nowMs = 121_000;
    vi.advanceTimersByTime(121_000);
    expect(kept.size).toBe(6);
    nowMs = 300_000;
    vi.advanceTimersByTime(121_000);
    expect(kept.size).toBe(4);
    vi.useRealTimers();
    await kept.close();
    await expect.poll(() => readdirSync(root)).toEqual(['0000000011.volume']);
  });
});
