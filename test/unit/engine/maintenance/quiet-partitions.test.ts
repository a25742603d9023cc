import { describe, expect, it } from 'vitest';
import type { TopicId } from '../../../../lib/core/ids.ts';
import { QuietPartitions } from '../../../../lib/engine/maintenance/quiet-partitions.ts';
import { createWorld, HandClock, HOUR, MINUTE, produce } from './world.ts';

const KEY = { topicId: '00000000-0000-0000-0000-000000000001' as TopicId, partition: 0 };

describe('quiet partitions', () => {
  it('are looked at again when their state is another, when their time has come and when somebody wakes them', () => {
    const clock = new HandClock();
    const quiet = new QuietPartitions(clock);
    quiet.note('merge', KEY, 'a', MINUTE, 7);
    expect(quiet.find('merge', KEY, 'a')?.waitingSinceMs).toBe(7);
    expect(quiet.find('retain', KEY, 'a')).toBeUndefined();
    clock.nowMs += MINUTE;
    expect(quiet.find('merge', KEY, 'a')).toBeUndefined();
    quiet.note('merge', KEY, 'a', MINUTE);
    expect(quiet.find('merge', KEY, 'b')).toBeUndefined();
    quiet.note('compact', KEY, 'a', MINUTE);
    quiet.wake(KEY);
    expect(quiet.find('compact', KEY, 'a')).toBeUndefined();
  });

  it('are believed for an hour at most', () => {
    const clock = new HandClock();
    const quiet = new QuietPartitions(clock);
    quiet.note('retain', KEY, 'a', Number.POSITIVE_INFINITY);
    clock.nowMs += HOUR;
    expect(quiet.find('retain', KEY, 'a')).toBeUndefined();
  });
});

describe('an idle log', () => {
  it('costs a merge no request while what waits is not due, and the wait is still told', async () => {
    const world = createWorld();
    await world.engine.topics.create({ name: 't', partitions: 20 });
    for (let i = 0; i < 20 * 14; i++) await produce(world, 't', i % 20, [{ value: 'v' }]);
    const first = await world.run('merge');
    expect(first.requests.leaseReads).toBe(20);
    world.clock.nowMs += 5 * MINUTE;
    const second = await world.run('merge');
    expect(second.requests).toEqual({ ...second.requests, leaseReads: 0, pageReads: 0, puts: 0, heads: 0 });
    expect(second.lagMs).toBeGreaterThanOrEqual(5 * MINUTE);
    world.clock.nowMs += 6 * MINUTE;
    expect((await world.run('merge')).did.filesWritten).toBe(20);
    await world.run('merge');
    world.clock.nowMs += MINUTE;
    expect((await world.run('merge')).requests.leaseReads).toBe(0);
  });

  it('costs a look at all of it one read a partition and no query, until something is due', async () => {
    const world = createWorld();
    await world.engine.topics.create({
      name: 't',
      partitions: 10,
      configs: { 'cleanup.policy': 'compact,delete', 'retention.ms': String(3 * HOUR) },
    });
    for (let i = 0; i < 10 * 70; i++) await produce(world, 't', i % 10, [{ key: 'k', value: 'v' }]);
    world.clock.nowMs += 11 * MINUTE;
    for (let i = 0; i < 3; i++) for (const job of ['merge', 'compact', 'retain'] as const) await world.run(job, { all: true });
    for (const job of ['merge', 'compact', 'retain'] as const) {
      const { requests } = await world.run(job, { all: true });
      expect({ job, leaseReads: requests.leaseReads, pageReads: requests.pageReads, puts: requests.puts }).toEqual({
        job,
        leaseReads: 10,
        pageReads: 0,
        puts: 0,
      });
    }
    expect((await world.run('retain', { all: true, anew: true })).requests.pageReads).toBeGreaterThan(0);
    world.clock.nowMs += 3 * HOUR;
    expect((await world.run('retain', { all: true })).did.startsRaised).toBe(10);
  });
});
