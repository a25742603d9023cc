import { byTopic, type PartitionSet, partitionSet } from '../../core/groups/partition-set.ts';
import type { TopicFact } from '../../core/groups/retarget.ts';
import type { TopicId } from '../../core/ids.ts';
import type { AssignedPartitions, TopicPartitions } from './group-request.ts';

/** Where groups get topics from; the catalogue of the engine. */
export interface TopicSource {
  /** A copy that may be a little old, or with `fresh` one that holds whatever was there when this was called. */
  list(options?: { readonly fresh?: boolean }): Promise<readonly TopicFact[]>;
  /** One that is missing in the copy is looked for in the store, so that what is undefined is gone for good. */
  byId(id: TopicId): Promise<TopicFact | undefined>;
}

/**
 * The topics, in a copy that knows what the caller is about to look up: what is missing in this process's own may have been
 * made by another a moment ago. Cost: nothing where the copy knows it; else 1 read, and the catalogue where that has moved.
 */
export async function topicsKnowing(source: TopicSource, knows: (topics: TopicIndex) => boolean): Promise<TopicIndex> {
  const topics = TopicIndex.of(await source.list());
  return knows(topics) ? topics : TopicIndex.of(await source.list({ fresh: true }));
}

/** Partitions by the names of their topics, one by one or in lists; without either the topic itself is meant. */
interface NamedPartitions {
  readonly topic: string;
  readonly partition?: number | undefined;
  readonly partitions?: readonly number[] | undefined;
}

/** Names to identities and back, for one look at the topics. */
export class TopicIndex {
  static readonly #made = new WeakMap<readonly TopicFact[], TopicIndex>();
  readonly topics: readonly TopicFact[];
  readonly #byName: ReadonlyMap<string, TopicFact>;
  readonly #byId: ReadonlyMap<TopicId, TopicFact>;

  private constructor(topics: readonly TopicFact[]) {
    this.topics = topics;
    this.#byName = new Map(topics.map((topic) => [topic.name, topic]));
    this.#byId = new Map(topics.map((topic) => [topic.id, topic]));
  }

  /** The index of a list; made once, as the catalogue answers with the same list until something changes. */
  static of(topics: readonly TopicFact[]): TopicIndex {
    let index = TopicIndex.#made.get(topics);
    if (index === undefined) {
      index = new TopicIndex(topics);
      TopicIndex.#made.set(topics, index);
    }
    return index;
  }

  named(name: string): TopicFact | undefined {
    return this.#byName.get(name);
  }

  withId(id: TopicId): TopicFact | undefined {
    return this.#byId.get(id);
  }

  hasNames(names: readonly string[]): boolean {
    return names.every((name) => this.#byName.has(name));
  }

  hasIds(ids: Iterable<TopicId>): boolean {
    for (const id of ids) if (!this.#byId.has(id)) return false;
    return true;
  }

  hasPartitions(wanted: readonly NamedPartitions[] = []): boolean {
    return wanted.every(({ topic, partition = 0, partitions = [] }) => {
      const known = this.#byName.get(topic);
      return known !== undefined && partition < known.partitions && partitions.every((each) => each < known.partitions);
    });
  }

  /** Partitions of topics that are gone are left out: nobody can own them any more. */
  toSet(lists: readonly TopicPartitions[]): PartitionSet {
    return partitionSet(
      lists.flatMap(({ topic, partitions }) => {
        const known = this.#byName.get(topic);
        return known ? partitions.map((partition) => `${known.id}/${partition}`) : [];
      }),
    );
  }

  fromSet(set: PartitionSet): readonly AssignedPartitions[] {
    return [...byTopic(set)].flatMap(([topicId, partitions]) => {
      const known = this.#byId.get(topicId);
      return known ? [{ topicId, topic: known.name, partitions }] : [];
    });
  }
}
