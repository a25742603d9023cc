/** One KRaft node of Apache Kafka, as the peer that answers are compared with. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, startProcess } from '../../integration/emulators/child-process.ts';
import { RawClient } from '../../unit/kafka/client.ts';
import { javaArguments } from './install.ts';

const run = promisify(execFile);

export interface ApacheKafka {
  readonly port: number;
  readonly pid: number;
  /** Where its logs are. */
  readonly data: string;
  stop(): Promise<void>;
}

/** Starts a node in a folder of its own, which goes with it; ready when it names itself in Metadata. */
export async function startApacheKafka(settings: Readonly<Record<string, string>> = {}): Promise<ApacheKafka> {
  const folder = await mkdtemp(join(tmpdir(), 'stratalog-kafka-'));
  const [port, controllerPort] = [await freePort(), await freePort()];
  const properties: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.bootstrap.servers': `127.0.0.1:${controllerPort}`,
    'log.dirs': join(folder, 'data'),
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '2',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    ...settings,
  };
  const file = join(folder, 'server.properties');
  await writeFile(
    file,
    Object.entries(properties)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  const cluster = `A${randomBytes(15).toString('base64url')}A`;
  await run('java', await javaArguments('kafka.tools.StorageTool', ['format', '--standalone', '-t', cluster, '-c', file], 256));
  const started = await startProcess({
    name: 'Apache Kafka',
    command: 'java',
    args: await javaArguments('kafka.Kafka', [file], 1_024),
    ready: () => namesItself(port),
    readyTimeoutMs: 120_000,
  });
  return {
    port,
    pid: started.pid,
    data: join(folder, 'data'),
    async stop() {
      await started.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function namesItself(port: number): Promise<boolean> {
  const client = await RawClient.connect(port);
  try {
    return (await client.call('Metadata', 5, { topics: [] })).brokers.length > 0;
  } finally {
    client.close();
  }
}
