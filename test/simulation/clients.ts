/** What the clients of a simulation do: producers, consumers and askers, each a loop in its process. */
import { isStratalogError, RETRY_ADVICE } from '../../lib/core/errors.ts';
import { APPEND_TIMEOUT_MS } from '../../lib/core/limits.ts';
import { iterateBatches } from '../../lib/format/record-batch.ts';
import { openRecords } from '../../lib/format/record-batch-reader.ts';
import { type NewRecord, RecordBatchBuilder } from '../../lib/format/record-batch-writer.ts';
import type { Door } from './door.ts';
import { GroupMember } from './group-member.ts';
import type { DeleteRecords, Fetch, ListOffsets, Produce, SeenRecord, SendOutcome, SentRecord } from './history.ts';
import type { ClientOperation } from './plan.ts';
import { appendPooled, fetchPooled } from './pooled-memory.ts';
import type { SimProcess } from './sim-process.ts';
import { TopicClient } from './topic-client.ts';
import type { Workload } from './workload.ts';

/** Keys of a compacted topic, few so that most records are overtaken. */
const KEYS = 5;
const TOMBSTONES = 0.15;
/** An engine looks at its time limits a few times a second. */
const SLACK_MS = 500;
/** How often a plain send is many batches, and how many. */
const TORN = 0.2;
const TORN_BATCHES_MAX = 14;
/** A sequence that no producer comes to in a run. */
const FAR_AHEAD = 100_000;
const RETRIES = 6;
const RETRY_MS_MAX = 300;
const FETCH_BYTES = 700;
/** How often a batch is sent again through another process, while the first may still be at work on it. */
const MIGRATION = 0.4;

interface Batch {
  readonly records: readonly SentRecord[];
  readonly sequence: number;
}

export class Client {
  readonly #name: string;
  readonly #process: SimProcess;
  readonly #door: Door;
  readonly #work: Workload;
  readonly #partition: number;
  readonly #member: GroupMember | undefined;
  readonly #topics: TopicClient;
  #producer: { id: number; epoch: number; sequence: number } | undefined;
  #position: number | undefined;

  constructor(name: string, process: SimProcess, door: Door, work: Workload, instanceId: string | undefined) {
    this.#name = name;
    this.#process = process;
    this.#door = door;
    this.#work = work;
    this.#partition = process.random.between(0, work.plan.partitions - 1);
    this.#topics = new TopicClient(name, process, door, work);
    if (work.plan.groups > 0) this.#member = new GroupMember(`${name}m`, process, door, work, instanceId);
  }

  /** Works until the budget is used up. */
  async run(): Promise<void> {
    const { plan } = this.#work;
    const weights = Object.entries(plan.weights) as [ClientOperation, number][];
    while (this.#work.take()) {
      await this.#one(this.#process.random.weighted(weights));
      if (plan.pauseMsMax > 0) await this.#process.clock.sleep(this.#process.random.between(0, plan.pauseMsMax));
    }
  }

  #one(operation: ClientOperation): Promise<unknown> {
    switch (operation) {
      case 'idempotent':
        return this.#sendWindow();
      case 'plain':
        return this.#process.random.chance(TORN) ? this.#sendTorn() : this.#send({ records: this.#records(), sequence: -1 }, undefined, 0);
      case 'consume':
        return this.#consume();
      case 'latest':
      case 'earliest':
        return this.#list(operation);
      case 'delete-records':
        return this.#deleteRecords();
      case 'group':
        return this.#member?.step() ?? Promise.resolve();
      case 'topics':
        return this.#topics.step();
    }
  }

  get #partitionName(): string {
    return `${this.#work.topicId}/${this.#partition}`;
  }

  #records(): SentRecord[] {
    const timestamp = this.#process.clock.now();
    const { random } = this.#process;
    return Array.from({ length: random.between(1, 3) }, () => {
      const value = this.#work.nextValue();
      if (!this.#work.plan.compacted) return { value, timestamp };
      const key = `key${random.between(0, KEYS - 1)}`;
      return { value, timestamp, sentMs: this.#work.nowMs(), key, tombstone: random.chance(TOMBSTONES) };
    });
  }

  /** A few batches at once, as a Kafka client has in flight; what failed is sent again in order. */
  async #sendWindow(): Promise<void> {
    this.#producer ??= await this.#newProducer();
    const producer = this.#producer;
    if (producer === undefined) return;
    const batches = Array.from({ length: this.#process.random.weighted(WINDOWS) }, (): Batch => {
      const records = this.#records();
      const sequence = producer.sequence;
      producer.sequence += records.length;
      return { records, sequence };
    });
    const outcomes = await Promise.all(batches.map((batch) => this.#send(batch, producer, 0)));
    for (const [at, batch] of batches.entries()) {
      let outcome = outcomes[at];
      for (let tries = 1; outcome?.kind !== 'acked'; tries++) {
        if (tries > RETRIES) {
          this.#producer = undefined;
          return;
        }
        await this.#process.clock.sleep(this.#process.random.between(1, RETRY_MS_MAX));
        outcome = await this.#send(batch, producer, tries);
      }
    }
  }

  /**
   * Many batches in one request, some of which must be refused: what is between two of those is an entry of its own, and
   * there may be more of them than a tail has room for.
   */
  async #sendTorn(): Promise<void> {
    const { random } = this.#process;
    // Only a producer that the partition knows is refused for a gap; of a new one it takes any sequence.
    const known = this.#producer !== undefined && this.#producer.sequence > 0 ? this.#producer : undefined;
    const batches = Array.from({ length: random.between(2, TORN_BATCHES_MAX) }, (_, at) => {
      const producer = known && random.chance(0.4) ? { ...known, sequence: known.sequence + FAR_AHEAD * (at + 1) } : undefined;
      const records = this.#records().slice(0, 1);
      const builder = new RecordBatchBuilder(
        producer === undefined ? {} : { producerId: producer.id, producerEpoch: producer.epoch, baseSequence: producer.sequence },
      );
      for (const record of records) builder.tryAppend(encoded(record));
      const operation = this.#work.recorder.begin<Produce>(this.#process, {
        kind: 'produce',
        client: this.#name,
        partition: this.#partitionName,
        records,
        ...(producer === undefined ? {} : { producer }),
        acks: -1,
        outcome: { kind: 'pending' },
      });
      return { operation, bytes: builder.build() };
    });
    const outcomes = await this.#outcomesOf(Buffer.concat(batches.map(({ bytes }) => bytes)));
    for (const [at, { operation }] of batches.entries()) {
      operation.outcome = outcomes[at] ?? outcomes[0] ?? { kind: 'unknown' };
      this.#work.recorder.end(
        operation,
        `sent ${operation.records[0]?.value} to ${this.#partition} with others: ${operation.outcome.kind}`,
      );
    }
  }

  async #outcomesOf(bytes: Buffer): Promise<readonly SendOutcome[]> {
    try {
      const request = { topic: this.#work.topic, partition: this.#partition, batches: bytes, acks: -1 } as const;
      const { batches } = await this.#door.ask('append', (engine) => appendPooled(engine, request));
      return batches.map((batch) => (batch.kind === 'appended' ? { kind: 'acked', baseOffset: batch.baseOffset } : outcomeOf(batch.error)));
    } catch (error) {
      return [outcomeOf(error)];
    }
  }

  async #newProducer(): Promise<{ id: number; epoch: number; sequence: number } | undefined> {
    try {
      const { producerId, producerEpoch } = await this.#door.ask('initProducerId', (engine) => engine.initProducerId());
      return { id: producerId, epoch: producerEpoch, sequence: 0 };
    } catch (error) {
      if (!isStratalogError(error)) throw error;
      return undefined;
    }
  }

  async #send({ records, sequence }: Batch, producer: { id: number; epoch: number } | undefined, tries: number): Promise<SendOutcome> {
    const { plan } = this.#work;
    const builder = new RecordBatchBuilder(
      producer === undefined ? {} : { producerId: producer.id, producerEpoch: producer.epoch, baseSequence: sequence },
    );
    for (const record of records) builder.tryAppend(encoded(record));
    const acks = this.#process.random.weighted(producer === undefined ? plan.acks : plan.acks.filter(([level]) => level !== 0));
    const operation = this.#work.recorder.begin<Produce>(this.#process, {
      kind: 'produce',
      client: this.#name,
      partition: this.#partitionName,
      records,
      ...(producer === undefined ? {} : { producer: { id: producer.id, epoch: producer.epoch, sequence } }),
      acks,
      outcome: { kind: 'pending' },
    });
    const { clock, freezes } = this.#process;
    const sentMs = clock.monotonic();
    // The time limit counts from when the topic is known.
    let isBound = this.#process.state === 'running' && this.#door.own?.topics.peek(this.#work.topic) !== undefined;
    try {
      const other = tries > 0 && this.#process.random.chance(MIGRATION) ? this.#work.anyServer() : undefined;
      isBound &&= other === undefined;
      const request = { topic: this.#work.topic, partition: this.#partition, batches: builder.build(), acks };
      const answer = await this.#door.ask('append', (engine) => appendPooled(engine, request), other);
      const [batch] = answer.batches;
      if (batch?.kind === 'appended') operation.outcome = { kind: 'acked', baseOffset: batch.baseOffset };
      else operation.outcome = batch === undefined ? { kind: 'unknown' } : outcomeOf(batch.error);
    } catch (error) {
      operation.outcome = outcomeOf(error);
    }
    const lateMs = clock.monotonic() - sentMs - APPEND_TIMEOUT_MS - SLACK_MS;
    if (isBound && lateMs > 0 && this.#process.freezes === freezes) operation.lateMs = lateMs;
    const where = operation.outcome.kind === 'acked' ? ` at ${operation.outcome.baseOffset}` : '';
    const what = records.map((record) => record.value).join(',');
    this.#work.recorder.end(operation, `sent ${what} to ${this.#partition} try ${tries}: ${operation.outcome.kind}${where}`);
    return operation.outcome;
  }

  async #consume(): Promise<void> {
    if (this.#position === undefined) {
      this.#position = await this.#list('earliest');
      if (this.#position === undefined) return;
    } else if (this.#process.random.chance(0.05)) this.#position = undefined;
    const from = this.#position ?? 0;
    const operation = this.#work.recorder.begin<Fetch>(this.#process, {
      kind: 'fetch',
      client: this.#name,
      partition: this.#partitionName,
      from,
    });
    try {
      const maxWaitMs = this.#process.random.chance(0.5) ? this.#process.random.between(1, 500) : 0;
      const maxBytes = this.#process.random.between(1, FETCH_BYTES);
      const request = { topic: this.#work.topic, partition: this.#partition, offset: from, maxBytes, maxWaitMs };
      const answer = await this.#door.ask('fetch', (engine) => fetchPooled(engine, request));
      const { highWatermark, logStartOffset, nextOffset } = answer;
      const records = seenRecords(answer.batches).filter((record) => record.offset >= from);
      operation.answer = { records, highWatermark, startOffset: logStartOffset, nextOffset };
      this.#position = nextOffset;
      this.#work.recorder.end(operation, `fetched ${records.length} from ${from} of ${this.#partition}, high watermark ${highWatermark}`);
    } catch (error) {
      if (isStratalogError(error, 'OFFSET_OUT_OF_RANGE')) this.#position = undefined;
      operation.error = codeOf(error).split(' ')[0] ?? '';
      this.#work.recorder.end(operation, `could not fetch ${from} of ${this.#partition}: ${codeOf(error)}`);
    }
  }

  async #list(spec: 'earliest' | 'latest'): Promise<number | undefined> {
    const operation = this.#work.recorder.begin<ListOffsets>(this.#process, {
      kind: 'list-offsets',
      client: this.#name,
      partition: this.#partitionName,
      spec,
    });
    try {
      const request = { topic: this.#work.topic, partition: this.#partition, at: spec };
      const { offset } = await this.#door.ask('listOffset', (engine) => engine.listOffset(request));
      operation.offset = offset;
      this.#work.recorder.end(operation, `sees ${spec} ${offset} of ${this.#partition}`);
      return offset;
    } catch (error) {
      this.#work.recorder.end(operation, `cannot see ${spec} of ${this.#partition}: ${codeOf(error)}`);
      return undefined;
    }
  }

  async #deleteRecords(): Promise<void> {
    const end = await this.#list('latest');
    if (end === undefined) return;
    const before = this.#process.random.between(0, end);
    const operation = this.#work.recorder.begin<DeleteRecords>(this.#process, {
      kind: 'delete-records',
      client: this.#name,
      partition: this.#partitionName,
      before,
    });
    try {
      const request = { topic: this.#work.topic, partition: this.#partition, before };
      await this.#door.ask('deleteRecords', (engine) => engine.deleteRecords(request));
      this.#work.recorder.end(operation, `deleted below ${before} of ${this.#partition}`);
    } catch (error) {
      this.#work.recorder.end(operation, `may have deleted below ${before} of ${this.#partition}: ${codeOf(error)}`);
    }
  }
}

const WINDOWS: readonly (readonly [number, number])[] = [
  [1, 4],
  [2, 2],
  [4, 1],
];

/** The value of a tombstone is its key's last: it stands in a header, since the record has none. */
const VALUE_HEADER = 'value';

function encoded({ value, timestamp, key, tombstone }: SentRecord): NewRecord {
  if (tombstone !== true) return { timestamp, key: key ?? null, value: String(value) };
  return { timestamp, key: key ?? null, value: null, headers: [{ key: VALUE_HEADER, value: Buffer.from(String(value)) }] };
}

/** The records of whole batches, with their offsets. */
export function seenRecords(batches: readonly Buffer[]): SeenRecord[] {
  const seen: SeenRecord[] = [];
  for (const bytes of batches) {
    for (const { position } of iterateBatches(bytes)) {
      const records = openRecords(bytes, position);
      while (records.next()) {
        const text = records.value ?? records.headers()[0]?.value;
        seen.push({ offset: records.offset, value: Number(Buffer.from(text ?? []).toString()) });
      }
    }
  }
  return seen;
}

/** A code that nobody need send again says that nothing was written. */
export function outcomeOf(error: unknown): SendOutcome {
  if (!isStratalogError(error)) throw error;
  return RETRY_ADVICE[error.code] === 'never' && error.code !== 'CLOSED' && error.code !== 'INTERNAL'
    ? { kind: 'failed', code: error.code }
    : { kind: 'unknown' };
}

function codeOf(error: unknown): string {
  if (!isStratalogError(error)) throw error;
  return `${error.code} ${error.message}`;
}
