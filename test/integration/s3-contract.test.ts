import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll } from 'vitest';
import { BlockCache } from '../../lib/adapters/decorators/block-cache.ts';
import { S3ObjectStore } from '../../lib/adapters/s3/object-store.ts';
import { objectStoreContract } from '../contract/object-store.ts';
import type { Emulator } from './emulators/dynamodb-local.ts';
import { startLocalStack } from './emulators/localstack.ts';
import { startVersitygw } from './emulators/versitygw.ts';

const BUCKET = 'contract';

/** One server for a whole suite; cases keep to prefixes of their own. */
function suite(name: string, start: () => Promise<Emulator>): void {
  let emulator: Emulator;
  let client: S3Client;
  beforeAll(async () => {
    emulator = await start();
    client = new S3Client({
      ...emulator,
      forcePathStyle: true,
      maxAttempts: 1,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  });
  afterAll(async () => {
    client?.destroy();
    await emulator?.stop();
  });
  const store = () => new S3ObjectStore(client, BUCKET);
  const subject = <Store>(opened: Store) => ({ store: opened, capabilities: {}, close: async () => undefined });
  objectStoreContract(`S3 on ${name}`, async () => subject(store()));
  objectStoreContract(`cached S3 on ${name}`, async () => subject(new BlockCache(store(), { bytesMax: 2 ** 20, blockBytes: 1_000 })));
}

suite('versitygw', startVersitygw);
suite('LocalStack', startLocalStack);
