/** Merged and compacted files are Kafka's own segment files: its dump tool reads them, and finds what we wrote. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { SegmentIndex } from '../../lib/format/segment-index.ts';
import { createWorld, keysOf, MINUTE, produce, type World } from '../unit/engine/maintenance/world.ts';
import { kafkaTool } from './apache-kafka/install.ts';

const folder = mkdtempSync(join(tmpdir(), 'stratalog-dump-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Puts a merged file and the two sections of its index under the names Kafka gives them; answers the file's path. */
async function exportFile(world: World, at = -2): Promise<string> {
  const all = await keysOf(world.zones[0], 'log/');
  const keys = all.slice(at < 0 ? all.length + at : at).slice(0, 2);
  const read = async (suffix: string) => world.zones[0]?.objects.get(keys.find((key) => key.endsWith(suffix)) ?? '', 0, 1e9);
  const log = join(folder, `${/(\d{20})-/.exec(keys[0] ?? '')?.[1]}.log`);
  const index = new SegmentIndex((await read('.index')) as Buffer);
  writeFileSync(log, (await read('.log')) as Buffer);
  writeFileSync(log.replace(/log$/, 'index'), index.offsetIndex);
  writeFileSync(log.replace(/log$/, 'timeindex'), index.timeIndex);
  return log;
}

async function dump(files: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await kafkaTool('org.apache.kafka.tools.DumpLogSegments', [
    '--print-data-log',
    '--files',
    files.join(','),
  ]);
  expect(code, stderr).toBe(0);
  return stdout;
}

describe('a merged file', () => {
  it('is read by the dump tool of Apache Kafka, record by record, with its indexes', async () => {
    const world = createWorld();
    await world.engine.topics.create({ name: 't', configs: { 'index.interval.bytes': '200' } });
    for (let i = 0; i < 100; i++) {
      world.clock.nowMs += 10;
      const compression = (['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)[i % 5] ?? 'none';
      await produce(
        world,
        't',
        0,
        [
          { key: `k${i}`, value: `v${i}` },
          { key: 'tombstone', value: null },
        ],
        { compression },
      );
    }
    world.clock.nowMs += 11 * MINUTE;
    await world.run('merge', { all: true });
    const log = await exportFile(world);
    const text = await dump([log, log.replace(/log$/, 'index'), log.replace(/log$/, 'timeindex')]);
    expect(text.match(/isvalid: true/g)?.length).toBe(100);
    expect(text).not.toContain('isvalid: false');
    for (const [offset, value] of [
      [0, 'v0'],
      [198, 'v99'],
    ])
      expect(text).toMatch(new RegExp(`offset: ${offset} .*payload: ${value}`));
    // What the tool finds wrong with an index it prints under these words.
    expect(text).not.toMatch(/Mismatches in|Found timestamp mismatch|Found out of order|Non-consecutive|not found in/i);
    expect(text.match(/offset: \d+ position: \d+/g)?.length).toBeGreaterThan(20);
  });

  it('that was made of files, and uploaded in parts, is read by it too', async () => {
    const world = createWorld({ settings: { uploadPartBytes: 3_000, mergeFanIn: 3 } });
    await world.engine.topics.create({ name: 't', configs: { 'index.interval.bytes': '200' } });
    for (let i = 0; i < 120; i++) {
      if (i % 30 === 0) world.clock.nowMs += 11 * MINUTE;
      if (i % 30 === 0) await world.run('merge', { all: true });
      await produce(world, 't', 0, [{ key: `k${i}`, value: `v${i}`.padEnd(300, 'x') }]);
    }
    world.clock.nowMs += 11 * MINUTE;
    // The files that were replaced go a minute later.
    for (const job of ['merge', 'sweep'] as const) await world.run(job, { all: true });
    const { did } = await world.run('merge', { all: true, dryRun: true });
    expect(did).toEqual({});
    const log = await exportFile(world, 0);
    const text = await dump([log, log.replace(/log$/, 'index'), log.replace(/log$/, 'timeindex')]);
    expect(text.match(/isvalid: true/g)?.length).toBe(90);
    expect(text).not.toContain('isvalid: false');
    for (const [offset, value] of [
      [0, 'v0'],
      [89, 'v89'],
    ])
      expect(text).toMatch(new RegExp(`offset: ${offset} .*payload: ${value}`));
    expect(text).not.toMatch(/Mismatches in|Found timestamp mismatch|Found out of order|Non-consecutive|not found in/i);
  });

  it('that was compacted is read by it too', async () => {
    const world = createWorld();
    await world.engine.topics.create({ name: 't', configs: { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0' } });
    for (let i = 0; i < 60; i++)
      await produce(
        world,
        't',
        0,
        [
          { key: `k${i % 4}`, value: i % 3 === 0 ? null : `v${i}` },
          { key: `once${i}`, value: 'x' },
        ],
        { compression: i % 2 === 0 ? 'zstd' : 'none' },
      );
    world.clock.nowMs += 11 * MINUTE;
    await world.run('merge', { all: true });
    await world.run('compact', { all: true });
    // The file that was replaced goes a minute later.
    await world.run('sweep');
    const text = await dump([await exportFile(world)]);
    expect(text).not.toContain('isvalid: false');
    expect(text.match(/\| offset: /g)?.length).toBe(64);
    expect(text).toContain('deleteHorizonMs: OptionalLong[');
  });
});
