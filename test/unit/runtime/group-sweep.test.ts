import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../lib/ports/clock.ts';
import { SILENT } from '../../../lib/ports/telemetry.ts';
import { startGroupSweep } from '../../../lib/runtime/group-sweep.ts';
import { createMemoryEngine } from '../../../lib/runtime/memory.ts';

const DAY_MS = 24 * 3_600_000;

/** A clock whose sleeps of minutes end when the test says so. */
function turnedByHand() {
  let nowMs = 1_700_000_000_000;
  const sleepers: (() => void)[] = [];
  const clock: Clock = {
    now: () => nowMs,
    monotonic: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        signal?.addEventListener('abort', () => resolve(), { once: true });
        if (ms >= 60_000) sleepers.push(resolve);
      }),
  };
  const turn = async (ms: number) => {
    while (sleepers.length === 0) await setImmediate();
    nowMs += ms;
    for (const wake of sleepers.splice(0)) wake();
    while (sleepers.length === 0) await setImmediate();
  };
  return { clock, turn };
}
const random = { bytes: (n: number) => new Uint8Array(n), fraction: () => 0.5 };

describe('the periodic sweep of groups', () => {
  it('removes offsets that have expired and the group that has nothing left', async () => {
    const { clock, turn } = turnedByHand();
    await using engine = disposable(createMemoryEngine({ clock }));
    await engine.value.topics.create({ name: 'orders' });
    await engine.value.groups.commit({ group: 'g', offsets: [{ topic: 'orders', partition: 0, offset: 0 }] });
    const sweep = startGroupSweep({ ...engine.value.deps, random, groups: engine.value.groups });
    await turn(DAY_MS);
    expect((await engine.value.groups.list()).map(({ group }) => group)).toEqual(['g']);
    await turn(7 * DAY_MS);
    expect(await engine.value.groups.list()).toEqual([]);
    await sweep.stop();
  });

  it('goes on after a sweep that failed, and ends when it is stopped', async () => {
    const { clock, turn } = turnedByHand();
    const told: string[] = [];
    let sweeps = 0;
    const groups = {
      adopt: async () => void told.push('adopted'),
      sweep: async () => {
        if (++sweeps === 1) throw new Error('no table');
        return { offsets: 3, groups: 1 };
      },
    };
    const telemetry = {
      ...SILENT,
      log: (level: string) => void told.push(level),
      count: (name: string, value: number) => void told.push(`${name} ${value}`),
    };
    const sweep = startGroupSweep({ groups, clock, random, telemetry });
    await turn(600_000);
    await turn(600_000);
    await sweep.stop();
    expect(told).toEqual(['adopted', 'warn', 'group_offsets_expired_total 3', 'group_deleted_total 1']);
  });
});

function disposable<Value extends { close(): Promise<void> }>(value: Value) {
  return { value, [Symbol.asyncDispose]: () => value.close() };
}
