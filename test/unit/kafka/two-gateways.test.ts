import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Engine, type EngineDeps } from '../../../lib/engine/engine.ts';
import { openKafkaDoor } from '../../../lib/runtime/gateway.ts';
import { memoryPorts } from '../../../lib/runtime/memory.ts';
import { freePort } from '../../integration/emulators/child-process.ts';
import { RawClient } from './client.ts';
import { batchOf, bytesOf, fetchOne, produce } from './gateway.ts';
import { ClassicClient, ConsumerClient, type GroupClient, untilSettled } from './groups/group-clients.ts';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface RunningGateway {
  readonly port: number;
  readonly client: RawClient;
  readonly engine: Engine;
  stop(): Promise<void>;
}

/** One process of a deployment: an engine over shared stores with a gateway in front. */
async function startOne(deps: EngineDeps, rack?: string): Promise<RunningGateway> {
  const port = await freePort();
  const groupSettings = { owner: `127.0.0.1:${port}`, workLeaseMs: 2_000, tickMs: 50 };
  const engine = new Engine({ ...deps, groupSettings, settings: { pollMinMs: 10, pollMaxMs: 50, catalogMaxAgeMs: 50 } });
  const context = { engine, telemetry: deps.telemetry, closing: new AbortController().signal };
  const door = await openKafkaDoor({ host: '127.0.0.1', port }, context, { rack, settings: { initialRebalanceDelayMs: 0 } });
  const client = await RawClient.connect(port);
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= (async () => {
      client.close();
      await door.close(0);
      await engine.close();
    })();
    return stopped;
  };
  cleanups.push(stop);
  return { port, client, engine, stop };
}

describe('two gateways over one deployment', () => {
  it('both write and read every partition, and readers of one are woken by what the other takes', async () => {
    const deps = memoryPorts();
    const [a, b] = [await startOne(deps), await startOne(deps)];
    await a.engine.topics.create({ name: 't' });
    for (let i = 0; i < 20; i++) {
      const { client } = i % 2 === 0 ? a : b;
      expect(await produce(client, 't', batchOf([`v${i}`]))).toMatchObject({ errorCode: 0, baseOffset: i });
    }
    const waiting = fetchOne(b.client, 't', 20, { maxWaitMs: 10_000 });
    await produce(a.client, 't', batchOf(['news']));
    expect(await waiting).toMatchObject({ errorCode: 0, highWatermark: 21 });
  });

  it('know an idempotent producer that comes by the other one', async () => {
    const deps = memoryPorts();
    const [a, b] = [await startOne(deps), await startOne(deps)];
    await a.engine.topics.create({ name: 't' });
    const { producerId = -1 } = await a.client.call('InitProducerId', 4, { transactionalId: null, transactionTimeoutMs: 1_000 });
    const other = await b.client.call('InitProducerId', 4, { transactionalId: null, transactionTimeoutMs: 1_000 });
    expect(other.producerId).not.toBe(producerId);
    const batch = (baseSequence: number) => batchOf(['a'], { producerId, producerEpoch: 0, baseSequence });
    expect(await produce(a.client, 't', batch(0))).toMatchObject({ errorCode: 0, baseOffset: 0 });
    expect(await produce(b.client, 't', batch(0))).toMatchObject({ errorCode: 0, baseOffset: 0 });
    expect(await produce(b.client, 't', batch(1))).toMatchObject({ errorCode: 0, baseOffset: 1 });
    expect(await produce(a.client, 't', batch(3))).toMatchObject({ errorCode: 45 });
  });

  it('name each other, spread partitions over both, and send a client to the one in its zone', async () => {
    const deps = memoryPorts();
    const a = await startOne(deps, 'zone-a');
    const b = await startOne(deps, 'zone-b');
    await a.engine.topics.create({ name: 'many', partitions: 32 });
    const ask = (client: RawClient) => client.call('Metadata', 9, { topics: [{ name: 'many' }], allowAutoTopicCreation: false });
    const { brokers, controllerId, topics } = await ask(b.client);
    expect(brokers.map(({ nodeId, port, rack }) => [nodeId, port, rack])).toEqual([
      [1, a.port, 'zone-a'],
      [2, b.port, 'zone-b'],
    ]);
    expect(controllerId).toBe(1);
    expect(new Set(topics[0]?.partitions.map(({ leaderId }) => leaderId))).toEqual(new Set([1, 2]));
    for (const { replicaNodes, isrNodes } of topics[0]?.partitions ?? []) {
      expect([...(replicaNodes ?? [])].sort()).toEqual([1, 2]);
      expect(isrNodes).toEqual(replicaNodes);
    }
    const named = await RawClient.connect(b.port, 'app,zone=zone-a');
    cleanups.push(() => named.close());
    const near = await ask(named);
    expect(new Set(near.topics[0]?.partitions.map(({ leaderId }) => leaderId))).toEqual(new Set([1]));
    expect(near.clusterId).toBe((await ask(a.client)).clusterId);
  });

  it('send a reader that names its rack to the gateway there, and read for it at once what that one does not have', async () => {
    const deps = memoryPorts();
    const a = await startOne(deps, 'zone-a');
    const b = await startOne(deps, 'zone-b');
    await a.engine.topics.create({ name: 't' });
    await produce(a.client, 't', batchOf(['v']));
    const fetch = async ({ client }: RunningGateway, rackId: string, fetchOffset = 0, session = { sessionId: 0, sessionEpoch: -1 }) => {
      const answer = await client.call('Fetch', 12, {
        maxWaitMs: 0,
        minBytes: 1,
        maxBytes: 1_000_000,
        rackId,
        ...session,
        topics: session.sessionEpoch > 0 ? [] : [{ topic: 't', partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: 1_000_000 }] }],
      });
      const data = answer.responses[0]?.partitions[0];
      return {
        sessionId: answer.sessionId,
        replica: data?.preferredReadReplica,
        errorCode: data?.errorCode,
        end: data?.highWatermark,
        bytes: bytesOf(data?.records).length,
      };
    };
    expect(await fetch(b, 'zone-a')).toMatchObject({ replica: 1, errorCode: 0, end: 1, bytes: 0 });
    for (const rack of ['zone-b', 'elsewhere', '']) expect(await fetch(b, rack)).toMatchObject({ replica: -1, bytes: 69 });
    expect(await fetch(a, 'zone-a')).toMatchObject({ replica: -1, bytes: 69 });
    expect(await fetch(b, 'zone-a', 7)).toMatchObject({ replica: -1, errorCode: 1 });
    const { sessionId = 0 } = await fetch(b, 'zone-a', 0, { sessionId: 0, sessionEpoch: 0 });
    expect(await fetch(b, 'zone-a', 0, { sessionId, sessionEpoch: 1 })).toMatchObject({ replica: 1 });
  });

  it('name the same coordinator for a group, and refuse in its place', async () => {
    const deps = memoryPorts();
    const [a, b] = [await startOne(deps), await startOne(deps)];
    const find = async ({ client }: RunningGateway) => (await client.call('FindCoordinator', 3, { key: 'g', keyType: 0 })).port;
    expect(await find(b)).toBe(b.port);
    // A group that somebody uses; a lease that nothing hangs on is let go.
    await b.client.call('JoinGroup', 3, {
      groupId: 'g',
      sessionTimeoutMs: 30_000,
      rebalanceTimeoutMs: 1_000,
      memberId: '',
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
    });
    await vi.waitFor(async () => expect(await find(a)).toBe(b.port), 10_000);
    expect((await a.client.call('Heartbeat', 4, { groupId: 'g', generationId: 1, memberId: 'x' })).errorCode).toBe(16);
    expect((await a.client.call('OffsetFetch', 7, { groupId: 'g', topics: null })).errorCode).toBe(16);
  });

  it('go on with a group of both protocols when its coordinator stops, while members join again', async () => {
    const deps = memoryPorts();
    const [first, second] = [await startOne(deps), await startOne(deps)];
    await first.engine.topics.create({ name: 't', partitions: 6 });
    const open = async ({ port }: RunningGateway) => {
      const client = await RawClient.connect(port);
      cleanups.push(() => client.close());
      return client;
    };
    const of = { group: 'g', topic: 't', partitions: 6 };
    const classic = async (name: string, cooperative: boolean) =>
      new ClassicClient(name, [await open(first), await open(first)], of, { cooperative });
    for (const cooperative of [false, true]) {
      of.group = `g-${cooperative}`;
      const clients: GroupClient[] = [await classic('a', cooperative), await classic('b', cooperative)];
      await untilSettled(clients, 6);
      clients.push(new ConsumerClient('c', await open(first), of));
      await untilSettled(clients, 6);
      clients.push(new ConsumerClient('d', await open(first), of));
      // The newcomer has changed what others are meant to have, and some of them have heard of it.
      for (const client of clients.slice(1)) await client.step();
      if (cooperative) await first.stop();
      for (const client of clients) client.reconnect(await open(cooperative ? second : first), await open(cooperative ? second : first));
      await untilSettled(clients, 6);
      for (const client of clients) for (const errorCode of await client.commit(1)) expect(errorCode).toBe(0);
      await clients.pop()?.leave();
      await clients.pop()?.leave();
      await untilSettled(clients, 6);
    }
    const { groups } = await second.client.call('ListGroups', 5, {});
    expect(groups.map(({ groupType, groupState }) => [groupType, groupState])).toEqual([
      ['classic', 'Stable'],
      ['classic', 'Stable'],
    ]);
  }, 30_000);

  it('go on with a group when its coordinator stops', async () => {
    const deps = memoryPorts();
    const [a, b] = [await startOne(deps), await startOne(deps)];
    await a.engine.topics.create({ name: 't', partitions: 2 });
    expect((await a.client.call('FindCoordinator', 3, { key: 'g', keyType: 0 })).port).toBe(a.port);
    const kafka = new Kafka({
      brokers: [`127.0.0.1:${a.port}`, `127.0.0.1:${b.port}`],
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 50, retries: 20 },
    });
    const got: string[] = [];
    const consumer = kafka.consumer({ groupId: 'g', maxWaitTimeInMs: 100, heartbeatInterval: 200, sessionTimeout: 10_000 });
    await consumer.connect();
    await consumer.subscribe({ topic: 't', fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message }) => {
        got.push(String(message.value));
      },
    });
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    await producer.send({ topic: 't', messages: [{ value: 'before' }] });
    await vi.waitFor(() => expect(got).toEqual(['before']), 15_000);
    await a.stop();
    await producer.send({ topic: 't', messages: [{ value: 'after' }] });
    await vi.waitFor(() => expect(got).toContain('after'), 15_000);
    expect((await b.client.call('FindCoordinator', 3, { key: 'g', keyType: 0 })).port).toBe(b.port);
    await consumer.disconnect();
    await producer.disconnect();
  }, 60_000);
});
