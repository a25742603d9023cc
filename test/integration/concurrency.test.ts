import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { S3ObjectStore } from '../../lib/adapters/s3/object-store.ts';
import { batchOf } from '../unit/http/door.ts';
import { type ScratchDeployment, startScratchDeployment } from './scratch-deployment.ts';

let deployment: ScratchDeployment;
beforeAll(async () => {
  deployment = await startScratchDeployment();
});
afterAll(() => deployment?.stop());

describe('many at once', () => {
  it('50 writers of one key: one creates it, and all see its bytes', async () => {
    const { region, credentials, endpoint, zones } = deployment.options;
    const client = new S3Client({
      region: region ?? '',
      ...(credentials === undefined ? {} : { credentials }),
      endpoint: (endpoint as { s3: string }).s3,
      forcePathStyle: true,
      maxAttempts: 1,
    });
    const store = new S3ObjectStore(client, zones[0]?.bucket ?? '');
    const results = await Promise.all(Array.from({ length: 50 }, (_, i) => store.put('wal/00/one', [Buffer.from(`writer ${i}`)])));
    expect(results.filter((result) => result === 'created')).toHaveLength(1);
    expect((await store.get('wal/00/one', 0, 100))?.toString()).toBe(`writer ${results.indexOf('created')}`);
    client.destroy();
  });

  it('16 processes on one partition: conflicts are counted, every record has its own offset and none is lost', async () => {
    let conflicts = 0;
    const telemetry = {
      count(name: string, value: number) {
        if (name === 'grant_retries_total') conflicts += value;
      },
      observe() {},
      gauge() {},
      log() {},
    };
    const processes = Array.from({ length: 16 }, () => deployment.open({ telemetry }));
    await processes[0]?.engine.topics.create({ name: 'contended' });
    const appended = await Promise.all(
      processes.map(async ({ engine }, p) => {
        const found: [number, string][] = [];
        for (let i = 0; i < 8; i++) {
          const value = `${p}/${i}`;
          const { batches } = await engine.append({
            topic: 'contended',
            partition: 0,
            batches: batchOf(value),
            acks: -1,
            timeoutMs: 60_000,
          });
          for (const batch of batches) if (batch.kind === 'appended') found.push([batch.baseOffset, value]);
        }
        return found;
      }),
    );
    const byOffset = new Map(appended.flat());
    expect([...byOffset.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: 128 }, (_, i) => i));
    expect(conflicts).toBeGreaterThan(0);
    const { engine } = deployment.open();
    const { records } = await engine.readRecords({ topic: 'contended', partition: 0, offset: 0, maxBytes: 1e7 });
    expect(new Map(records.map(({ offset, value }) => [offset, value?.toString()]))).toEqual(byOffset);
  });
});
