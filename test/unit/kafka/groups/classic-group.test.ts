import { describe, expect, it } from 'vitest';
import { ClassicGroup, type JoinRequest } from '../../../../lib/kafka/groups/classic-group.ts';
import type { JoinGroupResponse } from '../../../../lib/kafka/messages/join-group.ts';
import type { SyncGroupResponse } from '../../../../lib/kafka/messages/sync-group.ts';

const DELAY_MS = 3_000;
const SESSION_MS = 10_000;
const REBALANCE_MS = 60_000;

/** A group with a clock of its own, whose store answers when the test says so. */
class World {
  now = 0;
  stores = 0;
  #ids = 0;
  readonly group: ClassicGroup;
  /** Answers in the order they came. */
  readonly joins: JoinGroupResponse[] = [];
  readonly syncs: SyncGroupResponse[] = [];

  constructor(initialRebalanceDelayMs = DELAY_MS) {
    this.group = new ClassicGroup({
      newMemberId: (prefix) => `${prefix}-${++this.#ids}`,
      initialRebalanceDelayMs,
      store: () => {
        this.stores++;
      },
    });
  }

  pass(ms: number): void {
    this.now += ms;
    this.group.tick(this.now);
  }

  join(over: Partial<JoinRequest> = {}): void {
    const request: JoinRequest = {
      memberId: '',
      instanceId: null,
      clientId: 'c',
      clientHost: '/h',
      sessionTimeoutMs: SESSION_MS,
      rebalanceTimeoutMs: REBALANCE_MS,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.from('m') }],
      needsKnownId: false,
      maySkipAssignment: false,
      ...over,
    };
    this.group.join(request, this.now, (answer) => this.joins.push(answer));
  }

  sync(memberId: string, assignments: Record<string, string> = {}, over: object = {}): void {
    const given = Object.entries(assignments).map(([id, text]) => ({ memberId: id, assignment: Buffer.from(text) }));
    const names = { groupInstanceId: null, protocolType: null, protocolName: null, ...over };
    const request = { groupId: 'g', generationId: this.group.generation, memberId, assignments: given, ...names };
    this.group.sync(request, this.now, (answer) => this.syncs.push(answer));
  }

  takeJoins(): JoinGroupResponse[] {
    return this.joins.splice(0);
  }

  takeSyncs(): string[] {
    return this.syncs.splice(0).map(({ errorCode, assignment }) => (errorCode === 0 ? assignment.toString() : String(errorCode)));
  }

  /** Two members, c-1 who leads and c-2, with assignments A and B. */
  stable(): void {
    this.join();
    this.join();
    this.pass(DELAY_MS);
    this.pass(DELAY_MS);
    this.sync('c-2');
    this.sync('c-1', { 'c-1': 'A', 'c-2': 'B' });
    this.group.stored(this.group.generation, 0, this.now);
    this.takeJoins();
    this.takeSyncs();
  }
}

describe('a classic group', () => {
  it('waits for more members at first, as long as they come', () => {
    const world = new World();
    world.join();
    world.pass(DELAY_MS - 1);
    world.join();
    world.pass(1);
    expect(world.joins).toEqual([]);
    world.pass(DELAY_MS);
    const joins = world.takeJoins();
    expect(joins.map(({ memberId, generationId, leader, protocolName }) => [memberId, generationId, leader, protocolName])).toEqual([
      ['c-1', 1, 'c-1', 'range'],
      ['c-2', 1, 'c-1', 'range'],
    ]);
    expect(joins.map(({ members }) => members.map(({ memberId }) => memberId))).toEqual([['c-1', 'c-2'], []]);
    expect(world.group.state).toBe('CompletingRebalance');
  });

  it('gives members their parts once the leader has divided and the division is stored', () => {
    const world = new World(0);
    world.join();
    world.sync('c-1', { 'c-1': 'A' });
    expect([world.stores, world.syncs.length]).toEqual([1, 0]);
    world.group.stored(1, 0, world.now);
    expect(world.takeSyncs()).toEqual(['A']);
    expect(world.group.state).toBe('Stable');
    world.sync('c-1');
    expect(world.takeSyncs()).toEqual(['A']);
  });

  it('has everybody join again when the division could not be stored', () => {
    const world = new World(0);
    world.join();
    world.sync('c-1', { 'c-1': 'A' });
    world.group.stored(1, 7, world.now);
    expect(world.takeSyncs()).toEqual(['7']);
    expect(world.group.state).toBe('PreparingRebalance');
    expect(world.group.heartbeat('c-1', null, 1, world.now)).toBe(27);
  });

  it('tells a member its id first where the client can take it', () => {
    const world = new World(0);
    world.join({ needsKnownId: true });
    expect(world.takeJoins()).toMatchObject([{ errorCode: 79, memberId: 'c-1' }]);
    expect(world.group.members.size).toBe(0);
    world.join({ needsKnownId: true, memberId: 'c-1' });
    expect(world.takeJoins()).toMatchObject([{ errorCode: 0, memberId: 'c-1', generationId: 1 }]);
    world.join({ needsKnownId: true, memberId: 'stranger' });
    expect(world.takeJoins()).toMatchObject([{ errorCode: 25 }]);
  });

  it('waits for an id it gave out, but not longer than a session', () => {
    const world = new World();
    world.stable();
    world.join({ needsKnownId: true });
    world.takeJoins();
    world.join({ memberId: 'c-1' });
    world.join({ memberId: 'c-2' });
    expect(world.joins).toEqual([]);
    world.pass(SESSION_MS);
    expect(world.takeJoins()).toMatchObject([{ generationId: 2 }, { generationId: 2 }]);
  });

  it('rebalances when a member comes, and goes on when all have joined again', () => {
    const world = new World();
    world.stable();
    world.join();
    expect(world.group.heartbeat('c-1', null, 1, world.now)).toBe(27);
    world.join({ memberId: 'c-1' });
    expect(world.joins).toEqual([]);
    world.join({ memberId: 'c-2' });
    expect(world.takeJoins().map(({ memberId, generationId }) => [memberId, generationId])).toEqual([
      ['c-1', 2],
      ['c-2', 2],
      ['c-3', 2],
    ]);
  });

  it('goes on without those who have not joined when the time is up', () => {
    const world = new World();
    world.stable();
    world.join({ memberId: 'c-2' });
    expect(world.joins).toMatchObject([{ generationId: 1 }]);
    world.takeJoins();
    world.join({ memberId: 'c-2', protocols: [{ name: 'range', metadata: Buffer.from('new') }] });
    world.group.heartbeat('c-1', null, 1, world.now);
    for (let passed = 0; passed < REBALANCE_MS; passed += 5_000) {
      world.pass(5_000);
      world.group.heartbeat('c-1', null, 1, world.now);
    }
    expect(world.takeJoins()).toMatchObject([{ memberId: 'c-2', generationId: 2, leader: 'c-2' }]);
    expect([...world.group.members.keys()]).toEqual(['c-2']);
  });

  it('removes a member that is silent, and one that leaves', () => {
    const world = new World();
    world.stable();
    world.pass(SESSION_MS - 1);
    world.group.heartbeat('c-2', null, 1, world.now);
    world.pass(1);
    expect([...world.group.members.keys()]).toEqual(['c-2']);
    expect(world.group.leave('c-2', null, world.now)).toBe(0);
    expect(world.group.state).toBe('Empty');
    expect(world.stores).toBe(2);
    expect(world.group.leave('c-2', null, world.now)).toBe(25);
  });

  it('removes members that never ask for their part', () => {
    const world = new World(0);
    world.join();
    world.join();
    world.join({ memberId: 'c-1', protocols: [{ name: 'range', metadata: Buffer.from('new') }] });
    world.takeJoins();
    world.sync('c-1', { 'c-1': 'A' });
    world.group.stored(world.group.generation, 0, world.now);
    for (let passed = 0; passed < REBALANCE_MS; passed += 5_000) {
      world.pass(5_000);
      for (const id of ['c-1', 'c-2']) world.group.heartbeat(id, null, world.group.generation, world.now);
    }
    expect([...world.group.members.keys()]).toEqual(['c-1']);
  });

  it('elects the protocol that all know and most want', () => {
    const world = new World();
    const knows = (...names: string[]) => ({ protocols: names.map((name) => ({ name, metadata: Buffer.from(name) })) });
    world.join(knows('a', 'b', 'c'));
    world.join(knows('b', 'a'));
    world.join(knows('b', 'a'));
    world.join(knows('d'));
    expect(world.takeJoins()).toMatchObject([{ errorCode: 23 }]);
    world.pass(DELAY_MS);
    world.pass(DELAY_MS);
    const [leader] = world.takeJoins();
    expect(leader?.protocolName).toBe('b');
    expect(leader?.members.map(({ metadata }) => metadata.toString())).toEqual(['b', 'b', 'b']);
    world.join({ protocolType: 'connect' });
    expect(world.takeJoins()).toMatchObject([{ errorCode: 23 }]);
  });

  it('refuses wrong members, generations and protocols', () => {
    const world = new World();
    world.stable();
    const { group, now } = world;
    expect([group.heartbeat('x', null, 1, now), group.heartbeat('c-1', null, 2, now), group.heartbeat('c-1', null, 1, now)]).toEqual([
      25, 22, 0,
    ]);
    world.sync('x');
    world.sync('c-1', {}, { generationId: 9 });
    world.sync('c-1', {}, { protocolName: 'other' });
    world.sync('c-1', {}, { protocolType: 'other' });
    expect(world.takeSyncs()).toEqual(['25', '22', '23', '23']);
    expect([group.commitError('c-1', null, 1, now), group.commitError('c-1', null, 0, now), group.commitError('', null, -1, now)]).toEqual([
      0, 22, 25,
    ]);
    world.join();
    world.join({ memberId: 'c-1' });
    world.sync('c-1');
    expect(world.takeSyncs()).toEqual(['27']);
    expect(group.commitError('c-1', null, 1, now)).toBe(0);
    world.join({ memberId: 'c-2' });
    expect(group.commitError('c-1', null, 2, now)).toBe(27);
  });

  it('keeps the place of a static member that restarts', () => {
    const world = new World(0);
    world.join({ instanceId: 'i' });
    world.sync('i-1', { 'i-1': 'A' }, { groupInstanceId: 'i' });
    world.group.stored(1, 0, world.now);
    world.takeJoins();
    world.join({ instanceId: 'i', maySkipAssignment: true });
    expect(world.takeJoins()).toMatchObject([{ errorCode: 0, memberId: 'i-2', generationId: 1, leader: 'i-2', skipAssignment: true }]);
    world.sync('i-2', {}, { groupInstanceId: 'i' });
    expect(world.takeSyncs()).toEqual(['A', 'A']);
    expect(world.group.heartbeat('i-1', 'i', 1, world.now)).toBe(82);
    world.join({ instanceId: 'i' });
    expect(world.takeJoins()).toMatchObject([{ memberId: 'i-3', leader: 'i-2', skipAssignment: false, members: [] }]);
    expect(world.group.leave('', 'i', world.now)).toBe(0);
  });

  it('ends every wait when another gateway takes over', () => {
    const world = new World();
    world.join();
    world.group.dismiss(16);
    expect(world.takeJoins()).toMatchObject([{ errorCode: 16 }]);
  });

  it('says when it wants to be woken', () => {
    const world = new World();
    expect(world.group.wakeAt).toBe(Number.POSITIVE_INFINITY);
    world.join();
    expect(world.group.wakeAt).toBe(DELAY_MS);
    world.pass(DELAY_MS);
    world.sync('c-1', { 'c-1': 'A' });
    world.group.stored(1, 0, world.now);
    expect(world.group.wakeAt).toBe(DELAY_MS + SESSION_MS);
  });
});
