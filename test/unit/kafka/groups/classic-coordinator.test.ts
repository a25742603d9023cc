import { afterEach, describe, expect, it } from 'vitest';
import { Engine } from '../../../../lib/engine/engine.ts';
import { ClassicCoordinator } from '../../../../lib/kafka/groups/classic-coordinator.ts';
import { memoryPorts } from '../../../../lib/runtime/memory.ts';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function processOf(deps: ReturnType<typeof memoryPorts>, owner: string) {
  const engine = new Engine({ ...deps, groupSettings: { owner, workLeaseMs: 300, tickMs: 20 } });
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  const classic = new ClassicCoordinator({ engine, log, initialRebalanceDelayMs: 0 });
  const stop = async () => {
    classic.close();
    await engine.close();
  };
  cleanups.push(stop);
  return { engine, classic, stop };
}

/** A member as it is stored once its generation has its assignments. */
async function storedMember({ engine }: ReturnType<typeof processOf>, sessionTimeoutMs: number): Promise<void> {
  await engine.groups.heartbeat({ group: 'g', memberId: 'm', memberEpoch: 0, topics: ['t'], sessionTimeoutMs: 1_000 });
  await engine.groups.transact('g', (view) => {
    const [member] = view.members.values();
    if (member === undefined) throw new Error('no member');
    const classic = { protocols: [{ name: 'range', metadata: '' }], assignment: '' };
    const group = {
      ...view.group,
      kind: 'classic' as const,
      classic: { protocolType: 'consumer', protocol: 'range', leader: 'm', synced: true },
    };
    return { view: { group, members: new Map([['m', { ...member, sessionTimeoutMs, classic }]]) }, answer: undefined };
  });
}

describe('the coordinator of classic groups', () => {
  it('removes members that died with the process before, though no client asks', async () => {
    const deps = memoryPorts();
    const first = processOf(deps, 'first');
    await first.engine.topics.create({ name: 't' });
    await storedMember(first, 500);
    expect((await first.engine.groups.list()).map(({ kind, members }) => [kind, members])).toEqual([['classic', 1]]);
    await first.stop();
    const { engine, classic } = processOf(deps, 'second');
    await classic.adopt();
    for (const end = performance.now() + 15_000; (await engine.groups.describe('g')).members.length > 0; ) {
      if (performance.now() > end) throw new Error('the member was not removed within 15 s');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });

  it('counts who has run out of time as gone at the moment it is asked, and has stored that when it answers', async () => {
    const deps = memoryPorts();
    const first = processOf(deps, 'first');
    await first.engine.topics.create({ name: 't' });
    await storedMember(first, 200);
    await first.stop();
    const { engine, classic } = processOf(deps, 'second');
    await classic.run('g', () => undefined);
    expect(classic.known('g')?.members.size).toBe(1);
    // No timer fires meanwhile, as on a busy machine.
    for (const end = performance.now() + 400; performance.now() < end; );
    expect((await classic.settled('g'))?.members.size ?? 0).toBe(0);
    expect((await engine.groups.describe('g')).members).toEqual([]);
    expect(await classic.settled('nobody')).toBeUndefined();
  });

  it('leaves groups that another process coordinates to it', async () => {
    const deps = memoryPorts();
    const first = processOf(deps, 'first');
    await first.engine.topics.create({ name: 't' });
    await storedMember(first, 60_000);
    const second = processOf(deps, 'second');
    await second.classic.adopt();
    expect(second.classic.known('g')).toBeUndefined();
  });
});
