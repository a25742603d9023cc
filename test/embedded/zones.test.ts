import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Engine } from '../../lib/engine/engine.ts';
import { createMaintenance, type Maintenance } from '../../lib/engine/maintenance/maintenance.ts';
import { RecordBatchBuilder } from '../../lib/format/record-batch-writer.ts';
import { openLocalEngine } from '../../lib/runtime/local.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stratalog-zones-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const zoneFolder = (zone: number) => join(folder, 'zones', `zone-${zone}`);

async function filesOf(zone: number): Promise<number> {
  const names = await readdir(zoneFolder(zone), { recursive: true, withFileTypes: true }).catch(() => []);
  return names.filter((entry) => entry.isFile()).length;
}

/** Writes until it is stopped and remembers every record that was acknowledged. */
class Load {
  readonly acknowledged = new Set<string>();
  refused = 0;
  #running = true;
  readonly #loop: Promise<unknown>;

  constructor(engine: Engine) {
    this.#loop = Promise.all([0, 1].map((partition) => this.#write(engine, partition)));
  }

  async #write(engine: Engine, partition: number): Promise<void> {
    for (let i = 0; this.#running; i++) {
      const value = `${partition}-${i}`;
      const builder = new RecordBatchBuilder();
      builder.tryAppend({ timestamp: Date.now(), key: null, value });
      const done = await engine.append({ topic: 't', partition, batches: builder.build(), acks: -1 }).catch(() => undefined);
      if (done?.batches[0]?.kind === 'appended') this.acknowledged.add(value);
      else this.refused++;
    }
  }

  async until(count: number): Promise<void> {
    const target = this.acknowledged.size + count;
    for (let tries = 0; this.acknowledged.size < target; tries++) {
      if (tries > 3_000) throw new Error(`${this.acknowledged.size} of ${target} were acknowledged, ${this.refused} refused`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#loop;
  }
}

async function valuesOf(engine: Engine): Promise<Set<string>> {
  const values = new Set<string>();
  for (const partition of [0, 1]) {
    for (let offset = 0; ; ) {
      const { records, nextOffset } = await engine.readRecords({ topic: 't', partition, offset, maxBytes: 1_000_000 });
      for (const { value } of records) values.add(Buffer.from(value ?? []).toString());
      if (nextOffset === offset) break;
      offset = nextOffset;
    }
  }
  return values;
}

async function refill(maintenance: Maintenance): Promise<void> {
  const report = await maintenance.run('replicate');
  expect(report.errors).toEqual([]);
}

describe('a deployment of three zones', () => {
  it('loses nothing acknowledged by two when one is taken away, and another after repair', async () => {
    const onFatal = (error: Error) => {
      throw error;
    };
    const local = await openLocalEngine({ folder, zones: 3, onFatal, settings: { appendTimeoutMs: 2_000 } });
    let aheadMs = 0;
    const clock = { now: () => Date.now() + aheadMs, monotonic: () => performance.now() + aheadMs, sleep: local.deps.clock.sleep };
    // The store's clock is the disk's, and copies are made of what has settled: so the jobs see files as older than they are.
    const zones = local.deps.zones.map(({ name, objects }) => ({
      name,
      objects: {
        put: objects.put.bind(objects),
        replace: objects.replace.bind(objects),
        beginUpload: objects.beginUpload.bind(objects),
        uploadPart: objects.uploadPart.bind(objects),
        finishUpload: objects.finishUpload.bind(objects),
        abandonUpload: objects.abandonUpload.bind(objects),
        get: objects.get.bind(objects),
        head: objects.head.bind(objects),
        delete: objects.delete.bind(objects),
        list: async (prefix: string, after: string | undefined, limit: number) =>
          (await objects.list(prefix, after, limit)).map((info) => ({ ...info, putAtMs: info.putAtMs - 60_000 })),
      },
    }));
    const maintenance = createMaintenance(new Engine({ ...local.deps, zones, clock }), { sweepWaits: false });
    await local.engine.topics.create({ name: 't', partitions: 2, configs: { 'min.insync.replicas': '2' } });
    const load = new Load(local.engine);
    await load.until(150);
    await rename(zoneFolder(0), join(folder, 'lost-0'));
    await load.until(150);
    await refill(maintenance);
    expect(await filesOf(0)).toBeGreaterThan(100);
    aheadMs += 11 * 60_000;
    await maintenance.run('merge', { all: true });
    await refill(maintenance);
    await rename(zoneFolder(1), join(folder, 'lost-1'));
    await load.until(150);
    await load.stop();
    const cold = new Engine({ ...local.deps });
    const values = await valuesOf(cold);
    expect([...load.acknowledged].filter((value) => !values.has(value))).toEqual([]);
    await cold.close();
    await local.close();
  });

  it('refuses acks=all when fewer zones than min.insync.replicas take it, and goes on reading', async () => {
    const local = await openLocalEngine({ folder, zones: 3, onFatal: () => {}, settings: { appendTimeoutMs: 300 } });
    await local.engine.topics.create({ name: 't', partitions: 2, configs: { 'min.insync.replicas': '2' } });
    const load = new Load(local.engine);
    await load.until(40);
    await load.stop();
    const maintenance = createMaintenance(new Engine({ ...local.deps, zones: local.deps.zones }), { sweepWaits: false });
    expect((await maintenance.run('replicate')).errors).toEqual([]);
    const gone = async (): Promise<never> => {
      throw new Error('the zone is gone');
    };
    const uploads = { beginUpload: gone, uploadPart: gone, finishUpload: gone, abandonUpload: gone };
    const dead = { put: gone, replace: gone, ...uploads, get: gone, head: gone, delete: gone, list: gone };
    const [first] = local.deps.zones;
    if (first === undefined) throw new Error('no zone');
    const left = new Engine({
      ...local.deps,
      zones: [{ name: 'a', objects: dead }, { name: 'b', objects: dead }, first],
      settings: { appendTimeoutMs: 300 },
    });
    const builder = new RecordBatchBuilder();
    builder.tryAppend({ timestamp: 1, key: null, value: 'v' });
    await expect(left.append({ topic: 't', partition: 0, batches: builder.build(), acks: -1 })).rejects.toMatchObject({
      code: 'NOT_ENOUGH_REPLICAS',
    });
    const builderOfOne = new RecordBatchBuilder();
    builderOfOne.tryAppend({ timestamp: 1, key: null, value: 'one' });
    expect((await left.append({ topic: 't', partition: 0, batches: builderOfOne.build(), acks: 1 })).batches[0]?.kind).toBe('appended');
    expect((await valuesOf(left)).has('one')).toBe(true);
    await local.close();
  });
});
