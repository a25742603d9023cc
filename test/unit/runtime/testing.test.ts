import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startStratalog } from '../../../lib/runtime/testing.ts';

function clientOf(brokers: string): Kafka {
  return new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING });
}

describe('a broker inside the test', () => {
  it('carries a message from a producer to a consumer group', async () => {
    await using broker = await startStratalog({ topics: [{ name: 'orders', partitions: 3 }] });
    const kafka = clientOf(broker.brokers);
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    await producer.send({ topic: 'orders', messages: [{ key: 'k', value: 'v' }] });
    await producer.disconnect();
    const consumer = kafka.consumer({ groupId: 'g' });
    await consumer.connect();
    await consumer.subscribe({ topic: 'orders', fromBeginning: true });
    const received = Promise.withResolvers<string>();
    await consumer.run({ eachMessage: async ({ message }) => received.resolve(`${message.key}=${message.value}`) });
    expect(await received.promise).toBe('k=v');
    await consumer.disconnect();
  });

  it('stands beside others, and answers on HTTP too', async () => {
    await using one = await startStratalog({ topics: ['a'] });
    await using other = await startStratalog({ topics: ['b'] });
    expect(one.brokers).not.toBe(other.brokers);
    const topics = await Promise.all([one, other].map(async ({ url }) => JSON.stringify(await (await fetch(`${url}/v1/topics`)).json())));
    expect(topics[0]).toContain('"a"');
    expect(topics[1]).toContain('"b"');
  });

  it('keeps its data in a folder when it is given one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stratalog-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await (await startStratalog({ folder, topics: ['kept'] })).close();
    await using again = await startStratalog({ folder });
    const admin = clientOf(again.brokers).admin();
    await admin.connect();
    expect(await admin.listTopics()).toEqual(['kept']);
    await admin.disconnect();
  });

  it('closes what it had opened when a topic cannot be made', async () => {
    await expect(startStratalog({ topics: ['not/a/name'] })).rejects.toMatchObject({ code: 'INVALID_TOPIC' });
  });
});
