import { Admin, Consumer, MessagesStreamModes, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stratalog, startStratalog } from '../../../lib/runtime/testing.ts';

let broker: Stratalog;
let settings: { clientId: string; bootstrapBrokers: string[] };

beforeAll(async () => {
  broker = await startStratalog({ topics: [{ name: 'six', partitions: 6 }] });
  settings = { clientId: 'conformance', bootstrapBrokers: [broker.brokers] };
});
afterAll(() => broker?.close());

const COUNT = 300;

async function produce(topic: string, compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'): Promise<void> {
  const producer = new Producer({ ...settings, serializers: stringSerializers, compression });
  const messages = Array.from({ length: COUNT }, (_, i) => ({ topic, key: `k${i}`, value: `v${i}`, headers: { h: `${i}` } }));
  await producer.send({ messages, acks: -1 });
  await producer.close();
}

async function consume(topic: string, groupId: string, groupProtocol: 'classic' | 'consumer'): Promise<string[]> {
  const consumer = new Consumer({ ...settings, groupId, groupProtocol, deserializers: stringDeserializers });
  const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST, maxWaitTime: 200, autocommit: true });
  const got: string[] = [];
  for await (const message of stream) {
    got.push(message.value);
    if (got.length === COUNT) break;
  }
  await stream.close();
  await consumer.close(true);
  return got;
}

describe('@platformatic/kafka', () => {
  it.each(['classic', 'consumer'] as const)('brings everything back to a group of the %s protocol', async (protocol) => {
    const topic = `six-${protocol}`;
    const admin = new Admin(settings);
    await admin.createTopics({ topics: [topic], partitions: 6, replicas: 1 });
    await produce(topic, 'none');
    const got = await consume(topic, `readers-${protocol}`, protocol);
    expect(new Set(got)).toEqual(new Set(Array.from({ length: COUNT }, (_, i) => `v${i}`)));
    const groups = await admin.listGroups({ types: ['classic', 'consumer'] });
    expect([...groups.keys()]).toContain(`readers-${protocol}`);
    await admin.close();
  });

  it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('sends with codec %s', async (codec) => {
    const admin = new Admin(settings);
    await admin.createTopics({ topics: [`codec-${codec}`], partitions: 1, replicas: 1 });
    await produce(`codec-${codec}`, codec);
    expect(await consume(`codec-${codec}`, `codec-${codec}`, 'classic')).toHaveLength(COUNT);
    await admin.deleteTopics({ topics: [`codec-${codec}`] });
    expect(await admin.listTopics()).not.toContain(`codec-${codec}`);
    await admin.close();
  });
});
