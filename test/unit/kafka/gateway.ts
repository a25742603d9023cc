import { afterEach } from 'vitest';
import { RecordBatchBuilder } from '../../../lib/format/record-batch-writer.ts';
import { type Stratalog, type StratalogOptions, startStratalog } from '../../../lib/runtime/testing.ts';
import { RawClient } from './client.ts';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A gateway over memory with topics `t` (1 partition) and `t3` (3), and a client of it; gone after the test. */
export async function startGateway(
  options: StratalogOptions = {},
): Promise<{ broker: Stratalog; client: RawClient; connect: () => Promise<RawClient> }> {
  const broker = await startStratalog({ topics: ['t', { name: 't3', partitions: 3 }], ...options });
  cleanups.push(() => broker.close());
  const connect = async () => {
    const client = await RawClient.connect(broker.kafka.port);
    cleanups.push(() => client.close());
    return client;
  };
  return { broker, client: await connect(), connect };
}

type BatchOptions = ConstructorParameters<typeof RecordBatchBuilder>[0];

/** A record batch as a producer sends it. */
export function batchOf(
  values: readonly (string | null)[],
  options: BatchOptions = {},
  timestamp = 1_000,
  key: string | null = null,
): Buffer {
  const builder = new RecordBatchBuilder(options);
  for (const [i, value] of values.entries()) builder.tryAppend({ timestamp: timestamp + i, key, value });
  return builder.build();
}

/** Produces to one partition and answers what that partition was answered. */
export async function produce(
  client: RawClient,
  topic: string,
  records: Buffer | null,
  options: { partition?: number; acks?: number; version?: number } = {},
) {
  const { partition = 0, acks = -1, version = 9 } = options;
  const request = { acks, timeoutMs: 5_000, topicData: [{ name: topic, partitionData: [{ index: partition, records }] }] };
  const response = await client.call('Produce', version, request);
  const answer = response.responses[0]?.partitionResponses[0];
  if (answer === undefined) throw new Error('no answer of the partition');
  return answer;
}

/** Fetches one partition without a session. */
export async function fetchOne(
  client: RawClient,
  topic: string,
  fetchOffset: number,
  options: { partition?: number; maxBytes?: number; maxWaitMs?: number; version?: number } = {},
) {
  const { partition = 0, maxBytes = 1_000_000, maxWaitMs = 0, version = 12 } = options;
  const response = await client.call('Fetch', version, {
    maxWaitMs,
    minBytes: 1,
    maxBytes,
    topics: [{ topic, partitions: [{ partition, fetchOffset, partitionMaxBytes: maxBytes }] }],
  });
  const data = response.responses[0]?.partitions[0];
  if (data === undefined) throw new Error('no answer of the partition');
  return data;
}

/** The bytes of records in an answer. */
export function bytesOf(records: Buffer | readonly Buffer[] | null | undefined): Buffer {
  return records == null ? Buffer.alloc(0) : Buffer.isBuffer(records) ? records : Buffer.concat(records);
}
