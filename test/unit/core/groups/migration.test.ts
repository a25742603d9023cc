import { describe, expect, it } from 'vitest';
import { type GroupView, newGroup } from '../../../../lib/core/groups/group-record.ts';
import type { HeartbeatRequest } from '../../../../lib/core/groups/member-request.ts';
import { allowsDowngrade, allowsUpgrade, downgraded, isLeftToClassic, MIGRATION_POLICIES } from '../../../../lib/core/groups/migration.ts';
import type { StepInput } from '../../../../lib/core/groups/retarget.ts';
import { step } from '../../../../lib/core/groups/step.ts';
import { joining, topicFact } from './world.ts';

const CLASSIC = { protocols: [{ name: 'range', metadata: '' }], assignment: '' };
const input = (downgrade = true): StepInput => ({ nowMs: 1, topics: [topicFact(1, 4)], keeper: 'coordinator', downgrade });
const join = (memberId: string, more: Partial<HeartbeatRequest> = {}) => ({
  kind: 'request' as const,
  request: joining(memberId, ['topic-1'], more),
});
const leave = (memberId: string) => ({ kind: 'request' as const, request: { memberId, memberEpoch: -1 } });

function group(...members: readonly ReturnType<typeof join>[]): GroupView {
  return step({ group: newGroup('g', 'consumer', 0), members: new Map() }, members, input()).view;
}

describe('the migration of a group', () => {
  it('is allowed by policy', () => {
    expect(MIGRATION_POLICIES.map((policy) => [policy, allowsUpgrade(policy), allowsDowngrade(policy)])).toEqual([
      ['bidirectional', true, true],
      ['upgrade', true, false],
      ['downgrade', false, true],
      ['disabled', false, false],
    ]);
  });

  it('goes down when the last member of the consumer protocol leaves, with the epoch as generation and what each has', () => {
    const before = group(join('a', { classic: CLASSIC }), join('b'));
    const owned = before.members.get('a')?.assigned;
    expect(owned).toHaveLength(2);
    const { view, answers } = step(before, [leave('b')], input());
    expect(answers).toMatchObject([{ kind: 'heartbeat', memberEpoch: -1 }]);
    expect(view.group).toMatchObject({
      kind: 'classic',
      epoch: before.group.epoch,
      assignmentEpoch: before.group.epoch,
      members: 1,
      topics: ['topic-1'],
      classic: { protocolType: 'consumer', synced: false },
    });
    expect([...view.members.values()]).toMatchObject([{ memberId: 'a', state: 'stable', assigned: owned, revoking: [], classic: CLASSIC }]);
  });

  it('goes down when that member is found to be gone', () => {
    const before = group(join('a', { classic: CLASSIC }), join('b'));
    expect(step(before, [{ kind: 'expire', memberId: 'b' }], input()).view.group.kind).toBe('classic');
  });

  it('does not go down while it is not allowed, while another such member is or comes, or when nobody is left', () => {
    const kindAfter = (before: GroupView, events: Parameters<typeof step>[1], allowed = true) =>
      step(before, events, input(allowed)).view.group.kind;
    const mixed = group(join('a', { classic: CLASSIC }), join('b'));
    expect(kindAfter(mixed, [leave('b')], false)).toBe('consumer');
    expect(kindAfter(mixed, [leave('a')])).toBe('consumer');
    expect(kindAfter(mixed, [leave('b'), join('c')])).toBe('consumer');
    expect(kindAfter(group(join('a', { classic: CLASSIC }), join('b'), join('c')), [leave('b')])).toBe('consumer');
    expect(kindAfter(mixed, [leave('a'), leave('b')])).toBe('consumer');
    expect(kindAfter(mixed, [{ kind: 'refresh' }])).toBe('consumer');
  });

  it('keeps what a member has not given up yet with what it has', () => {
    const before = group(join('a', { classic: CLASSIC }), join('b'));
    const [first, second] = before.members.get('a')?.assigned ?? [];
    const a = { ...before.members.get('a'), state: 'unrevoked', assigned: [second], revoking: [first], revokeByMs: 9 };
    const members = new Map([['a', a]]) as GroupView['members'];
    expect([...downgraded({ group: before.group, members }).members.values()]).toMatchObject([
      { assigned: [first, second], revoking: [], revokeByMs: null },
    ]);
  });

  it('is not told from members that come', () => {
    const before = group(join('a', { classic: CLASSIC }));
    expect(isLeftToClassic(before, before.members)).toBe(false);
    expect(isLeftToClassic({ ...before, members: new Map([...before.members, ['b', {} as never]]) }, before.members)).toBe(true);
    expect(isLeftToClassic({ ...before, group: { ...before.group, kind: 'classic' } }, new Map())).toBe(false);
  });

  it('lets a static member of the classic protocol be replaced by one of the consumer protocol, whose own is not', () => {
    const take = (before: GroupView, more: Partial<HeartbeatRequest> = {}) =>
      step(before, [join('new', { instanceId: 'i', onInstanceConflict: 'refuse', ...more })], input());
    const { view, answers } = take(group(join('a', { instanceId: 'i', classic: CLASSIC })));
    expect(answers).toMatchObject([{ kind: 'heartbeat' }]);
    expect([...view.members.values()].map(({ memberId, classic }) => [memberId, classic])).toEqual([['new', undefined]]);
    expect(take(group(join('a', { instanceId: 'i' }))).answers).toMatchObject([
      { kind: 'refused', error: { code: 'UNRELEASED_INSTANCE_ID' } },
    ]);
  });
});
