import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TopicId } from '../../../lib/core/ids.ts';
import { markShard, workShard } from '../../../lib/core/work-shard.ts';

describe('the shard of a piece of work', () => {
  it('is one of 64 and never changes for a name', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        const shard = workShard(name);
        expect(shard).toBeGreaterThanOrEqual(0);
        expect(shard).toBeLessThan(64);
      }),
    );
    expect(workShard('orders')).toBe(workShard('orders'));
    expect(markShard({ topicId: '00000000-0000-4000-8000-000000000001' as TopicId, partition: 7 })).toBeLessThan(64);
  });
});
