import { describe, expect, it } from 'vitest';
import type { Maintenance } from '../../../../lib/engine/maintenance/maintenance.ts';
import type { JobName, JobReport, JobRequest } from '../../../../lib/engine/maintenance/run.ts';
import { MaintenanceScheduler } from '../../../../lib/engine/maintenance/scheduler.ts';
import { createWorld, HandClock, MINUTE, produce, readAll, seededRandom } from './world.ts';

interface Started {
  readonly job: JobName;
  readonly all: boolean | undefined;
  readonly atMs: number;
}

/** Jobs that only note when they were started. */
function noted(
  clock: HandClock,
  report: Partial<JobReport>,
  enough: number,
): { maintenance: Maintenance; started: Started[]; done: Promise<void> } {
  const started: Started[] = [];
  const done = Promise.withResolvers<void>();
  const maintenance: Maintenance = {
    async run(job: JobName, request: JobRequest = {}) {
      started.push({ job, all: request.all, atMs: clock.monotonic() });
      if (started.length >= enough) done.resolve();
      return { complete: true, errors: [], ...report } as unknown as JobReport;
    },
    repair: async () => ({ lost: [], complete: true, errors: [] }),
    status: () => ({ jobs: [], running: [], retired: 0, underReplicated: [], zonesDown: [] }),
  };
  return { maintenance, started, done: done.promise };
}

describe('the scheduler', () => {
  it('looks at everything first and every ten minutes, and at what has marks in between', async () => {
    const clock = new HandClock();
    const { maintenance, started, done } = noted(clock, {}, 100);
    const scheduler = new MaintenanceScheduler(maintenance, { clock, random: seededRandom(), everyMs: { merge: MINUTE } });
    await done;
    await scheduler.stop();
    const all = started.filter((run) => run.all);
    expect(started[0]?.all).toBe(true);
    expect(all.length).toBeGreaterThanOrEqual(8);
    expect(all.length).toBeLessThanOrEqual(12);
    const count = started.length;
    await new Promise((resolve) => setImmediate(resolve));
    expect(started.length).toBe(count);
  });

  it('goes on at once after a run that was cut short, and waits after one that failed', async () => {
    for (const [report, slower] of [
      [{ complete: false }, false],
      [{ complete: false, errors: ['x'] }, true],
    ] as const) {
      const clock = new HandClock();
      const { maintenance, started, done } = noted(clock, report, 10);
      const scheduler = new MaintenanceScheduler(maintenance, { clock, random: seededRandom(), everyMs: { sweep: MINUTE } });
      await done;
      await scheduler.stop();
      expect((started[9]?.atMs ?? 0) > 5 * MINUTE).toBe(slower);
    }
  });

  it('keeps a log in order by itself', async () => {
    const world = createWorld();
    await world.engine.topics.create({ name: 't', configs: { 'retention.bytes': '2000' } });
    for (let i = 0; i < 100; i++) await produce(world, 't', 0, [{ value: `v${i}` }]);
    const scheduler = new MaintenanceScheduler(world.maintenance, {
      ...world.deps,
      everyMs: { retain: MINUTE, merge: 10_000, sweep: MINUTE },
    });
    for (let i = 0; i < 2_000 && world.maintenance.status().jobs.length < 3; i++) await new Promise((resolve) => setImmediate(resolve));
    await scheduler.stop();
    expect(world.maintenance.status().jobs.map(({ job }) => job)).toEqual(['retain', 'merge', 'sweep']);
    expect((await readAll(world.deps, 't', 0)).length).toBeLessThan(40);
  });
});
