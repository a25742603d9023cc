import { describe, expect, it } from 'vitest';
import { type GroupView, newGroup } from '../../../../lib/core/groups/group-record.ts';
import type { MigrationPolicy } from '../../../../lib/core/groups/migration.ts';
import type { StepInput } from '../../../../lib/core/groups/retarget.ts';
import { ClassicMember } from '../../../../lib/kafka/groups/classic-member.ts';
import type { ClassicSnapshot } from '../../../../lib/kafka/groups/classic-store.ts';
import { upgraded } from '../../../../lib/kafka/groups/group-upgrade.ts';
import { topicFact, topicId } from '../../core/groups/world.ts';
import { assignmentOf, subscriptionOf } from './group-clients.ts';

const TOPIC = 'topic-1';
const INPUT: StepInput = { nowMs: 5, topics: [topicFact(1, 4)], keeper: 'coordinator' };
const classicView = (): GroupView => ({ group: { ...newGroup('g', 'classic', 0), epoch: 7 }, members: new Map() });
const names = (...partitions: readonly number[]) => partitions.map((p) => `${topicId(1)}/${p}`);

function member(id: string, metadata: Buffer, assignment: Buffer = Buffer.alloc(0), instanceId: string | null = null): ClassicMember {
  const times = { sessionTimeoutMs: 6_000, rebalanceTimeoutMs: 9_000 };
  const made = new ClassicMember(
    id,
    { instanceId, clientId: 'c', clientHost: '/h', ...times, protocols: [{ name: 'range', metadata }] },
    0,
  );
  made.assignment = assignment;
  return made;
}

const snapshot = (members: readonly ClassicMember[], over: Partial<ClassicSnapshot> = {}): ClassicSnapshot => ({
  generation: 7,
  protocolType: 'consumer',
  protocol: 'range',
  leader: 'a',
  members,
  ...over,
});

function upgradedView(members: readonly ClassicMember[], over: Partial<ClassicSnapshot> = {}): GroupView {
  const result = upgraded(classicView(), snapshot(members, over), 'bidirectional', INPUT);
  if (result.kind === 'refused') throw new Error(result.why);
  return result.view;
}

function refusal(members: readonly ClassicMember[], policy: MigrationPolicy = 'upgrade', over: Partial<ClassicSnapshot> = {}): string {
  const result = upgraded(classicView(), snapshot(members, over), policy, INPUT);
  return result.kind === 'refused' ? result.why : 'upgraded';
}

describe('the upgrade of a classic group', () => {
  it('makes the generation the epoch, and leaves to each member what its leader gave it', () => {
    const view = upgradedView([
      member('a', subscriptionOf(TOPIC), assignmentOf(TOPIC, [0, 1])),
      member('b', subscriptionOf(TOPIC), assignmentOf(TOPIC, [2, 3]), 'i'),
    ]);
    expect(view.group).toMatchObject({ kind: 'consumer', epoch: 7, assignmentEpoch: 7, topics: [TOPIC], members: 2, emptySinceMs: null });
    expect(view.group.classic).toBeUndefined();
    expect([...view.members.values()]).toMatchObject([
      { memberId: 'a', epoch: 7, state: 'stable', assigned: names(0, 1), target: names(0, 1), topics: [TOPIC], sessionTimeoutMs: 6_000 },
      { memberId: 'b', instanceId: 'i', assigned: names(2, 3), rebalanceTimeoutMs: 9_000, classic: { protocols: [{ name: 'range' }] } },
    ]);
  });

  it('leaves to members in the middle of a rebalance what they say that they have, if nobody was given it', () => {
    const view = upgradedView([
      member('a', subscriptionOf(TOPIC, [0, 1, 2]), assignmentOf(TOPIC, [0])),
      member('b', subscriptionOf(TOPIC, [1]), assignmentOf(TOPIC, [2])),
      member('c', subscriptionOf(TOPIC, [3])),
      member('d', subscriptionOf(TOPIC)),
    ]);
    expect([...view.members.values()].map(({ assigned }) => assigned)).toEqual([names(0, 1), names(2), names(3), []]);
  });

  it('gives what two leaders gave to two members to one of them', () => {
    const view = upgradedView([
      member('a', subscriptionOf(TOPIC), assignmentOf(TOPIC, [0, 1])),
      member('b', subscriptionOf(TOPIC), assignmentOf(TOPIC, [1, 2])),
    ]);
    expect([...view.members.values()].map(({ assigned }) => assigned)).toEqual([names(0, 1), names(2)]);
  });

  it('takes what members know where the group has no protocol yet', () => {
    const view = upgradedView([member('a', subscriptionOf(TOPIC))], { protocol: null, generation: 0 });
    expect([view.group.epoch, view.group.topics]).toEqual([1, [TOPIC]]);
  });

  it('leaves a group without members, and one that is upgraded, as it is', () => {
    const view = classicView();
    expect(upgraded(view, snapshot([]), 'disabled', INPUT)).toEqual({ kind: 'upgraded', view });
    const done = { ...view, group: { ...view.group, kind: 'consumer' as const } };
    expect(upgraded(done, snapshot([member('a', subscriptionOf(TOPIC))]), 'bidirectional', INPUT)).toEqual({
      kind: 'upgraded',
      view: done,
    });
  });

  it('is refused for the reasons that a broker has', () => {
    const one = [member('a', subscriptionOf(TOPIC))];
    expect(refusal(one, 'downgrade')).toContain('online upgrade is disabled');
    expect(refusal(one, 'disabled')).toContain('online upgrade is disabled');
    expect(refusal(one, 'upgrade', { protocolType: 'connect' })).toContain('does not use the consumer embedded protocol');
    expect(refusal([member('a', Buffer.from('x'))])).toContain('malformed');
    expect(refusal([member('a', subscriptionOf(TOPIC), Buffer.from('mine'))])).toContain('malformed');
    const withUserData = Buffer.concat([assignmentOf(TOPIC, []).subarray(0, -4), Buffer.from([0, 0, 0, 1, 9])]);
    expect(refusal([member('a', subscriptionOf(TOPIC), withUserData)])).toContain('unsupported custom assignor');
    const many = Array.from({ length: 1_001 }, (_, i) => member(`m${i}`, subscriptionOf(TOPIC)));
    expect(refusal(many)).toContain('exceeds the consumer group maximum size');
    expect(refusal(one)).toBe('upgraded');
  });
});
