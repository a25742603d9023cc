import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RawClient } from '../client.ts';
import { batchOf, produce, startGateway } from '../gateway.ts';

/** A subscription of a consumer to topics, version 0. */
function subscription(...topics: string[]): Buffer {
  const names = topics.map((name) => Buffer.concat([int16(name.length), Buffer.from(name)]));
  return Buffer.concat([int16(0), int32(topics.length), ...names, int32(-1)]);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

const joining = (over: object = {}) => ({
  groupId: 'g',
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 10_000,
  memberId: '',
  protocolType: 'consumer',
  protocols: [{ name: 'range', metadata: subscription('t') }],
  ...over,
});

/** Joins as the only member and gets all; answers the member's id. */
async function member(client: RawClient, over: object = {}): Promise<{ memberId: string; generationId: number }> {
  const { memberId } = await client.call('JoinGroup', 4, joining(over));
  const joined = await client.call('JoinGroup', 4, joining({ memberId, ...over }));
  expect(joined).toMatchObject({ errorCode: 0, memberId, leader: memberId });
  const generationId = joined.generationId ?? -1;
  const assignments = [{ memberId, assignment: Buffer.from('mine') }];
  const synced = await client.call('SyncGroup', 3, { groupId: 'g', generationId, memberId, assignments });
  expect([synced.errorCode, synced.assignment.toString()]).toEqual([0, 'mine']);
  return { memberId, generationId };
}

async function commit(client: RawClient, offset: number, over: object = {}, topic = 't', partitionIndex = 0): Promise<number | undefined> {
  const partitions = [{ partitionIndex, committedOffset: offset, committedLeaderEpoch: -1, committedMetadata: 'note' }];
  const request = { groupId: 'g', generationIdOrMemberEpoch: -1, memberId: '', topics: [{ name: topic, partitions }], ...over };
  return (await client.call('OffsetCommit', 8, request)).topics[0]?.partitions[0]?.errorCode;
}

describe('a classic member', () => {
  it('joins, syncs, beats, commits and leaves', async () => {
    const { client } = await startGateway();
    const { memberId, generationId } = await member(client);
    expect(await client.call('Heartbeat', 4, { groupId: 'g', generationId, memberId })).toMatchObject({ errorCode: 0 });
    expect(await commit(client, 5, { memberId, generationIdOrMemberEpoch: generationId })).toBe(0);
    expect(await commit(client, 5, { memberId, generationIdOrMemberEpoch: generationId + 1 })).toBe(22);
    expect(await commit(client, 5, { memberId: 'x', generationIdOrMemberEpoch: generationId })).toBe(25);
    expect(await commit(client, 5)).toBe(25);
    const left = await client.call('LeaveGroup', 4, { groupId: 'g', members: [{ memberId }, { memberId: 'x' }] });
    expect(left.members?.map(({ errorCode }) => errorCode)).toEqual([0, 25]);
    await vi.waitFor(async () => expect(await commit(client, 6)).toBe(0));
  });

  it('is refused with the error a broker has', async () => {
    const { client } = await startGateway();
    const ask = async (over: object, version = 5) => (await client.call('JoinGroup', version, joining(over))).errorCode;
    expect(await ask({ groupId: '' })).toBe(24);
    expect(await ask({ sessionTimeoutMs: 5_999 })).toBe(26);
    expect(await ask({ sessionTimeoutMs: 1_800_001 })).toBe(26);
    expect(await ask({ memberId: 'stranger' })).toBe(25);
    expect(await ask({ protocols: [] })).toBe(23);
    expect(await ask({}, 3)).toBe(0);
    expect((await client.call('Heartbeat', 0, { groupId: 'nowhere', generationId: 1, memberId: 'x' })).errorCode).toBe(25);
    expect((await client.call('SyncGroup', 0, { groupId: 'nowhere', generationId: 1, memberId: 'x', assignments: [] })).errorCode).toBe(25);
    expect((await client.call('LeaveGroup', 0, { groupId: 'nowhere', memberId: 'x' })).errorCode).toBe(25);
  });

  it('is taken up by the next gateway over the same data without a rebalance', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stratalog-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const first = await startGateway({ folder });
    const { memberId, generationId } = await member(first.client);
    await first.broker.close();
    const second = await startGateway({ folder, topics: [] });
    expect(await second.client.call('Heartbeat', 4, { groupId: 'g', generationId, memberId })).toMatchObject({ errorCode: 0 });
    expect(
      (await second.client.call('SyncGroup', 3, { groupId: 'g', generationId, memberId, assignments: [] })).assignment.toString(),
    ).toBe('mine');
    expect(await commit(second.client, 1, { memberId, generationIdOrMemberEpoch: generationId })).toBe(0);
  });
});

describe('committed offsets', () => {
  it('come back as they were committed, of single partitions or all', async () => {
    const { client } = await startGateway();
    await produce(client, 't', batchOf(['a']));
    expect([
      await commit(client, 1),
      await commit(client, 7, {}, 't3', 2),
      await commit(client, 1, {}, 'nowhere'),
      await commit(client, 1, {}, 't', 4),
    ]).toEqual([0, 0, 3, 3]);
    const old = await client.call('OffsetFetch', 5, {
      groupId: 'g',
      topics: [
        { name: 't', partitionIndexes: [0] },
        { name: 't3', partitionIndexes: [0] },
      ],
    });
    expect(old.topics).toMatchObject([
      { name: 't', partitions: [{ committedOffset: 1, metadata: 'note', errorCode: 0 }] },
      { name: 't3', partitions: [{ committedOffset: -1, metadata: '', errorCode: 0 }] },
    ]);
    const all = await client.call('OffsetFetch', 8, {
      groups: [
        { groupId: 'g', topics: null },
        { groupId: 'other', topics: null },
      ],
    });
    expect(all.groups?.map(({ groupId, topics }) => [groupId, topics.map(({ name }) => name).sort()])).toEqual([
      ['g', ['t', 't3']],
      ['other', []],
    ]);
  });

  it('may be as large as a client likes, with text that is not', async () => {
    const { client } = await startGateway();
    expect([await commit(client, 2 ** 40), await commit(client, Number.MAX_SAFE_INTEGER)]).toEqual([0, 0]);
    const partitions = [{ partitionIndex: 0, committedOffset: 1, committedMetadata: 'x'.repeat(4_097) }];
    const { topics } = await client.call('OffsetCommit', 8, {
      groupId: 'g',
      generationIdOrMemberEpoch: -1,
      memberId: '',
      topics: [{ name: 't', partitions }],
    });
    expect(topics[0]?.partitions[0]?.errorCode).toBe(12);
  });

  it('can be forgotten, and the group with them', async () => {
    const { client } = await startGateway();
    await commit(client, 1);
    const forget = (name: string) =>
      client.call('OffsetDelete', 0, { groupId: 'g', topics: [{ name, partitions: [{ partitionIndex: 0 }] }] });
    expect((await forget('nowhere')).topics[0]?.partitions).toMatchObject([{ errorCode: 3 }]);
    expect((await forget('t')).topics[0]?.partitions).toMatchObject([{ errorCode: 0 }]);
    const { results } = await client.call('DeleteGroups', 2, { groupsNames: ['g', 'nowhere'] });
    expect(results.map(({ errorCode }) => errorCode)).toEqual([0, 69]);
    expect((await client.call('OffsetDelete', 0, { groupId: 'g', topics: [] })).errorCode).toBe(69);
  });

  it('stay while members read the topic', async () => {
    const { client } = await startGateway();
    const { memberId, generationId } = await member(client);
    await commit(client, 1, { memberId, generationIdOrMemberEpoch: generationId });
    const { topics } = await client.call('OffsetDelete', 0, { groupId: 'g', topics: [{ name: 't', partitions: [{ partitionIndex: 0 }] }] });
    expect(topics[0]?.partitions[0]?.errorCode).toBe(86);
    expect((await client.call('DeleteGroups', 2, { groupsNames: ['g'] })).results).toMatchObject([{ errorCode: 68 }]);
  });
});

describe('groups in lists and descriptions', () => {
  it('are shown with their state, type and members', async () => {
    const { client } = await startGateway();
    const { memberId } = await member(client);
    await commit(client, 1, { groupId: 'simple' });
    const listed = await client.call('ListGroups', 5, {});
    expect(listed.groups).toEqual([
      { groupId: 'g', protocolType: 'consumer', groupState: 'Stable', groupType: 'classic' },
      { groupId: 'simple', protocolType: '', groupState: 'Empty', groupType: 'classic' },
    ]);
    expect((await client.call('ListGroups', 5, { statesFilter: ['empty'] })).groups).toHaveLength(1);
    expect((await client.call('ListGroups', 5, { typesFilter: ['consumer'] })).groups).toHaveLength(0);
    const { groups } = await client.call('DescribeGroups', 5, { groups: ['g', 'simple', 'nowhere'] });
    expect(groups).toMatchObject([
      {
        errorCode: 0,
        groupState: 'Stable',
        protocolType: 'consumer',
        protocolData: 'range',
        members: [{ memberId, clientId: 'test', clientHost: '/127.0.0.1' }],
      },
      { errorCode: 0, groupState: 'Empty', members: [] },
      { errorCode: 0, groupState: 'Dead', members: [] },
    ]);
    expect(groups[0]?.members[0]?.memberAssignment.toString()).toBe('mine');
  });
});

describe('a member of the consumer protocol', () => {
  const beat = (over: object = {}) => ({
    groupId: 'g',
    memberId: 'member-one-0000000000',
    memberEpoch: 0,
    rebalanceTimeoutMs: 10_000,
    subscribedTopicNames: ['t3'],
    topicPartitions: [],
    ...over,
  });

  it('joins, is given partitions, is told them once, commits and leaves', async () => {
    const { client } = await startGateway();
    const joined = await client.call('ConsumerGroupHeartbeat', 1, beat());
    expect(joined).toMatchObject({
      errorCode: 0,
      heartbeatIntervalMs: 1_000,
      assignment: { topicPartitions: [{ partitions: [0, 1, 2] }] },
    });
    const { memberEpoch, memberId } = joined;
    const steady = await client.call('ConsumerGroupHeartbeat', 1, {
      groupId: 'g',
      memberId: memberId ?? '',
      memberEpoch,
      rebalanceTimeoutMs: -1,
    });
    expect(steady.errorCode).toBe(0);
    expect(steady.assignment ?? null).toBeNull();
    const partitions = [{ partitionIndex: 1, committedOffset: 3, committedLeaderEpoch: -1, committedMetadata: '' }];
    const topics = [{ name: 't3', partitions }];
    const asked = { groupId: 'g', memberId: memberId ?? '', topics };
    expect(
      (await client.call('OffsetCommit', 9, { ...asked, generationIdOrMemberEpoch: memberEpoch })).topics[0]?.partitions[0]?.errorCode,
    ).toBe(0);
    expect(
      (await client.call('OffsetCommit', 8, { ...asked, generationIdOrMemberEpoch: memberEpoch })).topics[0]?.partitions[0]?.errorCode,
    ).toBe(35);
    const fetched = await client.call('OffsetFetch', 9, {
      groups: [{ groupId: 'g', memberId: memberId ?? '', memberEpoch: memberEpoch + 1, topics: null }],
    });
    expect(fetched.groups).toMatchObject([{ errorCode: 113 }]);
    const { groups } = await client.call('ConsumerGroupDescribe', 1, { groupIds: ['g', 'nowhere'] });
    expect(groups).toMatchObject([
      { errorCode: 0, groupState: 'Stable', assignorName: 'uniform', members: [{ memberId, subscribedTopicNames: ['t3'], memberType: 1 }] },
      { errorCode: 69 },
    ]);
    // A member that leaves is let go whatever it says beside that.
    const leaving = beat({ memberEpoch: -1, rebalanceTimeoutMs: 0, subscribedTopicNames: [] });
    expect(await client.call('ConsumerGroupHeartbeat', 1, leaving)).toMatchObject({ errorCode: 0, memberEpoch: -1 });
  });

  it('is refused with the error a broker has', async () => {
    const { client } = await startGateway();
    const ask = async (over: object, version = 1) => (await client.call('ConsumerGroupHeartbeat', version, beat(over))).errorCode;
    expect(await ask({ groupId: '' })).toBe(42);
    expect(await ask({ memberId: '' })).toBe(42);
    expect(await ask({ memberEpoch: 5 })).toBe(69);
    expect(await ask({ rebalanceTimeoutMs: -1 })).toBe(42);
    expect(await ask({ topicPartitions: null })).toBe(42);
    expect(await ask({ serverAssignor: 'no.such' })).toBe(112);
    expect(await ask({ subscribedTopicRegex: 'a(' })).toBe(128);
    expect(await ask({ memberId: '' }, 0)).toBe(0);
    expect(await ask({ memberEpoch: 5 })).toBe(25);
  });

  it('may name topics that are not there, and none', async () => {
    const { client } = await startGateway();
    const join = async (memberId: string, subscribedTopicNames: readonly string[]) => {
      const { errorCode, assignment } = await client.call(
        'ConsumerGroupHeartbeat',
        1,
        beat({ memberId, groupId: memberId, subscribedTopicNames }),
      );
      return [errorCode, assignment?.topicPartitions.length];
    };
    expect(await join('a', ['nowhere', 'no#such', '.', 'x'.repeat(300)])).toEqual([0, 0]);
    expect(await join('b', ['no#such', 't3'])).toEqual([0, 1]);
    expect(await join('c', [])).toEqual([0, 0]);
  });

  it('may be a consumer that assigns itself, and names itself where nobody is a member', async () => {
    const { client } = await startGateway();
    expect(await commit(client, 3, { memberId: 'itself', generationIdOrMemberEpoch: -1 })).toBe(0);
    await client.call('ConsumerGroupHeartbeat', 1, beat());
    expect(await commit(client, 4)).toBe(25);
  });

  it('does not come into a group of classic members, nor they into its own, where migration is disabled', async () => {
    const { client } = await startGateway({ groups: { migration: 'disabled' } });
    await member(client);
    const refused = await client.call('ConsumerGroupHeartbeat', 1, beat());
    expect([refused.errorCode, refused.errorMessage]).toEqual([
      69,
      'Cannot upgrade classic group g to consumer group because online upgrade is disabled.',
    ]);
    await client.call('ConsumerGroupHeartbeat', 1, beat({ groupId: 'h' }));
    expect((await client.call('JoinGroup', 5, joining({ groupId: 'h' }))).errorCode).toBe(23);
    expect((await client.call('Heartbeat', 4, { groupId: 'h', generationId: 1, memberId: 'x' })).errorCode).toBe(25);
    const { results } = await client.call('DescribeConfigs', 4, {
      resources: [{ resourceType: 4, resourceName: '1', configurationKeys: ['group.consumer.migration.policy'] }],
    });
    expect(results[0]?.configs).toMatchObject([{ value: 'disabled', configSource: 4, readOnly: true }]);
  });

  it('comes into a group that classic members have left, and they into its own, with what was committed', async () => {
    const { client } = await startGateway();
    const first = await member(client);
    expect(await commit(client, 7, { memberId: first.memberId, generationIdOrMemberEpoch: first.generationId })).toBe(0);
    await client.call('LeaveGroup', 3, { groupId: 'g', members: [{ memberId: first.memberId }] });
    const joined = await client.call('ConsumerGroupHeartbeat', 1, beat());
    expect(joined.errorCode).toBe(0);
    expect((await client.call('ListGroups', 5, {})).groups).toMatchObject([{ groupId: 'g', groupType: 'consumer' }]);
    const committed = async () => {
      const topics = [{ name: 't', partitionIndexes: [0] }];
      return (await client.call('OffsetFetch', 7, { groupId: 'g', topics })).topics?.[0]?.partitions[0]?.committedOffset;
    };
    expect(await committed()).toBe(7);
    await client.call('ConsumerGroupHeartbeat', 1, beat({ memberEpoch: -1, memberId: joined.memberId ?? '' }));
    const again = await member(client);
    expect(await commit(client, 9, { memberId: again.memberId, generationIdOrMemberEpoch: again.generationId })).toBe(0);
    expect((await client.call('ListGroups', 5, {})).groups).toMatchObject([{ groupId: 'g', groupType: 'classic' }]);
    expect(await committed()).toBe(9);
  });
});
