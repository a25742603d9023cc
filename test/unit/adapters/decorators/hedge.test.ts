import { describe, expect, it } from 'vitest';
import { HedgedStore } from '../../../../lib/adapters/decorators/hedge.ts';
import { MemoryObjectStore } from '../../../../lib/adapters/memory/object-store.ts';
import { StratalogError } from '../../../../lib/core/errors.ts';
import { VirtualClock } from '../../../bench/virtual-clock.ts';

const USUAL_MS = 10;

/** A store that answers each put and get after the next of these delays, or after the usual one; negative ones fail then. */
function world() {
  const clock = new VirtualClock();
  const store = new MemoryObjectStore(clock);
  const delays: number[] = [];
  let requests = 0;
  let hedges = 0;
  const slow = async (): Promise<void> => {
    requests++;
    const ms = delays.shift() ?? USUAL_MS;
    await clock.sleep(Math.abs(ms));
    if (ms < 0) throw new StratalogError('STORAGE_ERROR', 'no');
  };
  const { put, get } = { put: store.put.bind(store), get: store.get.bind(store) };
  store.put = async (...args) => {
    await slow();
    return put(...args);
  };
  store.get = async (...args) => {
    await slow();
    return get(...args);
  };
  const telemetry = { count: () => void hedges++ };
  const hedged = new HedgedStore(store, { clock, telemetry });
  const putOne = async (key: string): Promise<number> => {
    const began = clock.monotonic();
    await hedged.put(key, [Buffer.from(key)]);
    return clock.monotonic() - began;
  };
  return { clock, delays, hedged, putOne, counts: () => ({ requests, hedges }) };
}

async function warm({ putOne }: ReturnType<typeof world>): Promise<void> {
  for (let i = 0; i < 100; i++) await putOne(`warm-${i}`);
}

describe('a hedged store', () => {
  it('asks a second time when an answer takes longer than usual, and takes the first', async () => {
    const all = world();
    await all.clock.run(
      (async () => {
        await warm(all);
        all.delays.push(500, 12);
        expect(await all.putOne('slow')).toBe(USUAL_MS + 12);
        expect(all.counts()).toEqual({ requests: 102, hedges: 1 });
        expect((await all.hedged.get('slow', 0, 10))?.toString()).toBe('slow');
      })(),
    );
  });

  it('waits for the one that is left when the other fails, and fails when both do', async () => {
    const all = world();
    await all.clock.run(
      (async () => {
        await warm(all);
        all.delays.push(40, -5);
        expect(await all.putOne('first')).toBe(40);
        all.delays.push(-15, 20);
        expect(await all.putOne('second')).toBe(USUAL_MS + 20);
        all.delays.push(-15, -20);
        await expect(all.putOne('none')).rejects.toMatchObject({ code: 'STORAGE_ERROR' });
        all.delays.push(-5);
        await expect(all.putOne('at once')).rejects.toMatchObject({ code: 'STORAGE_ERROR' });
      })(),
    );
  });

  it('does not ask twice before it knows what is usual, nor for large objects', async () => {
    const all = world();
    await all.clock.run(
      (async () => {
        all.delays.push(500);
        expect(await all.putOne('early')).toBe(500);
        await warm(all);
        all.delays.push(500);
        await all.hedged.put('large', [Buffer.alloc(2_000_000)]);
        expect(all.counts().hedges).toBe(0);
      })(),
    );
  });

  it('asks at most a tenth more of a store that is slow as a whole', async () => {
    const all = world();
    await all.clock.run(
      (async () => {
        await warm(all);
        const { requests } = all.counts();
        all.delays.push(...Array.from({ length: 2_000 }, (_, i) => 100 * (i + 2)));
        for (let i = 0; i < 200; i++) await all.putOne(`crowd-${i}`);
        expect(all.counts().hedges).toBeGreaterThan(10);
        expect(all.counts().requests - requests).toBeLessThanOrEqual(200 * 1.1 + 10);
      })(),
    );
  });
});
