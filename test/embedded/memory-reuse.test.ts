import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Engine } from '../../lib/engine/engine.ts';
import { MemoryPool } from '../../lib/format/memory-pool.ts';
import { isCrcValid } from '../../lib/format/record-batch.ts';
import { baseOffsetAt, batchSizeAt, lastOffsetDeltaAt } from '../../lib/format/record-batch-header.ts';
import { RecordBatchBuilder } from '../../lib/format/record-batch-writer.ts';
import { createHttpApp } from '../../lib/http/app.ts';
import { HEADER_NEXT_OFFSET, MEDIA_TYPE_BATCHES } from '../../lib/http/contract.ts';
import { SILENT } from '../../lib/ports/telemetry.ts';
import { openKafkaDoor } from '../../lib/runtime/gateway.ts';
import { openLocalEngine } from '../../lib/runtime/local.ts';
import { startHttpServer } from '../../lib/runtime/server.ts';
import { RawClient } from '../unit/kafka/client.ts';
import { bytesOf } from '../unit/kafka/gateway.ts';

const TOPIC = 't';
const PARTITIONS = 3;
const PRODUCERS = 6;
const ROUNDS = 40;
const CRC_AT = 17;

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A server whose memory is written over as soon as it is given back, so that nothing can be right by chance. */
async function serve(readAheadBytes: number) {
  const folder = await mkdtemp(join(tmpdir(), 'stratalog-memory-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  const local = await openLocalEngine({ folder, onFatal: (error) => expect.unreachable(error.message) });
  cleanups.push(() => local.close());
  const memory = new MemoryPool({ poison: true });
  const engine = new Engine({ ...local.deps, memory, settings: { ...local.deps.settings, readAheadBytes } });
  cleanups.push(() => engine.close());
  await engine.topics.create({ name: TOPIC, partitions: PARTITIONS });
  const door = await openKafkaDoor({ host: '127.0.0.1', port: 0 }, { engine, telemetry: SILENT, closing: new AbortController().signal });
  cleanups.push(() => door.close(0));
  const http = await startHttpServer({ host: '127.0.0.1', port: 0, fetch: createHttpApp({ engine, telemetry: SILENT }).fetch as never });
  cleanups.push(() => http.close(100));
  return { engine, memory, url: http.url, port: door.port };
}

/** A batch like no other, of 1 to 600 KB: rows, volumes and files of their own. */
function batchOf(producer: number, round: number): Buffer {
  const bytes = [1_000, 20_000, 40_000, 150_000, 600_000][(producer + round) % 5] as number;
  const builder = new RecordBatchBuilder({}, bytes + 4_096);
  builder.tryAppend({ timestamp: 1, key: `${producer}-${round}`, value: Buffer.alloc(bytes, producer * ROUNDS + round) });
  return builder.build();
}

/** Who sent what, by the checksum of the batch. */
const SENT = new Map(
  Array.from({ length: PRODUCERS * ROUNDS }, (_, i) => {
    const batch = batchOf(Math.floor(i / ROUNDS), i % ROUNDS);
    return [batch.readUInt32BE(CRC_AT), batch] as const;
  }),
);

/** Checks every batch and answers the offset after the last whole one. */
function checkBatches(bytes: Buffer, from: number, seen: Set<number>): number {
  let next = from;
  for (let at = 0; at + CRC_AT + 4 < bytes.length; at += batchSizeAt(bytes, at)) {
    const size = batchSizeAt(bytes, at);
    if (at + size > bytes.length) break;
    const crc = bytes.readUInt32BE(at + CRC_AT);
    expect(isCrcValid(bytes, at, size)).toBe(true);
    // Offset and leader epoch, before the CRC, are the log's own.
    expect(
      SENT.get(crc)
        ?.subarray(CRC_AT)
        .equals(bytes.subarray(at + CRC_AT, at + size)),
    ).toBe(true);
    expect(baseOffsetAt(bytes, at)).toBe(next);
    next = baseOffsetAt(bytes, at) + lastOffsetDeltaAt(bytes, at) + 1;
    seen.add(crc);
  }
  return next;
}

async function produceByKafka(port: number, producer: number): Promise<void> {
  const client = await RawClient.connect(port);
  for (let round = 0; round < ROUNDS; round += 4) {
    // Several at once, and for two partitions each: requests that share a flush with others, and frames that hold batches of both.
    const rounds = [round, round + 1, round + 2, round + 3];
    const answers = await Promise.all(
      [rounds.slice(0, 2), rounds.slice(2)].map(async (pair) => {
        const partitionData = pair.map((one, i) => ({ index: (producer + i) % PARTITIONS, records: batchOf(producer, one) }));
        return client.call('Produce', 9, { acks: producer === 0 ? 1 : -1, timeoutMs: 30_000, topicData: [{ name: TOPIC, partitionData }] });
      }),
    );
    for (const { responses } of answers) for (const one of responses[0]?.partitionResponses ?? []) expect(one.errorCode).toBe(0);
  }
  client.close();
}

async function produceByHttp(url: string, producer: number): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const path = `${url}/v1/topics/${TOPIC}/partitions/${(producer + round) % PARTITIONS}/batches`;
    const answer = await fetch(path, { method: 'POST', headers: { 'content-type': MEDIA_TYPE_BATCHES }, body: batchOf(producer, round) });
    expect(answer.status).toBe(200);
  }
}

/** Reads from the start until `isOver` and nothing more comes, in pieces of so many bytes; every other time it hangs up within an answer. */
async function readByKafka(port: number, partition: number, maxBytes: number, isOver: () => boolean): Promise<Set<number>> {
  const seen = new Set<number>();
  let client = await RawClient.connect(port);
  for (let offset = 0, turn = 1; ; turn++) {
    const wasOver = isOver();
    const partitions = [{ partition, fetchOffset: offset, partitionMaxBytes: maxBytes }];
    const asked = { maxWaitMs: 20, minBytes: 1, maxBytes, topics: [{ topic: TOPIC, partitions }] };
    if (turn % 7 === 0) {
      const leaving = await RawClient.connect(port);
      void leaving.call('Fetch', 12, asked).catch(() => undefined);
      leaving.socket.once('data', () => leaving.socket.destroy());
    }
    const answer = await client.call('Fetch', 12, asked);
    const data = answer.responses[0]?.partitions[0];
    expect(data?.errorCode).toBe(0);
    const next = checkBatches(bytesOf(data?.records), offset, seen);
    if (next === offset && wasOver) break;
    offset = next;
    if (turn % 11 === 0) {
      client.close();
      client = await RawClient.connect(port);
    }
  }
  client.close();
  return seen;
}

async function readByHttp(url: string, partition: number, maxBytes: number, isOver: () => boolean): Promise<Set<number>> {
  const seen = new Set<number>();
  for (let offset = 0; ; ) {
    const wasOver = isOver();
    const path = `${url}/v1/topics/${TOPIC}/partitions/${partition}/records?offset=${offset}&maxBytes=${maxBytes}&maxWaitMs=20`;
    const answer = await fetch(path, { headers: { accept: MEDIA_TYPE_BATCHES } });
    expect(answer.status).toBe(200);
    const next = checkBatches(Buffer.from(await answer.arrayBuffer()), offset, seen);
    expect(next).toBe(Number(answer.headers.get(HEADER_NEXT_OFFSET)));
    if (next === offset && wasOver) break;
    offset = next;
  }
  return seen;
}

describe('memory that is used again', () => {
  it.each([0, 16 * 1024 * 1024])(
    'gives every reader the bytes that were sent, while many write and read at once and some hang up, with %d bytes read ahead',
    async (readAheadBytes) => {
      const { memory, url, port } = await serve(readAheadBytes);
      let over = false;
      const isOver = (): boolean => over;
      const readers = Array.from({ length: PARTITIONS }, (_, partition) =>
        Promise.all([
          readByKafka(port, partition, 1_000, isOver),
          readByKafka(port, partition, 300_000, isOver),
          readByKafka(port, partition, 2_000_000, isOver),
          readByHttp(url, partition, 100_000, isOver),
          readByHttp(url, partition, 4_000_000, isOver),
        ]),
      );
      const producers = Array.from({ length: PRODUCERS }, (_, p) => (p % 2 === 0 ? produceByKafka(port, p) : produceByHttp(url, p)));
      await Promise.all(producers);
      over = true;
      const seen = await Promise.all(readers);
      // And once more from the start, when nothing is written any more.
      const again = await Promise.all(seen.map((_, partition) => readByKafka(port, partition, 700_000, isOver)));
      for (let reader = 0; reader < 5; reader++) {
        const all = new Set(seen.flatMap((ofPartition) => [...(ofPartition[reader] as Set<number>)]));
        expect(all.size).toBe(SENT.size);
      }
      expect(new Set(again.flatMap((one) => [...one])).size).toBe(SENT.size);
      // It was used again indeed.
      expect(memory.keptBytes).toBeGreaterThan(1_000_000);
    },
  );
});
