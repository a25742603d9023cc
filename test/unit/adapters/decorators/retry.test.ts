import { describe, expect, it } from 'vitest';
import { type RetryPolicy, type RetryPorts, retrying, retryingWrites } from '../../../../lib/adapters/decorators/retry.ts';
import { MemoryLeaseStore } from '../../../../lib/adapters/memory/lease-store.ts';
import { MemoryPageStore } from '../../../../lib/adapters/memory/page-store.ts';
import { type ErrorCode, StratalogError } from '../../../../lib/core/errors.ts';
import { FLOOR_NONE } from '../../../../lib/core/ids.ts';
import { emptyLeaseRecord } from '../../../../lib/core/lease-record.ts';
import type { LeaseWriteOutcome } from '../../../../lib/ports/lease-store.ts';
import { freshKey } from '../../../contract/partition-key.ts';

const POLICY: RetryPolicy = { name: 'test', firstMs: 10, mostMs: 50, withinMs: 1_000, repeatable: ['put'] };

/** A clock that jumps when somebody sleeps, and jitter that always draws the most. */
function world(): RetryPorts & { readonly slept: number[] } {
  const slept: number[] = [];
  return {
    slept,
    clock: {
      async sleep(ms) {
        slept.push(ms);
      },
      monotonic: () => slept.reduce((a, b) => a + b, 0),
    },
    random: { fraction: () => 1 },
    telemetry: { count() {} },
  };
}

/** A store whose method fails with these codes before it answers. */
function failing(...codes: ErrorCode[]) {
  let calls = 0;
  const answer = async (): Promise<number> => {
    const code = codes[calls++];
    if (code !== undefined) throw new StratalogError(code, code);
    return calls;
  };
  return { put: answer, replace: answer, limit: 7 };
}

describe('retrying', () => {
  it('tries again after throttling and errors, with waits whose bound doubles up to the most', async () => {
    const ports = world();
    const store = retrying(failing('THROTTLED', 'STORAGE_ERROR', 'THROTTLED', 'THROTTLED'), POLICY, ports);
    expect(await store.replace()).toBe(5);
    expect(ports.slept).toEqual([10, 20, 40, 50]);
  });

  it('repeats a write without an answer only where that may be done', async () => {
    expect(await retrying(failing('OUTCOME_UNKNOWN'), POLICY, world()).put()).toBe(2);
    await expect(retrying(failing('OUTCOME_UNKNOWN'), POLICY, world()).replace()).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  });

  it('does not try again what another attempt cannot mend', async () => {
    const ports = world();
    for (const code of ['ACCESS_DENIED', 'CORRUPT_OBJECT', 'INTERNAL'] as const) {
      await expect(retrying(failing(code), POLICY, ports).put()).rejects.toMatchObject({ code });
    }
    expect(ports.slept).toEqual([]);
  });

  it('gives up after its time with the last error', async () => {
    const ports = world();
    const store = retrying(failing(...Array.from({ length: 100 }, () => 'THROTTLED' as const)), POLICY, ports);
    await expect(store.put()).rejects.toMatchObject({ code: 'THROTTLED' });
    expect(ports.clock.monotonic()).toBeGreaterThanOrEqual(1_000);
    expect(ports.clock.monotonic()).toBeLessThan(1_060);
  });

  it('leaves values, private state and the kind of the store as they are', async () => {
    const pages = retrying(new MemoryPageStore(), POLICY, world());
    expect(await pages.range(freshKey(), 0, 5)).toEqual([]);
    expect(retrying(failing(), POLICY, world()).limit).toBe(7);
    expect(pages).toBeInstanceOf(MemoryPageStore);
  });
});

describe('retryingWrites', () => {
  const EMPTY = emptyLeaseRecord(FLOOR_NONE);

  it('sends again those writes alone that were refused because of load', async () => {
    const store = new MemoryLeaseStore();
    const [a, b, c] = [freshKey(0), freshKey(1), freshKey(2)];
    await store.create([a, b, c], EMPTY);
    const sizes: number[] = [];
    const plain = store.write.bind(store);
    store.write = async (writes) => {
      sizes.push(writes.length);
      if (sizes.length > 2) return plain(writes);
      const outcomes = await plain(writes.slice(1));
      return [{ kind: 'unknown', cause: new StratalogError('THROTTLED', 'slow down') }, ...outcomes];
    };
    const outcomes = await retryingWrites(store, POLICY, world()).write(
      [a, b, c].map((key) => ({ key, expected: 0, record: { ...EMPTY, version: 1 } })),
    );
    expect(outcomes.map(({ kind }) => kind)).toEqual(['applied', 'applied', 'applied']);
    expect(sizes).toEqual([3, 1, 1]);
  });

  it('hands on what is unknown for any other reason', async () => {
    const store = new MemoryLeaseStore();
    const unknown: LeaseWriteOutcome = { kind: 'unknown', cause: new StratalogError('OUTCOME_UNKNOWN', 'no answer') };
    store.write = async () => [unknown];
    const write = { key: freshKey(), expected: 0, record: { ...EMPTY, version: 1 } };
    expect(await retryingWrites(store, POLICY, world()).write([write])).toEqual([unknown]);
  });
});
