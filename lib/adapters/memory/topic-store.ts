import type { TopicId } from '../../core/ids.ts';
import type { Topic } from '../../core/topic.ts';
import type { TopicStore } from '../../ports/topic-store.ts';

/** Topics in a map by name. */
export class MemoryTopicStore implements TopicStore {
  readonly #topics = new Map<string, Topic>();
  #version = 0;

  async create(topic: Topic): Promise<'created' | 'exists'> {
    if (this.#topics.has(topic.name)) return 'exists';
    this.#topics.set(topic.name, topic);
    this.#version++;
    return 'created';
  }

  async get(name: string): Promise<Topic | undefined> {
    return this.#topics.get(name);
  }

  async list(after: string | undefined, limit: number): Promise<readonly Topic[]> {
    const names = [...this.#topics.keys()].filter((name) => after === undefined || name > after).sort();
    return names.slice(0, limit).map((name) => this.#topics.get(name) as Topic);
  }

  async update(topic: Topic, expected: number): Promise<'updated' | 'refused'> {
    const stored = this.#topics.get(topic.name);
    if (stored?.id !== topic.id || stored.version !== expected) return 'refused';
    this.#topics.set(topic.name, topic);
    this.#version++;
    return 'updated';
  }

  async remove(name: string, id: TopicId): Promise<void> {
    if (this.#topics.get(name)?.id !== id) return;
    this.#topics.delete(name);
    this.#version++;
  }

  async version(): Promise<number> {
    return this.#version;
  }
}
