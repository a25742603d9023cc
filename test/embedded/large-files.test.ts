import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobReport } from '../../lib/engine/maintenance/run.ts';
import { openLocalEngine } from '../../lib/runtime/local.ts';

const run = promisify(execFile);
const MIB = 1024 * 1024;
const FILLED_MIB = 380;
/** Node alone takes some 90; the file that is made is 336. */
const RSS_MIB_MAX = 320;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stratalog-large-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function work<Answer>(...args: string[]): Promise<Answer> {
  const { stdout } = await run(process.execPath, [join(import.meta.dirname, 'large-file-worker.ts'), folder, ...args]);
  return JSON.parse(stdout) as Answer;
}

async function filesOf(): Promise<readonly { readonly name: string; readonly bytes: number }[]> {
  const root = join(folder, 'zones', 'zone-0');
  const names = (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.log'));
  return Promise.all(names.map(async (name) => ({ name, bytes: (await stat(join(root, name))).size })));
}

describe('a topic with segment.bytes of 1 GiB', () => {
  it('comes to files of hundreds of MiB in a process whose memory is a part of that, each byte rewritten twice', {
    timeout: 300_000,
  }, async () => {
    const { records } = await work<{ records: number }>('fill', String(FILLED_MIB));
    const { reports, maxRssMiB } = await work<{ reports: readonly JobReport[]; maxRssMiB: number }>('merge');
    expect(reports.flatMap(({ errors }) => errors)).toEqual([]);
    const files = await filesOf();
    const largest = Math.max(...files.map(({ bytes }) => bytes));
    expect(largest).toBeGreaterThan(300 * MIB);
    expect(maxRssMiB).toBeLessThan(RSS_MIB_MAX);
    const written = reports.reduce((sum, { did }) => sum + (did.bytesWritten ?? 0), 0);
    expect(written / (FILLED_MIB * MIB)).toBeLessThanOrEqual(2.01);
    expect(await readdir(join(folder, 'zones', 'zone-0', '.unfinished'))).toEqual([]);
    await expectReadable(records);
  });
});

/** From the beginning, from within the large file, and by time. */
async function expectReadable(records: number): Promise<void> {
  const local = await openLocalEngine({ folder, onFatal: () => {}, settings: { readCacheBytes: 0 } });
  for (const offset of [0, 1, 777, records - 100]) {
    const { records: read } = await local.engine.readRecords({ topic: 't', partition: 0, offset, maxBytes: 4 * MIB });
    expect(read[0]).toMatchObject({ offset });
    for (const record of read) expect([record.value?.[0], record.value?.length]).toEqual([record.offset % 256, MIB / 4]);
  }
  const [middle] = (await local.engine.readRecords({ topic: 't', partition: 0, offset: 500, maxBytes: 1 })).records;
  const found = await local.engine.listOffset({ topic: 't', partition: 0, at: middle?.timestamp ?? 0 });
  expect(found.offset).toBeLessThanOrEqual(500);
  expect(found.offset).toBeGreaterThan(400);
  await local.close();
}
