import type { TopicId } from '../core/ids.ts';
import type { Topic } from '../core/topic.ts';

/** The topics. Names are unique among all stored topics, deleted ones included until they are removed. */
export interface TopicStore {
  /** Stores a new topic; `exists` when the name is taken. Cost: 2 writes (topic and the version of the catalogue). */
  create(topic: Topic): Promise<'created' | 'exists'>;

  /** Strongly consistent. Cost: 1 read. */
  get(name: string): Promise<Topic | undefined>;

  /** All topics in order of name, after `after`, at most `limit`. Cost: 1 query a 1 MB. */
  list(after: string | undefined, limit: number): Promise<readonly Topic[]>;

  /** Replaces the topic if it still has version `expected`; `topic.version` is `expected + 1`. Cost: 2 writes. */
  update(topic: Topic, expected: number): Promise<'updated' | 'refused'>;

  /** Removes the topic of this identity; another one under the same name stays. May be repeated. Cost: 2 writes. */
  remove(name: string, id: TopicId): Promise<void>;

  /** Moves whenever any topic is created, updated or removed; lets a process keep a cache. Cost: 1 read. */
  version(): Promise<number>;
}
