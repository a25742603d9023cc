import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { startGateway } from '../gateway.ts';
import {
  ClassicClient,
  type ClassicOptions,
  type ConsumedTopic,
  ConsumerClient,
  doublyOwned,
  type GroupClient,
  untilSettled,
} from './group-clients.ts';

const OF: ConsumedTopic = { group: 'g', topic: 't', partitions: 6 };
const TOPICS = [{ name: 't', partitions: 6 }];
type Gateway = Awaited<ReturnType<typeof startGateway>>;

async function classic({ connect, client }: Gateway, name: string, options: ClassicOptions = {}, of = OF) {
  return new ClassicClient(name, [await connect(), client], of, options);
}

async function consumer({ connect }: Gateway, name: string, options: { instanceId?: string } = {}, of = OF) {
  return new ConsumerClient(name, await connect(), of, options);
}

async function described({ client }: Gateway, group = 'g') {
  const { groups } = await client.call('ListGroups', 5, {});
  const listed = groups.find(({ groupId }) => groupId === group);
  return [listed?.groupType, listed?.groupState];
}

describe('a group with members of both protocols', () => {
  it.each([false, true])('is upgraded by one member and downgraded when that leaves, cooperative %s', async (cooperative) => {
    const gateway = await startGateway({ topics: TOPICS });
    const [a, b] = [await classic(gateway, 'a', { cooperative }), await classic(gateway, 'b', { cooperative })];
    await untilSettled([a, b], 6);
    expect(await described(gateway)).toEqual(['classic', 'Stable']);
    const c = await consumer(gateway, 'c');
    await untilSettled([a, b, c], 6);
    expect(await described(gateway)).toEqual(['consumer', 'Stable']);
    expect([a.owned.size, b.owned.size, c.owned.size]).toEqual([2, 2, 2]);
    const { groups } = await gateway.client.call('ConsumerGroupDescribe', 1, { groupIds: ['g'] });
    expect(groups[0]?.members.map(({ memberType }) => memberType).sort()).toEqual([0, 0, 1]);
    for (const one of [a, b, c]) expect(new Set(await one.commit(5))).toEqual(new Set([0]));
    await c.leave();
    await untilSettled([a, b], 6);
    expect(await described(gateway)).toEqual(['classic', 'Stable']);
    const topics = [{ name: 't', partitionIndexes: [0, 1, 2, 3, 4, 5] }];
    const offsets = await gateway.client.call('OffsetFetch', 7, { groupId: 'g', topics });
    expect(offsets.topics?.[0]?.partitions.map(({ committedOffset }) => committedOffset)).toEqual([5, 5, 5, 5, 5, 5]);
    expect(new Set(await a.commit(6))).toEqual(new Set([0]));
  });

  it('stays a consumer group where only upgrades are allowed, and a classic one where only downgrades are', async () => {
    const up = await startGateway({ topics: TOPICS, groups: { migration: 'upgrade' } });
    const [a, b] = [await classic(up, 'a'), await consumer(up, 'b')];
    await untilSettled([a], 6);
    await untilSettled([a, b], 6);
    await b.leave();
    await untilSettled([a], 6);
    expect(await described(up)).toEqual(['consumer', 'Stable']);
    const down = await startGateway({ topics: TOPICS, groups: { migration: 'downgrade' } });
    const [c, d] = [await classic(down, 'c'), await consumer(down, 'd')];
    await untilSettled([c], 6);
    await d.step();
    expect([d.epoch, await described(down)]).toEqual([0, ['classic', 'Stable']]);
    await c.leave();
    await untilSettled([d], 6);
    const e = await classic(down, 'e');
    await untilSettled([d, e], 6);
    expect(await described(down)).toEqual(['consumer', 'Stable']);
    await d.leave();
    await untilSettled([e], 6);
    expect(await described(down)).toEqual(['classic', 'Stable']);
  });

  it('is left as it was by a join that is refused', async () => {
    const gateway = await startGateway({ topics: TOPICS });
    const a = await classic(gateway, 'a');
    await untilSettled([a], 6);
    const joining = {
      groupId: 'g',
      memberId: 'x',
      memberEpoch: 0,
      rebalanceTimeoutMs: 1_000,
      topicPartitions: [],
      subscribedTopicNames: ['t'],
    };
    const ask = async (over: object) => (await gateway.client.call('ConsumerGroupHeartbeat', 1, { ...joining, ...over })).errorCode;
    expect(await ask({ serverAssignor: 'no.such' })).toBe(112);
    expect(await ask({ memberEpoch: 3, topicPartitions: null })).toBe(69);
    expect(await described(gateway)).toEqual(['classic', 'Stable']);
    await a.step();
    expect([a.settled, new Set(await a.commit(3))]).toEqual([true, new Set([0])]);
  });

  it('removes members of either protocol that a tool takes out, and tells errors one by one', async () => {
    const gateway = await startGateway({ topics: TOPICS });
    const [a, b, c] = [await classic(gateway, 'a'), await classic(gateway, 'b', { instanceId: 'i' }), await consumer(gateway, 'c')];
    await untilSettled([a, b], 6);
    await untilSettled([a, b, c], 6);
    const leave = async (...members: readonly { memberId: string; groupInstanceId?: string }[]) => {
      const { members: answers } = await gateway.client.call('LeaveGroup', 4, { groupId: 'g', members });
      return answers?.map(({ errorCode }) => errorCode);
    };
    expect(await leave({ memberId: 'nobody' }, { memberId: 'x', groupInstanceId: 'i' }, { memberId: '', groupInstanceId: 'j' })).toEqual([
      25, 82, 25,
    ]);
    expect(await leave({ memberId: '', groupInstanceId: 'i' })).toEqual([0]);
    expect(await described(gateway)).toMatchObject(['consumer', expect.anything()]);
    expect(await leave({ memberId: c.memberId })).toEqual([0]);
    await untilSettled([a], 6);
    expect(await described(gateway)).toEqual(['classic', 'Stable']);
  });

  it('keeps the partitions of a static member that comes back by the other protocol, and is classic after the last one', async () => {
    const gateway = await startGateway({ topics: TOPICS });
    const [a, b] = [await classic(gateway, 'a'), await consumer(gateway, 'b', { instanceId: 'i' })];
    await untilSettled([a], 6);
    await untilSettled([a, b], 6);
    const parts = [new Set(a.owned), new Set(b.owned)];
    await b.pause();
    const again = await classic(gateway, 'again', { instanceId: 'i' });
    // Nobody but the new process has anything to do.
    for (let i = 0; i < 20 && !again.settled; i++) await again.step();
    expect(await described(gateway)).toEqual(['classic', 'Stable']);
    await a.step();
    expect([a.settled, a.owned, again.owned]).toEqual([true, ...parts]);
    expect(new Set([...(await again.commit(4)), ...(await a.commit(4))])).toEqual(new Set([0]));
    const back = await consumer(gateway, 'back', { instanceId: 'i' });
    await back.step();
    await again.step();
    expect(again.fenced).toBe(true);
    await untilSettled([a, back], 6);
    expect(await described(gateway)).toEqual(['consumer', 'Stable']);
  });

  it('divides anew when a static member comes back by the classic protocol and reads something else', async () => {
    const gateway = await startGateway({ topics: [...TOPICS, { name: 'u', partitions: 2 }] });
    const [a, b] = [await classic(gateway, 'a'), await consumer(gateway, 'b', { instanceId: 'i' })];
    await untilSettled([a], 6);
    await untilSettled([a, b], 6);
    const again = await classic(gateway, 'again', { instanceId: 'i' }, { ...OF, topic: 'u', partitions: 2 });
    await again.step();
    for (let i = 0; i < 5; i++) await a.step();
    const { groups } = await gateway.client.call('DescribeGroups', 5, { groups: ['g'] });
    expect(groups[0]).toMatchObject({ errorCode: 0, protocolType: 'consumer' });
    expect(groups[0]?.members).toHaveLength(2);
    expect(groups[0]?.groupState).not.toBe('Stable');
  });

  it('removes a classic member that is told to join again and does not', async () => {
    const gateway = await startGateway({ topics: TOPICS, groups: { tickMs: 10 } });
    const [a, b] = [await classic(gateway, 'a', { timeoutMs: 300 }), await consumer(gateway, 'b')];
    await untilSettled([a], 6);
    await b.step();
    const beat = { groupId: 'g', memberId: a.memberId, generationId: a.generation };
    const errors = new Set<number | undefined>();
    await vi.waitFor(async () => {
      errors.add((await gateway.client.call('Heartbeat', 4, beat)).errorCode);
      expect([...errors]).toContain(25);
    }, 10_000);
    expect([...errors]).toEqual([27, 25]);
    a.owned.clear();
    await untilSettled([b], 6);
    expect(await described(gateway)).toEqual(['consumer', 'Stable']);
  });

  it('never has a partition in two hands, and ends with each in one, whatever joins and leaves', async () => {
    const kinds = ['eager', 'consumer'] as const;
    const command = fc.oneof(
      { weight: 10, arbitrary: fc.record({ kind: fc.constant('step' as const), who: fc.nat(5) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('join' as const), as: fc.constantFrom(...kinds) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), who: fc.nat(5) }) },
    );
    let runs = 0;
    const gateway = await startGateway({ topics: TOPICS });
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(command, { minLength: 20, maxLength: 80 }), async (cooperative, commands) => {
        const of = { ...OF, group: `g-${runs++}` };
        let clients: GroupClient[] = [];
        const add = async (as: (typeof kinds)[number]) => {
          if (clients.length >= 6) return;
          const name = `${as}-${clients.length}-${runs}-${Math.random()}`;
          clients.push(as === 'consumer' ? await consumer(gateway, name, {}, of) : await classic(gateway, name, { cooperative }, of));
        };
        await add('eager');
        for (const one of commands) {
          if (one.kind === 'join') await add(one.as);
          else {
            const client = clients[one.who % Math.max(1, clients.length)];
            if (client === undefined) continue;
            if (one.kind === 'step') await client.step();
            else if (client.canLeave) {
              await client.leave();
              clients = clients.filter((other) => other !== client);
            }
          }
          expect(doublyOwned(clients)).toEqual([]);
        }
        if (clients.length === 0) await add('consumer');
        await untilSettled(clients, 6);
        for (const client of clients) for (const errorCode of await client.commit(1)) expect(errorCode).toBe(0);
        const isConsumer = clients.some((client) => client instanceof ConsumerClient);
        expect((await described(gateway, of.group))[0]).toBe(isConsumer ? 'consumer' : 'classic');
        for (const client of clients) await client.leave();
      }),
      { numRuns: 60 },
    );
  }, 120_000);
});
