import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Engine } from '../../lib/engine/engine.ts';
import { createMaintenance } from '../../lib/engine/maintenance/maintenance.ts';
import { RecordBatchBuilder } from '../../lib/format/record-batch-writer.ts';
import { openLocalEngine } from '../../lib/runtime/local.ts';
import { startServer } from './server-process.ts';

const run = promisify(execFile);
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stratalog-maintenance-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function produce(engine: Engine, partition: number, value: string): Promise<void> {
  const builder = new RecordBatchBuilder();
  builder.tryAppend({ timestamp: Date.now(), key: null, value });
  await engine.append({ topic: 't', partition, batches: builder.build(), acks: -1 });
}

async function countFrom(engine: Engine, partition: number): Promise<number> {
  let count = 0;
  for (let offset = 0; ; ) {
    const { records, nextOffset } = await engine.readRecords({ topic: 't', partition, offset, maxBytes: 1_000_000 });
    count += records.length;
    if (nextOffset === offset) return count;
    offset = nextOffset;
  }
}

describe('maintenance of a data folder', () => {
  it('moves rows and segment files into files of one partition, and the rows are gone', async () => {
    const onFatal = (error: Error) => {
      throw error;
    };
    const local = await openLocalEngine({ folder, onFatal });
    await local.engine.topics.create({ name: 't', partitions: 4 });
    const large = 'x'.repeat(60_000);
    for (let i = 0; i < 80; i++) await Promise.all([0, 1, 2, 3].map((p) => produce(local.engine, p, i % 2 === 0 ? `${i}` : large)));
    // Time passes for the jobs alone.
    let aheadMs = 0;
    const clock = {
      now: () => Date.now() + aheadMs,
      monotonic: () => performance.now() + aheadMs,
      sleep: local.deps.clock.sleep,
    };
    const maintenance = createMaintenance(new Engine({ ...local.deps, clock }), { sweepWaits: false });
    aheadMs += 11 * 60_000;
    const merged = await maintenance.run('merge', { all: true });
    expect(merged.errors).toEqual([]);
    expect(merged.did.filesWritten).toBeGreaterThanOrEqual(4);
    aheadMs += 61_000;
    expect((await maintenance.run('sweep')).did.objectsDeleted).toBeGreaterThanOrEqual(80);
    expect((await local.deps.inline?.list(undefined, Number.MAX_SAFE_INTEGER, 1_000))?.length).toBe(0);
    for (const partition of [0, 1, 2, 3]) expect(await countFrom(local.engine, partition)).toBe(80);
    await local.close();
    const again = await openLocalEngine({ folder, onFatal });
    for (const partition of [0, 1, 2, 3]) expect(await countFrom(again.engine, partition)).toBe(80);
    const walFiles = await readdir(join(folder, 'zones', 'zone-0', 'wal'), { recursive: true }).catch(() => []);
    expect(walFiles.filter((name) => name.length > 10)).toEqual([]);
    await again.close();
  });

  it('is asked about and started by HTTP and by the command line', async () => {
    await using server = await startServer({ data: folder, flags: ['--maintenance', 'off'] });
    const post = (path: string, body?: unknown) =>
      fetch(`${server.url}${path}`, {
        method: 'POST',
        ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      });
    expect((await post('/v1/topics', { name: 't', configs: { 'retention.bytes': '0' } })).status).toBe(201);
    expect((await post('/v1/topics/t/records', { records: [{ value: 'v' }] })).status).toBe(200);
    expect(await (await fetch(`${server.url}/v1/maintenance`)).json()).toEqual({
      jobs: [],
      running: [],
      retired: 0,
      underReplicated: [],
      zonesDown: [],
    });
    const dry = await (await post('/v1/maintenance/retain?dryRun=true')).json();
    expect(dry).toMatchObject({ job: 'retain', dryRun: true, did: { offsetsExpired: 1 } });
    const cli = (...args: string[]) =>
      run(process.execPath, [join(import.meta.dirname, '../../bin/stratalog.ts'), 'maintenance', ...args, '--url', server.url]);
    const done = await cli('run', 'retain', '--topic', 't');
    expect(done.stdout).toMatch(/retain .* startsRaised 1, offsetsExpired 1/);
    expect((await cli('status')).stdout).toContain('under-replicated partitions: none');
    expect(JSON.parse((await cli('status', '--json')).stdout)).toMatchObject({ jobs: [{ job: 'retain', complete: true }] });
    await expect(cli('run', 'tidy')).rejects.toMatchObject({ code: 2 });
    expect((await post('/v1/maintenance/tidy')).status).toBe(400);
    expect((await post('/v1/maintenance/merge?topic=nope')).status).toBe(404);
    const range = await (await fetch(`${server.url}/v1/topics/t`)).json();
    expect(range).toMatchObject({ offsets: [{ startOffset: 1, endOffset: 1 }] });
  });
});
