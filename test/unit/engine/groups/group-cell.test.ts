import { describe, expect, it } from 'vitest';
import type { GroupView } from '../../../../lib/core/groups/group-record.ts';
import type { GroupCoordinator } from '../../../../lib/engine/groups/group-coordinator.ts';
import { GroupWorld } from './group-world.ts';

const CLASSIC = { protocols: [{ name: 'range', metadata: '' }], assignment: '' };

/** `a` of the consumer protocol and `b` of the classic one, each with its part. */
async function mixed(groups: GroupCoordinator): Promise<void> {
  const a = await join(groups, 'a');
  const b = await join(groups, 'b');
  await groups.heartbeat({ group: 'g', memberId: 'a', memberEpoch: a.memberEpoch, owned: [] });
  await groups.heartbeat({ group: 'g', memberId: 'b', memberEpoch: b.memberEpoch, owned: [] });
  await groups.transact('g', (view) => ({ view: withClassic(view, 'b'), answer: undefined }));
}

const join = (groups: GroupCoordinator, memberId: string) =>
  groups.heartbeat({ group: 'g', memberId, memberEpoch: 0, topics: ['topic-1'], sessionTimeoutMs: 10_000 });

function withClassic(view: GroupView, memberId: string): GroupView {
  const member = view.members.get(memberId);
  if (member === undefined) throw new Error('no such member');
  return { ...view, members: new Map([...view.members, [memberId, { ...member, classic: CLASSIC }]]) };
}

const membersOf = async (groups: GroupCoordinator) => [...(await groups.view('g')).members.keys()];

describe('a consumer group with a member of the classic protocol', () => {
  it('removes that member when it is silent for its session, and not while it shows that it lives', async () => {
    const world = new GroupWorld();
    const groups = world.process();
    await mixed(groups);
    const pass = async (ms: number) => {
      world.clock.ms += ms;
      await groups.heartbeat({ group: 'g', memberId: 'a', memberEpoch: (await groups.view('g')).members.get('a')?.epoch ?? 0 });
      await groups.tick();
    };
    await pass(0);
    for (let i = 0; i < 3; i++) {
      await pass(6_000);
      groups.attend('g', 'b');
    }
    expect(await membersOf(groups)).toEqual(['a', 'b']);
    await pass(6_000);
    await pass(6_000);
    expect(await membersOf(groups)).toEqual(['a']);
  });

  it('removes it when it does not do in time what it was told to, and not when it has', async () => {
    const world = new GroupWorld();
    const groups = world.process();
    await mixed(groups);
    const passed = async (ms: number) => {
      world.clock.ms += ms;
      await groups.tick();
      return membersOf(groups);
    };
    groups.attend('g', 'b', 2_000);
    // Told once more, it has no more time for that.
    world.clock.ms += 1_500;
    groups.attend('g', 'b', 2_000);
    groups.attend('g', 'b', 0);
    expect(await passed(1_000)).toEqual(['a', 'b']);
    groups.attend('g', 'b', 2_000);
    world.clock.ms += 1_500;
    groups.attend('g', 'b', 2_000);
    expect(await passed(1_000)).toEqual(['a']);
    groups.attend('g', 'nobody', 1);
    expect(await passed(5)).toEqual(['a']);
  });

  it('tells when it has gone back to the classic protocol, also by another process', async () => {
    for (const byAnother of [false, true]) {
      const world = new GroupWorld();
      const groups = world.process();
      const told: string[] = [];
      groups.onDowngrade((group) => told.push(group));
      await mixed(groups);
      await (byAnother ? world.process({ mode: 'stateless' }) : groups).leave('g', 'a');
      world.clock.ms += 6_000;
      await groups.tick();
      expect(told).toEqual(['g']);
      expect((await groups.view('g')).group).toMatchObject({ kind: 'classic', classic: { synced: false } });
      // Who looks after classic members counts for itself.
      world.clock.ms += 60_000;
      await groups.tick();
      expect(await membersOf(groups)).toEqual(['b']);
    }
  });

  it('stays a consumer group where downgrades are not allowed', async () => {
    const world = new GroupWorld();
    const groups = world.process({ migration: 'upgrade' });
    await mixed(groups);
    await groups.leave('g', 'a');
    expect((await groups.view('g')).group.kind).toBe('consumer');
  });

  it('is stored with a join as it is prepared for it, and not when the join is refused', async () => {
    const world = new GroupWorld();
    const groups = world.process();
    await mixed(groups);
    await groups.leave('g', 'a');
    const prepare = (view: GroupView): GroupView => ({ ...view, group: { ...view.group, kind: 'consumer', inputs: '' } });
    const request = { group: 'g', memberId: 'c', memberEpoch: 0, topics: ['topic-1'] };
    await expect(groups.heartbeat(request)).rejects.toMatchObject({ code: 'INCONSISTENT_GROUP_PROTOCOL' });
    await expect(groups.heartbeat({ ...request, memberEpoch: 7 }, prepare)).rejects.toMatchObject({ code: 'UNKNOWN_MEMBER_ID' });
    expect((await groups.view('g')).group.kind).toBe('classic');
    expect(await groups.heartbeat(request, prepare)).toMatchObject({ memberId: 'c' });
    expect((await groups.view('g')).group.kind).toBe('consumer');
    expect(await membersOf(groups)).toEqual(['b', 'c']);
  });
});
