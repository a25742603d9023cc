import { describe, expect, it } from 'vitest';
import { MemoryLeaseStore } from '../../../lib/adapters/memory/lease-store.ts';
import { FLOOR_NONE, type PartitionKey } from '../../../lib/core/ids.ts';
import { emptyLeaseRecord } from '../../../lib/core/lease-record.ts';
import { ENGINE_DEFAULTS } from '../../../lib/engine/settings.ts';
import { Watch } from '../../../lib/engine/watch.ts';
import { VirtualClock } from '../../bench/virtual-clock.ts';
import { freshKey } from '../../contract/partition-key.ts';

const { pollMinMs, pollMaxMs } = ENGINE_DEFAULTS;
const MINUTE_MS = 60_000;

async function world(partitions = 1) {
  const clock = new VirtualClock();
  const leases = new MemoryLeaseStore();
  const topic = freshKey();
  const keys: PartitionKey[] = Array.from({ length: partitions }, (_, partition) => ({ ...topic, partition }));
  await leases.create(keys, emptyLeaseRecord(FLOOR_NONE));
  let reads = 0;
  const counted = Object.assign(Object.create(leases) as MemoryLeaseStore, {
    read: (asked: readonly PartitionKey[]) => {
      reads += asked.length;
      return leases.read(asked);
    },
  });
  const watch = new Watch({ clock, leases: counted, settings: ENGINE_DEFAULTS });
  const endOf = async (key: PartitionKey) => (await leases.read([key]))[0]?.next ?? 0;
  /** What another process appends. */
  const grow = async (key: PartitionKey): Promise<void> => {
    const [record] = await leases.read([key]);
    if (record !== undefined)
      await leases.write([{ key, expected: record.version, record: { ...record, version: record.version + 1, next: record.next + 1 } }]);
  };
  /** Waits for growth as a reader does, who asks again every five seconds; answers the milliseconds. */
  const follow = async (key: PartitionKey, forMs: number): Promise<number> => {
    const began = clock.monotonic();
    const seenEnd = await endOf(key);
    while ((await endOf(key)) === seenEnd && clock.monotonic() - began < forMs) await watch.any([{ key, seenEnd }], 5_000);
    return clock.monotonic() - began;
  };
  return { clock, keys, watch, grow, follow, reads: () => reads };
}

describe('waiting at the end of the log', () => {
  it('costs a read every five seconds once nothing has come for a while, however often readers ask again', async () => {
    const { clock, keys, follow, reads } = await world();
    await clock.run(
      (async () => {
        const [key] = keys as [PartitionKey];
        await follow(key, MINUTE_MS);
        const before = reads();
        await follow(key, 10 * MINUTE_MS);
        expect(reads() - before).toBeLessThanOrEqual((10 * MINUTE_MS) / pollMaxMs + 1);
      })(),
    );
  });

  it('for no partition at all only lets the time pass, and polls nothing meanwhile or after', async () => {
    const { clock, watch, reads } = await world();
    const sleeps: number[] = [];
    const sleep = clock.sleep.bind(clock);
    clock.sleep = (ms, signal) => {
      sleeps.push(ms);
      return sleep(ms, signal);
    };
    await clock.run(watch.any([], 5_000));
    expect([sleeps, reads()]).toEqual([[5_000], 0]);
  });

  it('sees within a few polls what follows on something, and within the longest one what comes after a rest', async () => {
    const { clock, keys, grow, follow } = await world();
    await clock.run(
      (async () => {
        const [key] = keys as [PartitionKey];
        const afterMs = async (pauseMs: number): Promise<number> => {
          const grown = clock.sleep(pauseMs).then(() => grow(key));
          const waitedMs = await follow(key, 10 * MINUTE_MS);
          await grown;
          return waitedMs - pauseMs;
        };
        expect(await afterMs(5 * MINUTE_MS)).toBeLessThanOrEqual(pollMaxMs);
        for (let i = 0; i < 20; i++) expect(await afterMs(40)).toBeLessThanOrEqual(pollMinMs);
      })(),
    );
  });

  it('looks at a busy partition in time while others rest', async () => {
    const { clock, keys, grow, follow } = await world(3);
    await clock.run(
      (async () => {
        const [busy, ...idle] = keys as [PartitionKey, ...PartitionKey[]];
        const resting = Promise.all(idle.map((key) => follow(key, 5 * MINUTE_MS)));
        await clock.sleep(2 * MINUTE_MS);
        for (let i = 0; i < 20; i++) {
          const grown = clock.sleep(30).then(() => grow(busy));
          expect(await follow(busy, MINUTE_MS)).toBeLessThanOrEqual(30 + pollMinMs);
          await grown;
        }
        await resting;
      })(),
    );
  });

  it('goes on when records cannot be read, and ends with the process', async () => {
    const clock = new VirtualClock();
    let tries = 0;
    const leases = Object.assign(new MemoryLeaseStore(), {
      read: () => {
        tries++;
        return Promise.reject(new Error('no table'));
      },
    });
    const watch = new Watch({ clock, leases, settings: ENGINE_DEFAULTS });
    await clock.run(
      (async () => {
        const waiting = watch.any([{ key: freshKey(), seenEnd: 0 }], 10 * MINUTE_MS);
        await clock.sleep(MINUTE_MS);
        expect(tries).toBeGreaterThan(5);
        expect(tries).toBeLessThan(50);
        watch.close();
        await waiting;
        expect(clock.monotonic()).toBe(MINUTE_MS);
      })(),
    );
  });
});
