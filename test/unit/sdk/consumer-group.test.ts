import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  Admin,
  Consumer,
  type ConsumerOptions,
  type ExplicitOffset,
  HttpTransport,
  type JsonRequest,
  Producer,
  StratalogError,
  stringSerde,
  type Transport,
} from '../../../lib/sdk/index.ts';
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

  it('is fenced by a second member with the same instance id', async () => {
    const first = consumerOf({ groupInstanceId: 'i-1' });
    await until(() => first.assigned().length === 4);
    const next = expect(first.records().next()).rejects.toMatchObject({ code: 'FENCED_INSTANCE_ID' });
    const second = consumerOf({ groupInstanceId: 'i-1' });
    await until(() => second.assigned().length === 4);
    await next;
    expect(first.assigned()).toEqual([]);
  });

  it('takes topics by pattern, also one that is made later', async () => {
    const consumer = new Consumer({ url: server.url, group: 'p', offsetReset: 'earliest', sessionTimeoutMs: 1_500, maxWaitMs: 50 });
    consumer.subscribe({ pattern: 'ord.*' });
    await until(() => consumer.assigned().length === 4);
    await using admin = new Admin({ url: server.url });
    await admin.createTopic({ name: 'ordinary', partitions: 2 });
    await admin.createTopic({ name: 'other', partitions: 2 });
    await admin.addPartitions('orders', 5);
    await until(() => consumer.assigned().length === 7);
    expect(new Set(consumer.assigned().map(({ topic }) => topic))).toEqual(new Set(['orders', 'ordinary']));
    await consumer.close();
  });

  it('seeks, pauses, resumes and tells its position, and commits where it was sent', async () => {
    await produce(0, 80);
    const consumer = consumerOf();
    const partition = { topic: 'orders', partition: 0 };
    const seen: number[] = [];
    await until(() => consumer.assigned().length === 4);
    consumer.pause(consumer.assigned().filter((one) => one.partition !== 0));
    expect(consumer.paused().length).toBe(3);
    for await (const record of consumer) {
      expect(record.partition).toBe(0);
      seen.push(record.offset);
      if (seen.length === 10) consumer.seek(partition, 2);
      if (seen.length === 12) break;
    }
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 2, 3]);
    expect(await consumer.position(partition)).toBe(4);
    await consumer.commit();
    expect(await committed()).toBe(3);
    consumer.seek(partition, 'earliest');
    consumer.resume();
    const all = reading(consumer);
    await until(() => all.length === 80);
  });

  it('goes on behind the last record handed out when its loop was left', async () => {
    await produce(0, 30);
    const consumer = consumerOf();
    const seen = new Set<string>();
    while (seen.size < 30) {
      for await (const { partition, offset } of consumer) {
        expect(seen.has(`${partition} ${offset}`)).toBe(false);
        seen.add(`${partition} ${offset}`);
        break;
      }
    }
    for (const partition of consumer.assigned()) consumer.processed({ ...partition, offset: (await consumer.position(partition)) - 1 });
    await consumer.commit();
    expect(await committed()).toBe(30);
  });

  it('lets a commit that arrives late undo nothing', async () => {
    await produce(0, 60);
    const http = new HttpTransport({ url: server.url });
    const late: (() => Promise<unknown>)[] = [];
    const transport: Transport = new Proxy(http, {
      get(target, name) {
        if (name !== 'json') return bound(target, name);
        return async (request: JsonRequest) => {
          const isCommit = request.method === 'POST' && request.path.endsWith('/offsets');
          if (isCommit) expect(request.body).toMatchObject({ instanceId: 'i-1' });
          if (!isCommit || late.length > 0) return target.json(request);
          // The client gives up on this one; the network has it still.
          late.push(() => target.json({ ...request, signal: undefined }));
          throw new StratalogError('UNAVAILABLE', 'no answer came');
        };
      },
    });
    const consumer = consumerOf({ url: undefined, transport, groupInstanceId: 'i-1' });
    const records = consumer.records();
    for (let i = 0; i < 10; i++) await records.next();
    const failures: unknown[] = [];
    consumer.commitAsync((error) => failures.push(error));
    await until(() => late.length === 1);
    for (let i = 0; i < 40; i++) await records.next();
    await consumer.commit();
    const before = await committed();
    expect(before).toBeGreaterThan(40);
    expect(await late[0]?.()).toMatchObject({ offsets: expect.arrayContaining([expect.objectContaining({ outcome: 'superseded' })]) });
    expect(await committed()).toBe(before);
    expect(failures).toEqual([]);
    await records.return();
    await consumer.close();
    await http.close();
  });

  it('keeps metadata with explicit offsets, and says what is wrong with others', async () => {
    await produce(0, 20);
    const consumer = consumerOf();
    await until(() => consumer.assigned().length === 4);
    const place = { topic: 'orders', partition: 1 };
    await consumer.commit({ offsets: [{ ...place, offset: 1, metadata: 'batch 7' }] });
    await using admin = new Admin({ url: server.url });
    expect(await admin.groups.offsets('g')).toMatchObject([{ ...place, offset: 1, metadata: 'batch 7' }]);
    const refused = (offsets: readonly ExplicitOffset[]) => expect(consumer.commit({ offsets })).rejects;
    await refused([{ ...place, offset: 1, metadata: 'x'.repeat(4_097) }]).toMatchObject({ code: 'OFFSET_METADATA_TOO_LARGE' });
    await refused([{ ...place, offset: 1_000 }]).toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
    await refused([{ topic: 'orders', partition: 9, offset: 1 }]).toMatchObject({ code: 'INVALID_REQUEST' });
    await consumer.commit();
    expect(await committed()).toBe(1);
  });

  it("commits where 'latest' was, so that what comes while nobody consumes is not skipped", async () => {
    await produce(0, 20);
    const first = consumerOf({ offsetReset: 'latest' });
    await until(() => first.assigned().length === 4);
    for (const partition of first.assigned()) await first.position(partition);
    await first.close();
    expect(await committed()).toBe(20);
    await produce(20, 30);
    const seen = reading(consumerOf({ offsetReset: 'latest' }));
    await until(() => seen.length === 10);
  });

  it('hands nothing out before onAssigned has resolved, which may seek', async () => {
    await produce(0, 40);
    const consumer = consumerOf({
      onAssigned: async (partitions) => {
        await new Promise((resolve) => setTimeout(resolve, 30));
        for (const partition of partitions) consumer.seek(partition, 'latest');
      },
    });
    const seen = reading(consumer);
    await until(() => consumer.assigned().length === 4);
    for (const partition of consumer.assigned()) await consumer.position(partition);
    await until(async () => (await Promise.all(consumer.assigned().map((one) => consumer.position(one)))).reduce((a, b) => a + b) === 40);
    await produce(40, 44);
    await until(() => seen.length === 4);
    expect(seen.toSorted()).toEqual(['v40', 'v41', 'v42', 'v43']);
  });

  it('commits what was processed in the loop that a close from outside ends', async () => {
    await produce(0, 40);
    const consumer = consumerOf();
    let closed: Promise<void> | undefined;
    let count = 0;
    for await (const _ of consumer) {
      if (++count === 15) closed = consumer.close();
    }
    await closed;
    expect(count).toBe(15);
    expect(await committed()).toBe(15);
  });

  it.each(['records', 'batches', 'run'] as const)('does not wait for itself when it is closed where it is worked on: %s', async (how) => {
    await produce(0, 40);
    const consumer = consumerOf();
    const began = performance.now();
    let count = 0;
    if (how === 'run') {
      await consumer.run(async (batch) => {
        count += batch.records.length;
        await consumer.close();
      });
    } else {
      for await (const _ of how === 'records' ? consumer : consumer.batches()) {
        if (++count === 2) await consumer.close();
      }
    }
    expect(count).toBeGreaterThan(0);
    expect((await committed()) > 0).toBe(how !== 'run');
    expect(performance.now() - began).toBeLessThan(4_000);
    expect((await (await fetch(`${server.url}/v1/groups/g`)).json()) as object).toMatchObject({ members: [] });
  });

  it('waits for the work under way when it is closed from elsewhere', async () => {
    await produce(0, 40);
    const consumer = consumerOf();
    const working = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    const loop = (async () => {
      for await (const _ of consumer) {
        working.resolve();
        await finish.promise;
      }
    })();
    await working.promise;
    const closed = consumer.close();
    setTimeout(() => finish.resolve(), 300);
    await Promise.all([closed, loop]);
    expect(await committed()).toBe(1);
  });

  it('says which calls and options need a group, and which do not go with one', async () => {
    const alone = new Consumer({ url: server.url });
    expect(() => alone.subscribe(['orders'])).toThrow(/subscribe needs a group/);
    await expect(alone.commit()).rejects.toThrow(/commit needs a group/);
    expect(() => new Consumer({ assignor: 'range' })).toThrow(/assignor is for consumers in a group/);
    expect(() => new Consumer({ group: 'g', assignor: 'best' as 'range' })).toThrow(/assignor is 'best'/);
    expect(() => new Consumer({ group: '' })).toThrow(/group is ''/);
    const member = consumerOf();
    await expect(member.assign([{ topic: 'orders' }])).rejects.toThrow(/group 'g' assigns this consumer's partitions/);
    expect(() => member.subscribe(['orders'])).toThrow(/subscribed already/);
  });

  it('decodes a batch when it is looked at', async () => {
    await produce(0, 40);
    let decoded = 0;
    const consumer = consumerOf({
      valueDeserializer: (bytes) => {
        decoded++;
        return Buffer.from(bytes).toString();
      },
    });
    for await (const batch of consumer.batches()) {
      const before = decoded;
      expect(before).toBe(1);
      const { length } = batch.records;
      expect([...batch].length).toBe(length);
      expect(decoded).toBe(length);
      break;
    }
  });

  it('shows and changes groups through the admin', async () => {
    await produce(0, 40);
    const consumer = consumerOf();
    const seen = reading(consumer);
    await until(() => seen.length === 40);
    await consumer.commit();
    await using admin = new Admin({ url: server.url });
    const groups = admin.groups;
    const described = await groups.describe('g');
    expect(described).toMatchObject({ state: 'stable', assignor: 'uniform', members: [{ memberId: consumer.memberId }] });
    await expect(groups.reset('g', { to: { kind: 'earliest' } })).rejects.toMatchObject({ code: 'NON_EMPTY_GROUP' });
    await expect(groups.delete('g')).rejects.toMatchObject({ code: 'NON_EMPTY_GROUP' });
    await expect(groups.deleteOffsets('g', 'orders')).rejects.toMatchObject({ code: 'GROUP_SUBSCRIBED_TO_TOPIC' });
    await consumer.close();
    expect((await groups.lag('g')).lag).toBe(0);
    const dry = await groups.reset('g', { to: { kind: 'shift', by: -2 }, topics: [{ topic: 'orders', partitions: [0] }], dryRun: true });
    expect(dry).toMatchObject({ dryRun: true, offsets: [{ partition: 0 }] });
    expect((await groups.reset('g', { to: { kind: 'earliest' } })).offsets.length).toBe(4);
    expect((await groups.lag('g')).lag).toBe(40);
    expect(await groups.deleteOffsets('g', 'orders', 0)).toBe(1);
    await groups.delete('g');
    const names: string[] = [];
    for await (const { group } of groups.list()) names.push(group);
    expect(names).toEqual([]);
    await expect(groups.describe('g')).rejects.toMatchObject({ code: 'GROUP_ID_NOT_FOUND' });
  });
});

function bound(target: object, name: string | symbol): unknown {
  const value = Reflect.get(target, name);
  return typeof value === 'function' ? value.bind(target) : value;
}
