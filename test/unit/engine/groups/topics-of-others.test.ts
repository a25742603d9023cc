/** Processes that keep a copy of the topics: what another one has just made is in none of them. */
import { afterEach, describe, expect, it } from 'vitest';
import type { GroupCoordinator } from '../../../../lib/engine/groups/group-coordinator.ts';
import { topicFact } from '../../core/groups/world.ts';
import { GroupWorld, Member } from './group-world.ts';

let world = new GroupWorld();
afterEach(() => world.close());

const STATELESS = { mode: 'stateless' } as const;

/** Two processes; the second one's copy of the topics is from before the others were made. */
function two(before = [topicFact(1, 2)], after = [topicFact(1, 2), topicFact(2, 3)]) {
  world = new GroupWorld(before);
  const copy = world.oldCopy();
  world.topics = after;
  return { current: world.process(STATELESS), old: world.process(STATELESS, world.store, copy), copy };
}

const commitAll = (process: GroupCoordinator, topic: string, offset: number, partitions = [0, 1, 2]) =>
  process.commit({ group: 'g', offsets: partitions.map((partition) => ({ topic, partition, offset })) });

describe('a process that does not know a topic yet', () => {
  it('tells the lag of a group that has committed for it', async () => {
    const { current, old } = two();
    await commitAll(current, 'topic-2', 900);
    expect(await old.lag('g')).toMatchObject({ lag: 300, partitions: [{ topic: 'topic-2' }, {}, {}] });
    expect(await old.describe('g')).toMatchObject({ lag: 300 });
  });

  it('tells the lag of a group that subscribes to it and has committed nothing', async () => {
    const { current, old } = two();
    await new Member('a', ['topic-2']).beat(current);
    expect(await old.lag('g')).toMatchObject({ lag: 3_000 });
  });

  it.each([[undefined], [[{ topic: 'topic-2' }]], [[{ topic: 'topic-2', partitions: [0, 1, 2] }]]])(
    'answers what is committed for it: %j',
    async (wanted) => {
      const { current, old } = two();
      await commitAll(current, 'topic-2', 7);
      expect(await old.fetchOffsets('g', wanted)).toMatchObject([{ offset: 7 }, { offset: 7 }, { offset: 7 }]);
    },
  );

  it('takes commits for it, and for partitions that are new', async () => {
    const { old } = two([topicFact(1, 2)], [topicFact(1, 4), topicFact(2, 3)]);
    const made = await commitAll(old, 'topic-1', 7, [3]);
    expect(made).toMatchObject([{ outcome: 'committed' }]);
    expect(await commitAll(old, 'topic-2', 7)).toMatchObject([
      { outcome: 'committed' },
      { outcome: 'committed' },
      { outcome: 'committed' },
    ]);
  });

  it('resets and forgets offsets of it', async () => {
    const { current, old } = two();
    await commitAll(current, 'topic-2', 7);
    expect(await old.reset({ group: 'g', target: { kind: 'latest' }, topics: [{ topic: 'topic-2' }] })).toHaveLength(3);
    const { current: other, old: second } = two();
    await commitAll(other, 'topic-2', 7);
    expect(await second.deleteOffsets('g', [{ topic: 'topic-2' }])).toBe(3);
  });

  it('sweeps nothing of it away, and what belongs to topics that are gone', async () => {
    const { current, old } = two();
    await commitAll(current, 'topic-2', 7);
    expect(await old.sweep()).toMatchObject({ offsets: 0 });
    expect(await current.fetchOffsets('g')).toHaveLength(3);
    world.topics = [topicFact(1, 2)];
    expect(await current.sweep()).toMatchObject({ offsets: 3 });
  });

  it('leaves its members what they have', async () => {
    const { current, old } = two();
    const member = new Member('a', ['topic-1', 'topic-2']);
    while (member.count < 5) await member.beat(current);
    const { epoch } = await current.describe('g');
    const { assignment } = await old.heartbeat({ group: 'g', memberId: 'a', memberEpoch: member.epoch });
    expect(assignment.map(({ topic }) => topic)).toEqual(['topic-1', 'topic-2']);
    for (const process of [old, current, old]) {
      await member.beat(process);
      expect(member.count).toBe(5);
    }
    expect(await current.describe('g')).toMatchObject({ epoch });
  });

  it('knows what a member owns of it, so that nobody else gets it before it is given up', async () => {
    const { current, old } = two();
    const first = new Member('a', ['topic-2']);
    while (first.count < 3) await first.beat(current);
    const second = new Member('b', ['topic-2']);
    for (let beats = 0; beats < 6; beats++) {
      await second.beat(old);
      expect(first.names.filter((name) => second.names.includes(name))).toEqual([]);
      if (beats > 2) await first.beat(old);
    }
    expect([first.count, second.count].sort()).toEqual([1, 2]);
  });

  it('assigns it to who joins', async () => {
    const { old } = two();
    const member = new Member('a', ['topic-2']);
    await member.beat(old);
    expect(member.count).toBe(3);
  });
});

describe('a process that knows the topics', () => {
  it('does not look again', async () => {
    const { copy, old } = two([topicFact(1, 2)], [topicFact(1, 2)]);
    const member = new Member('a');
    while (member.count < 2) await member.beat(old);
    await member.commit(old, 500);
    await member.beat(old);
    await old.lag('g');
    await old.fetchOffsets('g', [{ topic: 'topic-1', partitions: [0] }]);
    await old.sweep();
    expect(copy.looks).toBe(0);
  });
});
