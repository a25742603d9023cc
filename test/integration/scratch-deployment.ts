import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { type AwsEngine, type AwsOptions, openAwsEngine } from '../../lib/runtime/aws.ts';
import { scratchTable } from './dynamodb-table.ts';
import { type Emulator, startDynamoDbLocal } from './emulators/dynamodb-local.ts';
import { startVersitygw } from './emulators/versitygw.ts';

/** A table on DynamoDB Local and buckets on versitygw: a deployment without functions. */
export interface ScratchDeployment {
  readonly options: AwsOptions;
  /** Another process of the same deployment. */
  open(more?: Partial<AwsOptions>): AwsEngine;
  stop(): Promise<void>;
}

export async function startScratchDeployment(zoneCount = 1): Promise<ScratchDeployment> {
  const emulators: Emulator[] = [];
  const engines: AwsEngine[] = [];
  const [dynamodb, s3] = await Promise.all([startDynamoDbLocal(), startVersitygw()]);
  emulators.push(dynamodb, s3);
  const { table, client } = await scratchTable({ ...dynamodb, credentials: s3.credentials });
  client.destroy();
  const buckets = Array.from({ length: zoneCount }, () => `b-${randomUUID()}`);
  const objects = new S3Client({ ...s3, forcePathStyle: true });
  for (const Bucket of buckets) await objects.send(new CreateBucketCommand({ Bucket }));
  objects.destroy();
  const options: AwsOptions = {
    table: table.name,
    zones: buckets.map((bucket, i) => ({ id: `z${i}`, bucket })),
    region: s3.region,
    credentials: s3.credentials,
    endpoint: { dynamodb: dynamodb.endpoint, s3: s3.endpoint },
  };
  return {
    options,
    open(more = {}) {
      const engine = openAwsEngine({ ...options, ...more });
      engines.push(engine);
      return engine;
    },
    async stop() {
      for (const engine of engines) await engine.close();
      for (const emulator of emulators) await emulator.stop();
    },
  };
}
