/** Gateways alone, in processes of their own, in front of a table and a bucket, as existing clients find them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { RawClient } from '../unit/kafka/client.ts';
import { batchOf, produce } from '../unit/kafka/gateway.ts';
import { freePort, waitFor } from './emulators/child-process.ts';
import { environmentOf, type GatewayProcess, startGatewayProcess } from './gateway-process.ts';
import { type ScratchDeployment, startScratchDeployment } from './scratch-deployment.ts';

let deployment: ScratchDeployment;
beforeAll(async () => {
  deployment = await startScratchDeployment();
});
afterAll(() => deployment?.stop());

async function start(flags: readonly string[] = ['--http', 'off'], at?: number): Promise<GatewayProcess> {
  const gateway = await startGatewayProcess(flags, environmentOf(deployment), at);
  onTestFinished(() => gateway.stop());
  return gateway;
}

async function rawClient({ port }: { readonly port: number }): Promise<RawClient> {
  const client = await RawClient.connect(port);
  onTestFinished(() => client.close());
  return client;
}

function kafkaOf(gateways: readonly GatewayProcess[]): Kafka {
  const brokers = gateways.map(({ address }) => address);
  return new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { initialRetryTime: 100, retries: 30 } });
}

async function producerOf(kafka: Kafka): Promise<Producer> {
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, idempotent: true });
  await producer.connect();
  onTestFinished(() => producer.disconnect());
  return producer;
}

/** Reads a topic as a member of a group until the test ends; what came is in `got`. */
async function readerOf(kafka: Kafka, groupId: string, topic: string): Promise<{ readonly got: string[] }> {
  const got: string[] = [];
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 200, heartbeatInterval: 500, sessionTimeout: 10_000 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      got.push(String(message.value).slice(0, 8));
    },
  });
  onTestFinished(() => consumer.disconnect());
  return { got };
}

const numbered = (i: number) => `v${String(i).padStart(5, '0')}`;
const LARGE = 'x'.repeat(20_000);

describe('a gateway over a table and a bucket', () => {
  it('carries small records, which are items, and large ones, which are objects, to a group', async () => {
    const gateway = await start();
    const kafka = kafkaOf([gateway]);
    const producer = await producerOf(kafka);
    const values = Array.from({ length: 60 }, (_, i) => numbered(i));
    for (const [i, value] of values.entries()) {
      await producer.send({ topic: 'carried', messages: [{ key: value, value: i % 2 === 0 ? value : `${value}  ${LARGE}` }] });
    }
    const { got } = await readerOf(kafka, 'readers', 'carried');
    await waitFor('all records', 60_000, () => got.length >= values.length);
    expect(got.map((value) => value.trim())).toEqual(values);
  });

  it('answers on HTTP beside it when it is told to', async () => {
    const http = `127.0.0.1:${await freePort()}`;
    const gateway = await start(['--http', http]);
    await (await rawClient(gateway)).call('Metadata', 9, { topics: [{ name: 'by-kafka' }], allowAutoTopicCreation: true });
    const answer = await fetch(`http://${http}/v1/topics`);
    expect([answer.status, JSON.stringify(await answer.json())]).toEqual([200, expect.stringContaining('by-kafka')]);
    expect((await fetch(`http://${http}/metrics`)).status).toBe(200);
  });

  it('has the same cluster id and node id when it starts again, and knows its producers', async () => {
    const first = await start();
    const client = await rawClient(first);
    await client.call('Metadata', 9, { topics: [{ name: 'again' }], allowAutoTopicCreation: true });
    const { clusterId } = await client.call('Metadata', 9, { topics: [] });
    const { producerId = -1 } = await client.call('InitProducerId', 4, { transactionalId: null, transactionTimeoutMs: 1_000 });
    const batch = (baseSequence: number) => batchOf(['v'], { producerId, producerEpoch: 0, baseSequence });
    for (const sequence of [0, 1]) expect(await produce(client, 'again', batch(sequence))).toMatchObject({ baseOffset: sequence });
    await first.kill();
    const again = await rawClient(await start(['--http', 'off'], first.port));
    const metadata = await again.call('Metadata', 9, { topics: [] });
    expect(metadata.clusterId).toBe(clusterId);
    expect(metadata.brokers.find(({ port }) => port === first.port)?.nodeId).toBeGreaterThan(0);
    expect(await produce(again, 'again', batch(1))).toMatchObject({ errorCode: 0, baseOffset: 1 });
    expect(await produce(again, 'again', batch(3))).toMatchObject({ errorCode: 45 });
    expect(await produce(again, 'again', batch(2))).toMatchObject({ errorCode: 0, baseOffset: 2 });
  });

  it('leaves its clients to the other one when it is killed: a group goes on, and an idempotent producer stores nothing twice', async () => {
    const gateways = [await start(['--rack', 'a']), await start(['--rack', 'b'])] as const;
    const raw = await rawClient(gateways[1]);
    const { topics } = await raw.call('CreateTopics', 5, {
      topics: [{ name: 'failover', numPartitions: 4, replicationFactor: 1, assignments: [], configs: [] }],
    });
    expect(topics[0]?.errorCode).toBe(0);
    const kafka = kafkaOf(gateways);
    const { got } = await readerOf(kafka, 'survivors', 'failover');
    const producer = await producerOf(kafka);
    const send = (i: number) => producer.send({ topic: 'failover', messages: [{ key: numbered(i), value: numbered(i) }] });
    for (let i = 0; i < 40; i++) await send(i);
    await waitFor('records before', 60_000, () => new Set(got).size >= 40);
    const { port } = await raw.call('FindCoordinator', 3, { key: 'survivors', keyType: 0 });
    const leads = gateways.findIndex((gateway) => gateway.port === port);
    expect(leads).toBeGreaterThanOrEqual(0);
    const [doomed, other] = leads === 0 ? gateways : [gateways[1], gateways[0]];
    const sending = Array.from({ length: 20 }, (_, i) => send(40 + i));
    await doomed.kill();
    await Promise.all(sending);
    for (let i = 60; i < 100; i++) await send(i);
    await waitFor('records after', 120_000, () => new Set(got).size >= 100);
    const survivor = await rawClient(other);
    expect((await survivor.call('FindCoordinator', 3, { key: 'survivors', keyType: 0 })).port).toBe(other.port);
    const ends = await Promise.all(
      [0, 1, 2, 3].map(async (partitionIndex) => {
        const request = {
          replicaId: -1,
          topics: [{ name: 'failover', partitions: [{ partitionIndex, currentLeaderEpoch: -1, timestamp: -1 }] }],
        };
        return (await survivor.call('ListOffsets', 7, request)).topics[0]?.partitions[0]?.offset ?? -1;
      }),
    );
    expect(ends.reduce((sum, end) => sum + Number(end), 0)).toBe(100);
  });
});

describe('a gateway over a folder', () => {
  it('has the same cluster id, records and producers when it starts again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stratalog-gateway-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const open = async (at?: number) => {
      const gateway = await startGatewayProcess(['--http', 'off', '--data', join(folder, 'data'), '--rack', 'here'], {}, at);
      onTestFinished(() => gateway.stop());
      return gateway;
    };
    const first = await open();
    const client = await rawClient(first);
    await client.call('Metadata', 9, { topics: [{ name: 'kept' }], allowAutoTopicCreation: true });
    const before = await client.call('Metadata', 9, { topics: [] });
    expect(before.brokers).toMatchObject([{ nodeId: 1, port: first.port, rack: 'here' }]);
    const { producerId = -1 } = await client.call('InitProducerId', 4, { transactionalId: null, transactionTimeoutMs: 1_000 });
    const batch = (baseSequence: number) => batchOf(['v'], { producerId, producerEpoch: 0, baseSequence });
    expect(await produce(client, 'kept', batch(0))).toMatchObject({ errorCode: 0, baseOffset: 0 });
    await first.kill();
    const again = await rawClient(await open(first.port));
    expect(await again.call('Metadata', 9, { topics: [] })).toMatchObject({ clusterId: before.clusterId, brokers: before.brokers });
    expect(await produce(again, 'kept', batch(0))).toMatchObject({ errorCode: 0, baseOffset: 0 });
    expect(await produce(again, 'kept', batch(1))).toMatchObject({ errorCode: 0, baseOffset: 1 });
  });
});
