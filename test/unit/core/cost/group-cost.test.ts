import { describe, expect, it } from 'vitest';
import { billOf } from '../../../../lib/core/cost/bill.ts';
import { type GroupLoad, groupCost } from '../../../../lib/core/cost/group-cost.ts';
import type { CostDoor, Workload } from '../../../../lib/core/cost/workload.ts';
import { GroupWorld, Member } from '../../engine/groups/group-world.ts';
import { topicFact } from '../groups/world.ts';

const SECONDS = 600;
const SETTLING_BEATS = 30;

/** What the coordinator asks of the table for a group at rest, a second. Every item is counted as it would stand there. */
async function counted({ members: count, partitions, commitSeconds }: GroupLoad, door: CostDoor) {
  const world = new GroupWorld([topicFact(1, partitions)]);
  const process = world.process({ mode: door === 'gateway' ? 'coordinator' : 'stateless' });
  const members = Array.from({ length: count }, (_, i) => new Member(`member-${String(i).padStart(3, '0')}`));
  for (let beats = 0; beats < SETTLING_BEATS; beats++) await Promise.all(members.map((member) => member.beat(process)));
  world.bill.reads = 0;
  world.bill.writes = 0;
  const heartbeatSeconds = door === 'lambda' ? 15 : 5;
  for (let second = 5; second <= SECONDS; second += 5) {
    world.clock.ms += 5_000;
    for (const member of members) {
      if (second % heartbeatSeconds === 0) await member.beat(process);
      if (commitSeconds > 0 && second % commitSeconds === 0 && member.count > 0) await member.commit(process, second);
    }
    if (door === 'gateway') await process.tick();
  }
  await world.close();
  return { readUnits: world.bill.reads / SECONDS, writeUnits: world.bill.writes / SECONDS };
}

const LOADS: readonly GroupLoad[] = [
  { members: 1, partitions: 3, commitSeconds: 5 },
  { members: 10, partitions: 30, commitSeconds: 0 },
  { members: 10, partitions: 1_000, commitSeconds: 60 },
  { members: 32, partitions: 1_024, commitSeconds: 5 },
  { members: 40, partitions: 20, commitSeconds: 5 },
  { members: 100, partitions: 1_000, commitSeconds: 5 },
];
const CASES = (['gateway', 'direct', 'lambda'] as const).flatMap((door) => LOADS.map((load) => ({ door, ...load })));

describe('what the model says of a group is what the coordinator asks for', () => {
  it.each(CASES)('$members members on $partitions partitions, a commit each $commitSeconds s, $door', async ({ door, ...load }) => {
    const [model, engine] = [groupCost(load, door), await counted(load, door)];
    expect(
      Math.abs(model.writeUnits / engine.writeUnits - 1),
      `${engine.writeUnits} write units counted, ${model.writeUnits}`,
    ).toBeLessThan(0.05);
    expect(Math.abs(model.readUnits / engine.readUnits - 1), `${engine.readUnits} read units counted, ${model.readUnits}`).toBeLessThan(
      0.1,
    );
  });
});

describe('the bill of groups', () => {
  const workload: Workload = {
    bytesPerSecond: 0,
    recordBytes: 1_000,
    flushesPerSecond: 0,
    partitions: 1_000,
    partitionsPerFlush: 1_000,
    consumers: 0,
    groups: 1,
    members: 100,
    retentionDays: 0,
    zones: 1,
    zoneKind: 'regional',
    door: 'gateway',
  };
  const dollars = (more: Partial<Workload> = {}) =>
    billOf({ ...workload, ...more }).lines.reduce((sum, line) => (line.cause === 'groups' ? sum + line.dollars : sum), 0);

  it('of 100 members on 1,000 partitions is under a dollar a member, with a coordinator and without', () => {
    expect(dollars() / 100).toBeCloseTo(0.46, 2);
    expect(dollars({ door: 'direct' }) / 100).toBeCloseTo(0.86, 2);
  });

  it('grows with groups and members, and shrinks with the time between commits', () => {
    expect(dollars({ groups: 3 })).toBeCloseTo(3 * dollars(), 6);
    expect(dollars({ members: 200 })).toBeGreaterThan(dollars());
    expect(dollars({ commitSeconds: 60 })).toBeLessThan(dollars() / 3);
    expect(dollars({ groups: 0 })).toBe(0);
  });

  it('counts heartbeats and commits as calls where functions are the door', () => {
    const calls = billOf({ ...workload, door: 'lambda' }).lines.find(({ cause, what }) => cause === 'groups' && what === 'calls');
    expect(calls?.quantity).toBeCloseTo((100 / 15 + 100 / 5) * 30 * 86_400, 0);
  });
});
