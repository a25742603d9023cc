import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { TopicId } from '../../lib/core/ids.ts';
import type { Topic } from '../../lib/core/topic.ts';
import type { TopicStore } from '../../lib/ports/topic-store.ts';
import { onSubject, type Subject } from './subject.ts';

const newId = () => randomUUID() as TopicId;

function topicOf(name: string, more: Partial<Topic> = {}): Topic {
  return { id: newId(), name, partitions: 3, configs: { 'retention.ms': '1000' }, createdAtMs: 1_700_000_000_000, version: 0, ...more };
}

/** What every store of topics must do. The store is empty at first. */
export function topicStoreContract(name: string, open: () => Promise<Subject<TopicStore>>): void {
  describe(`topic store: ${name}`, () => {
    const run = onSubject(open);

    it(
      'creates a topic once and keeps all of it',
      run(async (store) => {
        const topic = topicOf('orders', { deletedAtMs: 1_700_000_000_001 });
        expect(await store.create(topic)).toBe('created');
        expect(await store.create(topicOf('orders'))).toBe('exists');
        expect(await store.get('orders')).toEqual(topic);
        expect(await store.get('order')).toBeUndefined();
      }),
    );

    it(
      'lets one of several creators of a name win',
      run(async (store) => {
        const topics = Array.from({ length: 8 }, () => topicOf('contended'));
        const results = await Promise.all(topics.map((topic) => store.create(topic)));
        expect(results.filter((result) => result === 'created')).toHaveLength(1);
        expect((await store.get('contended'))?.id).toBe(topics[results.indexOf('created')]?.id);
      }),
    );

    it(
      'lists in order of name, page by page',
      run(async (store) => {
        const names = ['b', 'a', 'Z', 'a.b', 'a-b', 'ab', '0'];
        for (const each of names) await store.create(topicOf(each));
        const sorted = [...names].sort();
        const listed = async (after: string | undefined, limit: number) => (await store.list(after, limit)).map((topic) => topic.name);
        expect(await listed(undefined, 100)).toEqual(sorted);
        expect(await listed(undefined, 2)).toEqual(sorted.slice(0, 2));
        expect(await listed(sorted[1], 2)).toEqual(sorted.slice(2, 4));
        expect(await listed('aa', 100)).toEqual(['ab', 'b']);
        expect(await listed('zz', 100)).toEqual([]);
      }),
    );

    it(
      'updates a topic of the expected version and identity alone',
      run(async (store) => {
        const topic = topicOf('orders');
        await store.create(topic);
        const next = { ...topic, version: 1, partitions: 6, configs: {} };
        expect(await store.update(next, 1)).toBe('refused');
        expect(await store.update(next, 0)).toBe('updated');
        expect(await store.get('orders')).toEqual(next);
        expect(await store.update({ ...next, partitions: 9 }, 0)).toBe('refused');
        expect(await store.update({ ...next, id: newId(), version: 2 }, 1)).toBe('refused');
        expect(await store.update(topicOf('absent', { version: 1 }), 0)).toBe('refused');
        expect(await store.get('orders')).toEqual(next);
      }),
    );

    it(
      'removes the topic of one identity and leaves another of the same name',
      run(async (store) => {
        const old = topicOf('orders');
        await store.create(old);
        await store.remove('orders', old.id);
        await store.remove('orders', old.id);
        expect(await store.get('orders')).toBeUndefined();
        const young = topicOf('orders');
        expect(await store.create(young)).toBe('created');
        await store.remove('orders', old.id);
        expect(await store.get('orders')).toEqual(young);
      }),
    );

    it(
      'moves its version with every change',
      run(async (store) => {
        const seen = new Set([await store.version()]);
        const topic = topicOf('orders');
        await store.create(topic);
        seen.add(await store.version());
        await store.update({ ...topic, version: 1 }, 0);
        seen.add(await store.version());
        await store.remove('orders', topic.id);
        seen.add(await store.version());
        expect(seen.size).toBe(4);
        await store.get('orders');
        expect(seen.has(await store.version())).toBe(true);
      }),
    );
  });
}
