import { describe, expect, it } from 'vitest';
import { TopicIndex } from '../../../../lib/engine/groups/topic-index.ts';
import { topicFact, topicId } from '../../core/groups/world.ts';

describe('topics by name and identity', () => {
  const index = TopicIndex.of([topicFact(1, 4), topicFact(2, 2)]);

  it('are found by both', () => {
    expect(index.named('topic-2')?.id).toBe(topicId(2));
    expect(index.withId(topicId(1))?.name).toBe('topic-1');
    expect(index.named('topic-3')).toBeUndefined();
    expect(index.withId(topicId(3))).toBeUndefined();
  });

  it('turn lists into sets and back, and leave out what is gone', () => {
    const set = index.toSet([
      { topic: 'topic-2', partitions: [1, 0] },
      { topic: 'gone', partitions: [0] },
      { topic: 'topic-1', partitions: [3] },
    ]);
    expect(index.fromSet(set)).toEqual([
      { topicId: topicId(1), topic: 'topic-1', partitions: [3] },
      { topicId: topicId(2), topic: 'topic-2', partitions: [0, 1] },
    ]);
    expect(
      TopicIndex.of([topicFact(2, 2)])
        .fromSet(set)
        .map(({ topic }) => topic),
    ).toEqual(['topic-2']);
  });
});
