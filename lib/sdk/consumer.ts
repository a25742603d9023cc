/** Reads records: of the partitions that it is told to, or of those that a group gives it. */
import { StratalogError } from '../core/errors.ts';
import { Assignment } from './assignment.ts';
import { orAborted } from './backoff.ts';
import { type Connection, connect } from './connection.ts';
import type { ConsumerBatch } from './consumer-batch.ts';
import type { ConsumerRecord } from './consumer-record.ts';
import { type ConsumerOptions, type ConsumerSettings, consumerSettings } from './consumer-settings.ts';
import { type ExplicitOffset, GroupSession } from './group-session.ts';
import { type GroupSettings, groupSettings } from './group-settings.ts';
import { wholeNumber } from './option-check.ts';
import { checkStart, choosePartitions, type PartitionAssignment } from './partition-choice.ts';
import type { PartitionReader, StartAt } from './partition-reader.ts';
import { RecordFlow, type RunOptions } from './record-flow.ts';
import type { TopicPartition } from './topic-partition.ts';
import type { CallOptions } from './transport.ts';

const CLOSE_TIMEOUT_MS = 5_000;
/** A loop that awaits `close` in its own body would wait for itself; one that does not await it asks for the next record at once. */
const CLOSE_INSIDE_TIMEOUT_MS = 100;

/**
 * Without the option `group`, `assign` says what is read and nothing is committed. With it, `subscribe` joins the group,
 * which gives partitions and takes them away, and what was processed is committed: a record counts as processed when the
 * next one is asked for, when the handler of `run` has resolved, or when `processed` says so. What the loop was left with
 * (break) is not committed.
 */
export class Consumer<Key = Uint8Array, Value = Uint8Array> {
  readonly #settings: ConsumerSettings<Key, Value>;
  readonly #group: GroupSettings | undefined;
  readonly #connection: Connection;
  readonly #assignment: Assignment;
  readonly #session: GroupSession | undefined;
  readonly #flow: RecordFlow<Key, Value>;
  #closed: Promise<void> | undefined;

  /** Nothing is connected before `assign` or `subscribe`. INVALID_REQUEST names an option that is wrong. */
  constructor(options: ConsumerOptions<Key, Value> = {}) {
    const settings = consumerSettings(options);
    this.#settings = settings;
    this.#group = groupSettings(options);
    this.#connection = connect(options);
    const { transport } = this.#connection;
    const assignment = new Assignment(transport, settings as ConsumerSettings<unknown, unknown>);
    const { offsetReset, backoff } = settings;
    const session = this.#group && new GroupSession({ settings: this.#group, transport, assignment, offsetReset, backoff });
    this.#assignment = assignment;
    this.#session = session;
    this.#flow = new RecordFlow({ assignment, settings, workBegins: session?.workBegins, failure: () => session?.failure });
  }

  /**
   * Reads these partitions from now on, in place of those before; reading ahead begins at once. One request a topic.
   * UNKNOWN_TOPIC_OR_PARTITION when one is not there, INVALID_REQUEST when one is named twice or the consumer has a group.
   */
  async assign(partitions: readonly PartitionAssignment[], options: CallOptions = {}): Promise<void> {
    this.#refuseClosed();
    if (this.#group) {
      const message = `group '${this.#group.group}' assigns this consumer's partitions; call subscribe, or leave the option group out`;
      throw new StratalogError('INVALID_REQUEST', message, { field: 'group', value: this.#group.group });
    }
    const chosen = await choosePartitions(this.#connection.transport, partitions, this.#settings.offsetReset, options);
    this.#refuseClosed();
    this.#assignment.clear();
    for (const { topic, partition, start, until } of chosen) this.#assignment.add(topic, partition, start, until);
  }

  /**
   * Joins the group for these topics, also ones that are made later, or for all whose name matches a pattern. Returns at
   * once; what goes wrong shows in the iteration. INVALID_REQUEST without the option `group`, or the second time.
   */
  subscribe(topics: readonly string[] | { readonly pattern: string }): void {
    this.#refuseClosed();
    this.#inGroup('subscribe').join(topics);
  }

  /** The partitions that are read. */
  assigned(): readonly TopicPartition[] {
    return this.#assignment.readers.map(({ topic, partition }) => ({ topic, partition }));
  }

  /** This member's id in its group; undefined without one and before `subscribe`. */
  get memberId(): string | undefined {
    return this.#session?.memberId;
  }

  /** This member's epoch in its group; 0 while it is no member. */
  get memberEpoch(): number {
    return this.#session?.memberEpoch ?? 0;
  }

  /**
   * Goes on reading a partition elsewhere. What was read ahead is dropped; an offset outside the log shows at the next
   * read, which does as `offsetReset` says. In a group the next commit follows, backwards too.
   */
  seek(partition: TopicPartition, to: StartAt): void {
    const reader = this.#reader(partition);
    reader.seek(checkStart('to', to));
    this.#session?.sought(partition, to);
  }

  /** The offset of the next record to be handed out; waits when a start by meaning or time is not resolved yet. */
  position(partition: TopicPartition, options: CallOptions = {}): Promise<number> {
    return orAborted(this.#reader(partition).whenPositioned(), options.signal);
  }

  /** Hands out nothing more of these partitions until `resume`; default all. Their position stays, and so does membership. */
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
  records(options: CallOptions = {}): AsyncGenerator<ConsumerRecord<Key, Value>, void, undefined> {
    return this.#flow.records(options);
  }

  /** Like `records()`, but what one fetch brought of one partition at a time: quicker, and a unit to work on. */
  batches(options: CallOptions = {}): AsyncGenerator<ConsumerBatch<Key, Value>, void, undefined> {
    return this.#flow.batches(options);
  }

  /**
   * Calls the handler for each batch until the end as `batches()` has it: for `concurrency` partitions at once (default 1),
   * each partition's batches one after the other. What a handler throws ends it when the others are done; the position is
   * behind that batch by then, seek back to read it again. In a group a batch that failed is not committed.
   */
  async run(eachBatch: (batch: ConsumerBatch<Key, Value>) => Promise<void> | void, options: RunOptions = {}): Promise<void> {
    const concurrency = wholeNumber('concurrency', options.concurrency, 1, { min: 1, max: 10_000 });
    await this.#flow.run(eachBatch, { ...options, concurrency });
  }

  /** Counts a record as processed at once, before the next one is asked for; all before it count too. */
  processed({ topic, partition, offset }: TopicPartition & { readonly offset: number }): void {
    this.#inGroup('processed').processed({ topic, partition, offset: offset + 1 });
  }

  /**
   * Commits what was processed, or these offsets, and resolves when that is stored. What another member owns by now is left
   * out. Tries a few times; OFFSET_METADATA_TOO_LARGE, OFFSET_OUT_OF_RANGE for an offset beyond the end, INVALID_REQUEST
   * for a partition that is not assigned. Cost: 1 write for each 32 partitions that moved.
   */
  async commit(options: CallOptions & { readonly offsets?: readonly ExplicitOffset[] | undefined } = {}): Promise<void> {
    await this.#inGroup('commit').commit(options.offsets, options);
  }

  /** Begins a commit and does not wait. One that arrives late never undoes a newer one. Default: failures are passed over. */
  commitAsync(onFailure: (error: unknown) => void = () => undefined): void {
    this.commit().catch(onFailure);
  }

  /**
   * Ends iteration and requests under way; in a group it waits for work under way (`timeoutMs` at most, default 5,000),
   * commits what was processed and leaves. From the second turn of a loop over records, and in a handler of `run`, it does not
   * wait for that one: the records in hand count as processed only if `processed` said so. May be called again.
   */
  close(options: { readonly timeoutMs?: number | undefined } = {}): Promise<void> {
    const timeoutMs = wholeNumber('timeoutMs', options.timeoutMs, CLOSE_TIMEOUT_MS, { min: 0, max: 86_400_000 });
    this.#closed ??= this.#close(this.#flow.isInside ? Math.min(timeoutMs, CLOSE_INSIDE_TIMEOUT_MS) : timeoutMs);
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(timeoutMs: number): Promise<void> {
    this.#assignment.end();
    await this.#session?.leave(timeoutMs);
    await this.#connection.close();
  }

  #inGroup(what: string): GroupSession {
    if (this.#session) return this.#session;
    throw new StratalogError('INVALID_REQUEST', `${what} needs a group; give the option group, or use assign without one`, {
      field: 'group',
    });
  }

  #reader({ topic, partition }: TopicPartition): PartitionReader {
    const reader = this.#assignment.find(topic, partition);
    if (reader !== undefined) return reader;
    const message = `partition ${partition} of '${topic}' is not assigned`;
    throw new StratalogError('INVALID_REQUEST', message, { field: 'partition', value: partition });
  }

  #refuseClosed(): void {
    if (this.#closed) throw new StratalogError('CLOSED', 'the consumer is closed');
  }
}
