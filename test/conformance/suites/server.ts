/** A server in a process of its own, with the Kafka door on a free port and its data in a folder that goes with it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startProcess } from '../../integration/emulators/child-process.ts';
import { RawClient } from '../../unit/kafka/client.ts';

const SCRIPT = join(import.meta.dirname, '../../../bin/stratalog.ts');

export interface SuiteServer {
  readonly brokers: string;
  readonly url: string;
  stop(): Promise<void>;
}

export async function startSuiteServer(flags: readonly string[] = []): Promise<SuiteServer> {
  const folder = await mkdtemp(join(tmpdir(), 'stratalog-suite-'));
  const [kafkaPort, httpPort] = [await freePort(), await freePort()];
  const doors = ['--kafka', `127.0.0.1:${kafkaPort}`, '--http', `127.0.0.1:${httpPort}`];
  const server = await startProcess({
    name: 'stratalog serve',
    command: process.execPath,
    args: [SCRIPT, 'serve', '--data', folder, '--log-level', 'warn', ...doors, ...flags],
    // The server refuses variables that it does not know.
    env: { STRATALOG_CACHE: undefined },
    readyTimeoutMs: 60_000,
    ready: async () => {
      (await RawClient.connect(kafkaPort)).close();
      return true;
    },
  });
  return {
    brokers: `127.0.0.1:${kafkaPort}`,
    url: `http://127.0.0.1:${httpPort}`,
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
