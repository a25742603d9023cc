import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DatabaseThread } from '../../../../lib/adapters/local/database-thread.ts';

describe('moving the log beside the commits', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stratalog-checkpoint-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('brings pages into the database while it is open, and leaves no log behind when it closes', async () => {
    const path = join(folder, 'meta.db');
    const fatal = vi.fn();
    const thread = await DatabaseThread.open({ path }, fatal);
    const before = statSync(path).size;
    const record = new Uint8Array(2_000);
    for (let i = 0; i < 4; i++) {
      await Promise.all(Array.from({ length: 400 }, (_, n) => thread.call('lease.create', { keys: [`${i}-${n}`], version: 0, record })));
    }
    await vi.waitFor(() => expect(statSync(path).size).toBeGreaterThan(before + 400 * 2_000), { timeout: 10_000 });
    await thread.close();
    expect(existsSync(`${path}-wal`)).toBe(false);
    expect(statSync(path).size).toBeGreaterThan(1_600 * 2_000);
    expect(fatal).not.toHaveBeenCalled();
  });
});
