import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type GroupView, heldBy, newGroup, phaseOf } from '../../../../lib/core/groups/group-record.ts';
import { MEMBER_ACTIONS } from '../../../../lib/core/groups/member-request.ts';
import type { PartitionSet } from '../../../../lib/core/groups/partition-set.ts';
import { MEMBER_MOVES } from '../../../../lib/core/groups/reconcile.ts';
import type { StepInput, TopicFact } from '../../../../lib/core/groups/retarget.ts';
import { type GroupEvent, type StepAnswer, step } from '../../../../lib/core/groups/step.ts';
import { joining, topicFact } from './world.ts';

const input = (topics: readonly TopicFact[], nowMs = 0): StepInput => ({ nowMs, topics, keeper: 'coordinator' });
const empty = (): GroupView => ({ group: newGroup('g', 'consumer', 0), members: new Map() });
const request = (r: Parameters<typeof joining>[2] & { memberId: string; memberEpoch: number }): GroupEvent => ({
  kind: 'request',
  request: r,
});

/** A client that obeys: it gives up what is no longer assigned before it says so. */
interface Client {
  epoch: number;
  owned: PartitionSet;
}

function tell(client: Client, answer: StepAnswer | undefined): void {
  if (answer?.kind === 'heartbeat') {
    client.epoch = answer.memberEpoch;
    client.owned = answer.assigned;
  } else if (answer?.kind === 'refused') {
    client.epoch = 0;
    client.owned = [];
  }
}

class World {
  view = empty();
  topics: TopicFact[] = [topicFact(1, 7), topicFact(2, 3)];
  readonly clients = new Map<string, Client>();

  beat(memberIds: readonly string[], lostAnswers = false): void {
    const names = this.topics.map((topic) => topic.name);
    const events = memberIds.map((memberId): GroupEvent => {
      const client = this.clients.get(memberId) ?? { epoch: 0, owned: [] };
      this.clients.set(memberId, client);
      return { kind: 'request', request: { memberId, memberEpoch: client.epoch, owned: client.owned, topics: names } };
    });
    const result = step(this.view, events, input(this.topics));
    this.view = result.view;
    for (const [i, memberId] of memberIds.entries()) {
      if (!lostAnswers) tell(this.clients.get(memberId) as Client, result.answers[i]);
    }
    this.check();
  }

  apply(event: GroupEvent): void {
    this.view = step(this.view, [event], input(this.topics)).view;
    this.check();
  }

  /** No partition is in two members' hands, by the records and by what the clients believe. */
  check(): void {
    const held = [...this.view.members.values()].flatMap(heldBy);
    expect(new Set(held).size).toBe(held.length);
    const believed = [...this.clients].flatMap(([memberId, client]) => (this.view.members.has(memberId) ? client.owned : []));
    expect(new Set(believed).size).toBe(believed.length);
  }
}

describe('the step of a group', () => {
  it('never has a partition in two hands, and when it is quiet every partition is owned', () => {
    const member = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const command = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ kind: fc.constant('beat' as const), members: fc.uniqueArray(member, { minLength: 1 }), lost: fc.boolean() }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), member }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('expire' as const), member }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('grow' as const), topic: fc.nat(1) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const), member }) },
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
        const world = new World();
        for (const c of commands) {
          if (c.kind === 'beat') world.beat(c.members, c.lost);
          else if (c.kind === 'grow')
            world.topics = world.topics.map((t, i) => (i === c.topic ? { ...t, partitions: t.partitions + 2 } : t));
          else if (c.kind === 'crash') world.clients.delete(c.member);
          else {
            if (c.kind === 'expire') world.apply({ kind: 'expire', memberId: c.member });
            else world.apply(request({ memberId: c.member, memberEpoch: -1 }));
            if (c.kind === 'leave') world.clients.delete(c.member);
          }
        }
        for (const memberId of world.view.members.keys()) {
          if (!world.clients.has(memberId)) world.apply({ kind: 'expire', memberId });
        }
        world.beat(['z']);
        const everybody = () => [...new Set([...world.clients.keys(), ...world.view.members.keys()])];
        for (let round = 0; round < 12 && (round < 4 || phaseOf(world.view) !== 'stable'); round++) world.beat(everybody());
        expect(phaseOf(world.view)).toBe('stable');
        const owned = [...world.view.members.values()].flatMap((m) => m.assigned);
        expect(owned.length).toBe(world.topics.reduce((sum, t) => sum + t.partitions, 0));
      }),
      { numRuns: 150 },
    );
  });

  it('takes fifty joins at one moment as one step without an empty member', () => {
    const topics = [topicFact(1, 100)];
    const joins = Array.from({ length: 50 }, (_, i): GroupEvent => ({ kind: 'request', request: joining(`m${i}`, ['topic-1']) }));
    const { view, answers } = step(empty(), joins, input(topics));
    expect(view.group.epoch).toBe(1);
    expect(phaseOf(view)).toBe('stable');
    expect(answers.every((a) => a.kind === 'heartbeat' && a.assigned.length === 2)).toBe(true);
  });

  it('moves only the partitions of a member that leaves', () => {
    const topics = [topicFact(1, 12)];
    const joins = ['a', 'b', 'c'].map((m): GroupEvent => ({ kind: 'request', request: joining(m, ['topic-1']) }));
    const before = step(empty(), joins, input(topics)).view;
    const after = step(before, [request({ memberId: 'b', memberEpoch: -1 })], input(topics)).view;
    for (const id of ['a', 'c']) {
      const had = before.members.get(id)?.assigned ?? [];
      expect(after.members.get(id)?.target).toEqual(expect.arrayContaining([...had]));
      expect(after.members.get(id)?.assigned).toEqual(had);
    }
  });

  it('keeps the partitions of a static member that restarts, without a new epoch', () => {
    const topics = [topicFact(1, 4)];
    const join = (memberId: string, instanceId: string): GroupEvent => ({
      kind: 'request',
      request: joining(memberId, ['topic-1'], { instanceId }),
    });
    const before = step(empty(), [join('a1', 'a'), join('b1', 'b')], input(topics)).view;
    const { view, answers } = step(before, [join('a2', 'a')], input(topics));
    expect(view.group.epoch).toBe(before.group.epoch);
    expect(view.members.get('a2')?.assigned).toEqual(before.members.get('a1')?.assigned);
    expect(view.members.get('a2')?.state).toBe('stable');
    expect(answers[0]).toMatchObject({ kind: 'heartbeat', memberEpoch: before.group.epoch });
    const old = step(view, [request({ memberId: 'a1', memberEpoch: 1, instanceId: 'a' })], input(topics)).answers[0];
    expect(old).toMatchObject({ kind: 'refused', error: { code: 'FENCED_INSTANCE_ID' } });
  });

  it('refuses a second member of an instance where KIP-848 wants it refused', () => {
    const topics = [topicFact(1, 4)];
    const join = (memberId: string): GroupEvent => ({
      kind: 'request',
      request: joining(memberId, ['topic-1'], { instanceId: 'a', onInstanceConflict: 'refuse' }),
    });
    const before = step(empty(), [join('a1')], input(topics)).view;
    expect(step(before, [join('a2')], input(topics)).answers[0]).toMatchObject({ error: { code: 'UNRELEASED_INSTANCE_ID' } });
    const away = step(before, [request({ memberId: 'a1', memberEpoch: -2, instanceId: 'a' })], input(topics)).view;
    expect(away.group.epoch).toBe(before.group.epoch);
    const back = step(away, [join('a2')], input(topics));
    expect(back.view.members.get('a2')?.assigned.length).toBe(4);
    expect(back.view.group.epoch).toBe(before.group.epoch);
  });

  it('fences wrong epochs and unknown members, and accepts the epoch before when an answer was lost', () => {
    const topics = [topicFact(1, 4)];
    const one = step(empty(), [{ kind: 'request', request: joining('a', ['topic-1']) }], input(topics)).view;
    const codeOf = (view: GroupView, memberId: string, memberEpoch: number) => {
      const answer = step(view, [request({ memberId, memberEpoch, owned: [] })], input(topics)).answers[0];
      return answer?.kind === 'refused' ? answer.error.code : answer?.kind;
    };
    expect(codeOf(one, 'a', 9)).toBe('FENCED_MEMBER_EPOCH');
    expect(codeOf(one, 'x', 1)).toBe('UNKNOWN_MEMBER_ID');
    const two = step(one, [{ kind: 'request', request: joining('b', ['topic-1']) }], input(topics)).view;
    const three = step(two, [request({ memberId: 'a', memberEpoch: 1, owned: [] })], input(topics)).view;
    expect(three.members.get('a')?.epoch).toBe(2);
    expect(codeOf(three, 'a', 1)).toBe('heartbeat');
  });

  it('notices new partitions and topics that match a pattern', () => {
    const join: GroupEvent = { kind: 'request', request: { memberId: 'a', memberEpoch: 0, pattern: 'topic-\\d', owned: [] } };
    const one = step(empty(), [join], input([topicFact(1, 2)])).view;
    expect(one.members.get('a')?.assigned.length).toBe(2);
    const more = [topicFact(1, 3), topicFact(2, 2)];
    expect(step(one, [{ kind: 'refresh' }], input(more)).view.members.get('a')?.target.length).toBe(5);
    const same = step(one, [{ kind: 'refresh' }], input([topicFact(1, 2)]));
    expect(same.view.group).toBe(one.group);
  });

  it('has an action and a move for every pair of state and event', () => {
    for (const row of [...Object.values(MEMBER_ACTIONS), ...Object.values(MEMBER_MOVES)]) {
      for (const outcome of Object.values(row)) expect(outcome).toBeTypeOf('string');
    }
    expect(Object.keys(MEMBER_ACTIONS)).toEqual(['absent', ...Object.keys(MEMBER_MOVES)]);
  });
});
