import { describe, expect, it } from 'vitest';
import { type GroupView, newGroup } from '../../../../lib/core/groups/group-record.ts';
import { describeGroup, type ReportInput, reportLag } from '../../../../lib/engine/groups/group-report.ts';
import type { CommittedOffset } from '../../../../lib/engine/groups/group-request.ts';
import { LagMonitor } from '../../../../lib/engine/groups/lag-monitor.ts';
import { TopicIndex } from '../../../../lib/engine/groups/topic-index.ts';
import { topicFact, topicId } from '../../core/groups/world.ts';
import { GroupWorld, Member } from './group-world.ts';

const topics = TopicIndex.of([topicFact(1, 4)]);
const committedAt = (partition: number, offset: number): CommittedOffset => ({
  topic: 'topic-1',
  topicId: topicId(1),
  partition,
  offset,
  leaderEpoch: -1,
  metadata: '',
  committedAtMs: 0,
});

function input(more: Partial<ReportInput> = {}): ReportInput & { looked: number[] } {
  const looked: number[] = [];
  return {
    view: { group: { ...newGroup('g', 'simple', 0), version: 1 }, members: new Map() },
    topics,
    committed: [],
    monitor: new LagMonitor({ lagSampleMs: 5_000, lagReadsPerSecond: 10 }),
    log: {
      bounds: async (keys) => keys.map(({ partition }) => ({ startOffset: 10, endOffset: 20 + partition })),
      offsetAt: async () => -1,
      timestampAt: async (_topic, partition) => {
        looked.push(partition);
        return 100_000 - 1_000 * partition;
      },
    },
    nowMs: 100_000,
    withTime: true,
    look: false,
    watched: true,
    looked,
    ...more,
  };
}

describe('the lag of a group', () => {
  it('counts from what is committed, or from the start of the log when that has gone past it', async () => {
    const report = await reportLag(input({ committed: [committedAt(0, 15), committedAt(1, 3), committedAt(2, 22)] }));
    expect(report.partitions.map(({ partition, lag, lagMs }) => [partition, lag, lagMs])).toEqual([
      [0, 5, 0],
      [1, 11, 1_000],
      [2, 0, null],
    ]);
    expect(report).toMatchObject({ lag: 16, lagMs: 1_000, utilisation: null });
  });

  it('is in order of topic names and partitions, whatever ids the topics have', async () => {
    const fact = (n: number, name: string) => ({ ...topicFact(n, 2), name });
    const two = TopicIndex.of([fact(1, 'b'), fact(2, 'a')]);
    const at = (n: number, partition: number) => ({ ...committedAt(partition, 12), topicId: topicId(n) });
    const report = await reportLag(input({ topics: two, committed: [at(1, 1), at(1, 0), at(2, 1), at(2, 0)] }));
    expect(report.partitions.map(({ topic, partition }) => `${topic}/${partition}`)).toEqual(['a/0', 'a/1', 'b/0', 'b/1']);
  });

  it('is of the whole log in partitions that are subscribed and have no commit', async () => {
    const world = new GroupWorld([topicFact(1, 4)]);
    const process = world.process();
    await new Member('a').beat(process);
    const report = await reportLag(input({ view: await process.view('g') }));
    expect(report.partitions.map(({ committedOffset, lag, memberId }) => [committedOffset, lag, memberId])).toEqual(
      [10, 11, 12, 13].map((lag) => [null, lag, 'a']),
    );
    await world.close();
  });

  it('is of all partitions of a topic that the members of a group committed in, after they have left', async () => {
    const view: GroupView = { group: { ...newGroup('g', 'consumer', 0), version: 1 }, members: new Map() };
    const report = await reportLag(input({ view, committed: [committedAt(2, 22)] }));
    expect(report.partitions.map(({ partition, lag }) => [partition, lag])).toEqual([
      [0, 10],
      [1, 11],
      [2, 0],
      [3, 13],
    ]);
    expect((await reportLag(input({ committed: [committedAt(2, 22)] }))).partitions.length).toBe(1);
  });

  it('looks at times only where there is lag, of the partitions with the most of it if that is bounded', async () => {
    const committed = [0, 1, 2, 3].map((partition) => committedAt(partition, partition === 3 ? 23 : 12));
    const all = input({ committed });
    await reportLag(all);
    expect(all.looked.toSorted()).toEqual([0, 1, 2]);
    const few = input({ committed, timesMax: 1 });
    expect((await reportLag(few)).lagMs).toBe(2_000);
    expect(few.looked).toEqual([2]);
    const none = input({ committed, withTime: false });
    expect((await reportLag(none)).lagMs).toBe(null);
    expect(none.looked).toEqual([]);
  });

  it('leaves out what is no longer there, and goes on when a record cannot be read', async () => {
    const gone = { ...committedAt(0, 1), topicId: topicId(9) };
    const log = {
      ...input().log,
      timestampAt: async () => {
        throw new Error('no such object');
      },
    };
    const report = await reportLag(input({ committed: [gone, committedAt(1, 15)], log }));
    expect(report.partitions.map(({ partition, lag, lagMs }) => [partition, lag, lagMs])).toEqual([[1, 6, null]]);
  });
});

describe('the status of partitions', () => {
  const consumer = (members: GroupView['members']): GroupView => ({ group: { ...newGroup('g', 'consumer', 0), version: 1 }, members });
  const statuses = async (view: GroupView) =>
    (await reportLag(input({ view, committed: [committedAt(0, 15), committedAt(1, 21)] }))).partitions.slice(0, 2).map((p) => p.status);

  it('is ERROR where records wait in a group that has lost its members, and OK where none do', async () => {
    expect(await statuses(consumer(new Map()))).toEqual(['ERROR', 'OK']);
    const simple = { ...consumer(new Map()), group: { ...newGroup('g', 'simple', 0), version: 1 } };
    expect(await statuses(simple)).toEqual(['OK', 'OK']);
  });

  it('is ERROR in a group at rest that left a partition without owner, and not while partitions move or a static member is on its way back', async () => {
    const world = new GroupWorld([topicFact(1, 4)]);
    const process = world.process();
    await new Member('a').beat(process, { instanceId: 'i' });
    const view = await process.view('g');
    const member = (more: object): GroupView => ({
      ...view,
      members: new Map([...view.members].map(([id, m]) => [id, { ...m, assigned: [], ...more }])),
    });
    expect(await statuses(member({}))).toEqual(['ERROR', 'OK']);
    expect(await statuses(member({ state: 'unreleased' }))).toEqual(['OK', 'OK']);
    expect(await statuses(member({ state: 'away' }))).toEqual(['OK', 'OK']);
    await world.close();
  });

  it('is STOP by the age of the next record where nobody looks at regular distances', async () => {
    const view = { group: { ...newGroup('g', 'simple', 0), version: 1 }, members: new Map() };
    const report = await reportLag(input({ view, watched: false, committed: [0, 1, 2, 3].map((p) => committedAt(p, 15)), nowMs: 114_000 }));
    expect(report.partitions.map(({ lagMs, status }) => [lagMs, status])).toEqual([
      [14_000, 'OK'],
      [15_000, 'OK'],
      [16_000, 'STOP'],
      [17_000, 'STOP'],
    ]);
    expect(report.status).toBe('STOP');
  });

  it('closes samples only at a look', async () => {
    const asked = input({ committed: [committedAt(0, 15)] });
    const name = `${topicId(1)}/0`;
    asked.monitor.committed(name, 15, 0);
    await reportLag(asked);
    expect(asked.monitor.windowOf(name).samples).toEqual([]);
    await reportLag({ ...asked, look: true });
    expect(asked.monitor.windowOf(name).samples).toEqual([{ atMs: 0, offset: 15, lag: 5 }]);
  });
});

describe('the description of a group', () => {
  it('names members with what they own and what they are meant to own', async () => {
    const world = new GroupWorld([topicFact(1, 4)]);
    const process = world.process();
    await new Member('a').beat(process, { instanceId: 'i' });
    const view: GroupView = await process.view('g');
    const described = describeGroup(view, topics, await reportLag(input({ view })));
    expect(described).toMatchObject({ group: 'g', kind: 'consumer', state: 'stable', epoch: 1, assignor: 'uniform' });
    const owned = [{ topicId: topicId(1), topic: 'topic-1', partitions: [0, 1, 2, 3] }];
    expect(described.members).toMatchObject([{ memberId: 'a', instanceId: 'i', zone: null, assignment: owned, target: owned }]);
    await world.close();
  });
});
