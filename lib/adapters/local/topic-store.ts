import type { TopicId } from '../../core/ids.ts';
import type { Topic } from '../../core/topic.ts';
import type { TopicStore } from '../../ports/topic-store.ts';
import type { TopicRow } from './database-commands.ts';
import type { DatabaseThread } from './database-thread.ts';

/** Topics as rows. The catalogue's version is kept in memory, since this process alone moves it. */
export class LocalTopicStore implements TopicStore {
  readonly #thread: DatabaseThread;
  #version: number | undefined;

  constructor(thread: DatabaseThread) {
    this.#thread = thread;
  }

  async create(topic: Topic): Promise<'created' | 'exists'> {
    const version = await this.#thread.call('topic.create', rowOf(topic));
    if (version === null) return 'exists';
    this.#moved(version);
    return 'created';
  }

  async get(name: string): Promise<Topic | undefined> {
    const json = await this.#thread.call('topic.get', { name });
    return json === null ? undefined : topicOf(json);
  }

  async list(after: string | undefined, limit: number): Promise<readonly Topic[]> {
    return (await this.#thread.call('topic.list', { after: after ?? null, limit })).map(topicOf);
  }

  async update(topic: Topic, expected: number): Promise<'updated' | 'refused'> {
    const version = await this.#thread.call('topic.update', { ...rowOf(topic), expected });
    if (version === null) return 'refused';
    this.#moved(version);
    return 'updated';
  }

  async remove(name: string, id: TopicId): Promise<void> {
    this.#moved(await this.#thread.call('topic.remove', { name, id }));
  }

  async version(): Promise<number> {
    if (this.#version === undefined) this.#moved(await this.#thread.call('topic.version', null));
    return this.#version ?? 0;
  }

  #moved(version: number): void {
    this.#version = Math.max(version, this.#version ?? 0);
  }
}

function rowOf(topic: Topic): TopicRow {
  return { name: topic.name, id: topic.id, version: topic.version, json: JSON.stringify(topic) };
}

function topicOf(json: string): Topic {
  return JSON.parse(json) as Topic;
}
