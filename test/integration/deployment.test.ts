import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FLOOR_NONE, nextLeaseId, type TopicId } from '../../lib/core/ids.ts';
import { buildSegment } from '../../lib/format/segment.ts';
import { Admin, Consumer, type HttpTransport, type Transport } from '../../lib/sdk/index.ts';
import { batchOf } from '../unit/http/door.ts';
import { consumeAll, DeployedClients, produce, produceEach, sorted, TEXT, valuesOf, withTransport } from './deployed-clients.ts';
import { type DeployedLog, deployLog } from './deployed-log.ts';
import { waitFor } from './emulators/child-process.ts';

/** The emulator's CloudFormation leaves rules as they were made, so they are to fire every minute from the beginning. */
const FIRST_VERSION = {
  'stratalog:removal': 'destroy',
  'stratalog:scheduleMinutes': 'retention=1,compaction=1,replication=1,sweep=1',
};
const SECOND_VERSION = {
  'stratalog:zones': '2',
  'stratalog:doorMemoryMb': '2048',
  'stratalog:logRetentionDays': '7',
  'stratalog:offsetsRetentionMinutes': '1',
};

let log: DeployedLog;
beforeAll(async () => {
  log = await deployLog(FIRST_VERSION);
});
afterAll(() => log?.stop());

const clients = new DeployedClients(() => log);
const DOORS = { url: () => clients.url(), lambda: () => clients.lambda(), direct: () => clients.direct() } as const;
const NAMED_DOORS: readonly [string, () => HttpTransport][] = [
  ['the function URL', DOORS.url],
  ['direct invocation', DOORS.lambda],
  ['table and buckets', DOORS.direct],
];

describe('the deployed stack', () => {
  it('names what clients are pointed at', () => {
    const { Url, TableName, BucketNames, ProduceFunctionName, SweepFunctionName } = log.outputs();
    for (const output of [Url, TableName, BucketNames, ProduceFunctionName, SweepFunctionName]) expect(output).toBeTruthy();
  });

  it('is administered from the command line by its URL', async () => {
    await clients.stratalog('topic', 'create', 'by-hand', '--partitions', '2');
    expect(JSON.parse(await clients.stratalog('topic', 'describe', 'by-hand', '--json'))).toMatchObject({ name: 'by-hand' });
    expect(await withTransport(DOORS.direct, (transport) => transport.describeTopic('by-hand'))).toMatchObject({ partitions: 2 });
  });

  it.each(NAMED_DOORS)('serves a tour through %s', async (name, open) => {
    const topic = `tour-${name.replaceAll(' ', '-')}`;
    await withTransport(open, async (transport) => {
      const admin = new Admin({ transport });
      await admin.createTopic({ name: topic, partitions: 2 });
      const values = valuesOf('v', 20);
      await produce(transport, topic, values);
      expect(await consumeAll(transport, topic)).toEqual(sorted(values));
      const { offsets } = await admin.describeTopic(topic);
      expect(offsets.reduce((sum, { endOffset }) => sum + endOffset, 0)).toBe(20);
    });
  });

  it.each(NAMED_DOORS)('serves a group through %s: two members share the partitions, commit, and lag is told', async (name, open) => {
    const topic = `shared-${name.replaceAll(' ', '-')}`;
    const group = `readers of ${topic}`.replaceAll(' ', '-');
    const values = valuesOf('g', 24);
    await withTransport(open, async (transport) => {
      const admin = new Admin({ transport });
      await admin.createTopic({ name: topic, partitions: 4 });
      await produce(transport, topic, values);
      const seen: string[] = [];
      const members = [0, 1].map(() => groupMember(open, topic, group, seen));
      try {
        await waitFor(`two members to read ${values.length} records`, 120_000, () => new Set(seen).size === values.length);
        await waitFor('both members to own partitions', 120_000, async () => {
          const description = await admin.groups.describe(group);
          return description.members.length === 2 && description.members.every(({ assignment }) => assignment.length > 0);
        });
      } finally {
        await Promise.all(members.map((member) => member.close()));
      }
      expect(await admin.groups.lag(group)).toMatchObject({ lag: 0, status: 'OK' });
      await produce(transport, topic, valuesOf('late', 3));
      const { lag, lagMs, partitions } = await admin.groups.lag(group);
      expect(lag).toBe(3);
      expect(lagMs).toBeGreaterThanOrEqual(0);
      expect(partitions.reduce((sum, { committedOffset }) => sum + (committedOffset ?? 0), 0)).toBe(values.length);
    });
  });

  it('shows through every door what came in through another', async () => {
    await withTransport(DOORS.url, (transport) => new Admin({ transport }).createTopic({ name: 'shared', partitions: 1 }));
    for (const [name, open] of Object.entries(DOORS))
      await withTransport(open, (transport) => produce(transport, 'shared', valuesOf(name, 5)));
    const all = sorted(Object.keys(DOORS).flatMap((name) => valuesOf(name, 5)));
    for (const open of Object.values(DOORS)) expect(await withTransport(open, (transport) => consumeAll(transport, 'shared'))).toEqual(all);
  });

  it('keeps small segments in the table and large ones in the bucket', async () => {
    await withTransport(DOORS.direct, async (transport) => {
      const { id } = await new Admin({ transport }).createTopic({ name: 'sizes', partitions: 1 });
      await produceEach(transport, 'sizes', ['small', 'x'.repeat(50_000)]);
      const aws = clients.engine();
      const [record] = await aws.deps.leases.read([{ topicId: id as TopicId, partition: 0 }]).finally(() => aws.close());
      expect(record?.tail.map(({ kind }) => kind)).toEqual(['inline', 'wal']);
    });
  });

  it('never waits for data within a function, and says when to come again', async () => {
    await withTransport(DOORS.url, async (transport) => {
      const { offsets } = await transport.describeTopic('shared');
      const began = performance.now();
      const answer = await transport.fetchBatches({
        topic: 'shared',
        partition: 0,
        offset: offsets[0]?.endOffset ?? 0,
        maxBytes: 1_000,
        maxWaitMs: 20_000,
        minBytes: 1,
        isolation: 'read_uncommitted',
      });
      expect(answer.retryAfterMs).toBeGreaterThanOrEqual(50);
      expect(performance.now() - began).toBeLessThan(15_000);
    });
  });

  it('tells errors of a function as those of a server', async () => {
    for (const open of [DOORS.url, DOORS.lambda]) {
      await expect(withTransport(open, (transport) => transport.describeTopic('none'))).rejects.toMatchObject({
        code: 'UNKNOWN_TOPIC_OR_PARTITION',
      });
    }
  });

  it('runs its jobs by hand: entries are merged into a file, and every record is still there', async () => {
    const values = valuesOf('merge', 80);
    await withTransport(DOORS.direct, async (transport) => {
      await new Admin({ transport }).createTopic({ name: 'merged', partitions: 1 });
      await produceEach(transport, 'merged', values);
    });
    const [report] = (await clients.invoke(log.outputs().CompactionFunctionName, { all: true })) as JobAnswer[];
    expect(report).toMatchObject({ job: 'merge', errors: [] });
    expect((await filesOf('merged', clients.buckets[0])).length).toBeGreaterThan(0);
    expect(await withTransport(DOORS.url, (transport) => consumeAll(transport, 'merged'))).toEqual(sorted(values));
    for (const name of ['RetentionFunctionName', 'ReplicationFunctionName', 'SweepFunctionName']) {
      for (const done of (await clients.invoke(log.outputs()[name])) as JobAnswer[]) expect(done.errors).toEqual([]);
    }
    expect(await withTransport(DOORS.lambda, (transport) => consumeAll(transport, 'merged'))).toEqual(sorted(values));
  });
});

interface JobAnswer {
  readonly job: string;
  readonly errors: readonly string[];
}

function groupMember(open: () => HttpTransport, topic: string, group: string, seen: string[]) {
  const transport = open();
  const consumer = new Consumer({ transport, group, offsetReset: 'earliest', autoCommitIntervalMs: 500, ...TEXT });
  consumer.subscribe([topic]);
  const reading = (async () => {
    for await (const { value } of consumer) seen.push(value ?? '');
  })();
  return {
    async close(): Promise<void> {
      await consumer.close();
      await reading.catch(() => undefined);
      await transport.close();
    },
  };
}

/** Names of a topic's merged files in a bucket. */
async function filesOf(topic: string, bucket: string | undefined): Promise<string[]> {
  const { id } = await withTransport(DOORS.direct, (transport) => transport.describeTopic(topic));
  return (await clients.keysOf(bucket)).filter((key) => key.startsWith(`log/${id}/`) && key.endsWith('.log'));
}

const HOUR_MS = 3_600_000;
const RULES_FIRE_MS = 300_000;

/** A small segment that a writer of two hours ago put and never had granted. Answers whether it is still there. */
async function abandonSegment(topic: string): Promise<() => Promise<boolean>> {
  const aws = clients.engine();
  try {
    const { id } = await aws.engine.topics.get(topic);
    const lease = nextLeaseId(Date.now() - 2 * HOUR_MS, FLOOR_NONE, new Uint8Array(6));
    const slice = { topicId: id, partition: 0, chunks: [batchOf('never granted')], span: 1, records: 1, maxTimestamp: 0, minTimestamp: 0 };
    await aws.deps.inline?.put(lease, buildSegment([slice]).chunks);
    return async () => {
      const again = clients.engine();
      const bytes = await again.deps.inline?.get(lease).finally(() => again.close());
      return bytes !== undefined;
    };
  } finally {
    await aws.close();
  }
}

/** Waits until every condition was true once; names those that were not. */
async function waitForAll(timeoutMs: number, conditions: Readonly<Record<string, () => Promise<boolean>>>): Promise<void> {
  const left = new Map(Object.entries(conditions));
  const what = () => `that ${[...left.keys()].join(', ')}`;
  await waitFor('all jobs', timeoutMs, async () => {
    for (const [name, condition] of left) if (await condition()) left.delete(name);
    return left.size === 0;
  }).catch((error: Error) => {
    throw new Error(`${what()}: ${error.message}`);
  });
}

const offsetsOf = async (transport: Transport, topic: string) => (await transport.describeTopic(topic)).offsets[0];

describe('the second version of the stack, with the data of the first', () => {
  const values = valuesOf('ruled', 80);
  let abandoned: () => Promise<boolean>;

  it('is upgraded in place: table, bucket and records are the same, and a second zone comes in', async () => {
    await withTransport(DOORS.direct, async (transport) => {
      const admin = new Admin({ transport });
      await admin.createTopic({ name: 'ruled', partitions: 1 });
      await admin.createTopic({ name: 'short', partitions: 1, configs: { 'retention.ms': '1000' } });
      await produceEach(transport, 'ruled', values);
      await produceEach(transport, 'short', ['x'.repeat(20_000), 'y'.repeat(20_000)]);
      await transport.json?.({
        method: 'POST',
        path: '/groups/passing/offsets',
        body: { offsets: [{ topic: 'ruled', partition: 0, offset: 7 }] },
      });
    });
    abandoned = await abandonSegment('ruled');
    const { TableName, BucketNames, Url } = log.outputs();
    await log.deploy(SECOND_VERSION);
    expect(log.outputs()).toMatchObject({ TableName, Url, BucketNames: expect.stringMatching(`^${BucketNames},.`) });
    expect(await withTransport(DOORS.url, (transport) => consumeAll(transport, 'merged'))).toHaveLength(80);
  });

  it('has its jobs run by their rules', async () => {
    const [first, second] = clients.buckets;
    await withTransport(DOORS.direct, async (transport) => {
      const admin = new Admin({ transport });
      await waitForAll(RULES_FIRE_MS, {
        'compaction merges the topic': async () => (await filesOf('ruled', first)).length > 0,
        'retention moves the log start': async () => (await offsetsOf(transport, 'short'))?.startOffset === 2,
        'retention lets the committed offset expire': async () => {
          for await (const { group } of admin.groups.list()) if (group === 'passing') return false;
          return true;
        },
        'replication fills the second zone': async () => {
          const merged = (await filesOf('merged', first)).concat(await filesOf('ruled', first));
          const copies = await clients.keysOf(second);
          return merged.length > 1 && merged.every((key) => copies.includes(key));
        },
        'sweep takes the abandoned segment away': async () => !(await abandoned()),
      });
    }).catch(async (error: Error) => {
      throw new Error(`${error.message}\n${await clients.linesOfJobs()}`);
    });
  });

  it('has lost no record by it', async () => {
    for (const open of Object.values(DOORS)) {
      expect(await withTransport(open, (transport) => consumeAll(transport, 'ruled'))).toEqual(sorted(values));
      expect(await withTransport(open, (transport) => consumeAll(transport, 'merged'))).toHaveLength(80);
    }
  });

  it('is destroyed without leftovers', async () => {
    const { TableName = '' } = log.outputs();
    const { buckets } = clients;
    expect(await clients.resources()).not.toEqual([]);
    await log.destroy();
    expect(await clients.resources()).toEqual([]);
    const client = new DynamoDBClient({ ...clients.config, maxAttempts: 1 });
    await waitFor('the table to be gone', 60_000, async () => {
      const gone = client.send(new ScanCommand({ TableName, Limit: 1 })).then(
        () => false,
        (error: Error) => error.name === 'ResourceNotFoundException',
      );
      return gone;
    });
    client.destroy();
    for (const bucket of buckets) await expect(clients.keysOf(bucket)).rejects.toThrow();
  });
});
