import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AwsEngine } from '../../lib/runtime/aws.ts';
import { batchOf } from '../unit/http/door.ts';
import { type CountedRequests, countRequests } from './counted-requests.ts';
import { type ScratchDeployment, startScratchDeployment } from './scratch-deployment.ts';

let deployment: ScratchDeployment;
beforeAll(async () => {
  deployment = await startScratchDeployment();
});
afterAll(() => deployment?.stop());

/** A process whose catalogue never grows old, so that what is counted is the path itself. */
function process(more: object = {}): AwsEngine & { readonly counted: CountedRequests } {
  const counted = countRequests();
  const settings = { catalogMaxAgeMs: 3_600_000, neverWait: true };
  return Object.assign(deployment.open({ telemetry: counted.telemetry, settings, ...more }), { counted });
}

const KILOBYTE = 'x'.repeat(1_000);
const LARGE = 'x'.repeat(20_000);
let topics = 0;

/** A topic that the process knows, and has appended to once. */
async function warm({ engine }: AwsEngine, value: string): Promise<{ topic: string; append: (value: string) => Promise<unknown> }> {
  const topic = `t${++topics}`;
  await engine.topics.create({ name: topic });
  const append = (text: string) => engine.append({ topic, partition: 0, batches: batchOf(text), acks: -1 });
  await append(value);
  return { topic, append };
}

const fetchAt = ({ engine }: AwsEngine, topic: string, offset: number) =>
  engine.fetch({ topic, partition: 0, offset, maxBytes: 1_000_000 });

describe('requests, as counted on real stores', () => {
  it('appending a batch costs 1 PUT and 1 write unit, and reads nothing', async () => {
    const writer = process();
    const { append } = await warm(writer, LARGE);
    writer.counted.take();
    await append(LARGE);
    expect(writer.counted.take()).toEqual({ 's3 PutObject': 1, 'dynamodb PutItem': 1, 'write units': 1 });
  });

  it('appending a record of 1 KB costs 3 write units in two writes, no PUT and no read', async () => {
    const writer = process();
    const { append } = await warm(writer, KILOBYTE);
    writer.counted.take();
    await append(KILOBYTE);
    expect(writer.counted.take()).toEqual({ 'dynamodb PutItem': 2, 'write units': 3 });
  });

  it('the first record of 1 KB that a process appends in an hour costs 4 write units', async () => {
    const other = process();
    const { topic } = await warm(other, KILOBYTE);
    const writer = process();
    await writer.engine.topics.get(topic);
    writer.counted.take();
    await writer.engine.append({ topic, partition: 0, batches: batchOf(KILOBYTE), acks: -1 });
    // The lease record is read once in the life of a process.
    expect(writer.counted.take()).toEqual({ 'dynamodb PutItem': 3, 'write units': 4, 'dynamodb GetItem': 1, 'read units': 1 });
  });

  it('a roll every twelve appends costs a page and a mark', async () => {
    const writer = process();
    const { append } = await warm(writer, LARGE);
    writer.counted.take();
    for (let i = 0; i < 24; i++) await append(LARGE);
    const { 'dynamodb PutItem': puts = 0, 'write units': units = 0, ...rest } = writer.counted.take();
    expect(rest).toEqual({ 's3 PutObject': 24 });
    expect(puts).toBeGreaterThanOrEqual(24 + 2);
    expect(puts).toBeLessThanOrEqual(24 + 3 * 2);
    expect(units / 24).toBeLessThan(1.5);
  });

  it('looking for more at the end of the log costs 1 read unit, and lists nothing', async () => {
    const writer = process();
    const { topic } = await warm(writer, LARGE);
    const reader = process();
    await fetchAt(reader, topic, 1);
    reader.counted.take();
    await fetchAt(reader, topic, 1);
    expect(reader.counted.take()).toEqual({ 'dynamodb GetItem': 1, 'read units': 1 });
  });

  it('reading what another process appended costs 1 read unit and 1 GET, or 1 read more for a small segment', async () => {
    const writer = process();
    const large = await warm(writer, LARGE);
    const small = await warm(writer, KILOBYTE);
    const reader = process();
    await reader.engine.topics.get(large.topic);
    await reader.engine.topics.get(small.topic);
    reader.counted.take();
    await fetchAt(reader, large.topic, 0);
    expect(reader.counted.take()).toEqual({ 'dynamodb GetItem': 1, 'read units': 1, 's3 GetObject': 1 });
    await fetchAt(reader, small.topic, 0);
    expect(reader.counted.take()).toEqual({ 'dynamodb GetItem': 2, 'read units': 2 });
  });

  it('reading what this process appended costs 1 read unit alone', async () => {
    const writer = process();
    const { topic } = await warm(writer, LARGE);
    writer.counted.take();
    await fetchAt(writer, topic, 0);
    expect(writer.counted.take()).toEqual({ 'dynamodb GetItem': 1, 'read units': 1 });
  });

  it('reading an old offset costs one query more, whatever the length of the log', async () => {
    const writer = process();
    const { topic, append } = await warm(writer, LARGE);
    for (let i = 0; i < 40; i++) await append(LARGE);
    const reader = process();
    await reader.engine.topics.get(topic);
    reader.counted.take();
    await reader.engine.fetch({ topic, partition: 0, offset: 3, maxBytes: 1 });
    const { 'read units': units, ...requests } = reader.counted.take();
    expect(requests).toEqual({ 'dynamodb GetItem': 1, 'dynamodb Query': 1, 's3 GetObject': 1 });
    expect(units).toBeLessThanOrEqual(2);
  });

  it('polling a hundred partitions costs one request and a read unit for each', async () => {
    const writer = process();
    await writer.engine.topics.create({ name: 'wide', partitions: 100 });
    await writer.engine.topics.get('wide');
    const keys = Array.from({ length: 100 }, (_, partition) => partition);
    const { id } = await writer.engine.topics.get('wide');
    writer.counted.take();
    await writer.deps.leases.read(keys.map((partition) => ({ topicId: id, partition })));
    expect(writer.counted.take()).toEqual({ 'dynamodb BatchGetItem': 1, 'read units': 100 });
  });
});
