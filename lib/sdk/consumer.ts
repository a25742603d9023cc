/** Reads records of the partitions that it is told to. */
import { StratalogError } from '../core/errors.ts';
import { Assignment } from './assignment.ts';
import { orAborted } from './backoff.ts';
import { type Connection, connect } from './connection.ts';
import { type ConsumerBatch, type ConsumerRecord, decodeRecords, type RecordDecoding } from './consumer-record.ts';
import { type ConsumerOptions, type ConsumerSettings, consumerSettings } from './consumer-settings.ts';
import { onlyKnown, shown } from './option-check.ts';
import type { PartitionReader, StartAt } from './partition-reader.ts';
import { checkPartition } from './partitioner.ts';
import type { CallOptions } from './transport.ts';

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface PartitionAssignment {
  readonly topic: string;
  /** Default: every partition that the topic has now. */
  readonly partition?: number | undefined;
  /** Where to begin; default as `offsetReset` says. With 'error' it must be given. */
  readonly from?: StartAt | undefined;
  /**
   * Offset at which to stop (exclusive), or 'latest' for the end as it is now. Iteration ends when every partition
   * reached its own; default: never, the log is followed.
   */
  readonly until?: number | 'latest' | undefined;
}

export class Consumer<Key = Uint8Array, Value = Uint8Array> {
  readonly #settings: ConsumerSettings<Key, Value>;
  readonly #connection: Connection;
  readonly #assignment: Assignment;
  #iterating = false;
  #closed = false;

  /** Nothing is connected before `assign`. INVALID_REQUEST names an option that is wrong. */
  constructor(options: ConsumerOptions<Key, Value> = {}) {
    this.#settings = consumerSettings(options);
    this.#connection = connect(options);
    this.#assignment = new Assignment(this.#connection.transport, this.#settings as ConsumerSettings<unknown, unknown>);
  }

  /**
   * Reads these partitions from now on, in place of those before; reading ahead begins at once. One request a topic.
   * UNKNOWN_TOPIC_OR_PARTITION when one is not there, INVALID_REQUEST when one is named twice.
   */
  async assign(partitions: readonly PartitionAssignment[], options: CallOptions = {}): Promise<void> {
    this.#refuseClosed();
    const topics = new Map(partitions.map(({ topic }) => [topic, undefined]));
    const { transport } = this.#connection;
    const described = new Map(
      await Promise.all([...topics.keys()].map(async (topic) => [topic, await transport.describeTopic(topic, options)] as const)),
    );
    const chosen = new Map<
      string,
      { readonly topic: string; readonly partition: number; readonly start: StartAt; readonly until: number }
    >();
    for (const wanted of partitions) {
      onlyKnown('an assigned partition', wanted, ['topic', 'partition', 'from', 'until']);
      const offsets = described.get(wanted.topic)?.offsets ?? [];
      const count = offsets.length;
      const numbers = wanted.partition === undefined ? offsets.keys() : [checkPartition(wanted.topic, wanted.partition, count)];
      const start = this.#startOf(wanted);
      for (const partition of numbers) {
        const name = `${wanted.topic}/${partition}`;
        if (chosen.has(name)) throw wrong('partition', partition, `partition ${partition} of '${wanted.topic}' is assigned twice`);
        const end = offsets[partition]?.endOffset ?? 0;
        const until = wanted.until === 'latest' ? end : (wanted.until ?? Number.POSITIVE_INFINITY);
        chosen.set(name, { topic: wanted.topic, partition, start, until });
      }
    }
    this.#refuseClosed();
    this.#assignment.clear();
    for (const { topic, partition, start, until } of chosen.values()) this.#assignment.add(topic, partition, start, until);
  }

  /** The partitions that are read. */
  assigned(): readonly TopicPartition[] {
    return this.#assignment.readers.map(({ topic, partition }) => ({ topic, partition }));
  }

  /**
   * Goes on reading a partition elsewhere. What was read ahead is dropped; an offset outside the log shows at the next
   * read, which does as `offsetReset` says.
   */
  seek(partition: TopicPartition, to: StartAt): void {
    const reader = this.#reader(partition);
    reader.seek(checkStart('to', to));
  }

  /** The offset of the next record to be handed out; waits when a start by meaning or time is not resolved yet. */
  position(partition: TopicPartition, options: CallOptions = {}): Promise<number> {
    return orAborted(this.#reader(partition).whenPositioned(), options.signal);
  }

  /** Hands out nothing more of these partitions until `resume`; default all. Their position stays. */
  pause(partitions: readonly TopicPartition[] = this.assigned()): void {
    for (const partition of partitions) this.#reader(partition).pause();
  }

  /** Ends a pause; default of all partitions. */
  resume(partitions: readonly TopicPartition[] = this.assigned()): void {
    for (const partition of partitions) this.#reader(partition).resume();
    this.#assignment.released();
  }

  paused(): readonly TopicPartition[] {
    return this.#assignment.readers.filter((reader) => reader.paused).map(({ topic, partition }) => ({ topic, partition }));
  }

  /** `for await (const record of consumer)`: the same as `records()`. */
  [Symbol.asyncIterator](): AsyncGenerator<ConsumerRecord<Key, Value>, void, undefined> {
    return this.records();
  }

  /**
   * Records one by one, each partition in offset order. Nothing more is fetched than `maxBufferedBytes` while the loop
   * is busy. It ends when every partition reached its `until`, or after `close()`; it throws the signal's reason and what
   * reading failed with. After leaving it (break) another one goes on behind the last record handed out.
   */
  async *records(options: CallOptions = {}): AsyncGenerator<ConsumerRecord<Key, Value>, void, undefined> {
    for await (const reader of this.#turns(options)) {
      const answer = reader.current;
      const { generation } = reader;
      if (answer === undefined) continue;
      let held = false;
      for (const record of decodeRecords(answer.batches, reader.position ?? 0, reader.until, this.#decoding(reader))) {
        reader.advance(record.offset + 1);
        yield record;
        options.signal?.throwIfAborted();
        held = generation.aborted || reader.paused;
        if (held) break;
      }
      if (!held) this.#finish(reader);
    }
  }

  /** Like `records()`, but what one fetch brought of one partition at a time: quicker, and a unit to work on. */
  async *batches(options: CallOptions = {}): AsyncGenerator<ConsumerBatch<Key, Value>, void, undefined> {
    for await (const reader of this.#turns(options)) {
      const answer = reader.current;
      if (answer === undefined) continue;
      const from = reader.position ?? 0;
      const records = [...decodeRecords(answer.batches, from, reader.until, this.#decoding(reader))];
      this.#finish(reader);
      if (records.length === 0) continue;
      const { topic, partition } = reader;
      const nextOffset = Math.min(Math.max(answer.nextOffset, from), reader.until);
      yield { topic, partition, records, nextOffset, highWatermark: answer.highWatermark };
    }
  }

  /**
   * Calls the handler for each batch, one after the other, until the end as `batches()` has it. What the handler throws
   * ends it; the position is behind that batch by then, seek back to read it again.
   */
  async run(eachBatch: (batch: ConsumerBatch<Key, Value>) => Promise<void> | void, options: CallOptions = {}): Promise<void> {
    for await (const batch of this.batches(options)) await eachBatch(batch);
  }

  /** Ends iteration and requests under way. May be called again. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#assignment.end();
    await this.#connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async *#turns({ signal }: CallOptions): AsyncGenerator<PartitionReader, void, undefined> {
    if (this.#iterating) throw new StratalogError('INVALID_REQUEST', 'this consumer is being iterated already', { field: 'records' });
    this.#iterating = true;
    try {
      for (let reader = await this.#assignment.next(signal); reader !== undefined; reader = await this.#assignment.next(signal)) {
        yield reader;
      }
    } finally {
      this.#iterating = false;
    }
  }

  #finish(reader: PartitionReader): void {
    reader.finishCurrent();
    this.#assignment.released();
  }

  #decoding({ topic, partition }: PartitionReader): RecordDecoding<Key, Value> {
    const { keyDeserializer, valueDeserializer } = this.#settings;
    return { topic, partition, keyDeserializer, valueDeserializer };
  }

  #reader({ topic, partition }: TopicPartition): PartitionReader {
    const reader = this.#assignment.find(topic, partition);
    if (reader === undefined) throw wrong('partition', partition, `partition ${partition} of '${topic}' is not assigned`);
    return reader;
  }

  #startOf({ from }: PartitionAssignment): StartAt {
    if (from !== undefined) return checkStart('from', from);
    const { offsetReset } = this.#settings;
    if (offsetReset === 'error') throw wrong('from', 'undefined', "from must be given, since offsetReset is 'error'");
    return offsetReset;
  }

  #refuseClosed(): void {
    if (this.#closed) throw new StratalogError('CLOSED', 'the consumer is closed');
  }
}

function checkStart(name: string, start: StartAt): StartAt {
  if (start === 'earliest' || start === 'latest') return start;
  const number = typeof start === 'object' && start !== null ? start.time : start;
  if (Number.isSafeInteger(number) && number >= 0) return start;
  throw wrong(name, shown(number), `${name} is ${shown(number)}, it must be an offset from 0, 'earliest', 'latest' or { time }`);
}

function wrong(field: string, value: string | number, message: string): StratalogError {
  return new StratalogError('INVALID_REQUEST', message, { field, value });
}
