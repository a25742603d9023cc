import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  blockKey,
  hourEndMs,
  hourOf,
  LAST,
  LEASE_SK,
  leaseKey,
  markedPartition,
  markKey,
  PAGE_PREFIX,
  pageSk,
  producerKey,
  segmentKey,
  topicKey,
} from '../../../../lib/adapters/dynamodb/key-space.ts';
import { type LeaseId, leaseIdFrom, type TopicId } from '../../../../lib/core/ids.ts';

const ID = '00000000-0000-4000-8000-000000000001' as TopicId;
const LEASE = '018bcfe56800aabbccddeeff' as LeaseId;

describe('the key space', () => {
  it('has the keys that stored tables have', () => {
    expect(topicKey('orders')).toEqual({ pk: 't#c', sk: 'orders' });
    expect(leaseKey({ topicId: ID, partition: 3 })).toEqual({ pk: `p#${ID}#3`, sk: 'lease' });
    expect(pageSk(42)).toBe('i#0000000000000042');
    expect(producerKey({ topicId: ID, partition: 3 }, 9).sk).toBe('q#9');
    expect(segmentKey(LEASE)).toEqual({ pk: 's#09#0472222', sk: LEASE });
    expect(blockKey('g', ID, 2)).toEqual({ pk: 'g#g', sk: `o#${ID}#000002` });
    expect(markKey(5, { topicId: ID, partition: 70 })).toEqual({ pk: 'todo#5', sk: `${ID}#00070` });
    expect(markedPartition(`${ID}#00070`)).toEqual({ topicId: ID, partition: 70 });
  });

  it('sorts pages by offset, all of them between their bounds, and none of the other items', () => {
    const offset = fc.nat({ max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(offset, offset, (a, b) => {
        expect(pageSk(a) < pageSk(b)).toBe(a < b);
        expect(pageSk(a) > PAGE_PREFIX && pageSk(a) < PAGE_PREFIX + LAST).toBe(true);
      }),
    );
    for (const sk of [LEASE_SK, producerKey({ topicId: ID, partition: 0 }, 1).sk]) {
      expect(sk >= PAGE_PREFIX && sk <= PAGE_PREFIX + LAST).toBe(false);
    }
  });

  it('sorts hours by time and ends each where the next begins', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 45 }), fc.integer({ min: 0, max: 2 ** 45 }), (a, b) => {
        const [first, second] = [hourOf(leaseIdFrom(a, new Uint8Array(6))), hourOf(leaseIdFrom(b, new Uint8Array(6)))];
        if (a <= b) expect(first <= second).toBe(true);
        expect(a < hourEndMs(first)).toBe(true);
        expect(hourOf(leaseIdFrom(hourEndMs(first), new Uint8Array(6))) > first).toBe(true);
      }),
    );
  });
});
