import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { firstMemberVersion, type GroupRecord, type MemberRecord, newGroup } from '../../lib/core/groups/group-record.ts';
import { commitOffsets, emptyBlock, type OffsetBlock, ownerToken, withOwner } from '../../lib/core/groups/offset-block.ts';
import type { GroupStore, GroupWrite } from '../../lib/ports/group-store.ts';
import { freshKey } from './partition-key.ts';
import { onSubject, type Subject } from './subject.ts';

function groupOf(more: Partial<GroupRecord> = {}): GroupRecord {
  return { ...newGroup(`g-${randomUUID()}`, 'consumer', 1_700_000_000_000), version: 1, ...more };
}

function memberOf(group: GroupRecord, memberId: string, more: Partial<MemberRecord> = {}): MemberRecord {
  const { topicId } = freshKey();
  return {
    memberId,
    version: firstMemberVersion(group),
    instanceId: 'i-1',
    clientId: 'client ü',
    clientHost: '/127.0.0.1',
    zone: 'a',
    topics: ['orders'],
    pattern: 'or.*',
    assignor: 'range',
    sessionTimeoutMs: 45_000,
    rebalanceTimeoutMs: 300_000,
    epoch: 3,
    previousEpoch: 2,
    state: 'unrevoked',
    assigned: [0, 1, 2, 9].map((p) => `${topicId}/${p}`),
    revoking: [`${topicId}/10`],
    target: [0, 1, 2].map((p) => `${topicId}/${p}`),
    revokeByMs: 1_700_000_000_005,
    joinedAtMs: 1_700_000_000_001,
    seenAtMs: 1_700_000_000_002,
    keeper: 'record',
    ...more,
  };
}

const putGroup = (next: GroupRecord, expected: number): GroupWrite => ({ kind: 'group', expected, next });
const putMember = (next: MemberRecord, expected: number): GroupWrite => ({ kind: 'member', memberId: next.memberId, expected, next });
const putBlock = (next: OffsetBlock, expected: number): GroupWrite => ({ kind: 'block', key: next, expected, next });

function fullBlock(): OffsetBlock {
  const key = { topicId: freshKey().topicId, block: 3 };
  const partitions = Array.from({ length: 32 }, (_, i) => 96 + i);
  const owned = withOwner(emptyBlock(key), partitions, ownerToken('m'), 7);
  const commits = partitions.map((partition) => ({ partition, offset: 2 ** 52 + partition, leaderEpoch: 4, metadata: 'é"\u0001' }));
  return commitOffsets(owned, { kind: 'member', token: ownerToken('m'), epoch: 7 }, 12, commits, 1_700_000_000_009).block;
}

/** What every store of groups must do. */
export function groupStoreContract(name: string, open: () => Promise<Subject<GroupStore>>): void {
  describe(`group store: ${name}`, () => {
    const run = onSubject(open);

    it(
      'answers nothing for a group that is not there',
      run(async (store) => {
        expect(await store.load('nobody')).toBeUndefined();
        expect(await store.peek('nobody', 'm')).toBeUndefined();
        expect(await store.allBlocks('nobody')).toEqual([]);
        expect(await store.readBlocks('nobody', [{ topicId: freshKey().topicId, block: 0 }])).toEqual([undefined]);
      }),
    );

    it(
      'keeps all of a group, its members and its offsets',
      run(async (store) => {
        const group = groupOf({ topics: ['a'], patterns: ['b.*'], emptySinceMs: null, inputs: 'x:y', epoch: 9, assignmentEpoch: 8 });
        const classic = { protocols: [{ name: 'range', metadata: 'AAE=' }], assignment: 'AAA=' };
        const members = [memberOf(group, 'm-1'), memberOf(group, 'm#2/ü', { classic, assigned: [], revoking: [], revokeByMs: null })];
        const block = fullBlock();
        const writes = [putGroup(group, 0), ...members.map((m) => putMember(m, 0)), putBlock(block, 0)];
        const outcomes = await store.write(group.group, writes);
        expect(outcomes.map((o) => o.kind)).toEqual(writes.map(() => 'applied'));
        const view = await store.load(group.group);
        expect(view?.group).toEqual(group);
        expect([...(view?.members.values() ?? [])].sort((a, b) => (a.memberId < b.memberId ? -1 : 1))).toEqual(
          [...members].sort((a, b) => (a.memberId < b.memberId ? -1 : 1)),
        );
        expect(await store.peek(group.group, 'm-1')).toEqual({ group, member: members[0] });
        expect(await store.peek(group.group, 'm-9')).toEqual({ group, member: undefined });
        expect(await store.readBlocks(group.group, [block, { ...block, block: 4 }])).toEqual([block, undefined]);
        expect(await store.allBlocks(group.group)).toEqual([block]);
      }),
    );

    it(
      'makes a write only on the version it was decided on, and each for itself',
      run(async (store) => {
        const group = groupOf();
        const member = memberOf(group, 'm');
        await store.write(group.group, [putGroup(group, 0), putMember(member, 0)]);
        const outcomes = await store.write(group.group, [
          putGroup({ ...group, version: 2, epoch: 1 }, 0),
          putMember({ ...member, version: member.version + 1, epoch: 4 }, member.version),
        ]);
        expect(outcomes.map((o) => o.kind)).toEqual(['refused', 'applied']);
        const view = await store.load(group.group);
        expect(view?.group.epoch).toBe(0);
        expect(view?.members.get('m')?.epoch).toBe(4);
      }),
    );

    it(
      'removes a record on its version, and creates it again on none',
      run(async (store) => {
        const group = groupOf();
        const member = memberOf(group, 'm');
        const gone = (expected: number): GroupWrite => ({ kind: 'member', memberId: 'm', expected, next: undefined });
        await store.write(group.group, [putGroup(group, 0), putMember(member, 0)]);
        expect((await store.write(group.group, [gone(member.version + 1)]))[0]?.kind).toBe('refused');
        expect((await store.write(group.group, [gone(member.version)]))[0]?.kind).toBe('applied');
        expect((await store.write(group.group, [gone(member.version)]))[0]?.kind).toBe('refused');
        expect((await store.write(group.group, [putMember(member, member.version)]))[0]?.kind).toBe('refused');
        expect((await store.write(group.group, [putMember(member, 0)]))[0]?.kind).toBe('applied');
      }),
    );

    it(
      'lets one of several writers of a version win',
      run(async (store) => {
        const group = groupOf();
        const block = fullBlock();
        await store.write(group.group, [putGroup(group, 0), putBlock(block, 0)]);
        const rivals = Array.from({ length: 8 }, (_, i) => withOwner(block, [96], ownerToken(`m${i}`), 8));
        const outcomes = await Promise.all(rivals.map((rival) => store.write(group.group, [putBlock(rival, block.version)])));
        expect(outcomes.filter(([outcome]) => outcome?.kind === 'applied').length).toBe(1);
        const winner = rivals[outcomes.findIndex(([outcome]) => outcome?.kind === 'applied')];
        expect(await store.readBlocks(group.group, [block])).toEqual([winner]);
      }),
    );

    it(
      'holds a block whose metadata is as large as allowed',
      run(async (store) => {
        const group = groupOf();
        const block = fullBlock();
        const entries = new Map([...block.entries].map(([p, entry]) => [p, { ...entry, metadata: 'x'.repeat(4_096) }]));
        await store.write(group.group, [putGroup(group, 0), putBlock({ ...block, entries }, 0)]);
        expect((await store.allBlocks(group.group))[0]?.entries.get(96)?.metadata.length).toBe(4_096);
      }),
    );

    it(
      'lists groups in order, page by page',
      run(async (store) => {
        const prefix = `~${randomUUID()}`;
        for (const n of [3, 1, 2]) {
          const group = groupOf({ group: `${prefix}-${n}`, members: n });
          await store.write(group.group, [putGroup(group, 0), putMember(memberOf(group, 'm'), 0)]);
        }
        const first = await store.list(prefix, 2);
        expect(first).toEqual([1, 2].map((n) => ({ group: `${prefix}-${n}`, kind: 'consumer', members: n })));
        expect((await store.list(`${prefix}-2`, 1)).map((g) => g.group)).toEqual([`${prefix}-3`]);
        await store.write(`${prefix}-1`, [{ kind: 'group', expected: 1, next: undefined }]);
        expect((await store.list(prefix, 1)).map((g) => g.group)).toEqual([`${prefix}-2`]);
      }),
    );
  });
}
