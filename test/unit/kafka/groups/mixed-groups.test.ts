import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startGateway } from '../gateway.ts';
import { ClassicClient, type ConsumedTopic, ConsumerClient, doublyOwned, type GroupClient, untilSettled } from './group-clients.ts';

const OF: ConsumedTopic = { group: 'g', topic: 't', partitions: 6 };
const TOPICS = [{ name: 't', partitions: 6 }];
type Gateway = Awaited<ReturnType<typeof startGateway>>;

async function classic({ connect, client }: Gateway, name: string, options: { cooperative?: boolean; instanceId?: string } = {}, of = OF) {
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
