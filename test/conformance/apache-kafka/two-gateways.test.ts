/** Apache Kafka's own clients on two gateways over one deployment, of which the one that coordinates is killed. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { waitFor } from '../../integration/emulators/child-process.ts';
import { environmentOf, type GatewayProcess, startGatewayProcess } from '../../integration/gateway-process.ts';
import { type ScratchDeployment, startScratchDeployment } from '../../integration/scratch-deployment.ts';
import { RawClient } from '../../unit/kafka/client.ts';
import { kafkaTool } from './install.ts';
import { verifiable } from './verifiable.ts';

let deployment: ScratchDeployment;
beforeAll(async () => {
  deployment = await startScratchDeployment();
}, 300_000);
afterAll(() => deployment?.stop());

async function start(rack: string): Promise<GatewayProcess> {
  const gateway = await startGatewayProcess(['--rack', rack], environmentOf(deployment));
  onTestFinished(() => gateway.stop());
  return gateway;
}

const RECORDS = 2_000;

describe("Apache Kafka's clients on two gateways", () => {
  it.each([
    ['classic', '--group-protocol', 'classic'],
    ['consumer', '--group-protocol', 'consumer'],
  ])(
    'go on when the coordinator of their group is killed, and lose and repeat no acknowledged record (%s protocol)',
    async (name, ...protocol) => {
      const topic = `killed-${name}`;
      const gateways = [await start('a'), await start('b')] as const;
      const brokers = gateways.map(({ address }) => address).join(',');
      const raw = await RawClient.connect(gateways[0].port);
      onTestFinished(() => raw.close());
      const asked = { topics: [{ name: topic, numPartitions: 4, replicationFactor: 1, assignments: [], configs: [] }] };
      expect((await raw.call('CreateTopics', 5, asked)).topics[0]?.errorCode).toBe(0);
      const servers = ['--bootstrap-server', brokers, '--topic', topic];
      // Without an end: one that counts what it reads would count records twice that the next coordinator has no commit of.
      const group = ['--group-id', `readers-${name}`, '--reset-policy', 'earliest', '--verbose'];
      const consumer = await verifiable('VerifiableConsumer', [...servers, ...group, ...protocol]);
      // By itself the tool gives up after the first attempt, as no producer does.
      const folder = await mkdtemp(join(tmpdir(), 'stratalog-producer-'));
      onTestFinished(() => rm(folder, { recursive: true, force: true }));
      const config = join(folder, 'producer.properties');
      await writeFile(config, `retries=${0x7fffffff}\nenable.idempotence=true\n`);
      const sending = ['--max-messages', String(RECORDS), '--throughput', '100', '--command-config', config];
      const producer = await verifiable('VerifiableProducer', [...servers, ...sending]);
      const acked = () =>
        producer
          .lines()
          .filter((line) => line.name === 'producer_send_success')
          .map(({ value }) => String(value));
      const read = () =>
        consumer
          .lines()
          .filter((line) => line.name === 'record_data')
          .map(({ value }) => String(value));
      await waitFor('the group to read', 60_000, () => read().length > 100);
      let doomed: GatewayProcess | undefined;
      // A gateway that has just come is not known to the other for a moment: clients ask again then, and so does this.
      await waitFor('one gateway to know which one coordinates', 30_000, async () => {
        const { port } = await raw.call('FindCoordinator', 3, { key: `readers-${name}`, keyType: 0 });
        doomed = gateways.find((gateway) => gateway.port === port);
        return doomed !== undefined;
      });
      await doomed?.kill();
      expect(await producer.ended, await producer.stderr).toBe(0);
      await waitFor('the group to read everything', 120_000, () => new Set(read()).size >= RECORDS);
      expect(acked().length).toBe(RECORDS);
      const { stdout } = await kafkaTool('org.apache.kafka.tools.GetOffsetShell', ['--bootstrap-server', brokers, '--topic', topic]);
      const ends = [...stdout.matchAll(/:\d+:(\d+)$/gm)].map(([, end]) => Number(end));
      expect(ends.reduce((sum, end) => sum + end, 0)).toBe(RECORDS);
    },
  );
});
