import { byTopic, type PartitionSet, partitionSet } from '../../core/groups/partition-set.ts';
import type { TopicFact } from '../../core/groups/retarget.ts';
import type { TopicId } from '../../core/ids.ts';
import type { AssignedPartitions, TopicPartitions } from './group-request.ts';

/** Where groups get topics from; the catalogue of the engine. */
export interface TopicSource {
  list(): Promise<readonly TopicFact[]>;
}

/** Names to identities and back, for one look at the topics. */
export class TopicIndex {
  readonly topics: readonly TopicFact[];
  readonly #byName: ReadonlyMap<string, TopicFact>;
  readonly #byId: ReadonlyMap<TopicId, TopicFact>;

  constructor(topics: readonly TopicFact[]) {
    this.topics = topics;
    this.#byName = new Map(topics.map((topic) => [topic.name, topic]));
    this.#byId = new Map(topics.map((topic) => [topic.id, topic]));
  }

  named(name: string): TopicFact | undefined {
    return this.#byName.get(name);
  }

  withId(id: TopicId): TopicFact | undefined {
    return this.#byId.get(id);
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
