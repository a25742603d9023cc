import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseZones } from '../../lib/config/aws-environment.ts';
import { directTransport } from '../../lib/runtime/direct.ts';
import { lambdaTransport } from '../../lib/sdk/aws/lambda-transport.ts';
import { signing } from '../../lib/sdk/aws/signing.ts';
import { HttpExchange } from '../../lib/sdk/http-exchange.ts';
import { Admin, Consumer, HttpTransport, Producer, stringSerde, type Transport } from '../../lib/sdk/index.ts';
import { type DeployedLog, deployLog } from './deployed-log.ts';
import { waitFor } from './emulators/child-process.ts';

const TEXT = { keyDeserializer: stringSerde.deserialize, valueDeserializer: stringSerde.deserialize } as const;

let log: DeployedLog;
beforeAll(async () => {
  log = await deployLog({ 'stratalog:removal': 'destroy' });
});
afterAll(() => log?.stop());

const clientConfig = () => ({ endpoint: log.localstack.endpoint, region: log.localstack.region, credentials: log.localstack.credentials });

/** The function URL. Its host name is looked up by nobody here, so it travels in the header. */
function urlTransport(): HttpTransport {
  const { host } = new URL(log.outputs.Url ?? '');
  const exchange = signing(new HttpExchange(), { region: log.localstack.region, credentials: log.localstack.credentials });
  return new HttpTransport({ url: log.localstack.endpoint, headers: { host }, exchange });
}

const invoking = () =>
  lambdaTransport({
    functions: { produce: log.outputs.ProduceFunctionName, fetch: log.outputs.FetchFunctionName, http: log.outputs.HttpFunctionName },
    client: clientConfig(),
  });

const direct = () => {
  const buckets = (log.outputs.BucketNames ?? '').split(',').map((bucket, i) => `zone-${i + 1}=${bucket}`);
  return directTransport({ ...clientConfig(), table: log.outputs.TableName ?? '', zones: parseZones(buckets.join(',')) ?? [] });
};

async function withTransport<Answer>(open: () => HttpTransport, use: (transport: Transport) => Promise<Answer>): Promise<Answer> {
  const transport = open();
  try {
    return await use(transport);
  } finally {
    await transport.close();
  }
}

async function produce(transport: Transport, topic: string, values: readonly string[]): Promise<void> {
  await using producer = new Producer({ transport });
  await Promise.all(values.map((value, i) => producer.send({ topic, key: `k${i % 5}`, value })));
}

async function consumeAll(transport: Transport, topic: string): Promise<string[]> {
  await using consumer = new Consumer({ transport, ...TEXT });
  await consumer.assign([{ topic, from: 'earliest', until: 'latest' }]);
  const values: string[] = [];
  for await (const { value } of consumer) values.push(value ?? '');
  return values.sort();
}

/** Calls a function by hand, as its rule would. */
async function invoke(name: string | undefined, event: object = {}): Promise<unknown> {
  const client = new LambdaClient({ ...clientConfig(), requestHandler: { requestTimeout: 300_000 } });
  try {
    const { Payload, FunctionError } = await client.send(new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event) }));
    const answer = JSON.parse(Payload?.transformToString() ?? 'null') as unknown;
    if (FunctionError !== undefined) throw new Error(`${name} failed: ${JSON.stringify(answer)}`);
    return answer;
  } finally {
    client.destroy();
  }
}

async function objectKeys(): Promise<string[]> {
  const client = new S3Client({ ...clientConfig(), forcePathStyle: true });
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: log.outputs.BucketNames?.split(',')[0] }));
  client.destroy();
  return Contents.map(({ Key = '' }) => Key);
}

const sorted = (values: readonly string[]) => [...values].sort();
const valuesOf = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}-${i}`);

describe('the deployed stack', () => {
  it('names what clients are pointed at', () => {
    const { Url, TableName, BucketNames, ProduceFunctionName, SweepFunctionName } = log.outputs;
    for (const output of [Url, TableName, BucketNames, ProduceFunctionName, SweepFunctionName]) expect(output).toBeTruthy();
  });

  it.each([
    ['the function URL', urlTransport],
    ['direct invocation', invoking],
    ['table and buckets', direct],
  ])('serves a tour through %s', async (name, open) => {
    const topic = `tour-${name.replaceAll(' ', '-')}`;
    await withTransport(open, async (transport) => {
      const admin = new Admin({ transport });
      await admin.createTopic({ name: topic, partitions: 2 });
      const values = valuesOf('v', 20);
      await produce(transport, topic, values);
      expect(await consumeAll(transport, topic)).toEqual(sorted(values));
      const { offsets } = await admin.describeTopic(topic);
      expect(offsets.reduce((sum, { endOffset }) => sum + endOffset, 0)).toBe(20);
    });
  });

  it('shows through every door what came in through another', async () => {
    await withTransport(urlTransport, (transport) => new Admin({ transport }).createTopic({ name: 'shared', partitions: 1 }));
    const doors = { url: urlTransport, lambda: invoking, direct } as const;
    for (const [name, open] of Object.entries(doors))
      await withTransport(open, (transport) => produce(transport, 'shared', valuesOf(name, 5)));
    const all = sorted(Object.keys(doors).flatMap((name) => valuesOf(name, 5)));
    for (const open of Object.values(doors)) expect(await withTransport(open, (transport) => consumeAll(transport, 'shared'))).toEqual(all);
  });

  it('keeps small segments in the table and large ones in the bucket', async () => {
    await withTransport(direct, async (transport) => {
      await new Admin({ transport }).createTopic({ name: 'sizes', partitions: 1 });
      const before = (await objectKeys()).length;
      await produce(transport, 'sizes', ['small']);
      expect(await objectKeys()).toHaveLength(before);
      await produce(transport, 'sizes', ['x'.repeat(50_000)]);
      expect(await objectKeys()).toHaveLength(before + 1);
    });
  });

  it('never waits for data within a function, and says when to come again', async () => {
    await withTransport(urlTransport, async (transport) => {
      const { offsets } = await transport.describeTopic('shared');
      const began = performance.now();
      const answer = await transport.fetchBatches({
        topic: 'shared',
        partition: 0,
        offset: offsets[0]?.endOffset ?? 0,
        maxBytes: 1_000,
        maxWaitMs: 20_000,
        minBytes: 1,
        isolation: 'read_uncommitted',
      });
      expect(answer.retryAfterMs).toBeGreaterThanOrEqual(50);
      expect(performance.now() - began).toBeLessThan(15_000);
    });
  });

  it('tells errors of a function as those of a server', async () => {
    for (const open of [urlTransport, invoking]) {
      await expect(withTransport(open, (transport) => transport.describeTopic('none'))).rejects.toMatchObject({
        code: 'UNKNOWN_TOPIC_OR_PARTITION',
      });
    }
  });

  it('runs its jobs by hand: entries are merged into a file, and every record is still there', async () => {
    const values = valuesOf('merge', 80);
    await withTransport(direct, async (transport) => {
      await new Admin({ transport }).createTopic({ name: 'merged', partitions: 1 });
      await using producer = new Producer({ transport });
      for (const value of values) await producer.send({ topic: 'merged', value });
    });
    const [report] = (await invoke(log.outputs.CompactionFunctionName, { all: true })) as { job: string; errors: string[]; did: object }[];
    expect(report).toMatchObject({ job: 'merge', errors: [] });
    expect((await objectKeys()).some((key) => key.startsWith('log/') && key.endsWith('.log'))).toBe(true);
    expect(await withTransport(urlTransport, (transport) => consumeAll(transport, 'merged'))).toEqual(sorted(values));
    for (const name of ['RetentionFunctionName', 'ReplicationFunctionName', 'SweepFunctionName']) {
      for (const done of (await invoke(log.outputs[name])) as { errors: string[] }[]) expect(done.errors).toEqual([]);
    }
    expect(await withTransport(invoking, (transport) => consumeAll(transport, 'merged'))).toEqual(sorted(values));
  });

  it('is upgraded in place: another version of the stack has the same table, buckets and records', async () => {
    const before = log.outputs;
    const after = await log.deploy({ 'stratalog:doorMemoryMb': '2048', 'stratalog:logRetentionDays': '7' });
    expect([after.TableName, after.BucketNames]).toEqual([before.TableName, before.BucketNames]);
    expect(await withTransport(urlTransport, (transport) => consumeAll(transport, 'merged'))).toHaveLength(80);
  });

  it('is destroyed without leftovers', async () => {
    const { TableName = '' } = log.outputs;
    await log.destroy();
    const client = new DynamoDBClient({ ...clientConfig(), maxAttempts: 1 });
    await waitFor('the table to be gone', 60_000, async () => {
      const gone = client.send(new ScanCommand({ TableName, Limit: 1 })).then(
        () => false,
        (error: Error) => error.name === 'ResourceNotFoundException',
      );
      return gone;
    });
    client.destroy();
    await expect(objectKeys()).rejects.toThrow();
  });
});
