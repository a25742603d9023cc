/** Clients under chaos: producers over HTTP and over Kafka, readers over HTTP, all of whom write down what they saw. */
import { Kafka, logLevel } from 'kafkajs';
import { iterateBatches } from '../../lib/format/record-batch.ts';
import { openRecords } from '../../lib/format/record-batch-reader.ts';
import { RecordBatchBuilder } from '../../lib/format/record-batch-writer.ts';
import { HEADER_HIGH_WATERMARK, HEADER_LOG_START_OFFSET, HEADER_NEXT_OFFSET, MEDIA_TYPE_BATCHES } from '../../lib/http/contract.ts';
import type { Fetch, FinalPartition, History, HistoryOperation, Produce, SeenRecord, SendOutcome } from '../simulation/history.ts';

const REQUEST_WITHIN_MS = 3_000;
export const RETRY_MS = 50;
const BATCH_RECORDS_MAX = 5;
/** Some records are so large that their segment becomes a file. */
const LARGE_SHARE = 0.15;
const LARGE_BYTES = 30_000;

export const TOPIC = 'chaos';

export class ChaosHistory {
  readonly operations: HistoryOperation[] = [];
  #tick = 0;
  #values = 0;
  readonly #refusals = new Map<string, number>();

  nextTick(): number {
    this.#tick += 1;
    return this.#tick;
  }

  nextValue(): number {
    this.#values += 1;
    return this.#values;
  }

  /** `began`: when it may have begun already, where that cannot be seen. */
  add<Kind extends HistoryOperation>(draft: Omit<Kind, 'began' | 'ended'>, began = this.nextTick()): Kind {
    const operation = { ...draft, began, ended: Number.POSITIVE_INFINITY } as unknown as Kind;
    this.operations.push(operation);
    return operation;
  }

  end(operation: HistoryOperation): void {
    operation.ended = this.nextTick();
  }

  /** Sends that were acknowledged. */
  get acknowledged(): number {
    return this.operations.filter((operation) => operation.kind === 'produce' && operation.outcome.kind === 'acked').length;
  }

  /** Sends that were answered with a code. */
  refusedFor(code: string): number {
    return this.#refusals.get(code) ?? 0;
  }

  refused(code: string): void {
    this.#refusals.set(code, this.refusedFor(code) + 1);
  }

  /** Answers that members of the group were given. */
  get consumed(): number {
    return this.operations.filter(({ kind, client }) => kind === 'fetch' && client.startsWith('group')).length;
  }

  /** What became of operations, by the kind of client. */
  counts(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const operation of this.operations) {
      const how = operation.kind === 'produce' ? operation.outcome.kind : operation.kind === 'fetch' && operation.answer ? 'answered' : '';
      const name = `${operation.client.replace(/\d.*/, '')} ${operation.kind} ${how}`.trim();
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  }
}

export interface Door {
  /** Where requests go now. */
  readonly url: () => string;
  readonly isOver: () => boolean;
}

export const partitionName = (partition: number): string => `${TOPIC}/${partition}`;
export async function until(condition: () => boolean | Promise<boolean>, withinMs = 60_000): Promise<void> {
  const endsAt = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > endsAt) throw new Error(`what is waited for did not happen within ${withinMs} ms`);
    await pause(20);
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
export const padding = (): string => 'x'.repeat(Math.random() < LARGE_SHARE ? LARGE_BYTES : 20);

/** The number at the front of a value; padding follows. */
export function numberOf(value: Uint8Array | null): number {
  return Number.parseInt(
    Buffer.from(value ?? [])
      .toString()
      .slice(0, 20),
    10,
  );
}

export async function createTopic(url: string, partitions: number, configs: Readonly<Record<string, string>>): Promise<void> {
  const body = JSON.stringify({ name: TOPIC, partitions, configs });
  const answer = await fetch(`${url}/v1/topics`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  if (answer.status !== 201) throw new Error(`the topic was not created: ${answer.status} ${await answer.text()}`);
}

/** An idempotent producer over HTTP: one batch at a time, sent again byte for byte until something is answered for good. */
export async function produceOverHttp(name: string, partition: number, history: ChaosHistory, door: Door): Promise<void> {
  let id = -1;
  let sequence = 0;
  while (!door.isOver()) {
    if (id < 0) {
      id = await newProducerId(door.url());
      sequence = 0;
      if (id < 0) await pause(RETRY_MS);
      continue;
    }
    const records = Array.from({ length: 1 + Math.floor(Math.random() * BATCH_RECORDS_MAX) }, () => ({
      value: history.nextValue(),
      timestamp: Date.now(),
    }));
    const texts = records.map(({ value }) => `${value} ${padding()}`);
    for (;;) {
      const operation = history.add<Produce>({
        kind: 'produce',
        client: name,
        partition: partitionName(partition),
        records,
        producer: { id, epoch: 0, sequence },
        acks: -1,
        outcome: { kind: 'pending' },
      });
      const builder = new RecordBatchBuilder({ producerId: id, producerEpoch: 0, baseSequence: sequence });
      for (const [i, value] of texts.entries()) builder.tryAppend({ timestamp: records[i]?.timestamp ?? 0, key: null, value });
      operation.outcome = await sendBatches(door.url(), partition, builder.build(), history);
      history.end(operation);
      if (operation.outcome.kind === 'acked') break;
      if (operation.outcome.kind === 'failed' || door.isOver()) {
        id = -1;
        break;
      }
      await pause(RETRY_MS);
    }
    sequence += records.length;
  }
}

async function newProducerId(url: string): Promise<number> {
  try {
    const answer = await fetch(`${url}/v1/producers`, { method: 'POST', signal: AbortSignal.timeout(REQUEST_WITHIN_MS) });
    return ((await answer.json()) as { producerId: number }).producerId ?? -1;
  } catch {
    return -1;
  }
}

async function sendBatches(url: string, partition: number, bytes: Uint8Array, history: ChaosHistory): Promise<SendOutcome> {
  try {
    const answer = await fetch(`${url}/v1/topics/${TOPIC}/partitions/${partition}/batches?acks=all`, {
      method: 'POST',
      headers: { 'content-type': MEDIA_TYPE_BATCHES },
      body: new Uint8Array(bytes),
      signal: AbortSignal.timeout(REQUEST_WITHIN_MS),
    });
    const body = (await answer.json()) as { batches?: { baseOffset: number }[]; code?: string };
    const [batch] = body.batches ?? [];
    if (answer.status === 200 && batch !== undefined) return { kind: 'acked', baseOffset: batch.baseOffset };
    history.refused(String(body.code));
    return answer.status >= 400 && answer.status < 429 ? { kind: 'failed', code: String(body.code) } : { kind: 'unknown' };
  } catch {
    return { kind: 'unknown' };
  }
}

/** A Kafka client that gives up soon, so that it has tried much in a short time. */
export function kafkaOf(clientId: string, ports: readonly number[]): Kafka {
  return new Kafka({
    clientId,
    brokers: ports.map((port) => `127.0.0.1:${port}`),
    logLevel: logLevel.NOTHING,
    requestTimeout: REQUEST_WITHIN_MS,
    connectionTimeout: 1_000,
    retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 8 },
  });
}

/** A Kafka client's own idempotent producer; whatever it gives up on is unknown, and a new client takes over. */
export async function produceOverKafka(
  name: string,
  partition: number,
  ports: readonly number[],
  history: ChaosHistory,
  door: Door,
): Promise<void> {
  const kafka = kafkaOf(name, ports);
  for (let life = 0; !door.isOver(); life++) {
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
    try {
      await producer.connect();
      for (let outcome: SendOutcome['kind'] = 'acked'; outcome === 'acked' && !door.isOver(); ) {
        const value = history.nextValue();
        const operation = history.add<Produce>({
          kind: 'produce',
          client: name,
          partition: partitionName(partition),
          records: [{ value, timestamp: Date.now() }],
          producer: { id: -2, epoch: life, sequence: value },
          acks: -1,
          outcome: { kind: 'pending' },
        });
        operation.outcome = await producer.send({ topic: TOPIC, acks: -1, messages: [{ partition, value: `${value} ${padding()}` }] }).then(
          ([answer]): SendOutcome => ({ kind: 'acked', baseOffset: Number(answer?.baseOffset) }),
          (): SendOutcome => ({ kind: 'unknown' }),
        );
        history.end(operation);
        outcome = operation.outcome.kind;
      }
    } catch {
      await pause(RETRY_MS);
    } finally {
      await producer.disconnect().catch(() => undefined);
    }
  }
}

interface Page {
  readonly records: readonly SeenRecord[];
  readonly nextOffset: number;
  readonly highWatermark: number;
  readonly startOffset: number;
}

async function fetchPage(url: string, partition: number, offset: number): Promise<Page> {
  const answer = await fetch(`${url}/v1/topics/${TOPIC}/partitions/${partition}/records?offset=${offset}&maxBytes=200000`, {
    headers: { accept: MEDIA_TYPE_BATCHES },
    signal: AbortSignal.timeout(REQUEST_WITHIN_MS),
  });
  if (answer.status !== 200) throw new Error(`answered ${answer.status}: ${await answer.text()}`);
  const bytes = Buffer.from(await answer.arrayBuffer());
  const records: SeenRecord[] = [];
  for (const { position } of iterateBatches(bytes)) {
    const cursor = openRecords(bytes, position);
    while (cursor.next()) if (cursor.offset >= offset) records.push({ offset: cursor.offset, value: numberOf(cursor.value) });
  }
  const header = (name: string): number => Number(answer.headers.get(name));
  return {
    records,
    nextOffset: header(HEADER_NEXT_OFFSET),
    highWatermark: header(HEADER_HIGH_WATERMARK),
    startOffset: header(HEADER_LOG_START_OFFSET),
  };
}

/** Follows a partition from its start, and begins anew now and then. */
export async function readOverHttp(name: string, partition: number, history: ChaosHistory, door: Door): Promise<void> {
  let from = 0;
  while (!door.isOver()) {
    const operation = history.add<Fetch>({ kind: 'fetch', client: name, partition: partitionName(partition), from });
    try {
      operation.answer = await fetchPage(door.url(), partition, from);
      from = Math.random() < 0.02 ? 0 : operation.answer.nextOffset;
    } catch {
      await pause(RETRY_MS);
    }
    history.end(operation);
    await pause(5);
  }
}

/** Everything that is there in the end, as a history to judge. */
export async function finalHistory(url: string, partitions: number, history: ChaosHistory): Promise<History> {
  const finals: FinalPartition[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const records: SeenRecord[] = [];
    let page = await fetchPage(url, partition, 0);
    const start = page.startOffset;
    for (let at = 0; page.nextOffset > at; page = await fetchPage(url, partition, at)) {
      records.push(...page.records);
      at = page.nextOffset;
    }
    const end = page.highWatermark;
    const keepsAll = { compacted: false, retentionMs: -1, retentionBytes: -1, deleteRetentionMs: 0 };
    finals.push({ partition: partitionName(partition), start, end, records, ...keepsAll });
  }
  const storage = { named: new Set<string>(), stored: new Map<string, number>(), garbageAfterMs: Number.POSITIVE_INFINITY };
  return { operations: history.operations, partitions: finals, storage, endMs: Date.now() };
}
