import { afterEach, describe, expect, it } from 'vitest';
import type { GroupCoordinator } from '../../../../lib/engine/groups/group-coordinator.ts';
import { topicFact } from '../../core/groups/world.ts';
import { GroupWorld, Member } from './group-world.ts';

let world = new GroupWorld();
const fresh = (...args: ConstructorParameters<typeof GroupWorld>) => {
  world = new GroupWorld(...args);
  return world.process();
};
afterEach(() => world.close());

async function settle(process: GroupCoordinator, members: readonly Member[], rounds = 6): Promise<number> {
  for (let round = 1; round <= rounds; round++) {
    await Promise.all(members.map((member) => member.beat(process)));
    if ((await process.describe('g', { withTime: false })).state === 'stable') return round;
  }
  return Number.POSITIVE_INFINITY;
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'fulfilled',
    (error) => error.code,
  );

describe('the coordinator of a group', () => {
  it('takes fifty members that join at once into one assignment without an empty one', async () => {
    const process = fresh([topicFact(1, 100)]);
    const members = Array.from({ length: 50 }, (_, i) => new Member(`m${i}`));
    expect(await settle(process, members)).toBe(1);
    expect(members.map((m) => m.count)).toEqual(members.map(() => 2));
    expect((await process.describe('g')).epoch).toBe(1);
  });

  it('brings 100 members on 1,000 partitions to rest from a cold start in few steps and writes', async () => {
    const process = fresh([topicFact(1, 1_000)]);
    const members = Array.from({ length: 100 }, (_, i) => new Member(`m${i}`));
    for (const member of members.slice(0, 10)) await member.beat(process);
    expect(await settle(process, members)).toBeLessThanOrEqual(4);
    expect(members.every((m) => m.count === 10)).toBe(true);
    expect(new Set(members.flatMap((m) => m.names)).size).toBe(1_000);
    expect(world.bill.writes).toBeLessThan(1_500);
  });

  it('takes over the partitions of a member that has gone silent, and refuses its commit when it wakes', async () => {
    const process = fresh();
    const [a, b] = [new Member('a'), new Member('b')];
    await settle(process, [a, b]);
    for (let s = 0; s < 46; s += 5) {
      world.clock.ms += 5_000;
      await a.beat(process);
      await process.tick();
    }
    await a.beat(process);
    expect(a.count).toBe(12);
    expect(await codeOf(b.commit(process, 5))).toBe('UNKNOWN_MEMBER_ID');
    expect(await codeOf(b.beat(process))).toBe('UNKNOWN_MEMBER_ID');
    b.epoch = 0;
    b.owned = [];
    await settle(process, [a, b]);
    expect([a.count, b.count]).toEqual([6, 6]);
  });

  it('moves only the partitions of a member that leaves', async () => {
    const process = fresh();
    const members = ['a', 'b', 'c'].map((id) => new Member(id));
    await settle(process, members);
    const before = members.map((m) => m.names);
    await process.leave('g', 'b');
    const rest = [members[0], members[2]] as [Member, Member];
    await settle(process, rest);
    expect(rest[0].names).toEqual(expect.arrayContaining([...(before[0] ?? [])]));
    expect(rest[1].names).toEqual(expect.arrayContaining([...(before[2] ?? [])]));
    expect(rest[0].count + rest[1].count).toBe(12);
  });

  it('lets the others go on while a member leaves: their commits count before they have heard of it, at the epoch they have', async () => {
    const process = fresh();
    const [a, b, c] = [new Member('a'), new Member('b'), new Member('c')];
    await settle(process, [a, b, c]);
    const entries = async (member: Member) =>
      (await world.store.allBlocks('g')).flatMap((block) =>
        [...block.entries].filter(([p]) => member.names.includes(`topic-1/${p}`)).map(([p, { owner, epoch }]) => `${p} ${owner} ${epoch}`),
      );
    const held = { a: await entries(a), c: await entries(c) };
    const { epoch } = await process.describe('g');
    await process.leave('g', 'b');
    expect((await process.describe('g')).epoch).toBe(epoch + 1);
    for (const member of [a, c]) expect((await member.commit(process, 40)).map((p) => p.outcome)).toEqual(Array(4).fill('committed'));
    await a.beat(process);
    expect((await c.commit(process, 41)).map((p) => p.outcome)).toEqual(Array(4).fill('committed'));
    await settle(process, [a, c]);
    // What they had is theirs by the same entries: nothing was taken and given again.
    expect(await entries(a)).toEqual(expect.arrayContaining(held.a));
    expect(await entries(c)).toEqual(expect.arrayContaining(held.c));
  });

  it('keeps offsets where they are when partitions move, and fences the earlier owner', async () => {
    const process = fresh();
    const a = new Member('a');
    await a.beat(process);
    await a.commit(process, 42);
    const old = { epoch: a.epoch, owned: a.owned };
    const b = new Member('b');
    await settle(process, [a, b]);
    await b.commit(process, 50);
    Object.assign(a, { epoch: old.epoch, owned: b.owned });
    const late = await a.commit(process, 43);
    expect(late.every((p) => p.outcome === 'refused')).toBe(true);
    const offsets = await process.fetchOffsets('g');
    expect(offsets.length).toBe(12);
    expect(offsets.filter((o) => o.offset === 50).length).toBe(6);
    expect(offsets.filter((o) => o.offset === 42).length).toBe(6);
  });

  it('lets a commit that arrives late undo nothing, with a sequence or by an older connection', async () => {
    const process = fresh([topicFact(1, 1)]);
    const a = new Member('a');
    await a.beat(process);
    await a.commit(process, 100, 5);
    expect((await a.commit(process, 60, 4))[0]?.outcome).toBe('superseded');
    const kafka = (offset: number, order: number) =>
      process.commit({ group: 'g', memberId: 'a', memberEpoch: a.epoch, order, offsets: [{ topic: 'topic-1', partition: 0, offset }] });
    expect((await kafka(200, 9))[0]?.outcome).toBe('committed');
    expect((await kafka(110, 8))[0]?.outcome).toBe('superseded');
    expect((await process.fetchOffsets('g'))[0]?.offset).toBe(200);
  });

  it('asks for heartbeats at least each third of the session, also after the join', async () => {
    const process = fresh();
    const a = new Member('a');
    expect((await a.beat(process, { sessionTimeoutMs: 3_000 })).heartbeatIntervalMs).toBe(1_000);
    expect((await process.heartbeat({ group: 'g', memberId: 'a', memberEpoch: a.epoch })).heartbeatIntervalMs).toBe(1_000);
  });

  it('asks for heartbeats soon while partitions are on their way, and seldom when nothing moves', async () => {
    const process = fresh();
    const [a, b] = [new Member('a'), new Member('b')];
    const interval = async (member: Member) => (await member.beat(process)).heartbeatIntervalMs;
    expect(await interval(a)).toBe(1_000);
    expect(await interval(a)).toBe(5_000);
    expect(await interval(b)).toBe(1_000);
    // It owns nothing yet: the first has to give partitions up.
    expect(await interval(b)).toBe(1_000);
    await settle(process, [a, b]);
    expect([await interval(a), await interval(b)]).toEqual([5_000, 5_000]);
  });

  it('answers typed errors to what cannot be', async () => {
    const process = fresh();
    const a = new Member('a');
    await a.beat(process);
    const commit = (more: object) =>
      process.commit({
        group: 'g',
        memberId: 'a',
        memberEpoch: a.epoch,
        offsets: [{ topic: 'topic-1', partition: 0, offset: 1, ...more }],
      });
    const partitionCode = async (more: object) => (await commit(more))[0]?.error?.code;
    expect((await commit({ metadata: 'x'.repeat(4_097) }))[0]?.error?.details).toMatchObject({
      field: 'metadata',
      value: 4_097,
      limit: 4_096,
    });
    expect(await codeOf(process.heartbeat({ group: 'x'.repeat(300), memberId: 'a', memberEpoch: 0, topics: ['t'] }))).toBe(
      'INVALID_GROUP_ID',
    );
    expect(await codeOf(process.heartbeat({ group: 'g', memberId: 'a', memberEpoch: 99 }))).toBe('FENCED_MEMBER_EPOCH');
    expect(await codeOf(process.heartbeat({ group: 'g', memberId: 'z', memberEpoch: 1 }))).toBe('UNKNOWN_MEMBER_ID');
    expect(await codeOf(process.describe('nobody'))).toBe('GROUP_ID_NOT_FOUND');
    expect(await partitionCode({ offset: 1_001 })).toBe('OFFSET_OUT_OF_RANGE');
    expect(await partitionCode({ partition: 99 })).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    expect(await partitionCode({ topic: 'none' })).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    expect(await partitionCode({ metadata: 'x'.repeat(4_097) })).toBe('OFFSET_METADATA_TOO_LARGE');
    expect(await codeOf(process.reset({ group: 'g', target: { kind: 'earliest' } }))).toBe('NON_EMPTY_GROUP');
    expect(await codeOf(process.delete('g'))).toBe('NON_EMPTY_GROUP');
    expect(await codeOf(process.deleteOffsets('g', [{ topic: 'topic-1' }]))).toBe('GROUP_SUBSCRIBED_TO_TOPIC');
    expect(await codeOf(process.commit({ group: 'g', offsets: [{ topic: 'topic-1', partition: 0, offset: 1 }] }))).toBe(
      'UNKNOWN_MEMBER_ID',
    );
  });

  it('serves consumers that are no members, resets, and deletes', async () => {
    const process = fresh();
    const offsets = [0, 1].map((partition) => ({ topic: 'topic-1', partition, offset: 10, metadata: 'note' }));
    expect((await process.commit({ group: 's', offsets })).map((p) => p.outcome)).toEqual(['committed', 'committed']);
    expect((await process.list()).map((g) => g.group)).toContain('s');
    const dry = await process.reset({ group: 's', target: { kind: 'shift', by: 5 }, dryRun: true });
    expect(dry.map((p) => [p.before, p.offset])).toEqual([
      [10, 15],
      [10, 15],
    ]);
    expect((await process.fetchOffsets('s'))[0]).toMatchObject({ offset: 10, metadata: 'note' });
    await process.reset({ group: 's', target: { kind: 'time', timeMs: 1 }, topics: [{ topic: 'topic-1', partitions: [1] }] });
    expect((await process.fetchOffsets('s')).map((o) => o.offset)).toEqual([10, 7]);
    await process.reset({ group: 's', target: { kind: 'current' }, offsets: [{ topic: 'topic-1', partition: 5, offset: 3 }] });
    expect(await process.deleteOffsets('s', [{ topic: 'topic-1', partitions: [0] }])).toBe(1);
    expect((await process.fetchOffsets('s')).map((o) => [o.partition, o.offset])).toEqual([
      [1, 7],
      [5, 3],
    ]);
    await process.delete('s');
    expect(await codeOf(process.describe('s'))).toBe('GROUP_ID_NOT_FOUND');
  });

  it('forgets offsets seven days after the last member has gone, never before', async () => {
    const process = fresh();
    const a = new Member('a');
    await a.beat(process);
    await a.commit(process, 9);
    const days = (n: number) => n * 24 * 3_600_000;
    world.clock.ms += days(8);
    expect((await process.fetchOffsets('g')).length).toBe(12);
    await process.leave('g', 'a');
    world.clock.ms += days(6);
    expect((await process.fetchOffsets('g')).length).toBe(12);
    world.clock.ms += days(1);
    expect((await process.fetchOffsets('g')).length).toBe(0);
    expect(await process.sweep()).toEqual({ offsets: 12, groups: 1 });
    expect(await process.list()).toEqual([]);
  });

  it('notices new partitions within a tick, and a static member that restarts moves nothing', async () => {
    const process = fresh();
    const a = new Member('a1');
    const b = new Member('b1');
    await a.beat(process, { instanceId: 'a' });
    await b.beat(process, { instanceId: 'b' });
    await settle(process, [a, b]);
    const { epoch } = await process.describe('g');
    const again = new Member('a2');
    await again.beat(process, { instanceId: 'a' });
    expect(again.names).toEqual(a.names);
    expect((await process.describe('g')).epoch).toBe(epoch);
    expect((await a.commit(process, 3).catch((error) => error)).code).toBe('UNKNOWN_MEMBER_ID');
    world.topics = [topicFact(1, 14)];
    await process.tick();
    await settle(process, [again, b]);
    expect(again.count + b.count).toBe(14);
  });

  it('reports lag, status and utilisation', async () => {
    const process = fresh([topicFact(1, 2)]);
    const a = new Member('a');
    await a.beat(process);
    for (const offset of [100, 200, 300]) {
      world.clock.ms += 30_000;
      await a.beat(process);
      await a.commit(process, offset);
      await process.tick();
    }
    const report = await process.lag('g');
    expect(report).toMatchObject({ lag: 1_400, lagMs: 5_000, status: 'OK' });
    expect(report.utilisation).toBeCloseTo(400 / 1_800);
    world.nextRecordMs = world.clock.ms;
    const heartbeatsOnly = async (seconds: number) => {
      for (let passed = 0; passed < seconds; passed += 5) {
        world.clock.ms += 5_000;
        await a.beat(process);
        await process.tick();
      }
      return (await process.lag('g')).status;
    };
    // Three commits 30 s apart span 60 s, and so long the silence may be.
    expect(await heartbeatsOnly(60)).toBe('OK');
    expect(await heartbeatsOnly(5)).toBe('STOP');
    world.clock.ms += 46_000;
    await process.tick();
    const alone = await process.describe('g');
    expect(alone).toMatchObject({ state: 'empty', status: 'ERROR' });
    expect(alone.partitions[0]).toMatchObject({ memberId: null, status: 'ERROR' });
  });
});

describe('a group and several processes', () => {
  it('is taken over with all it has when its coordinator is gone', async () => {
    const first = fresh();
    const second = world.process();
    const [a, b] = [new Member('a'), new Member('b')];
    await settle(first, [a, b]);
    await a.commit(first, 11);
    expect(await codeOf(a.beat(second))).toBe('NOT_COORDINATOR');
    expect(await second.coordinatorOf('g')).toBe('process-0');
    world.clock.ms += 45_001;
    const before = [a.names, b.names];
    await a.beat(second);
    await b.beat(second);
    expect([a.names, b.names]).toEqual(before);
    expect((await a.commit(second, 12)).every((p) => p.outcome === 'committed')).toBe(true);
    expect(await codeOf(a.beat(first))).toBe('NOT_COORDINATOR');
  });

  it('loses the members that died with their coordinator: whoever starts or is asked takes it over and counts their sessions', async () => {
    for (const ask of ['describe', 'adopt', 'sweep'] as const) {
      world = new GroupWorld([topicFact(1, 2)]);
      const [first, a] = [world.process(), new Member('a')];
      await a.beat(first);
      await a.commit(first, 7);
      world.clock.ms += 45_001;
      const second = world.process();
      await (ask === 'describe' ? second.describe('g') : second[ask]());
      expect((await second.describe('g')).members.length).toBe(1);
      await second.tick();
      world.clock.ms += 30_000;
      await second.tick();
      world.clock.ms += 15_001;
      await second.tick();
      expect(await second.describe('g')).toMatchObject({ state: 'empty', members: [], status: 'ERROR' });
    }
  });

  it('loses members whose session has ended when somebody asks, also where no process remembers them', async () => {
    world = new GroupWorld([topicFact(1, 2)]);
    const lambda = world.process({ mode: 'stateless' });
    await new Member('a').beat(lambda);
    world.clock.ms += 44_000;
    expect((await lambda.describe('g')).members.length).toBe(1);
    world.clock.ms += 2_000;
    expect((await lambda.reset({ group: 'g', target: { kind: 'earliest' }, topics: [{ topic: 'topic-1' }] })).length).toBe(2);
    expect(await lambda.describe('g')).toMatchObject({ state: 'empty', members: [] });
  });

  it('keeps every partition in one hand when processes without leases work on it at once', async () => {
    fresh();
    const processes = [0, 1, 2].map(() => world.process({ mode: 'stateless' }));
    const members = Array.from({ length: 7 }, (_, i) => new Member(`m${i}`));
    const beat = (member: Member, i: number) =>
      member.beat(processes[i % 3] as GroupCoordinator).catch((error) => {
        if (['UNKNOWN_MEMBER_ID', 'FENCED_MEMBER_EPOCH'].includes(error.code)) Object.assign(member, { epoch: 0, owned: [] });
        else if (error.code !== 'COORDINATOR_NOT_AVAILABLE') throw error;
      });
    for (let round = 0; round < 12; round++) {
      await Promise.all(members.map((member, i) => beat(member, i + round)));
      const names = members.flatMap((m) => m.names);
      expect(new Set(names).size).toBe(names.length);
    }
    expect(members.flatMap((m) => m.names).length).toBe(12);
  });
});

describe('the bill of a stable group of 100 members on 1,000 partitions, at default intervals', () => {
  async function dollarsPerMemberMonth(mode: 'coordinator' | 'stateless'): Promise<number> {
    world = new GroupWorld([topicFact(1, 1_000)]);
    const process = world.process({ mode });
    const members = Array.from({ length: 100 }, (_, i) => new Member(`m${String(i).padStart(3, '0')}`));
    await settle(process, members);
    world.bill.reads = 0;
    world.bill.writes = 0;
    const minutes = 3;
    for (let s = 0; s < minutes * 60; s += 5) {
      world.clock.ms += 5_000;
      for (const member of members) {
        await member.beat(process);
        await member.commit(process, s + 5);
      }
      await process.tick();
    }
    return (world.bill.dollars / 100) * ((30 * 24 * 60) / minutes);
  }

  it.each(['coordinator', 'stateless'] as const)('is under one dollar a member and month, commits included (%s)', async (mode) => {
    const dollars = await dollarsPerMemberMonth(mode);
    console.info(`${mode}: $${dollars.toFixed(3)} a member and month`);
    expect(dollars).toBeLessThan(1);
  });
});
