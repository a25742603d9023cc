import { CompressionTypes, ConfigResourceTypes, Kafka, logLevel, Partitioners } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stratalog, startStratalog } from '../../../lib/runtime/testing.ts';
import { waitFor } from '../../integration/emulators/child-process.ts';

let broker: Stratalog;
let kafka: Kafka;

beforeAll(async () => {
  broker = await startStratalog({ topics: [{ name: 'six', partitions: 6 }, 'one'] });
  kafka = new Kafka({ brokers: [broker.brokers], clientId: 'conformance', logLevel: logLevel.NOTHING });
});
afterAll(() => broker?.close());

async function send(topic: string, values: readonly string[], options: object = {}): Promise<void> {
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, ...options });
  await producer.connect();
  await producer.send({ topic, messages: values.map((value) => ({ key: value, value, headers: { h: 'v' } })) });
  await producer.disconnect();
}

/** A running member that notes what it gets. */
async function member(groupId: string, topic: string, got: string[]) {
  const consumer = kafka.consumer({ groupId, sessionTimeout: 6_000, heartbeatInterval: 500 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      got.push(String(message.value));
    },
  });
  return consumer;
}

const values = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `v${from + i}`);

describe('kafkajs', () => {
  it('divides a topic among members and moves partitions when one comes and goes', async () => {
    await send('six', values(0, 100));
    const [a, b]: [string[], string[]] = [[], []];
    const first = await member('movers', 'six', a);
    await waitFor('the first member has read all', 20_000, () => new Set(a).size === 100);
    const second = await member('movers', 'six', b);
    await waitFor('both members have partitions', 30_000, async () => {
      await send('six', values(100, 200));
      return b.length > 0;
    });
    await second.disconnect();
    await send('six', values(200, 300));
    await waitFor('the first member reads all again', 30_000, () =>
      values(200, 300).every((value) => a.includes(value) || b.includes(value)),
    );
    await first.disconnect();
  });

  it('sends idempotently and compressed, and reads it back', async () => {
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    for (let i = 0; i < 10; i++)
      await producer.send({
        topic: 'one',
        compression: CompressionTypes.GZIP,
        messages: values(i * 10, i * 10 + 10).map((value) => ({ value })),
      });
    await producer.disconnect();
    const got: string[] = [];
    const consumer = await member('reader', 'one', got);
    await waitFor('everything is read', 20_000, () => got.length === 100);
    expect(got).toEqual(values(0, 100));
    await consumer.disconnect();
  });

  it('administers topics, settings, offsets and groups', async () => {
    const admin = kafka.admin();
    await admin.connect();
    expect(
      await admin.createTopics({ topics: [{ topic: 'made', numPartitions: 2, configEntries: [{ name: 'retention.ms', value: '5000' }] }] }),
    ).toBe(true);
    expect((await admin.fetchTopicMetadata({ topics: ['made'] })).topics[0]?.partitions).toHaveLength(2);
    await admin.createPartitions({ topicPartitions: [{ topic: 'made', count: 4 }] });
    expect(await admin.fetchTopicOffsets('made')).toHaveLength(4);
    const resource = { type: ConfigResourceTypes.TOPIC, name: 'made' };
    const described = await admin.describeConfigs({ resources: [resource], includeSynonyms: false });
    expect(described.resources[0]?.configEntries.find(({ configName }) => configName === 'retention.ms')?.configValue).toBe('5000');
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ ...resource, configEntries: [{ name: 'retention.ms', value: '6000' }] }],
    });
    await admin.setOffsets({ groupId: 'settled', topic: 'made', partitions: [{ partition: 0, offset: '0' }] });
    expect(
      (await admin.fetchOffsets({ groupId: 'settled', topics: ['made'] }))[0]?.partitions.find(({ partition }) => partition === 0)?.offset,
    ).toBe('0');
    expect((await admin.listGroups()).groups.map(({ groupId }) => groupId)).toContain('settled');
    expect((await admin.describeGroups(['settled'])).groups[0]?.state).toBe('Empty');
    await admin.deleteGroups(['settled']);
    // The client asks the leader it has in memory, so it has to have met the topic.
    await admin.fetchTopicOffsets('one');
    await admin.deleteTopicRecords({ topic: 'one', partitions: [{ partition: 0, offset: '5' }] });
    expect((await admin.fetchTopicOffsets('one'))[0]?.low).toBe('5');
    await admin.deleteTopics({ topics: ['made'] });
    expect(await admin.listTopics()).not.toContain('made');
    const { brokers, controller } = await admin.describeCluster();
    expect(brokers.map(({ nodeId }) => nodeId)).toEqual([controller]);
    await admin.disconnect();
  });
});
