/** Hands out the records of an assignment: one by one, batch by batch, or several partitions' batches at once. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { StratalogError } from '../core/errors.ts';
import type { Assignment } from './assignment.ts';
import { type ConsumerBatch, lazyBatch } from './consumer-batch.ts';
import { type ConsumerRecord, decodeRecords, type RecordDecoding } from './consumer-record.ts';
import type { ConsumerSettings } from './consumer-settings.ts';
import type { PartitionReader } from './partition-reader.ts';
import type { CallOptions, FetchBatchesAnswer } from './transport.ts';

/** Work on records of one partition, as whoever commits sees it. */
export interface Work {
  /** Everything before this offset is processed. */
  processed(nextOffset: number): void;
  /** Nobody works on the partition any more. */
  ended(): void;
}

/** Told before records are handed out; undefined when they must not be, since the partition is no longer the consumer's. */
export type WorkBegins = (reader: PartitionReader, answer: FetchBatchesAnswer) => Promise<Work | undefined>;

export interface RecordFlowParts<Key, Value> {
  readonly assignment: Assignment;
  readonly settings: ConsumerSettings<Key, Value>;
  /** Default: nobody commits. */
  readonly workBegins?: WorkBegins | undefined;
  /** What ended the consumer while nobody was iterating. */
  readonly failure: () => unknown;
}

export interface RunOptions extends CallOptions {
  /** Partitions worked on at once; each partition's batches go one after the other. Default 1. */
  readonly concurrency?: number | undefined;
}

const NO_WORK: Work = { processed: () => undefined, ended: () => undefined };

export class RecordFlow<Key, Value> {
  readonly #parts: RecordFlowParts<Key, Value>;
  /** Set in whatever is called from the body of a loop over this flow, or from a handler of `run`. */
  readonly #inside = new AsyncLocalStorage<true>();
  #iterating = false;

  constructor(parts: RecordFlowParts<Key, Value>) {
    this.#parts = parts;
  }

  /** Whether the caller is itself the work that is under way, and would wait for itself. */
  get isInside(): boolean {
    return this.#inside.getStore() === true;
  }

  records(options: CallOptions): AsyncGenerator<ConsumerRecord<Key, Value>, void, undefined> {
    return this.#noticed(this.#records(options));
  }

  batches(options: CallOptions): AsyncGenerator<ConsumerBatch<Key, Value>, void, undefined> {
    return this.#noticed(this.#batches(options));
  }

  /**
   * Whoever asks for the next one is the loop, and what it does until it asks again is its body. Who asks first cannot be told
   * from who started the loop and does not wait for it, so the first body goes unnoticed.
   */
  #noticed<Item>(items: AsyncGenerator<Item, void, undefined>): AsyncGenerator<Item, void, undefined> {
    const next = items.next.bind(items);
    let isFirst = true;
    items.next = () => {
      if (!isFirst && !this.isInside) this.#inside.enterWith(true);
      isFirst = false;
      return next();
    };
    return items;
  }

  async *#records(options: CallOptions): AsyncGenerator<ConsumerRecord<Key, Value>, void, undefined> {
    for await (const reader of this.#turns(options)) {
      const answer = reader.current;
      if (answer === undefined) continue;
      const { generation } = reader;
      const work = await this.#begin(reader, answer);
      if (work === undefined) continue;
      try {
        let held = false;
        for (const record of decodeRecords(answer.batches, reader.position ?? 0, reader.until, this.#decoding(reader))) {
          reader.advance(record.offset + 1);
          yield record;
          work.processed(record.offset + 1);
          options.signal?.throwIfAborted();
          held = generation.aborted || reader.paused;
          if (held) break;
        }
        if (!held) this.#finish(reader);
      } finally {
        work.ended();
      }
    }
  }

  async *#batches(options: CallOptions): AsyncGenerator<ConsumerBatch<Key, Value>, void, undefined> {
    for await (const reader of this.#turns(options)) {
      const taken = await this.#take(reader);
      if (taken === undefined) continue;
      try {
        yield taken.batch;
        taken.work.processed(taken.batch.nextOffset);
      } finally {
        taken.work.ended();
      }
    }
  }

  async run(eachBatch: (batch: ConsumerBatch<Key, Value>) => Promise<void> | void, options: RunOptions): Promise<void> {
    const { concurrency = 1, signal } = options;
    const active = new Set<Promise<void>>();
    const failed = new AbortController();
    const ends = AbortSignal.any([failed.signal, ...(signal === undefined ? [] : [signal])]);
    try {
      for await (const reader of this.#turns({ signal: ends })) {
        const taken = await this.#take(reader);
        if (taken === undefined) continue;
        reader.hold(true);
        const done = this.#inside
          .run(true, async () => eachBatch(taken.batch))
          .then(() => taken.work.processed(taken.batch.nextOffset))
          .catch((error) => failed.abort(error))
          .finally(() => {
            taken.work.ended();
            reader.hold(false);
            active.delete(done);
          });
        active.add(done);
        if (active.size >= concurrency) await Promise.race(active);
      }
    } finally {
      await Promise.all(active);
    }
    failed.signal.throwIfAborted();
  }

  /** The next batch of a partition; its position is behind it from here on. */
  async #take(reader: PartitionReader): Promise<{ readonly batch: ConsumerBatch<Key, Value>; readonly work: Work } | undefined> {
    const answer = reader.current;
    if (answer === undefined) return undefined;
    const batch = lazyBatch(answer, reader.position ?? 0, reader.until, this.#decoding(reader));
    const work = batch === undefined ? undefined : await this.#begin(reader, answer);
    if (batch !== undefined && work === undefined) return undefined;
    this.#finish(reader);
    return batch !== undefined && work !== undefined ? { batch, work } : undefined;
  }

  /** Undefined when the partition was taken away, sought elsewhere or paused before its work could begin. */
  async #begin(reader: PartitionReader, answer: FetchBatchesAnswer): Promise<Work | undefined> {
    const { workBegins } = this.#parts;
    if (workBegins === undefined) return NO_WORK;
    const work = await workBegins(reader, answer);
    if (work === undefined || reader.current === answer) return work;
    work.ended();
    return undefined;
  }

  async *#turns({ signal }: CallOptions): AsyncGenerator<PartitionReader, void, undefined> {
    if (this.#iterating) throw new StratalogError('INVALID_REQUEST', 'this consumer is being iterated already', { field: 'records' });
    this.#iterating = true;
    const { assignment, failure } = this.#parts;
    try {
      for (;;) {
        const reader = await assignment.next(signal);
        const failed = failure();
        if (failed !== undefined) throw failed;
        if (reader === undefined) return;
        yield reader;
      }
    } finally {
      this.#iterating = false;
    }
  }

  #finish(reader: PartitionReader): void {
    reader.finishCurrent();
    this.#parts.assignment.released();
  }

  #decoding({ topic, partition }: PartitionReader): RecordDecoding<Key, Value> {
    const { keyDeserializer, valueDeserializer } = this.#parts.settings;
    return { topic, partition, keyDeserializer, valueDeserializer };
  }
}
