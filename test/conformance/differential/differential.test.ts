import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stratalog, startStratalog } from '../../../lib/runtime/testing.ts';
import { waitFor } from '../../integration/emulators/child-process.ts';
import { RawClient } from '../../unit/kafka/client.ts';
import { type ApacheKafka, startApacheKafka } from '../apache-kafka/broker.ts';
import { CASES, type Case } from './cases.ts';

let kafka: ApacheKafka;
let broker: Stratalog;
let clients: readonly [theirs: RawClient, ours: RawClient];

beforeAll(async () => {
  [kafka, broker] = await Promise.all([startApacheKafka(), startStratalog()]);
  clients = [await RawClient.connect(kafka.port), await RawClient.connect(broker.kafka.port)];
}, 180_000);

afterAll(async () => {
  for (const client of clients ?? []) client.close();
  await broker?.close();
  await kafka?.stop();
}, 60_000);

/** What is another in each process or in each run. Words are each server's own; numbers are compared. */
const ALWAYS_LEFT_OUT: ReadonlySet<string> = new Set([
  'port',
  'clusterId',
  'topicId',
  'errorMessage',
  'sessionId',
  'logAppendTimeMs',
  'throttleTimeMs',
  'nodeEndpoints',
]);
/** A broker that has not loaded its groups yet, or does not lead a new partition yet, says so; clients ask again. */
const ASK_AGAIN: ReadonlySet<number> = new Set([5, 6, 14, 15, 16]);

function comparable(value: unknown, leftOut: ReadonlySet<string>): unknown {
  if (Buffer.isBuffer(value)) return value.toString('hex');
  if (Array.isArray(value)) {
    const items = value.map((item) => comparable(item, leftOut));
    const named = items.every(
      (item) =>
        typeof item === 'object' && item !== null && ('name' in item || 'topic' in item || 'groupId' in item || 'partitionIndex' in item),
    );
    // Neither server promises an order of topics or partitions.
    return named ? items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !leftOut.has(name))
      .map(([name, field]) => [name, comparable(field, leftOut)]),
  );
}

async function ask(client: RawClient, { api, version, request }: Case): Promise<unknown> {
  let answer: unknown;
  await waitFor(`an answer to ${api}`, 30_000, async () => {
    answer = await client.call(api, version, request);
    return ![
      ...JSON.stringify(answer, (_, field) => (typeof field === 'bigint' ? Number(field) : field)).matchAll(/"errorCode":(-?\d+)/g),
    ].some(([, code]) => ASK_AGAIN.has(Number(code)));
  });
  return answer;
}

describe('the gateway answers as Apache Kafka does', () => {
  it.each(CASES)('$title', async (one) => {
    const leftOut = new Set([...ALWAYS_LEFT_OUT, ...(one.differs?.fields ?? [])]);
    const [theirs, ours] = await Promise.all(clients.map((client) => ask(client, one)));
    expect(comparable(ours, leftOut)).toEqual(comparable(theirs, leftOut));
  });
});
