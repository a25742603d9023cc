import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { parseZones } from '../../lib/config/aws-environment.ts';
import { type AwsEngine, type AwsOptions, openAwsEngine } from '../../lib/runtime/aws.ts';
import { directTransport } from '../../lib/runtime/direct.ts';
import { lambdaTransport } from '../../lib/sdk/aws/lambda-transport.ts';
import { signing } from '../../lib/sdk/aws/signing.ts';
import { HttpExchange } from '../../lib/sdk/http-exchange.ts';
import { Consumer, HttpTransport, Producer, stringSerde, type Transport } from '../../lib/sdk/index.ts';
import type { DeployedLog } from './deployed-log.ts';

const run = promisify(execFile);
const PROJECT = resolve(import.meta.dirname, '../..');
const LINES_SHOWN = 20;

export const TEXT = { keyDeserializer: stringSerde.deserialize, valueDeserializer: stringSerde.deserialize } as const;

/** The ways into a deployed log, as its outputs name them. */
export class DeployedClients {
  readonly #log: () => DeployedLog;

  constructor(log: () => DeployedLog) {
    this.#log = log;
  }

  get config() {
    const { endpoint, region, credentials } = this.#log().localstack;
    return { endpoint, region, credentials };
  }

  get #outputs() {
    return this.#log().outputs();
  }

  /** The function URL. Its host name is looked up by nobody here, so it travels in the header. */
  url(): HttpTransport {
    const { host } = new URL(this.#outputs.Url ?? '');
    const { endpoint, region, credentials } = this.config;
    const exchange = signing(new HttpExchange(), { region, credentials });
    return new HttpTransport({ url: endpoint, headers: { host }, exchange });
  }

  /** Runs the command line as a user does: the function URL as AWS names it, and credentials in the environment. Answers what it printed. */
  async stratalog(...args: string[]): Promise<string> {
    const { endpoint, env } = this.#log().localstack;
    const [id] = new URL(this.#outputs.Url ?? '').hostname.split('.');
    const url = `http://${id}.lambda-url.${this.config.region}.on.aws:${new URL(endpoint).port}`;
    const program = ['--import', join(import.meta.dirname, 'emulators/resolve-function-urls.ts'), join(PROJECT, 'bin/stratalog.ts')];
    const { stdout } = await run(process.execPath, [...program, ...args, '--url', url], { env: { ...process.env, ...env } });
    return stdout;
  }

  lambda(): HttpTransport {
    const { ProduceFunctionName: produce, FetchFunctionName: fetch, HttpFunctionName: http } = this.#outputs;
    return lambdaTransport({ functions: { produce, fetch, http }, client: this.config });
  }

  direct(): HttpTransport {
    return directTransport(this.#stores);
  }

  /** An engine over the deployment's table and buckets, for what no client can ask. */
  engine(): AwsEngine {
    return openAwsEngine(this.#stores);
  }

  get #stores(): AwsOptions {
    const { TableName = '' } = this.#outputs;
    const zones = this.buckets.map((bucket, i) => `zone-${i + 1}=${bucket}`).join(',');
    return { ...this.config, table: TableName, zones: parseZones(zones) ?? [] };
  }

  get buckets(): readonly string[] {
    return (this.#outputs.BucketNames ?? '').split(',');
  }

  async keysOf(bucket: string | undefined): Promise<string[]> {
    const client = new S3Client({ ...this.config, forcePathStyle: true });
    try {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
      return Contents.map(({ Key = '' }) => Key).sort();
    } finally {
      client.destroy();
    }
  }

  /** What the scheduled functions have printed of late. */
  async linesOfJobs(): Promise<string> {
    const { logGroups = [] } = await this.#logs<{ logGroups?: { logGroupName: string }[] }>('DescribeLogGroups', {});
    const names = logGroups.map(({ logGroupName }) => logGroupName).filter((name) => /retention|compaction|replication|sweep/.test(name));
    const lines = names.map(async (logGroupName) => {
      const { events = [] } = await this.#logs<{ events?: { message: string }[] }>('FilterLogEvents', { logGroupName });
      return [logGroupName, ...events.slice(-LINES_SHOWN).map(({ message }) => `  ${message.trim()}`)].join('\n');
    });
    return (await Promise.all(lines)).join('\n');
  }

  /** Names of functions, rules and queues in the account. */
  async resources(): Promise<readonly string[]> {
    const client = new LambdaClient(this.config);
    const { Functions = [] } = await client.send(new ListFunctionsCommand({})).finally(() => client.destroy());
    const { Rules = [] } = await this.#ask<{ Rules?: { Name: string }[] }>('events', 'AWSEvents.ListRules', {});
    const { QueueUrls = [] } = await this.#ask<{ QueueUrls?: string[] }>('sqs', 'AmazonSQS.ListQueues', {});
    return [...Functions.map(({ FunctionName = '' }) => FunctionName), ...Rules.map(({ Name }) => Name), ...QueueUrls];
  }

  #logs<Answer>(operation: string, request: object): Promise<Answer> {
    return this.#ask('logs', `Logs_20140328.${operation}`, request);
  }

  /** Services whose clients nothing else here needs. The emulator looks at no signature. */
  async #ask<Answer>(service: string, target: string, request: object): Promise<Answer> {
    const scope = `test/20260101/${this.config.region}/${service}/aws4_request`;
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': target,
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`,
    };
    const answer = await fetch(this.config.endpoint, { method: 'POST', headers, body: JSON.stringify(request) });
    return (await answer.json()) as Answer;
  }

  /** Calls a function by hand, as its rule would. */
  async invoke(name: string | undefined, event: object = {}): Promise<unknown> {
    const client = new LambdaClient({ ...this.config, requestHandler: { requestTimeout: 300_000 } });
    try {
      const { Payload, FunctionError } = await client.send(new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event) }));
      const answer = JSON.parse(Payload?.transformToString() ?? 'null') as unknown;
      if (FunctionError !== undefined) throw new Error(`${name} failed: ${JSON.stringify(answer)}`);
      return answer;
    } finally {
      client.destroy();
    }
  }
}

export async function withTransport<Answer>(open: () => HttpTransport, use: (transport: Transport) => Promise<Answer>): Promise<Answer> {
  const transport = open();
  try {
    return await use(transport);
  } finally {
    await transport.close();
  }
}

export async function produce(transport: Transport, topic: string, values: readonly string[]): Promise<void> {
  await using producer = new Producer({ transport });
  await Promise.all(values.map((value, i) => producer.send({ topic, key: `k${i % 5}`, value })));
}

/** One segment for each value: what is awaited one by one shares nothing. */
export async function produceEach(transport: Transport, topic: string, values: readonly string[]): Promise<void> {
  await using producer = new Producer({ transport });
  for (const value of values) await producer.send({ topic, value });
}

export async function consumeAll(transport: Transport, topic: string): Promise<string[]> {
  await using consumer = new Consumer({ transport, ...TEXT });
  await consumer.assign([{ topic, from: 'earliest', until: 'latest' }]);
  const values: string[] = [];
  for await (const { value } of consumer) values.push(value ?? '');
  return values.sort();
}

export const sorted = (values: readonly string[]): string[] => [...values].sort();
export const valuesOf = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${prefix}-${i}`);
