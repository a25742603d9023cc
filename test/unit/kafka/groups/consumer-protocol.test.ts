import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAssignment, readSubscription, setOf, writeAssignment } from '../../../../lib/kafka/groups/consumer-protocol.ts';
import { topicFact, topicId } from '../../core/groups/world.ts';
import { assignmentOf, subscriptionOf } from './group-clients.ts';

const TOPICS = [topicFact(1, 3), topicFact(2, 1)];

describe('what consumers tell each other inside the classic protocol', () => {
  it('is read in the versions that there are, and in newer ones as in the last', () => {
    for (const version of [0, 1, 2, 3]) expect(readSubscription(subscriptionOf('t', [], version))?.topics).toEqual(['t']);
    const newer = subscriptionOf('t', [2], 3);
    newer.writeInt16BE(9);
    expect(readSubscription(newer)).toMatchObject({ topics: ['t'], ownedPartitions: [{ topic: 't', partitions: [2] }] });
    expect(readAssignment(assignmentOf('t', [1, 2]))?.assignedPartitions).toEqual([{ topic: 't', partitions: [1, 2] }]);
  });

  it('is read as far as it goes where a client leaves out what its version has', () => {
    const short = subscriptionOf('t', [], 0);
    short.writeInt16BE(1);
    expect(readSubscription(short)).toMatchObject({ topics: ['t'], ownedPartitions: [], generationId: -1 });
  });

  it('may be anything, which is no subscription and no assignment', () => {
    const before = subscriptionOf('t');
    before.writeInt16BE(-1);
    for (const bytes of [Buffer.alloc(0), Buffer.from('mine'), before, subscriptionOf('t').subarray(0, 8)]) {
      expect(readSubscription(bytes)).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        readSubscription(Buffer.from(bytes));
        readAssignment(Buffer.from(bytes));
      }),
    );
  });

  it('is written in the version that the member introduced itself with', () => {
    const set = setOf([{ topic: 'topic-1', partitions: [2, 0] }], TOPICS);
    for (const version of [0, 1, 3]) {
      const bytes = writeAssignment(set, TOPICS, subscriptionOf('t', [], version));
      expect(bytes.readInt16BE()).toBe(version);
      expect(readAssignment(bytes)).toEqual({ assignedPartitions: [{ topic: 'topic-1', partitions: [0, 2] }], userData: null });
    }
    expect(writeAssignment(['gone/0'], TOPICS, Buffer.alloc(0))).toEqual(writeAssignment([], TOPICS, subscriptionOf('t', [], 0)));
  });

  it('names partitions, of which those that are not there are left out', () => {
    const named = [
      { topic: 'topic-1', partitions: [1, 3, -1] },
      { topic: 'nowhere', partitions: [0] },
      { topic: 'topic-2', partitions: [0, 0] },
    ];
    expect(setOf(named, TOPICS)).toEqual([`${topicId(1)}/1`, `${topicId(2)}/0`]);
  });
});
