import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { S3ObjectStore } from '../../lib/adapters/s3/object-store.ts';
import { Engine } from '../../lib/engine/engine.ts';
import { createMaintenance } from '../../lib/engine/maintenance/maintenance.ts';
import { RecordBatchBuilder } from '../../lib/format/record-batch-writer.ts';
import { SYSTEM_CLOCK } from '../../lib/runtime/clock.ts';
import { memoryPorts } from '../../lib/runtime/memory.ts';
import type { Emulator } from './emulators/dynamodb-local.ts';
import { startVersitygw } from './emulators/versitygw.ts';

const MIB = 1024 * 1024;
const BUCKETS = ['zone-a', 'zone-b'];
const RECORDS = 48;

let emulator: Emulator;
let client: S3Client;
beforeAll(async () => {
  emulator = await startVersitygw();
  client = new S3Client({
    ...emulator,
    forcePathStyle: true,
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  for (const Bucket of BUCKETS) await client.send(new CreateBucketCommand({ Bucket }));
});
afterAll(async () => {
  client?.destroy();
  await emulator?.stop();
});

describe('a file that is larger than a part, in buckets', () => {
  it('is merged, copied, damaged, mended and read, and no upload is left open', { timeout: 120_000 }, async () => {
    let aheadMs = 0;
    const clock = { now: () => Date.now() + aheadMs, monotonic: () => performance.now() + aheadMs, sleep: SYSTEM_CLOCK.sleep };
    const stores = BUCKETS.map((bucket) => new S3ObjectStore(client, bucket));
    // The store's clock goes ahead with ours.
    const zones = stores.map((objects, i) => ({ name: BUCKETS[i] as string, objects: aged(objects, () => aheadMs) }));
    const deps = { ...memoryPorts({ inline: undefined, zones, settings: { readCacheBytes: 0 } }), clock };
    const engine = new Engine(deps);
    const maintenance = createMaintenance(engine, { sweepWaits: false, settings: { uploadPartBytes: 5 * MIB } });
    const run = async (job: 'merge' | 'replicate', anew = false) => {
      aheadMs += 11 * 60_000;
      const report = await maintenance.run(job, { all: true, anew });
      expect(report.errors).toEqual([]);
      return report;
    };
    const topic = await engine.topics.create({ name: 't', configs: { 'retention.ms': '-1' } });
    for (let i = 0; i < RECORDS; i++) {
      const builder = new RecordBatchBuilder({}, MIB);
      builder.tryAppend({ timestamp: clock.now(), key: null, value: Buffer.alloc(MIB / 2, i) });
      await engine.append({ topic: 't', partition: 0, batches: builder.build(), acks: 1 });
    }
    const merged = await run('merge');
    // 24 MiB: a part of 10, two of 5, the rest; beginning and end; the index, and an empty object that tells the time.
    expect(merged.requests.puts).toBe(4 + 2 + 1 + 1);
    await run('replicate');
    const sizes = async () =>
      Promise.all(stores.map(async (store) => (await store.list(`log/${topic.id}/`, undefined, 10)).map(({ size }) => size)));
    const [first, second] = await sizes();
    expect(first?.length).toBe(2);
    expect(second).toEqual(first);
    const [{ key } = { key: '' }] = (await (stores[1] as S3ObjectStore).list(`log/${topic.id}/`, undefined, 10)).filter((info) =>
      info.key.endsWith('.log'),
    );
    await stores[1]?.replace(key, [Buffer.alloc(Math.max(...(first ?? [])))]);
    expect((await run('replicate', true)).did).toMatchObject({ copiesRepaired: 1 });
    for (const zone of zones) {
      const reader = new Engine({ ...deps, zones: [zone] });
      for (const offset of [0, RECORDS - 1]) {
        const { records } = await reader.readRecords({ topic: 't', partition: 0, offset, maxBytes: 1 });
        expect(records[0]).toMatchObject({ offset });
        expect(records[0]?.value?.[0]).toBe(offset);
      }
      await reader.close();
    }
    for (const Bucket of BUCKETS) expect((await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads ?? []).toEqual([]);
    await engine.close();
  });
});

/** Objects look as old as the test has moved time since the beginning. */
function aged(objects: S3ObjectStore, aheadMs: () => number): S3ObjectStore {
  const since = new Map<string, number>();
  return new Proxy(objects, {
    get(target, property) {
      const value = Reflect.get(target, property) as (...args: unknown[]) => unknown;
      if (property === 'put') {
        return (key: string, chunks: Uint8Array[]) => {
          since.set(key, aheadMs());
          return target.put(key, chunks);
        };
      }
      if (property !== 'head') return value.bind(target);
      return async (key: string) => {
        const info = await target.head(key);
        return info && { ...info, putAtMs: info.putAtMs + (since.get(key) ?? 0) };
      };
    },
  });
}
