import type { TopicId } from '../../core/ids.ts';
import type { Topic } from '../../core/topic.ts';
import type { TopicStore } from '../../ports/topic-store.ts';
import { ABSENT, topicAt, topicOf } from './conditions.ts';
import { type Item, numberIn } from './item.ts';
import { CATALOGUE_KEY, TOPIC_SHARDS, topicKey, topicShard } from './key-space.ts';
import { type DynamoTable, inParallel } from './table.ts';
import { fromItem, toItem } from './topic-item.ts';

/**
 * Topics as items spread over 16 partition keys, and a counter that tells processes to look again.
 *
 * The counter moves after the topic, so that whoever sees the new count finds the new topic. A process that dies between
 * the two leaves other processes with what they know until the next change; a topic they do not know they always ask for.
 */
export class DynamoTopicStore implements TopicStore {
  readonly #table: DynamoTable;

  constructor(table: DynamoTable) {
    this.#table = table;
  }

  async create(topic: Topic): Promise<'created' | 'exists'> {
    const { key, attributes } = toItem(topic);
    const outcome = await this.#table.put(key, attributes, ABSENT);
    // An attempt that was sent twice is refused by itself.
    if (outcome.kind === 'refused' && !isSame(outcome.current, topic)) return 'exists';
    await this.#moved();
    return 'created';
  }

  async get(name: string): Promise<Topic | undefined> {
    const item = await this.#table.get(topicKey(name));
    return item && fromItem(item);
  }

  /** Cost: 16 queries and 1 more for each MB. */
  async list(after: string | undefined, limit: number): Promise<readonly Topic[]> {
    // Sort keys are at least one character, and no key lies between a name and the name with the lowest character behind it.
    const from = after === undefined ? '\u0001' : `${after}\u0000`;
    const shards = Array.from({ length: TOPIC_SHARDS }, (_, shard) => topicShard(shard));
    const found = await inParallel(shards, (pk) => this.#table.query({ pk, from, to: '\u{10ffff}', limit }));
    return found
      .flat()
      .map(fromItem)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .slice(0, limit);
  }

  async update(topic: Topic, expected: number): Promise<'updated' | 'refused'> {
    const { key, attributes } = toItem(topic);
    const outcome = await this.#table.put(key, attributes, topicAt(topic.id, expected));
    if (outcome.kind === 'refused' && !isSame(outcome.current, topic)) return 'refused';
    await this.#moved();
    return 'updated';
  }

  async remove(name: string, id: TopicId): Promise<void> {
    await this.#table.delete(topicKey(name), topicOf(id));
    await this.#moved();
  }

  async version(): Promise<number> {
    const item = await this.#table.get(CATALOGUE_KEY);
    return item === undefined ? 0 : numberIn(item, 'n');
  }

  async #moved(): Promise<void> {
    await this.#table.add(CATALOGUE_KEY, 1);
  }
}

function isSame(item: Item | undefined, topic: Topic): boolean {
  return item !== undefined && JSON.stringify(fromItem(item)) === JSON.stringify(topic);
}
