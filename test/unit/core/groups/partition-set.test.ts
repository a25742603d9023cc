import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  byTopic,
  fromRanges,
  partitionSet,
  samePartitions,
  toRanges,
  union,
  within,
  without,
} from '../../../../lib/core/groups/partition-set.ts';
import { topicId } from './world.ts';

const names = fc.array(fc.tuple(fc.nat(2), fc.nat(50)).map(([t, p]) => `${topicId(t)}/${p}`));

describe('a set of partitions', () => {
  it('comes back from its ranges', () => {
    fc.assert(
      fc.property(names, (list) => {
        const set = partitionSet(list);
        expect(fromRanges(toRanges(set))).toEqual(set);
      }),
    );
  });

  it('is sorted by number, and written in runs', () => {
    const set = partitionSet([10, 9, 2, 0, 1].map((p) => `${topicId(1)}/${p}`));
    expect(toRanges(set)).toEqual({ [topicId(1)]: '0-2,9-10' });
    expect(byTopic(set).get(topicId(1))).toEqual([0, 1, 2, 9, 10]);
  });

  it('obeys the laws of sets', () => {
    fc.assert(
      fc.property(names, names, (x, y) => {
        const a = partitionSet(x);
        const b = partitionSet(y);
        expect(samePartitions(union(within(a, b), without(a, b)), a)).toBe(true);
        expect(samePartitions(union(a, b), union(b, a))).toBe(true);
      }),
    );
  });
});
