import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient, PutItemCommand, ReturnValuesOnConditionCheckFailure } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Emulator, startDynamoDbLocal } from './emulators/dynamodb-local.ts';
import { type LambdaRuntime, startLambdaRuntime } from './emulators/lambda-runtime.ts';
import { startVersitygw } from './emulators/versitygw.ts';
import { inspectEnvironment, requireTools } from './environment.ts';

/** How many of these promises were fulfilled; the rest must have been refused with the given error. */
async function countWinners(attempts: readonly Promise<unknown>[], refusal: string): Promise<number> {
  const results = await Promise.allSettled(attempts);
  const refused = results.filter((result) => result.status === 'rejected').map((result) => result.reason.name);
  expect([...new Set(refused)]).toEqual([refusal]);
  return results.length - refused.length;
}

describe('the environment', () => {
  it('names everything that is missing, and how to get it', async () => {
    const bare = { ...(await inspectEnvironment()), java: undefined, python: undefined };
    expect(() => requireTools(bare, ['java', 'python'])).toThrow(/Missing:\n.*Java 17 or later.*\n.*Python 3\.13 for LocalStack/);
  });
});

describe('DynamoDB Local', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startDynamoDbLocal();
  });
  afterAll(() => emulator?.stop());

  it('lets one of 16 conditional writers win and shows the losers the item', async () => {
    const client = new DynamoDBClient({ ...emulator });
    await client.send(
      new CreateTableCommand({
        TableName: 'try',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    const put = (writer: number): Promise<unknown> =>
      client.send(
        new PutItemCommand({
          TableName: 'try',
          Item: { pk: { S: 'one' }, writer: { N: String(writer) } },
          ConditionExpression: 'attribute_not_exists(pk)',
          ReturnValuesOnConditionCheckFailure: ReturnValuesOnConditionCheckFailure.ALL_OLD,
        }),
      );
    const attempts = Array.from({ length: 16 }, (_, writer) => put(writer));
    expect(await countWinners(attempts, 'ConditionalCheckFailedException')).toBe(1);
    await expect(put(17)).rejects.toMatchObject({ Item: { pk: { S: 'one' } } });
    client.destroy();
  });
});

describe('versitygw', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startVersitygw();
  });
  afterAll(() => emulator?.stop());

  it('lets one of 16 create-if-absent writers win and keeps what it wrote', async () => {
    const client = new S3Client({ ...emulator, forcePathStyle: true, maxAttempts: 1 });
    await client.send(new CreateBucketCommand({ Bucket: 'try' }));
    const put = (writer: number): Promise<number> =>
      client.send(new PutObjectCommand({ Bucket: 'try', Key: 'wal/one', Body: String(writer), IfNoneMatch: '*' })).then(() => writer);
    const attempts = Array.from({ length: 16 }, (_, writer) => put(writer));
    expect(await countWinners(attempts, 'PreconditionFailed')).toBe(1);
    const winner = (await Promise.allSettled(attempts)).find((result) => result.status === 'fulfilled')?.value;
    const stored = await client.send(new GetObjectCommand({ Bucket: 'try', Key: 'wal/one' }));
    expect(await stored.Body?.transformToString()).toBe(String(winner));
    client.destroy();
  });
});

const HANDLER = `
let calls = 0;
export const handler = async (event, context) => {
  if (event.fail) throw new TypeError('asked to fail');
  if (event.exit) process.exit(3);
  if (event.hang) await new Promise((resolve) => setTimeout(resolve, 60_000));
  return { event, calls: ++calls, requestId: context.awsRequestId, leftMs: context.getRemainingTimeInMillis() };
};
`;

describe('the Lambda runtime', () => {
  let folder: string;
  let runtime: LambdaRuntime;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stratalog-lambda-'));
    await writeFile(join(folder, 'index.mjs'), HANDLER);
    runtime = await startLambdaRuntime({ folder, handler: 'index.handler', timeoutMs: 1500 });
  });
  afterAll(async () => {
    await runtime?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const answerOf = async (event: unknown): Promise<Record<string, unknown>> => {
    const { payload } = await runtime.invoke(event);
    return JSON.parse(payload.toString()) as Record<string, unknown>;
  };

  it('keeps one process for one call after the other', async () => {
    const first = await answerOf({ n: 1 });
    expect(first).toMatchObject({ event: { n: 1 } });
    expect(await answerOf({ n: 2 })).toMatchObject({ calls: Number(first.calls) + 1 });
  });

  it('answers the Invoke call of the AWS client, with the error header for errors', async () => {
    const client = new LambdaClient({
      endpoint: runtime.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 't', secretAccessKey: 't' },
    });
    const invoke = (event: unknown) => client.send(new InvokeCommand({ FunctionName: 'function', Payload: JSON.stringify(event) }));
    const answered = await invoke({ n: 3 });
    expect(answered.FunctionError).toBeUndefined();
    const failed = await invoke({ fail: true });
    expect(failed.FunctionError).toBe('Unhandled');
    expect(JSON.parse(failed.Payload?.transformToString() ?? '')).toMatchObject({ errorType: 'TypeError' });
    client.destroy();
  });

  it('starts a new process after one that ended, and after one that ran out of time', async () => {
    expect(await answerOf({ exit: true })).toMatchObject({ errorType: 'Runtime.ExitError' });
    expect(await answerOf({ n: 4 })).toMatchObject({ calls: 1 });
    expect(await answerOf({ hang: true })).toMatchObject({ errorType: 'Sandbox.Timedout' });
    expect(await answerOf({ n: 5 })).toMatchObject({ calls: 1 });
  });
});
