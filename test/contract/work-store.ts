import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { markShard } from '../../lib/core/work-shard.ts';
import type { WorkLease, WorkStore } from '../../lib/ports/work-store.ts';
import { freshKey } from './partition-key.ts';
import { onSubject, type Subject } from './subject.ts';

const T = 1_700_000_000_000;

/** What every store of work leases and marks must do. */
export function workStoreContract(name: string, open: () => Promise<Subject<WorkStore>>): void {
  describe(`work store: ${name}`, () => {
    const run = (body: (store: WorkStore, job: string) => Promise<void>) => onSubject(open)((store) => body(store, `job-${randomUUID()}`));

    it(
      'gives a lease to one owner until it expires, and raises the epoch with every new holder',
      run(async (store, job) => {
        expect(await store.read(job, 3)).toBeUndefined();
        const first = await store.acquire(job, 3, 'a', T, 1_000);
        expect(first).toEqual({ kind: 'held', lease: { job, shard: 3, owner: 'a', epoch: 1, expiresAtMs: T + 1_000 } });
        expect(await store.acquire(job, 3, 'b', T + 999, 1_000)).toEqual({ kind: 'taken', lease: first.lease });
        expect((await store.acquire(job, 3, 'a', T + 500, 1_000)).lease).toMatchObject({ epoch: 1, expiresAtMs: T + 1_500 });
        expect(await store.acquire(job, 3, 'b', T + 1_500, 1_000)).toMatchObject({ kind: 'held', lease: { owner: 'b', epoch: 2 } });
        expect((await store.acquire(job, 3, 'b', T + 9_000, 1_000)).lease.epoch).toBe(3);
        expect(await store.read(job, 3)).toMatchObject({ owner: 'b', epoch: 3 });
        expect(await store.read(job, 4)).toBeUndefined();
      }),
    );

    it(
      'renews and releases only what is still held',
      run(async (store, job) => {
        const { lease } = await store.acquire(job, 0, 'a', T, 1_000);
        expect(await store.renew(lease, T + 5_000)).toBe('renewed');
        expect(await store.acquire(job, 0, 'b', T + 4_000, 1_000)).toMatchObject({ kind: 'taken' });
        await store.release(lease);
        const second = await store.acquire(job, 0, 'b', T + 1, 1_000);
        expect(second).toMatchObject({ kind: 'held', lease: { epoch: 2 } });
        expect(await store.renew(lease, T + 9_000)).toBe('lost');
        await store.release(lease);
        expect(await store.read(job, 0)).toEqual(second.lease);
      }),
    );

    it(
      'lets one of several that take a free lease win',
      run(async (store, job) => {
        const outcomes = await Promise.all(Array.from({ length: 8 }, (_, i) => store.acquire(job, 1, `o${i}`, T, 1_000)));
        expect(outcomes.filter((o) => o.kind === 'held').length).toBe(1);
        const owners = new Set(outcomes.map((o): WorkLease => o.lease).map((lease) => lease.owner));
        expect(owners.size).toBe(1);
      }),
    );

    it(
      'keeps a mark until it is removed as it was read',
      run(async (store) => {
        const keys = [freshKey(0), freshKey(70)];
        await store.mark(keys);
        await store.mark(keys);
        // Both may fall into one shard.
        const shards = [...new Set(keys.map(markShard))];
        const found = async () => (await Promise.all(shards.map((shard) => store.marks(shard, 1_000)))).flat();
        const mine = async () => (await found()).filter((mark) => keys.some((key) => key.topicId === mark.key.topicId));
        const before = await mine();
        expect(new Set(before.map((mark) => mark.key.partition))).toEqual(new Set([0, 70]));
        await store.mark(keys.slice(0, 1));
        await store.unmark(before);
        await store.unmark(before);
        const left = await mine();
        expect(left.map((mark) => mark.key)).toEqual([keys[0]]);
        await store.unmark(left);
        expect(await mine()).toEqual([]);
      }),
    );
  });
}
