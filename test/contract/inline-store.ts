import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { InlineStore } from '../../lib/ports/inline-store.ts';
import { freshLease } from './partition-key.ts';
import { onSubject, type Subject } from './subject.ts';

/** Later than any put. */
const FAR = 2 ** 45;

/** What every store of small segments must do. The store is empty at first. */
export function inlineStoreContract(name: string, open: () => Promise<Subject<InlineStore>>): void {
  describe(`inline store: ${name}`, () => {
    const run = onSubject(open);

    it(
      'answers what was put, at once',
      run(async (store) => {
        const lease = freshLease();
        await store.put(lease, [Buffer.from('ab'), Buffer.from(''), Buffer.from('cde')]);
        expect((await store.get(lease))?.toString()).toBe('abcde');
        expect(await store.get(freshLease())).toBeUndefined();
      }),
    );

    it(
      'may be given the same segment twice',
      run(async (store) => {
        const lease = freshLease();
        await store.put(lease, [Buffer.from('abc')]);
        await store.put(lease, [Buffer.from('abc')]);
        expect((await store.get(lease))?.toString()).toBe('abc');
        expect(await store.list(undefined, FAR, 10)).toEqual([{ lease, size: 3 }]);
      }),
    );

    it(
      'keeps a segment of the largest size, and its own copy of the bytes',
      run(async (store) => {
        const lease = freshLease();
        const bytes = randomBytes(store.maxBytes);
        const expected = Buffer.from(bytes);
        await store.put(lease, [bytes.subarray(0, 10), bytes.subarray(10)]);
        bytes.fill(0);
        const read = await store.get(lease);
        expect(read?.equals(expected)).toBe(true);
        read?.fill(0);
        expect((await store.get(lease))?.equals(expected)).toBe(true);
      }),
    );

    it(
      'deletes segments, absent ones too',
      run(async (store) => {
        const [a, b] = [freshLease(), freshLease()];
        await store.put(a, [Buffer.from('a')]);
        await store.put(b, [Buffer.from('b')]);
        await store.delete([a, freshLease()]);
        await store.delete([]);
        expect(await store.get(a)).toBeUndefined();
        expect((await store.get(b))?.toString()).toBe('b');
      }),
    );

    it(
      'lists leases in order, after one, older than a time, at most so many',
      run(async (store) => {
        const leases = Array.from({ length: 5 }, freshLease);
        for (const lease of [...leases].reverse()) await store.put(lease, [Buffer.from('xyz')]);
        const listed = async (...ask: Parameters<InlineStore['list']>) => (await store.list(...ask)).map(({ lease }) => lease);
        expect(await listed(undefined, FAR, 10)).toEqual(leases);
        expect(await listed(undefined, FAR, 2)).toEqual(leases.slice(0, 2));
        expect(await listed(leases[1], FAR, 10)).toEqual(leases.slice(2));
        expect(await listed(undefined, 1, 10)).toEqual([]);
      }),
    );
  });
}
