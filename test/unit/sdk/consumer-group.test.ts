import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Admin, Consumer, type ConsumerOptions, Producer, stringSerde } from '../../../lib/sdk/index.ts';
import { type MemoryServer, startMemoryServer } from './memory-server.ts';

let server: MemoryServer;
const open: Consumer<string, string>[] = [];

beforeEach(async () => {
  server = await startMemoryServer();
  await using admin = new Admin({ url: server.url });
  await admin.createTopic({ name: 'orders', partitions: 4 });
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((consumer) => consumer.close()));
  await server[Symbol.asyncDispose]();
});

function consumerOf(more: Partial<ConsumerOptions<string, string>> = {}): Consumer<string, string> {
  const consumer = new Consumer<string, string>({
    url: server.url,
    group: 'g',
    offsetReset: 'earliest',
    maxWaitMs: 50,
    sessionTimeoutMs: 1_500,
    autoCommitIntervalMs: 0,
    valueDeserializer: stringSerde.deserialize,
    keyDeserializer: stringSerde.deserialize,
    ...more,
  });
  open.push(consumer);
  consumer.subscribe(['orders']);
  return consumer;
}

async function produce(from: number, to: number): Promise<void> {
  await using producer = new Producer({ url: server.url });
  await Promise.all(
    Array.from({ length: to - from }, (_, i) => producer.send({ topic: 'orders', key: `k${from + i}`, value: `v${from + i}` })),
  );
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 15_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('the condition did not come true within 15 s');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Reads in the background and keeps what it saw. */
function reading(consumer: Consumer<string, string>): string[] {
  const seen: string[] = [];
  void (async () => {
    for await (const record of consumer) seen.push(String(record.value));
  })().catch(() => undefined);
  return seen;
}

async function committed(): Promise<number> {
  const answer = await fetch(`${server.url}/v1/groups/g/offsets`);
  const { offsets } = (await answer.json()) as { offsets: { offset: number }[] };
  return offsets.reduce((sum, { offset }) => sum + offset, 0);
}

describe('a consumer in a group', () => {
  it('shares partitions with others, hands over without loss, and commits when it closes', async () => {
    await produce(0, 100);
    const first = consumerOf();
    const a = reading(first);
    await until(() => a.length === 100);
    const second = consumerOf();
    const b = reading(second);
    await until(() => first.assigned().length === 2 && second.assigned().length === 2);
    await produce(100, 200);
    await until(() => new Set([...a, ...b]).size === 200);
    expect(a.length + b.length).toBe(200);
    await first.close();
    await until(() => second.assigned().length === 4);
    await produce(200, 220);
    await until(() => new Set([...a, ...b]).size === 220);
    await second.close();
    expect(await committed()).toBe(220);
  });

  it('commits what was processed, never what was only fetched', async () => {
    await produce(0, 50);
    const consumer = consumerOf();
    let count = 0;
    for await (const _ of consumer) if (++count === 20) break;
    await consumer.commit();
    expect(await committed()).toBe(19);
  });

  it('commits before handing out where at most once is wanted', async () => {
    await produce(0, 50);
    const consumer = consumerOf({ delivery: 'at-most-once' });
    for await (const _ of consumer) break;
    expect(await committed()).toBeGreaterThan(0);
  });

  it('works on several partitions at once and keeps the order of each', async () => {
    await produce(0, 200);
    const consumer = consumerOf();
    const last = new Map<number, number>();
    let active = 0;
    let most = 0;
    let seen = 0;
    const done = consumer.run(
      async ({ partition, records }) => {
        most = Math.max(most, ++active);
        await new Promise((resolve) => setTimeout(resolve, 20));
        for (const { offset } of records) {
          expect(offset).toBe((last.get(partition) ?? -1) + 1);
          last.set(partition, offset);
        }
        seen += records.length;
        active--;
      },
      { concurrency: 4 },
    );
    await until(() => seen === 200);
    await consumer.close();
    await done;
    expect(most).toBeGreaterThan(1);
    expect(await committed()).toBe(200);
  });

  it('tells of partitions that come, go, and are lost', async () => {
    const told: string[] = [];
    const tell = (what: string) => (partitions: readonly unknown[]) => void told.push(`${what} ${partitions.length}`);
    const first = consumerOf({ onAssigned: tell('assigned'), onRevoked: tell('revoked'), onLost: tell('lost') });
    await until(() => told.includes('assigned 4'));
    consumerOf();
    await until(() => told.includes('revoked 2'));
    await fetch(`${server.url}/v1/groups/g/members/${first.memberId}/leave`, { method: 'POST' });
    await until(() => told.includes('lost 2'));
    await until(() => told.filter((line) => line.startsWith('assigned')).length === 2);
  });

  it('fails where nothing is committed and that is an error', async () => {
    const consumer = consumerOf({ offsetReset: 'error' });
    await expect(consumer.records().next()).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
  });

  it('keeps the partitions of a static member that comes back', async () => {
    await produce(0, 10);
    const first = consumerOf({ groupInstanceId: 'i-1' });
    const seen = reading(first);
    await until(() => seen.length === 10);
    await first.close();
    const second = consumerOf({ groupInstanceId: 'i-1' });
    await until(() => second.assigned().length === 4);
    const again = reading(second);
    await produce(10, 12);
    await until(() => again.length === 2);
  });
});
