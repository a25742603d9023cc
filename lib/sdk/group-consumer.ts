/** Reads the partitions that a consumer group gives it, and commits what was processed. */
import { isStratalogError, StratalogError } from '../core/errors.ts';
import { Assignment } from './assignment.ts';
import { pause } from './backoff.ts';
import { type Connection, connect } from './connection.ts';
import type { TopicPartition } from './consumer.ts';
import { type ConsumerBatch, type ConsumerRecord, decodeRecords } from './consumer-record.ts';
import { CONSUMER_OPTION_NAMES, type ConsumerOptions, type ConsumerSettings, consumerSettings } from './consumer-settings.ts';
import { GroupMembership, type MembershipHandler, type OwnedPartition } from './group-membership.ts';
import { GroupProtocol } from './group-protocol.ts';
import { oneOf, wholeNumber } from './option-check.ts';
import type { PartitionReader } from './partition-reader.ts';
import type { CallOptions } from './transport.ts';

export interface GroupConsumerOptions<Key, Value> extends ConsumerOptions<Key, Value> {
  /** The group's name [group.id]. */
  readonly group: string;
  /** Makes the member static [group.instance.id]: a restart within the session keeps its partitions. Unique in the group. */
  readonly groupInstanceId?: string | undefined;
  /** [group.remote.assignor] Default 'uniform'. */
  readonly assignor?: 'uniform' | 'range' | 'roundrobin' | undefined;
  /** Where this process runs [client.rack]. */
  readonly zone?: string | undefined;
  readonly clientId?: string | undefined;
  /** Silent for this long, a member loses its partitions, ms [session.timeout.ms]; 1,000 to 1,800,000, default 45,000. */
  readonly sessionTimeoutMs?: number | undefined;
  /** How long giving partitions up may take, ms [max.poll.interval.ms]; default 300,000. */
  readonly rebalanceTimeoutMs?: number | undefined;
  /** Distance of automatic commits, ms [auto.commit.interval.ms]; 0 for none; default 5,000. Less costs more writes. */
  readonly autoCommitIntervalMs?: number | undefined;
  /** 'at-least-once' commits what was processed; 'at-most-once' commits before it is handed out. Default 'at-least-once'. */
  readonly delivery?: 'at-least-once' | 'at-most-once' | undefined;
  readonly onAssigned?: ((partitions: readonly TopicPartition[]) => Promise<void> | void) | undefined;
  /** Called when the work on these partitions has ended and before their last commit. */
  readonly onRevoked?: ((partitions: readonly TopicPartition[]) => Promise<void> | void) | undefined;
  /** These are somebody else's already; nothing of them can be committed. */
  readonly onLost?: ((partitions: readonly TopicPartition[]) => Promise<void> | void) | undefined;
}

const GROUP_OPTION_NAMES = [
  'group',
  'groupInstanceId',
  'assignor',
  'zone',
  'clientId',
  'sessionTimeoutMs',
  'rebalanceTimeoutMs',
  'autoCommitIntervalMs',
  'delivery',
  'onAssigned',
  'onRevoked',
  'onLost',
];

interface Progress {
  /** The next offset to consume; -1 while nothing was processed. */
  done: number;
  committed: number;
  seenEnd: number;
  /** Set while a record of the partition is being worked on. */
  busy: PromiseWithResolvers<void> | undefined;
}

const nameOf = ({ topic, partition }: TopicPartition) => `${topic}/${partition}`;

/**
 * A record counts as processed when the next one is asked for, or when the handler of `run` has resolved. What the loop
 * was left with (break) is not committed and comes again.
 */
export class GroupConsumer<Key = Uint8Array, Value = Uint8Array> {
  readonly #options: GroupConsumerOptions<Key, Value>;
  readonly #settings: ConsumerSettings<Key, Value>;
  readonly #connection: Connection;
  readonly #assignment: Assignment;
  readonly #protocol: GroupProtocol;
  readonly #autoCommitIntervalMs: number;
  readonly #atMostOnce: boolean;
  readonly #progress = new Map<string, Progress>();
  readonly #closing = new AbortController();
  #membership: GroupMembership | undefined;
  #autoCommit: Promise<void> | undefined;
  #commits: Promise<unknown> = Promise.resolve();
  #sequence = 0;
  #failure: StratalogError | undefined;

  /** Nothing is connected before `subscribe`. INVALID_REQUEST names an option that is wrong. */
  constructor(options: GroupConsumerOptions<Key, Value>) {
    this.#options = options;
    this.#settings = consumerSettings(options, [...CONSUMER_OPTION_NAMES, ...GROUP_OPTION_NAMES]);
    this.#autoCommitIntervalMs = wholeNumber('autoCommitIntervalMs', options.autoCommitIntervalMs, 5_000, { min: 0, max: 3_600_000 });
    this.#atMostOnce = oneOf('delivery', options.delivery, 'at-least-once', ['at-least-once', 'at-most-once']) === 'at-most-once';
    this.#connection = connect(options);
    this.#assignment = new Assignment(this.#connection.transport, this.#settings as ConsumerSettings<unknown, unknown>);
    this.#protocol = new GroupProtocol(this.#connection.transport, options.group);
  }

  /** Joins the group for these topics, or for all whose name matches a pattern. Once. */
  subscribe(topics: readonly string[] | { readonly pattern: string }): void {
    if (this.#membership) throw new StratalogError('INVALID_REQUEST', 'this consumer has subscribed already', { field: 'topics' });
    const { groupInstanceId, assignor, zone, clientId } = this.#options;
    this.#membership = new GroupMembership(
      this.#protocol,
      {
        ...('pattern' in topics ? { pattern: topics.pattern } : { topics }),
        ...(groupInstanceId === undefined ? {} : { instanceId: groupInstanceId }),
        ...(assignor === undefined ? {} : { assignor }),
        ...(zone === undefined ? {} : { zone }),
        ...(clientId === undefined ? {} : { clientId }),
        sessionTimeoutMs: wholeNumber('sessionTimeoutMs', this.#options.sessionTimeoutMs, 45_000, { min: 1_000, max: 1_800_000 }),
        rebalanceTimeoutMs: this.#rebalanceTimeoutMs,
        backoff: this.#settings.backoff,
      },
      this.#handler(),
    );
    this.#membership.start();
    if (this.#autoCommitIntervalMs > 0) this.#autoCommit = this.#commitNowAndThen();
  }

  assigned(): readonly TopicPartition[] {
    return this.#assignment.readers.map(({ topic, partition }) => ({ topic, partition }));
  }

  get memberId(): string | undefined {
    return this.#membership?.memberId;
  }

  [Symbol.asyncIterator](): AsyncGenerator<ConsumerRecord<Key, Value>, void, undefined> {
    return this.records();
  }

  /** Records one by one, each partition in order, until `close()`. */
  async *records(options: CallOptions = {}): AsyncGenerator<ConsumerRecord<Key, Value>, void, undefined> {
    for await (const batch of this.#turns(options)) {
      for (const record of batch.records) {
        if (batch.over()) break;
        yield record;
        batch.processed(record.offset + 1);
      }
    }
  }

  /** What one fetch brought of one partition at a time. */
  async *batches(options: CallOptions = {}): AsyncGenerator<ConsumerBatch<Key, Value>, void, undefined> {
    for await (const { records, topic, partition, nextOffset, highWatermark, processed } of this.#turns(options)) {
      yield { records, topic, partition, nextOffset, highWatermark };
      processed(nextOffset);
    }
  }

  /** Calls the handler for batches of several partitions at once, each partition's one after the other. Default 1 at a time. */
  async run(
    eachBatch: (batch: ConsumerBatch<Key, Value>) => Promise<void> | void,
    { concurrency = 1, signal }: CallOptions & { readonly concurrency?: number } = {},
  ): Promise<void> {
    const active = new Set<Promise<void>>();
    const failed = new AbortController();
    const ends = AbortSignal.any([failed.signal, ...(signal === undefined ? [] : [signal])]);
    try {
      for await (const turn of this.#turns({ signal: ends }, true)) {
        const { topic, partition, records, nextOffset, highWatermark } = turn;
        const work = (async () => eachBatch({ topic, partition, records, nextOffset, highWatermark }))()
          .then(() => turn.processed(nextOffset))
          .catch((error) => failed.abort(error))
          .finally(() => {
            turn.release();
            active.delete(work);
          });
        active.add(work);
        if (active.size >= concurrency) await Promise.race(active);
      }
    } finally {
      await Promise.all(active);
    }
    failed.signal.throwIfAborted();
  }

  /** Counts a record as processed at once, before the next one is asked for; all before it count too. */
  processed({ topic, partition, offset }: TopicPartition & { readonly offset: number }): void {
    const progress = this.#progress.get(nameOf({ topic, partition }));
    if (progress) progress.done = Math.max(progress.done, offset + 1);
  }

  /** Commits what was processed and resolves when that is stored. What another member owns by now is left out. */
  async commit(options: CallOptions = {}): Promise<void> {
    // One at a time: what is committed next includes what this one could not.
    const mine = this.#commits.catch(() => undefined).then(() => this.#commitNow([...this.#progress.keys()], options));
    this.#commits = mine;
    await mine;
  }

  /** Begins a commit and does not wait; a failure shows in the next one. */
  commitAsync(): void {
    this.commit().catch(() => undefined);
  }

  /** Ends iteration, commits what was processed, leaves the group. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    await this.#autoCommit;
    await this.#membership?.stop();
    this.#assignment.end();
    await this.#connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #rebalanceTimeoutMs(): number {
    return wholeNumber('rebalanceTimeoutMs', this.#options.rebalanceTimeoutMs, 300_000, { min: 1, max: 86_400_000 });
  }

  #handler(): MembershipHandler {
    return {
      assign: async (partitions) => {
        const committed = new Map((await this.#protocol.offsets()).map((offset) => [nameOf(offset), offset.offset]));
        for (const partition of partitions) this.#begin(partition, committed.get(nameOf(partition)));
        await this.#options.onAssigned?.(partitions);
      },
      revoke: async (partitions) => {
        await this.#finish(partitions);
        await this.#options.onRevoked?.(partitions);
        await this.#commitNow(partitions.map(nameOf), {}).catch(() => undefined);
        for (const partition of partitions) this.#progress.delete(nameOf(partition));
      },
      lose: async (partitions) => {
        for (const partition of partitions) {
          this.#assignment.remove(partition.topic, partition.partition);
          this.#progress.delete(nameOf(partition));
        }
        await this.#options.onLost?.(partitions);
      },
      fail: (error) => {
        this.#failure = error;
        this.#assignment.end();
      },
    };
  }

  #begin({ topic, partition }: OwnedPartition, committed: number | undefined): void {
    const { offsetReset } = this.#settings;
    if (committed === undefined && offsetReset === 'error') {
      const message = `nothing is committed for partition ${partition} of '${topic}', and offsetReset is 'error'`;
      throw new StratalogError('OFFSET_OUT_OF_RANGE', message, { topic, partition });
    }
    const start = committed ?? (offsetReset as 'earliest' | 'latest');
    this.#progress.set(nameOf({ topic, partition }), { done: -1, committed: committed ?? -1, seenEnd: 0, busy: undefined });
    this.#assignment.add(topic, partition, start, Number.POSITIVE_INFINITY);
  }

  /** Nothing more of these is handed out, and what was is finished, as long as the group waits. */
  async #finish(partitions: readonly OwnedPartition[]): Promise<void> {
    for (const { topic, partition } of partitions) this.#assignment.remove(topic, partition);
    const busy = partitions.flatMap((partition) => this.#progress.get(nameOf(partition))?.busy?.promise ?? []);
    const enough = new AbortController();
    await Promise.race([Promise.all(busy), pause(this.#rebalanceTimeoutMs * 0.8, enough.signal)]);
    enough.abort();
  }

  async #commitNow(names: readonly string[], options: CallOptions): Promise<void> {
    const membership = this.#membership;
    if (!membership || membership.epoch <= 0) return;
    const moved = names.flatMap((name) => {
      const progress = this.#progress.get(name);
      return progress && progress.done >= 0 && progress.done !== progress.committed ? [{ name, progress, offset: progress.done }] : [];
    });
    if (moved.length === 0) return;
    const offsets = moved.map(({ name, progress, offset }) => {
      const slash = name.lastIndexOf('/');
      return { topic: name.slice(0, slash), partition: Number(name.slice(slash + 1)), offset, seenEnd: progress.seenEnd };
    });
    try {
      const author = { memberId: membership.memberId, memberEpoch: membership.epoch, sequence: ++this.#sequence };
      const answers = await this.#protocol.commit(author, offsets, options);
      answers.forEach(({ outcome }, i) => {
        const one = moved[i];
        if (one && outcome !== 'refused') one.progress.committed = one.offset;
      });
      if (answers.some(({ outcome }) => outcome === 'refused')) membership.hurry();
    } catch (error) {
      if (isStratalogError(error, 'UNKNOWN_MEMBER_ID', 'FENCED_MEMBER_EPOCH')) membership.hurry();
      throw error;
    }
  }

  async #commitNowAndThen(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await pause(this.#autoCommitIntervalMs, signal);
      await this.commit().catch(() => undefined);
    }
  }

  /** Turns of partitions. With `apart` a partition stays out of turn until it is released, so that several may be worked on. */
  async *#turns({ signal }: CallOptions, apart = false) {
    const ends = AbortSignal.any([this.#closing.signal, ...(signal === undefined ? [] : [signal])]);
    for (;;) {
      const reader = await this.#assignment.next(ends).catch((error) => {
        signal?.throwIfAborted();
        if (this.#closing.signal.aborted) return undefined;
        throw error;
      });
      if (this.#failure) throw this.#failure;
      if (reader === undefined) return;
      const turn = await this.#turnOf(reader, apart);
      if (turn === undefined) continue;
      try {
        yield turn;
      } finally {
        if (!apart) turn.release();
      }
    }
  }

  async #turnOf(reader: PartitionReader, apart: boolean) {
    const answer = reader.current;
    const progress = this.#progress.get(nameOf(reader));
    if (answer === undefined || progress === undefined) return undefined;
    const { topic, partition, generation } = reader;
    const { keyDeserializer, valueDeserializer } = this.#settings;
    const from = reader.position ?? 0;
    const records = [...decodeRecords(answer.batches, from, reader.until, { topic, partition, keyDeserializer, valueDeserializer })];
    progress.seenEnd = Math.max(progress.seenEnd, answer.highWatermark);
    reader.finishCurrent();
    const nextOffset = Math.max(answer.nextOffset, from);
    if (records.length === 0) {
      this.#assignment.released();
      return undefined;
    }
    const processed = (offset: number) => {
      if (!this.#atMostOnce) progress.done = Math.max(progress.done, offset);
    };
    if (this.#atMostOnce) {
      progress.done = nextOffset;
      await this.commit();
    }
    const busy = Promise.withResolvers<void>();
    progress.busy = busy;
    if (apart) reader.pause();
    const release = () => {
      busy.resolve();
      if (progress.busy === busy) progress.busy = undefined;
      if (apart && !generation.aborted) reader.resume();
      this.#assignment.released();
    };
    return {
      topic,
      partition,
      records,
      nextOffset,
      highWatermark: answer.highWatermark,
      processed,
      release,
      over: () => generation.aborted,
    };
  }
}
