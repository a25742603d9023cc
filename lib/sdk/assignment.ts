/**
 * The partitions that a consumer reads, and the turn they take. Partitions come and go one by one, so that whoever
 * assigns them (the caller, or a group) need not know how they are read.
 */
import type { ConsumerSettings } from './consumer-settings.ts';
import { PartitionReader, type ReaderContext, type StartAt } from './partition-reader.ts';
import type { Transport } from './transport.ts';

export class Assignment {
  readonly #context: ReaderContext;
  readonly #maxBufferedBytes: number;
  #readers: PartitionReader[] = [];
  #turn = 0;
  #changed = Promise.withResolvers<void>();
  #ended = false;

  constructor(transport: Transport, settings: ConsumerSettings<unknown, unknown>) {
    this.#maxBufferedBytes = settings.maxBufferedBytes;
    this.#context = { transport, settings, hasRoom: () => this.bufferedBytes < this.#maxBufferedBytes, onChange: () => this.#wake() };
  }

  get readers(): readonly PartitionReader[] {
    return this.#readers;
  }

  get bufferedBytes(): number {
    return this.#readers.reduce((sum, reader) => sum + reader.bufferedBytes, 0);
  }

  find(topic: string, partition: number): PartitionReader | undefined {
    return this.#readers.find((reader) => reader.topic === topic && reader.partition === partition);
  }

  /** Adds a partition; its reading begins at once. `until` is exclusive, infinite to follow. */
  add(topic: string, partition: number, start: StartAt, until: number): PartitionReader {
    const reader = new PartitionReader(topic, partition, start, until, this.#context);
    this.#readers.push(reader);
    reader.fill();
    this.#wake();
    return reader;
  }

  /** Ends the reading of a partition and drops what was read ahead. */
  remove(topic: string, partition: number): void {
    this.find(topic, partition)?.stop();
    this.#readers = this.#readers.filter((reader) => reader.topic !== topic || reader.partition !== partition);
    this.#wake();
  }

  clear(): void {
    for (const reader of this.#readers.splice(0)) reader.stop();
    this.#wake();
  }

  /** Ends `next()` for good. */
  end(): void {
    this.#ended = true;
    this.clear();
  }

  /**
   * The next partition that has something to hand out, in turn; undefined when this has ended or every partition is
   * done. Throws what a partition failed with, and the signal's reason.
   */
  async next(signal?: AbortSignal): Promise<PartitionReader | undefined> {
    const wake = (): void => this.#wake();
    signal?.addEventListener('abort', wake, { once: true });
    try {
      for (;;) {
        signal?.throwIfAborted();
        const { promise } = this.#changed;
        if (this.#ended) return undefined;
        for (const reader of this.#readers) {
          const error = reader.takeError();
          if (error !== undefined) throw error;
        }
        const ready = this.#takeTurn();
        if (ready !== undefined) return ready;
        if (this.#readers.length > 0 && this.#readers.every((reader) => reader.done)) return undefined;
        await promise;
      }
    } finally {
      signal?.removeEventListener('abort', wake);
    }
  }

  /** An answer was handed out: everyone may read ahead again. */
  released(): void {
    for (const reader of this.#readers) reader.fill();
  }

  #takeTurn(): PartitionReader | undefined {
    const count = this.#readers.length;
    for (let step = 0; step < count; step++) {
      const reader = this.#readers[(this.#turn + step) % count];
      if (reader?.current === undefined) continue;
      this.#turn = (this.#turn + step + 1) % count;
      return reader;
    }
    return undefined;
  }

  #wake(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers<void>();
    resolve();
  }
}
