import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspectEnvironment, installVersitygw } from '../environment.ts';
import { answersHttp, freePort, startProcess } from './child-process.ts';
import type { Emulator } from './dynamodb-local.ts';

/** A second S3 server on a scratch folder, to check that nothing rests on one emulator's habits. Never answers 409. */
export async function startVersitygw(): Promise<Emulator> {
  const program = await installVersitygw(await inspectEnvironment());
  const folder = await mkdtemp(join(tmpdir(), 'stratalog-versitygw-'));
  const credentials = { accessKeyId: 'testtest', secretAccessKey: 'testtest1' };
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const running = await startProcess({
    name: 'versitygw',
    command: program,
    args: ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', folder],
    env: {
      ROOT_ACCESS_KEY: credentials.accessKeyId,
      ROOT_SECRET_KEY: credentials.secretAccessKey,
    },
    ready: () => answersHttp(endpoint),
    readyTimeoutMs: 30_000,
  });
  return {
    endpoint,
    credentials,
    region: 'us-east-1',
    stop: async () => {
      await running.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
