import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLocalEngine } from '../../../lib/runtime/local.ts';

const onFatal = (error: Error) => {
  throw error;
};

describe('an engine over a data folder', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stratalog-engine-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it.each([1, 2])('gives back after a restart what was acknowledged, with %i zones', async (zones) => {
    const values = ['a', 'b'.repeat(200_000), 'c'];
    const first = await openLocalEngine({ folder, zones, onFatal });
    await first.engine.topics.create({ name: 'orders', partitions: 2 });
    for (const value of values) {
      const [result] = await first.engine.produceRecords({
        topic: 'orders',
        records: [{ key: null, value: Buffer.from(value), headers: [], partition: 1 }],
      });
      expect(result).toMatchObject({ partition: 1 });
    }
    await first.close();

    const second = await openLocalEngine({ folder, zones, onFatal });
    const read: string[] = [];
    for (let offset = 0; offset < values.length; ) {
      const answer = await second.engine.readRecords({ topic: 'orders', partition: 1, offset });
      read.push(...answer.records.map((record) => Buffer.from(record.value ?? []).toString()));
      expect(answer.nextOffset).toBeGreaterThan(offset);
      offset = answer.nextOffset;
    }
    expect(read).toEqual(values);
    expect(second.readOnly).toBe(false);
    await second.close();
  });

  it('refuses a second engine on the folder while the first one is open', async () => {
    const first = await openLocalEngine({ folder, onFatal });
    await expect(openLocalEngine({ folder, onFatal })).rejects.toMatchObject({ code: 'FOLDER_IN_USE', details: { pid: process.pid } });
    await first.close();
    await (await openLocalEngine({ folder, onFatal })).close();
  });
});
