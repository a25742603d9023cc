/** How far a member has come in each of its partitions: what it has processed, and what of that is committed. */
import type { OffsetToCommit } from './group-protocol.ts';
import type { Work } from './record-flow.ts';
import { partitionKey, type TopicPartition } from './topic-partition.ts';

interface Progress extends TopicPartition {
  /** The next offset to consume; -1 while nothing was processed. */
  done: number;
  metadata: string | undefined;
  /** -1 when nothing is. */
  committed: number;
  seenEnd: number;
  /** Rises with each seek: work that began before it counts no more. */
  generation: number;
  /** Set while a record of the partition is being worked on. */
  busy: PromiseWithResolvers<void> | undefined;
}

/** One partition's offset on its way to the group. */
export interface PendingCommit {
  readonly request: OffsetToCommit;
  /** It is stored. */
  stored(): void;
  /** It is not worth another try. */
  dropped(): void;
}

export class GroupProgress {
  readonly #partitions = new Map<string, Progress>();

  begin({ topic, partition }: TopicPartition, committed: number | undefined): void {
    const fresh = { done: -1, metadata: undefined, committed: committed ?? -1, seenEnd: 0, generation: 0, busy: undefined };
    this.#partitions.set(partitionKey({ topic, partition }), { topic, partition, ...fresh });
  }

  drop(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#partitions.delete(partitionKey(partition));
  }

  has(partition: TopicPartition): boolean {
    return this.#partitions.has(partitionKey(partition));
  }

  /** Work on records begins; undefined when the partition is not the member's. */
  work(partition: TopicPartition, highWatermark: number): Work | undefined {
    const progress = this.#partitions.get(partitionKey(partition));
    if (progress === undefined) return undefined;
    const { generation } = progress;
    const busy = Promise.withResolvers<void>();
    progress.busy = busy;
    progress.seenEnd = Math.max(progress.seenEnd, highWatermark);
    return {
      processed: (nextOffset) => {
        if (generation === progress.generation && nextOffset > progress.done) this.#move(progress, nextOffset);
      },
      ended: () => {
        busy.resolve();
        if (progress.busy === busy) progress.busy = undefined;
      },
    };
  }

  /** Counts as processed what lies before `offset`, wherever that is. */
  place(partition: TopicPartition, offset: number, metadata?: string): void {
    const progress = this.#partitions.get(partitionKey(partition));
    if (progress !== undefined) this.#move(progress, offset, metadata);
  }

  /** Like {@link place}, but never back. */
  reach(partition: TopicPartition, offset: number): void {
    const progress = this.#partitions.get(partitionKey(partition));
    if (progress !== undefined && offset > progress.done) this.#move(progress, offset);
  }

  /** Reading goes on elsewhere, at an offset if that is known yet. */
  sought(partition: TopicPartition, offset: number | undefined): void {
    const progress = this.#partitions.get(partitionKey(partition));
    if (progress === undefined) return;
    progress.generation++;
    this.#move(progress, offset ?? -1);
  }

  isCommitted(partition: TopicPartition): boolean {
    const progress = this.#partitions.get(partitionKey(partition));
    return progress !== undefined && progress.committed === progress.done;
  }

  /** Resolves when the records of these that were handed out are worked on no more. */
  async idle(partitions: readonly TopicPartition[]): Promise<void> {
    await Promise.all(partitions.map((partition) => this.#partitions.get(partitionKey(partition))?.busy?.promise));
  }

  /** What is not committed yet, of these partitions or of all. */
  pending(partitions?: readonly TopicPartition[]): readonly PendingCommit[] {
    const wanted = partitions === undefined ? [...this.#partitions.keys()] : partitions.map(partitionKey);
    return wanted.flatMap((key) => {
      const progress = this.#partitions.get(key);
      if (progress === undefined || progress.done < 0) return [];
      const { topic, partition, done: offset, committed, metadata, seenEnd } = progress;
      if (offset === committed && metadata === undefined) return [];
      const request = { topic, partition, offset, seenEnd, ...(metadata === undefined ? {} : { metadata }) };
      const stored = () => {
        progress.committed = offset;
        if (progress.metadata === metadata) progress.metadata = undefined;
      };
      const dropped = () => {
        if (progress.done === offset) this.#move(progress, committed);
      };
      return [{ request, stored, dropped }];
    });
  }

  #move(progress: Progress, done: number, metadata?: string): void {
    progress.done = done;
    progress.metadata = metadata;
  }
}
