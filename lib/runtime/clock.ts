import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../ports/clock.ts';

/** The system's clock. */
export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    if (signal?.aborted) return;
    // The one reason to reject is that the signal aborted, which ends the wait as well.
    await sleep(Math.max(0, ms), undefined, signal === undefined ? {} : { signal }).catch(() => {});
  },
  turn: () => new Promise((resolve) => setImmediate(resolve)),
};
