/** A gateway in a process of its own, as the command line starts it. */
import { join } from 'node:path';
import { RawClient } from '../unit/kafka/client.ts';
import { freePort, type RunningProcess, startProcess } from './emulators/child-process.ts';
import type { ScratchDeployment } from './scratch-deployment.ts';

const SCRIPT = join(import.meta.dirname, '../../bin/stratalog.ts');
const READY_WITHIN_MS = 120_000;

export interface GatewayProcess extends RunningProcess {
  readonly port: number;
  readonly address: string;
}

/** Starts `stratalog gateway` with these flags on a free port; ready when it names itself in Metadata. */
export async function startGatewayProcess(
  flags: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  at?: number,
): Promise<GatewayProcess> {
  const port = at ?? (await freePort());
  const address = `127.0.0.1:${port}`;
  const running = await startProcess({
    name: 'stratalog gateway',
    command: process.execPath,
    args: [SCRIPT, 'gateway', '--kafka', address, ...flags],
    env,
    ready: () => namesItself(port),
    readyTimeoutMs: READY_WITHIN_MS,
  });
  return { ...running, port, address };
}

/** What a gateway has to be told to stand before a scratch deployment. */
export function environmentOf({ options }: ScratchDeployment): Record<string, string> {
  const { table, zones, region = '', credentials, endpoint } = options;
  if (typeof endpoint !== 'object' || typeof credentials !== 'object') throw new Error('not a scratch deployment');
  return {
    STRATALOG_TABLE: table,
    STRATALOG_ZONES: zones.map(({ id, bucket }) => `${id}=${bucket}`).join(','),
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: endpoint.dynamodb,
    AWS_ENDPOINT_URL_S3: endpoint.s3,
  };
}

async function namesItself(port: number): Promise<boolean> {
  const client = await RawClient.connect(port);
  try {
    return (await client.call('Metadata', 5, { topics: [] })).brokers.some((broker) => broker.port === port);
  } finally {
    client.close();
  }
}
