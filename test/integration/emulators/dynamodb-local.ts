import { join } from 'node:path';
import { inspectEnvironment, installDynamoDbLocal, requireTools } from '../environment.ts';
import { answersHttp, freePort, startProcess } from './child-process.ts';

export interface Emulator {
  readonly endpoint: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  };
  readonly region: string;
  stop(): Promise<void>;
}

/**
 * DynamoDB Local in memory, ready in 2 to 4 s.
 *
 * It never raises TransactionConflict and reports no capacity for refused conditions or transactions;
 * tests that need these use decorators. A compare-and-set storm of 50 writers is slow: keep to 16.
 */
export async function startDynamoDbLocal(): Promise<Emulator> {
  const environment = await inspectEnvironment();
  const { java } = requireTools(environment, ['java']);
  const folder = await installDynamoDbLocal(environment);
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const running = await startProcess({
    name: 'DynamoDB Local',
    command: java,
    args: [
      '-Xmx512m',
      `-Djava.library.path=${join(folder, 'DynamoDBLocal_lib')}`,
      '-jar',
      join(folder, 'DynamoDBLocal.jar'),
      ...['-sharedDb', '-inMemory', '-port', String(port)],
    ],
    env: { DDB_LOCAL_TELEMETRY: '0' },
    ready: () => answersHttp(endpoint),
    readyTimeoutMs: 60_000,
  });
  return {
    endpoint,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    region: 'us-east-1',
    stop: running.stop,
  };
}
