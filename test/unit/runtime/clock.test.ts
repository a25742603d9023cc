import { describe, expect, it } from 'vitest';
import { SYSTEM_CLOCK } from '../../../lib/runtime/clock.ts';

describe('the system clock', () => {
  it('tells the time and never goes backwards', () => {
    expect(Math.abs(SYSTEM_CLOCK.now() - Date.now())).toBeLessThan(1_000);
    const first = SYSTEM_CLOCK.monotonic();
    expect(SYSTEM_CLOCK.monotonic()).toBeGreaterThanOrEqual(first);
  });

  it('ends a sleep when its signal aborts, and does not begin one that has aborted', async () => {
    const stop = new AbortController();
    const sleeping = SYSTEM_CLOCK.sleep(3_600_000, stop.signal);
    stop.abort();
    await sleeping;
    await SYSTEM_CLOCK.sleep(3_600_000, stop.signal);
  });

  it('sleeps until it is woken where the time has no end', async () => {
    const stop = new AbortController();
    let awake = false;
    const sleeping = SYSTEM_CLOCK.sleep(Number.POSITIVE_INFINITY, stop.signal).then(() => {
      awake = true;
    });
    await SYSTEM_CLOCK.sleep(20);
    expect(awake).toBe(false);
    stop.abort();
    await sleeping;
  });

  it('sleeps no time at all for a negative duration', async () => {
    await SYSTEM_CLOCK.sleep(-1);
  });
});
