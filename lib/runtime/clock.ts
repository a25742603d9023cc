import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../ports/clock.ts';

/** Node's timers take a longer time for none at all, so that whoever waits so long, or for ever, would spin. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** The system's clock. */
export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    if (signal?.aborted) return;
    // The one reason to reject is that the signal aborted, which ends the wait as well.
    await sleep(Math.min(Math.max(0, ms), TIMER_MS_MAX), undefined, signal === undefined ? {} : { signal }).catch(() => {});
  },
  turn: () => new Promise((resolve) => setImmediate(resolve)),
};
