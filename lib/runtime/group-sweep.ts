/** The periodic part of consumer groups that no request triggers: offsets that expire, groups that have nothing left. */
import { GROUP_SWEEP_INTERVAL_MS } from '../core/limits.ts';
import type { GroupSweep } from '../engine/groups/group-coordinator.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { Telemetry } from '../ports/telemetry.ts';

export interface GroupSweepOptions {
  readonly groups: { adopt(): Promise<void>; sweep(): Promise<Pick<GroupSweep, 'offsets' | 'groups'>> };
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: Telemetry;
  /** Between two sweeps, ms. Default 10 minutes. Cost of one: 1 read a page of groups, and 2 a group. */
  readonly everyMs?: number;
}

/** Sweeps until it is stopped; `stop` resolves when no sweep is under way. A sweep that fails is tried again in its time. */
export function startGroupSweep(options: GroupSweepOptions): { stop(): Promise<void> } {
  const { groups, clock, random, telemetry, everyMs = GROUP_SWEEP_INTERVAL_MS } = options;
  const stopping = new AbortController();
  const run = async () => {
    // Members that died with the process before this one are nobody's until somebody asks for their group.
    await groups.adopt().catch((error) => telemetry.log('warn', 'groups could not be taken over', { error: String(error) }));
    // Processes that start together do not sweep together.
    await clock.sleep(everyMs * (0.5 + random.fraction() / 2), stopping.signal);
    while (!stopping.signal.aborted) {
      try {
        const gone = await groups.sweep();
        telemetry.count('group_offsets_expired_total', gone.offsets);
        telemetry.count('group_deleted_total', gone.groups);
      } catch (error) {
        telemetry.log('warn', 'expired offsets of groups could not be removed', { error: String(error) });
      }
      await clock.sleep(everyMs, stopping.signal);
    }
  };
  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
