import { describe, expect, it } from 'vitest';
import { MemoryWorkStore } from '../../../../lib/adapters/memory/work-store.ts';
import { workShard } from '../../../../lib/core/work-shard.ts';
import { CoordinatorLeases } from '../../../../lib/engine/groups/coordinator-leases.ts';
import { GROUP_SETTINGS } from '../../../../lib/engine/groups/settings.ts';
import { Bill, HandClock } from './group-world.ts';

const clock = new HandClock();
function world(isGone?: (owner: string) => boolean) {
  const bill = new Bill();
  const work = bill.countedWork(new MemoryWorkStore());
  const lost: number[] = [];
  const process = (owner: string) =>
    new CoordinatorLeases({ work, clock }, { ...GROUP_SETTINGS, owner, workLeaseMs: 45_000, isGone }, (shard) => lost.push(shard));
  return { bill, process, lost };
}

describe('the leases of a coordinator', () => {
  it('ask the store once for all who wait, and then not at all while the lease holds', async () => {
    const { bill, process } = world();
    const one = process('a:1');
    await Promise.all([one.hold('g'), one.hold('g'), one.hold('g')]);
    clock.ms += 40_000;
    await one.hold('g');
    expect(bill.writes).toBe(1);
    expect(one.isHeld('g')).toBe(true);
  });

  it('name the other process while it holds the lease, and take it over once that has expired', async () => {
    const { process } = world();
    const [one, two] = [process('a:1'), process('b:2')];
    const { epoch } = await one.hold('g');
    await expect(two.hold('g')).rejects.toMatchObject({ code: 'NOT_COORDINATOR', details: { coordinator: 'a:1' } });
    expect(await two.ownerOf('g')).toBe('a:1');
    clock.ms += 45_001;
    expect(await two.ownerOf('g')).toBe('b:2');
    expect((await two.hold('g')).epoch).toBeGreaterThan(epoch);
    expect(one.isHeld('g')).toBe(false);
  });

  it('are taken over at once from a process that is gone, unless it shows that it is not', async () => {
    const gone = new Set<string>();
    const { process } = world((owner) => gone.has(owner));
    const [one, two] = [process('a:1'), process('b:2')];
    const { epoch } = await one.hold('g');
    clock.ms += 20_000;
    expect(await two.ownerOf('g')).toBe('a:1');
    gone.add('a:1');
    const taken = await two.hold('g');
    expect(taken).toMatchObject({ owner: 'b:2', epoch: epoch + 1, expiresAtMs: clock.now() + 45_000 });
    clock.ms += 20_000;
    await one.renew();
    expect(one.isHeld('g')).toBe(false);
  });

  it('are renewed after a third of their time, and tell when they were lost', async () => {
    const { bill, process, lost } = world();
    const [one, two] = [process('a:1'), process('b:2')];
    await one.hold('g');
    clock.ms += 14_000;
    await one.renew();
    expect(bill.writes).toBe(1);
    clock.ms += 2_000;
    await one.renew();
    expect(bill.writes).toBe(2);
    clock.ms += 44_000;
    expect(one.isHeld('g')).toBe(true);
    clock.ms += 2_000;
    await two.hold('g');
    await one.renew();
    expect(lost).toEqual([workShard('g')]);
    await expect(one.hold('g')).rejects.toMatchObject({ code: 'NOT_COORDINATOR' });
  });

  it('are free for others at once when they are released', async () => {
    const { process } = world();
    const [one, two] = [process('a:1'), process('b:2')];
    await one.hold('g');
    await one.releaseAll();
    expect(one.isHeld('g')).toBe(false);
    expect(await two.ownerOf('g')).toBe('b:2');
  });
});
