import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CODECS } from '../../../lib/kafka/messages/registry.ts';
import { type Stratalog, startStratalog } from '../../../lib/runtime/testing.ts';
import { waitFor } from '../../integration/emulators/child-process.ts';
import { CLOSED, RawClient } from '../../unit/kafka/client.ts';
import { type ApacheKafka, startApacheKafka } from '../apache-kafka/broker.ts';
import { ADMIN_CASES } from './admin-cases.ts';
import { CASES, type Case, type Known } from './cases.ts';
import { GROUP_CASES } from './group-cases.ts';
import { MIXED_CASES } from './mixed-cases.ts';
import { RECORD_CASES } from './record-cases.ts';
import { SETTINGS_CASES } from './settings-cases.ts';

let kafka: ApacheKafka;
let broker: Stratalog;
/** Theirs, then ours. */
const clients: RawClient[] = [];

beforeAll(async () => {
  [kafka, broker] = await Promise.all([startApacheKafka(), startStratalog()]);
  for (const server of [0, 1]) await connect(server);
}, 180_000);

afterAll(async () => {
  for (const client of clients) client.close();
  await broker?.close();
  await kafka?.stop();
}, 60_000);

const ANSWER_WITHIN_MS = 6_000;

/** What the two have answered before. */
const known: readonly Known[] = [new Map(), new Map()];

/** What is another in each process or in each run. Words are each server's own; numbers are compared. */
const ALWAYS_LEFT_OUT: ReadonlySet<string> = new Set([
  'port',
  'clusterId',
  'topicId',
  'errorMessage',
  'batchIndexErrorMessage',
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

/** What a server answers; `hung up` when it closes the connection instead, which is opened anew for the next case. */
async function ask(server: number, { api, version, request: asked, keep, until }: Case): Promise<unknown> {
  const kept = known[server] as Known;
  const request = typeof asked === 'function' ? asked(kept) : asked;
  let answer: unknown;
  await waitFor(`an answer to ${api}`, ANSWER_WITHIN_MS, async () => {
    const client = (clients[server] as RawClient).closed ? await connect(server) : (clients[server] as RawClient);
    answer = await Promise.race([
      client.call(api, version, request).catch((error: Error) => (error.message === CLOSED ? 'hung up' : Promise.reject(error))),
      delay(ANSWER_WITHIN_MS, 'nothing', { ref: false }),
    ]);
    if (until?.(answer as never) === false) return false;
    return ![
      ...JSON.stringify(answer, (_, field) => (typeof field === 'bigint' ? Number(field) : field)).matchAll(/"errorCode":(-?\d+)/g),
    ].some(([, code]) => ASK_AGAIN.has(Number(code)));
  });
  // The requests of a connection are answered in order: what comes after one without an answer would have none either.
  if (answer === 'nothing') clients[server]?.close();
  if (answer !== 'hung up' && answer !== 'nothing') keep?.(answer as never, kept);
  return answer;
}

async function connect(server: number): Promise<RawClient> {
  const client = await RawClient.connect(server === 0 ? kafka.port : broker.kafka.port);
  clients[server] = client;
  return client;
}

describe('the gateway answers as Apache Kafka does', () => {
  it.each([...CASES, ...RECORD_CASES, ...GROUP_CASES, ...MIXED_CASES, ...ADMIN_CASES, ...SETTINGS_CASES])('$title', async (one) => {
    const leftOut = new Set([...ALWAYS_LEFT_OUT, ...(one.differs?.fields ?? [])]);
    const [theirs, ours] = await Promise.all([0, 1].map((server) => ask(server, one)));
    expect(comparable(ours, leftOut)).toEqual(comparable(theirs, leftOut));
  });
});

/** Where the gateway offers less than a broker, and why; whatever is not here is the same. */
const OFFERS: Readonly<Record<string, string>> = {
  Produce: 'versions 12 and 13 belong to transactions and topic ids',
  Fetch: 'versions 17 and 18 are for followers',
  ListOffsets: 'versions 9 to 11 ask for tiers of storage',
  OffsetCommit: 'version 10 goes by topic id',
  OffsetFetch: 'version 10 goes by topic id',
  FindCoordinator: 'version 6 is for share groups',
  InitProducerId: 'what comes next is not stable in a broker either',
};
/** APIs that are not offered: transactions, SASL and ACLs, quotas, share and streams groups, and what brokers ask of each other. */
const NOT_OFFERED =
  'AddPartitionsToTxn AddOffsetsToTxn EndTxn TxnOffsetCommit WriteTxnMarkers DescribeProducers DescribeTransactions ListTransactions SaslHandshake SaslAuthenticate';

describe('the gateway offers the versions that Apache Kafka does', () => {
  it('of every API that it has, but for those with a reason', async () => {
    const [theirs, ours] = await Promise.all(
      [0, 1].map(async (server) => {
        const { apiKeys } = await (await connect(server)).call('ApiVersions', 0, {});
        return new Map(apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, [minVersion, maxVersion] as const]));
      }),
    );
    const names = new Map(Object.values(CODECS).map(({ apiKey, name }) => [apiKey, name as string]));
    const missing = new Set(NOT_OFFERED.split(' '));
    for (const [key, [min, max]] of theirs ?? []) {
      const name = names.get(key);
      if (name === undefined || missing.has(name)) continue;
      const offered = ours?.get(key);
      expect(offered?.[0], name).toBe(min);
      if (OFFERS[name] === undefined) expect(offered?.[1], name).toBe(max);
      else expect(offered?.[1], `${name}: ${OFFERS[name]}`).toBeLessThanOrEqual(max);
    }
  });
});
