import { describe, expect, it } from 'vitest';
import { type GroupView, type MemberRecord, newGroup } from '../../../../lib/core/groups/group-record.ts';
import type { StepInput } from '../../../../lib/core/groups/retarget.ts';
import { step } from '../../../../lib/core/groups/step.ts';
import type { JoinRequest } from '../../../../lib/kafka/groups/classic-group.ts';
import {
  classicMemberNamed,
  heartbeatAnswer,
  isMixed,
  joinAsHeartbeat,
  joinError,
  memberNamed,
  mustRejoin,
  syncError,
} from '../../../../lib/kafka/groups/mixed-group.ts';
import { joining, topicFact, topicId } from '../../core/groups/world.ts';
import { subscriptionOf } from './group-clients.ts';

const INPUT: StepInput = { nowMs: 5, topics: [topicFact(1, 4)], keeper: 'coordinator' };
const CLASSIC = { protocols: [{ name: 'range', metadata: '' }], assignment: '' };

/** `a` speaks the classic protocol and is the instance `i`, `b` the consumer protocol. */
function mixed(): GroupView {
  const empty: GroupView = { group: newGroup('g', 'consumer', 0), members: new Map() };
  const joins = [joining('a', ['topic-1'], { classic: CLASSIC, instanceId: 'i' }), joining('b', ['topic-1'])];
  return step(
    empty,
    joins.map((request) => ({ kind: 'request', request })),
    INPUT,
  ).view;
}

function withMember(view: GroupView, change: Partial<MemberRecord>): { view: GroupView; member: MemberRecord } {
  const member = { ...(view.members.get('a') as MemberRecord), ...change };
  return { view: { ...view, members: new Map([...view.members, ['a', member]]) }, member };
}

const asked = (over: Partial<JoinRequest> = {}): JoinRequest => ({
  memberId: '',
  instanceId: null,
  clientId: 'c',
  clientHost: '/h',
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 20_000,
  protocolType: 'consumer',
  protocols: [{ name: 'range', metadata: subscriptionOf('topic-1', [1]) }],
  needsKnownId: true,
  maySkipAssignment: false,
  ...over,
});

describe('a classic member of a consumer group', () => {
  it('is one where the group has members and is a consumer group', () => {
    const view = mixed();
    expect(isMixed(view)).toBe(true);
    expect(isMixed({ ...view, members: new Map() })).toBe(false);
    expect(isMixed({ ...view, group: { ...view.group, kind: 'classic' } })).toBe(false);
  });

  it('is known by its id, its instance and its generation', () => {
    const view = mixed();
    expect(memberNamed(view, 'b', null)).toBe(view.members.get('b'));
    expect(memberNamed(view, 'x', null)).toBe(25);
    expect(memberNamed(view, 'a', 'i')).toBe(view.members.get('a'));
    expect(memberNamed(view, 'x', 'i')).toBe(82);
    expect(memberNamed(view, 'a', 'nobody')).toBe(25);
    expect(classicMemberNamed(view, 'a', null, 1)).toBe(view.members.get('a'));
    expect(classicMemberNamed(view, 'a', null, 2)).toBe(22);
    expect(classicMemberNamed(view, 'b', null, 1)).toBe(25);
  });

  it('joins again when there is something new for it, and not while others hold it back', () => {
    const stable = mixed();
    expect(heartbeatAnswer(stable, stable.members.get('a') as MemberRecord)).toBe(0);
    const newer = { ...stable, group: { ...stable.group, epoch: 2, assignmentEpoch: 2 } };
    expect(heartbeatAnswer(newer, newer.members.get('a') as MemberRecord)).toBe(27);
    const giving = withMember(stable, { state: 'unrevoked' });
    expect(mustRejoin(giving.view, giving.member)).toBe(true);
    const theirs = stable.members.get('b')?.assigned ?? [];
    const waiting = withMember(stable, { state: 'unreleased', target: theirs });
    expect(mustRejoin(waiting.view, waiting.member)).toBe(false);
    const free = withMember(stable, { state: 'unreleased', assigned: [] });
    expect(mustRejoin(free.view, free.member)).toBe(true);
  });

  it('asks for its part by the protocol that it joined with, before it must join again', () => {
    const view = mixed();
    const member = view.members.get('a') as MemberRecord;
    const sync = {
      groupId: 'g',
      generationId: 1,
      memberId: 'a',
      groupInstanceId: null,
      protocolType: null,
      protocolName: null,
      assignments: [],
    };
    expect(syncError(view, member, sync)).toBe(0);
    expect(syncError(view, member, { ...sync, protocolType: 'consumer', protocolName: 'range' })).toBe(0);
    expect(syncError(view, member, { ...sync, protocolType: 'connect' })).toBe(23);
    expect(syncError(view, member, { ...sync, protocolName: 'sticky' })).toBe(23);
    const newer = { ...view, group: { ...view.group, epoch: 2 } };
    expect(syncError(newer, member, sync)).toBe(27);
    // What it must give up it learns from this answer.
    expect(syncError(newer, { ...member, state: 'unrevoked' }, sync)).toBe(0);
  });

  it('may join by a protocol that all classic members know, unless that is disabled', () => {
    const view = mixed();
    expect(joinError(view, asked(), 'upgrade')).toBe(0);
    expect(joinError(view, asked(), 'disabled')).toBe(23);
    expect(joinError(view, asked({ protocolType: 'connect' }), 'bidirectional')).toBe(23);
    const other = [{ name: 'sticky', metadata: subscriptionOf('topic-1') }];
    expect(joinError(view, asked({ protocols: other }), 'bidirectional')).toBe(23);
    expect(joinError(view, asked({ protocols: [] }), 'bidirectional')).toBe(23);
    expect(joinError(view, asked({ protocols: [{ name: 'range', metadata: Buffer.from('?') }] }), 'bidirectional')).toBe(23);
    const onlyConsumers = { ...view, members: new Map([...view.members].slice(1)) };
    expect(joinError(onlyConsumers, asked({ protocols: other }), 'bidirectional')).toBe(0);
    const full = { ...view, members: new Map(Array.from({ length: 1_000 }, (_, i) => [`m${i}`, view.members.get('b') as MemberRecord])) };
    expect(joinError(full, asked(), 'bidirectional')).toBe(81);
    expect(joinError(full, asked({ memberId: 'm7' }), 'bidirectional')).toBe(0);
  });

  it('joins with what it says in its subscription', () => {
    const view = mixed();
    expect(joinAsHeartbeat(view, 'a', asked({ instanceId: 'i' }), INPUT)).toEqual({
      memberId: 'a',
      memberEpoch: 1,
      instanceId: 'i',
      clientId: 'c',
      clientHost: '/h',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 20_000,
      topics: ['topic-1'],
      pattern: '',
      owned: [`${topicId(1)}/1`],
      onInstanceConflict: 'fence',
      classic: { protocols: [{ name: 'range', metadata: subscriptionOf('topic-1', [1]).toString('base64') }], assignment: '' },
    });
    expect(joinAsHeartbeat(view, 'new', asked(), INPUT).memberEpoch).toBe(0);
  });
});
