/** Clients of the classic protocol in a group that a member of the consumer protocol comes into and leaves, while records come. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Consumer, MessagesStreamModes, stringDeserializers } from '@platformatic/kafka';
import { Kafka, logLevel } from 'kafkajs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Stratalog, startStratalog } from '../../../lib/runtime/testing.ts';
import { waitFor } from '../../integration/emulators/child-process.ts';
import { RawClient } from '../../unit/kafka/client.ts';
import { batchOf, produce } from '../../unit/kafka/gateway.ts';
import { demand } from '../suites/installation.ts';
import { NEEDS } from '../suites/needs.ts';

const TOPIC = 'six';
const PARTITIONS = 6;
const WITHIN_MS = 60_000;

interface Member {
  readonly got: string[];
  leave(): Promise<void>;
}
type Start = (broker: Stratalog) => Promise<Member>;

const kcat: Start = async ({ brokers }) => {
  await demand('kcat', NEEDS.kcat);
  const quick = ['auto.offset.reset=earliest', 'heartbeat.interval.ms=300'].flatMap((setting) => ['-X', setting]);
  const child = spawn('kcat', ['-b', brokers, '-G', 'g', '-q', '-u', ...quick, TOPIC], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const got: string[] = [];
  let rest = '';
  child.stdout.on('data', (piece: Buffer) => {
    const lines = (rest + piece.toString()).split('\n');
    rest = lines.pop() ?? '';
    got.push(...lines);
  });
  const leave = async () => {
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  return { got, leave };
};

const kafkajs: Start = async ({ brokers }) => {
  const kafka = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: 'g', sessionTimeout: 10_000, heartbeatInterval: 300, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
  const got: string[] = [];
  await consumer.run({
    eachMessage: async ({ message }) => {
      got.push(String(message.value));
    },
  });
  return { got, leave: () => consumer.disconnect() };
};

const platformatic =
  (groupProtocol: 'classic' | 'consumer'): Start =>
  async ({ brokers }) => {
    const settings = { clientId: groupProtocol, bootstrapBrokers: [brokers], groupId: 'g', heartbeatInterval: 300 };
    const consumer = new Consumer({ ...settings, groupProtocol, deserializers: stringDeserializers });
    const stream = await consumer.consume({
      topics: [TOPIC],
      mode: MessagesStreamModes.COMMITTED,
      fallbackMode: 'earliest',
      maxWaitTime: 100,
      autocommit: 100,
    });
    const got: string[] = [];
    stream.on('data', ({ value }) => got.push(value));
    const leave = async () => {
      await stream.close();
      await consumer.close(true);
    };
    return { got, leave };
  };

describe('a client of the classic protocol', () => {
  it.each([
    ['kcat', kcat],
    ['kafkajs', kafkajs],
    ['@platformatic/kafka', platformatic('classic')],
  ])(
    'shares its group with a member of the consumer protocol for a while, and nothing is lost (%s)',
    async (_name, start) => {
      const broker = await startStratalog({ topics: [{ name: TOPIC, partitions: PARTITIONS }] });
      onTestFinished(() => broker.close());
      const client = await RawClient.connect(broker.kafka.port);
      onTestFinished(() => client.close());
      let sent = 0;
      const send = async (count: number) => {
        for (let i = 0; i < count; i++, sent++) await produce(client, TOPIC, batchOf([`v${sent}`]), { partition: sent % PARTITIONS });
      };
      const group = async () => {
        const { groups } = await client.call('ListGroups', 5, {});
        return `${groups[0]?.groupType} ${groups[0]?.groupState}`;
      };
      const members: Member[] = [];
      const missing = () => {
        const got = new Set(members.flatMap((member) => member.got));
        return Array.from({ length: sent }, (_, i) => `v${i}`).filter((value) => !got.has(value));
      };
      const classic = await start(broker);
      members.push(classic);
      await send(60);
      await waitFor('all to be consumed by one', WITHIN_MS, () => missing().length === 0);
      expect(await group()).toBe('classic Stable');
      const consumer = await platformatic('consumer')(broker);
      members.push(consumer);
      await waitFor('both to consume', WITHIN_MS, async () => {
        await send(6);
        return consumer.got.length >= 30 && (await group()) === 'consumer Stable';
      });
      await waitFor('all to be consumed by two', WITHIN_MS, () => missing().length === 0);
      const before = classic.got.length;
      await send(60);
      await waitFor('both to go on', WITHIN_MS, () => missing().length === 0 && classic.got.length > before);
      await consumer.leave();
      await send(60);
      await waitFor('all to be consumed by one again', WITHIN_MS, () => missing().length === 0);
      expect(await group()).toBe('classic Stable');
      await classic.leave();
    },
    300_000,
  );
});
