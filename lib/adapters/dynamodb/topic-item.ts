/** A topic as an item: `id` and `v` are what conditions look at, `j` is the whole topic as JSON. */
import type { Topic } from '../../core/topic.ts';
import { type Item, number, text, textIn } from './item.ts';
import { type ItemKey, topicKey } from './key-space.ts';

export function toItem(topic: Topic): { readonly key: ItemKey; readonly attributes: Item } {
  return { key: topicKey(topic.name), attributes: { id: text(topic.id), v: number(topic.version), j: text(JSON.stringify(topic)) } };
}

export function fromItem(item: Item): Topic {
  return JSON.parse(textIn(item, 'j')) as Topic;
}
