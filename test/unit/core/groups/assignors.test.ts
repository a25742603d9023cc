import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AssignorInput, AssignorMember } from '../../../../lib/core/groups/assignor.ts';
import { ASSIGNORS } from '../../../../lib/core/groups/assignors.ts';
import { partitionSet } from '../../../../lib/core/groups/partition-set.ts';
import { topicId } from './world.ts';

const topicCounts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 });

/** Members that all subscribe to everything, with what an earlier assignment may have left them. */
function alike(members: number, counts: readonly number[], owners: readonly number[]): AssignorInput {
  const topics = counts.map((partitions, i) => ({ id: topicId(i), partitions }));
  const current = Array.from({ length: members }, (): string[] => []);
  let n = 0;
  for (const topic of topics) {
    for (let p = 0; p < topic.partitions; p++) current[(owners[n++ % owners.length] ?? 0) % (members + 1)]?.push(`${topic.id}/${p}`);
  }
  return {
    topics,
    members: current.map((names, i) => ({
      memberId: `m${String(i).padStart(3, '0')}`,
      topics: new Set(topics.map((topic) => topic.id)),
      current: partitionSet(names),
    })),
  };
}

const alikeInput = fc
  .tuple(fc.integer({ min: 1, max: 30 }), topicCounts, fc.array(fc.nat(30), { minLength: 1, maxLength: 60 }))
  .map(([members, counts, owners]) => alike(members, counts, owners));

const mixedInput = fc
  .tuple(topicCounts, fc.array(fc.uniqueArray(fc.nat(3), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 12 }))
  .map(([counts, subscriptions]): AssignorInput => {
    const topics = counts.map((partitions, i) => ({ id: topicId(i), partitions }));
    const members = subscriptions.map(
      (wanted, i): AssignorMember => ({
        memberId: `m${i}`,
        topics: new Set(wanted.flatMap((w) => (topics[w] ? [topics[w].id] : []))),
        current: [],
      }),
    );
    return { topics, members };
  });

function sizes(result: ReadonlyMap<string, readonly string[]>): number[] {
  return [...result.values()].map((set) => set.length);
}

describe.each(Object.entries(ASSIGNORS))('the %s assignor', (name, assign) => {
  it('gives every subscribed partition to exactly one member that subscribes to it', () => {
    fc.assert(
      fc.property(fc.oneof(alikeInput, mixedInput), (input) => {
        const result = assign(input);
        const given = [...result].flatMap(([memberId, set]) => set.map((partition) => ({ memberId, partition })));
        const wanted = new Set(input.members.flatMap((member) => [...member.topics]));
        const expected = input.topics.filter((t) => wanted.has(t.id)).reduce((sum, t) => sum + t.partitions, 0);
        expect(given.length).toBe(expected);
        expect(new Set(given.map((g) => g.partition)).size).toBe(expected);
        for (const { memberId, partition } of given) {
          const member = input.members.find((m) => m.memberId === memberId);
          expect([...(member?.topics ?? [])]).toContain(partition.slice(0, partition.indexOf('/')));
        }
      }),
    );
  });

  it('is balanced within one where all subscribe to the same', () => {
    fc.assert(
      fc.property(alikeInput, (input) => {
        const one = name === 'range' ? { ...input, topics: input.topics.slice(0, 1) } : input;
        const counts = sizes(assign(one));
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('answers the same whatever order the members come in', () => {
    fc.assert(
      fc.property(alikeInput, (input) => {
        const turned = { ...input, members: [...input.members].reverse().map((m) => ({ ...m, current: [] })) };
        const straight = { ...input, members: input.members.map((m) => ({ ...m, current: [] })) };
        expect(Object.fromEntries(assign(turned))).toEqual(Object.fromEntries(assign(straight)));
      }),
    );
  });

  it('answers nothing for a group without members', () => {
    expect(assign({ members: [], topics: [{ id: topicId(1), partitions: 3 }] }).size).toBe(0);
  });
});

describe('the uniform assignor', () => {
  it('moves as few partitions as balance allows', () => {
    fc.assert(
      fc.property(alikeInput, (input) => {
        const result = ASSIGNORS.uniform(input);
        const total = input.topics.reduce((sum, t) => sum + t.partitions, 0);
        const share = Math.floor(total / input.members.length);
        const extra = total % input.members.length;
        const had = input.members.map((m) => m.current.length).sort((a, b) => b - a);
        // Nobody can keep more than its share, and the larger shares go best to those who have most.
        const keepable = had.reduce((sum, count, i) => sum + Math.min(count, share + (i < extra ? 1 : 0)), 0);
        let kept = 0;
        for (const member of input.members) {
          const now = new Set(result.get(member.memberId));
          kept += member.current.filter((name) => now.has(name)).length;
        }
        expect(kept).toBe(keepable);
      }),
    );
  });

  it('leaves no move that would even out mixed subscriptions', () => {
    fc.assert(
      fc.property(mixedInput, (input) => {
        const result = ASSIGNORS.uniform(input);
        for (const a of input.members) {
          for (const b of input.members) {
            const movable = (result.get(a.memberId) ?? []).some((name) => b.topics.has(topicId(0)) && name.startsWith(`${topicId(0)}/`));
            if (movable) {
              expect((result.get(a.memberId) ?? []).length).toBeLessThanOrEqual((result.get(b.memberId) ?? []).length + 1);
            }
          }
        }
      }),
    );
  });

  it('gives neighbours, so that the offsets of a member share few blocks', () => {
    const result = ASSIGNORS.uniform(alike(100, [1_000], [100]));
    const blocks = [...result.values()].map((set) => new Set(set.map((name) => Math.floor(Number(name.split('/')[1]) / 32))).size);
    expect(Math.max(...blocks)).toBeLessThanOrEqual(2);
  });

  it('prefers members of the zone a partition is in, and stays balanced', () => {
    const input = alike(6, [60], [6]);
    const zones = ['a', 'b', 'c'];
    const members = input.members.map((member, i) => ({ ...member, zone: zones[i % 3] as string }));
    const zoneOf = (name: string) => zones[Number(name.split('/')[1]) % 3];
    const result = ASSIGNORS.uniform({ ...input, members, zoneOf });
    for (const member of members) {
      expect(result.get(member.memberId)?.length).toBe(10);
      expect(result.get(member.memberId)?.every((name) => zoneOf(name) === member.zone)).toBe(true);
    }
  });
});

describe('zones', () => {
  const topics = [{ id: topicId(1), partitions: 7 }];
  const member = (memberId: string, zone: string, current: readonly string[] = []): AssignorMember => ({
    memberId,
    zone,
    topics: new Set([topicId(1)]),
    current,
  });
  const byZone = (members: readonly AssignorMember[], result: ReadonlyMap<string, readonly string[]>) =>
    Object.fromEntries(
      ['a', 'b'].map((zone) => [
        zone,
        members.filter((m) => m.zone === zone).reduce((sum, m) => sum + (result.get(m.memberId)?.length ?? 0), 0),
      ]),
    );

  it('of members share the larger shares where partitions have no zone', () => {
    const members = [member('1', 'a'), member('2', 'a'), member('3', 'a'), member('4', 'b'), member('5', 'b')];
    const result = ASSIGNORS.uniform({ members, topics });
    expect(sizes(result).toSorted()).toEqual([1, 1, 1, 2, 2]);
    expect(byZone(members, result)).toEqual({ a: 4, b: 3 });
  });
});
