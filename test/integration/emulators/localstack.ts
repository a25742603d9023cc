import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import {
  type Environment,
  inspectEnvironment,
  installDynamoDbLocal,
  installLambdaRuntimeClient,
  installLocalStack,
  LOCALSTACK_IMAGE,
  requireTools,
} from '../environment.ts';
import { freePort, type RunningProcess, startProcess } from './child-process.ts';
import type { Emulator } from './dynamodb-local.ts';

const SERVICES = [
  's3',
  'dynamodb',
  'dynamodbstreams',
  'lambda',
  'cloudformation',
  'iam',
  'sts',
  'ssm',
  'sqs',
  'sns',
  'events',
  'cloudwatch',
  'logs',
  'apigateway',
  'ecr',
  'kms',
  'ec2',
].join(',');

/** Event source mappings make the stop take up to 14 s. */
const STOP_TIMEOUT_MS = 30_000;

export interface LocalStack extends Emulator {
  /** The environment with which `cdk` and every AWS client reach this LocalStack. */
  readonly env: Readonly<Record<string, string>>;
  output(): string;
}

/**
 * LocalStack: on the host where Python 3.13 and Java are found, else as a container where Docker runs, else an
 * error that says what to install. On the host, functions are plain processes under AWS's own Node runtime client
 * and DynamoDB is DynamoDB Local; there is no IAM enforcement, no memory limit, and EventBridge Scheduler never fires.
 */
export async function startLocalStack(options: { port?: number } = {}): Promise<LocalStack> {
  const environment = await inspectEnvironment();
  const port = options.port ?? (await freePort());
  const onHost = environment.python !== undefined && environment.java !== undefined;
  const home = await mkdtemp(join(tmpdir(), 'stratalog-localstack-'));
  const running = onHost || !environment.docker ? await startOnHost(environment, port, home) : await startInDocker(port);
  const endpoint = `http://127.0.0.1:${port}`;
  return {
    endpoint,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    region: 'us-east-1',
    env: clientEnvironment(endpoint),
    output: running.output,
    stop: async () => {
      await running.stop();
      await rm(home, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

function clientEnvironment(endpoint: string): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_S3: endpoint,
  };
}

async function startOnHost(environment: Environment, port: number, home: string): Promise<RunningProcess> {
  const { java } = requireTools(environment, ['java', 'python', 'compiler']);
  const lambdaRuntimeClient = await installLambdaRuntimeClient(environment);
  const dynamoDbLocal = await installDynamoDbLocal(environment);
  const venv = await installLocalStack(environment);
  return startProcess({
    name: 'LocalStack',
    command: join(venv, 'bin/python'),
    args: ['-m', 'stratalog_localstack'],
    env: {
      ...clientEnvironment(`http://127.0.0.1:${port}`),
      // LocalStack calls itself without an endpoint override.
      AWS_ENDPOINT_URL: undefined,
      AWS_ENDPOINT_URL_S3: undefined,
      PYTHONPATH: import.meta.dirname,
      // What Python compiles at the first start is kept beside the packages, for the next one.
      PYTHONPYCACHEPREFIX: join(venv, 'compiled'),
      PATH: isAbsolute(java) ? `${dirname(java)}:${process.env.PATH}` : process.env.PATH,
      OVERRIDE_IN_DOCKER: '0',
      FILESYSTEM_ROOT: home,
      TMPDIR: home,
      GATEWAY_LISTEN: `127.0.0.1:${port}`,
      LOCALSTACK_HOST: `localhost:${port}`,
      SERVICES,
      DYNAMODB_LOCAL_DIR: dynamoDbLocal,
      DYNAMODB_IN_MEMORY: '1',
      DDB_LOCAL_TELEMETRY: '0',
      // The v2 providers pass requests straight through to DynamoDB Local.
      PROVIDER_OVERRIDE_DYNAMODB: 'v2',
      PROVIDER_OVERRIDE_DYNAMODBSTREAMS: 'v2',
      LAMBDA_NODE: process.execPath,
      LAMBDA_RIC: lambdaRuntimeClient,
      DISABLE_EVENTS: '1',
      SKIP_SSL_CERT_DOWNLOAD: '1',
      DNS_ADDRESS: '0',
      LS_LOG: process.env.LS_LOG ?? 'warning',
    },
    ready: () => isHealthy(port),
    readyTimeoutMs: 120_000,
    stopTimeoutMs: STOP_TIMEOUT_MS,
  });
}

/** The image starts one container per function through the Docker socket, so it needs the socket and the host's name. */
function startInDocker(port: number): Promise<RunningProcess> {
  return startProcess({
    name: 'LocalStack in Docker',
    command: 'docker',
    args: [
      ...['run', '--rm', '-p', `127.0.0.1:${port}:4566`],
      ...['-e', `SERVICES=${SERVICES}`, '-e', 'DISABLE_EVENTS=1', '-e', `LOCALSTACK_HOST=localhost:${port}`],
      ...['-v', '/var/run/docker.sock:/var/run/docker.sock', LOCALSTACK_IMAGE],
    ],
    ready: () => isHealthy(port),
    readyTimeoutMs: 600_000,
    stopTimeoutMs: STOP_TIMEOUT_MS,
  });
}

async function isHealthy(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/_localstack/health`, {
    signal: AbortSignal.timeout(2000),
  });
  await response.arrayBuffer();
  return response.ok;
}
