/** A producer's view of one topic: how many partitions it has, and a sender for each that was written to. */
import { isStratalogError } from '../core/errors.ts';
import { backoffMs, pause } from './backoff.ts';
import { PartitionSender, type SenderContext } from './partition-sender.ts';
import { checkPartition, type Partitioner } from './partitioner.ts';
import type { PendingRecord } from './producer-record.ts';

export class TopicRoute {
  readonly #topic: string;
  readonly #context: SenderContext;
  readonly #partitioner: Partitioner;
  readonly #senders = new Map<number, PartitionSender>();
  /** Records that came before the partition count was known, in order. */
  #waiting: PendingRecord[] = [];
  #partitions = 0;
  #freshUntil = 0;
  #looking = false;

  constructor(topic: string, context: SenderContext) {
    this.#topic = topic;
    this.#context = context;
    this.#partitioner = context.settings.partitioner({ topic, batchSize: context.settings.batchSize });
  }

  /** Takes a record; it is on its way at once when the partition count is known. */
  add(record: PendingRecord): void {
    if (this.#partitions > 0) this.#deliver(record);
    else this.#waiting.push(record);
    if (performance.now() >= this.#freshUntil) void this.#look();
  }

  /** Removes a record that is not in a batch yet; false when it is. */
  remove(record: PendingRecord): boolean {
    const index = this.#waiting.indexOf(record);
    if (index >= 0) this.#waiting.splice(index, 1);
    return index >= 0;
  }

  /** The partition count is looked up again before the next record is sent. */
  forget(): void {
    this.#partitions = 0;
    this.#freshUntil = 0;
  }

  hurry(): void {
    for (const sender of this.#senders.values()) sender.hurry();
  }

  abandon(error: unknown): void {
    this.#failWaiting(error);
    for (const sender of this.#senders.values()) sender.abandon(error);
  }

  #deliver(record: PendingRecord): void {
    try {
      const { topic, key, value, bytes } = record;
      const chosen = record.partition ?? this.#partitioner({ topic, key, value, bytes, partitions: this.#partitions });
      const partition = checkPartition(topic, chosen, this.#partitions);
      let sender = this.#senders.get(partition);
      if (sender === undefined) {
        sender = new PartitionSender(topic, partition, this.#context);
        this.#senders.set(partition, sender);
      }
      sender.append(record);
    } catch (error) {
      record.reject(error);
    }
  }

  /** Looks the partition count up; the known one stays in use meanwhile. */
  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const { transport, settings, signal } = this.#context;
    const giveUpAt = performance.now() + settings.maxBlockMs;
    for (let attempt = 1; ; attempt++) {
      try {
        this.#partitions = (await transport.describeTopic(this.#topic, { signal })).partitions;
        this.#freshUntil = performance.now() + settings.metadataMaxAgeMs;
        break;
      } catch (error) {
        const again = isStratalogError(error) && error.retriable && !isStratalogError(error, 'UNKNOWN_TOPIC_OR_PARTITION');
        if (signal.aborted || !again || performance.now() >= giveUpAt) {
          if (isStratalogError(error, 'UNKNOWN_TOPIC_OR_PARTITION')) this.#partitions = 0;
          this.#failWaiting(error);
          break;
        }
        await pause(Math.min(backoffMs(attempt, settings.backoff, error), Math.max(0, giveUpAt - performance.now())), signal);
      }
    }
    this.#looking = false;
    if (this.#partitions > 0) for (const record of this.#waiting.splice(0)) this.#deliver(record);
    if (this.#context.hurried()) this.hurry();
  }

  #failWaiting(error: unknown): void {
    for (const record of this.#waiting.splice(0)) record.reject(error);
  }
}
