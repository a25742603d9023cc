import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../lib/ports/object-store.ts';
import { objectUploadContract } from './object-upload.ts';
import { onSubject, type Subject } from './subject.ts';

const text = (buffer: Buffer | undefined) => buffer?.toString('latin1');
const bytes = (value: string) => Buffer.from(value, 'latin1');

/** What the objects of a zone must do. Every case keeps to a prefix of its own, so that a bucket may be shared. */
export function objectStoreContract(name: string, open: () => Promise<Subject<ObjectStore>>): void {
  objectUploadContract(name, open);
  describe(`object store: ${name}`, () => {
    const run = (body: (store: ObjectStore, prefix: string) => Promise<void>) =>
      onSubject(open)((store) => body(store, `t/${randomUUID()}/`));

    it(
      'puts an object once and never changes it',
      run(async (store, prefix) => {
        expect(await store.put(`${prefix}a`, [bytes('one')])).toBe('created');
        expect(await store.put(`${prefix}a`, [bytes('other')])).toBe('exists');
        expect(text(await store.get(`${prefix}a`, 0, 100))).toBe('one');
      }),
    );

    it(
      'replaces an object in one step, as often as it is asked to, and one that is not there',
      run(async (store, prefix) => {
        await store.put(`${prefix}a`, [bytes('damaged')]);
        expect(text(await store.get(`${prefix}a`, 0, 100))).toBe('damaged');
        for (const key of ['a', 'a', 'b']) {
          await store.replace(`${prefix}${key}`, [bytes('who'), bytes('le')]);
          expect(text(await store.get(`${prefix}${key}`, 0, 100))).toBe('whole');
          expect((await store.head(`${prefix}${key}`))?.size).toBe(5);
        }
        expect(await store.put(`${prefix}a`, [bytes('other')])).toBe('exists');
      }),
    );

    it(
      'joins chunks in order, empty ones and views of larger buffers included',
      run(async (store, prefix) => {
        const backing = bytes('0123456789');
        await store.put(`${prefix}a`, [bytes(''), backing.subarray(2, 5), bytes(''), new Uint8Array(backing.subarray(7)), bytes('')]);
        expect(text(await store.get(`${prefix}a`, 0, 100))).toBe('234789');
      }),
    );

    it(
      'answers ranges, shorter where the object ends before',
      run(async (store, prefix) => {
        await store.put(`${prefix}a`, [bytes('0123456789')]);
        expect(text(await store.get(`${prefix}a`, 0, 4))).toBe('0123');
        expect(text(await store.get(`${prefix}a`, 3, 4))).toBe('3456');
        expect(text(await store.get(`${prefix}a`, 8, 4))).toBe('89');
        expect(text(await store.get(`${prefix}a`, 9, 1))).toBe('9');
      }),
    );

    it(
      'answers the same range twice in memory of its own',
      run(async (store, prefix) => {
        await store.put(`${prefix}a`, [bytes('0123456789')]);
        const [first, second] = await Promise.all([store.get(`${prefix}a`, 0, 10), store.get(`${prefix}a`, 0, 10)]);
        first?.fill(0);
        expect(text(second)).toBe('0123456789');
        expect(text(await store.get(`${prefix}a`, 0, 10))).toBe('0123456789');
      }),
    );

    it(
      'keeps what the caller writes into its buffers afterwards out of the object',
      run(async (store, prefix) => {
        const chunk = bytes('before');
        await store.put(`${prefix}a`, [chunk]);
        chunk.fill(0x78);
        expect(text(await store.get(`${prefix}a`, 0, 6))).toBe('before');
      }),
    );

    it(
      'answers undefined for what is not there',
      run(async (store, prefix) => {
        await store.put(`${prefix}a`, [bytes('x')]);
        expect(await store.get(`${prefix}b`, 0, 1)).toBeUndefined();
        expect(await store.get(`${prefix}a/b`, 0, 1)).toBeUndefined();
        expect(await store.head(`${prefix}b`)).toBeUndefined();
        expect(await store.head(`${prefix}a/b`)).toBeUndefined();
      }),
    );

    it(
      'tells size and age',
      run(async (store, prefix) => {
        const before = Date.now();
        await store.put(`${prefix}a`, [bytes('12345')]);
        const info = await store.head(`${prefix}a`);
        expect(info).toMatchObject({ key: `${prefix}a`, size: 5 });
        // Stores round to seconds, and their clocks are not ours.
        expect(Math.abs((info?.putAtMs ?? 0) - before)).toBeLessThan(60_000);
      }),
    );

    it(
      'keeps megabytes in many chunks intact',
      run(async (store, prefix) => {
        const all = randomBytes(3 * 1024 * 1024 + 17);
        const chunks = Array.from({ length: 2_500 }, (_, i) => all.subarray(i * 1_300, (i + 1) * 1_300)).filter(
          (chunk) => chunk.length > 0,
        );
        await store.put(`${prefix}a`, chunks);
        const read = await store.get(`${prefix}a`, 0, all.length + 1);
        expect(read?.equals(all)).toBe(true);
        expect((await store.get(`${prefix}a`, 2_000_000, 777))?.equals(all.subarray(2_000_000, 2_000_777))).toBe(true);
      }),
    );

    it(
      'lets one of several puts of a key win, and all of them see it whole',
      run(async (store, prefix) => {
        const results = await Promise.all(Array.from({ length: 8 }, (_, i) => store.put(`${prefix}a`, [bytes(String(i).repeat(5_000))])));
        expect(results.filter((result) => result === 'created')).toHaveLength(1);
        const winner = String(results.indexOf('created'));
        expect(text(await store.get(`${prefix}a`, 0, 10_000))).toBe(winner.repeat(5_000));
      }),
    );

    it(
      'deletes objects, absent ones too, and frees their keys',
      run(async (store, prefix) => {
        await store.put(`${prefix}a`, [bytes('1')]);
        await store.put(`${prefix}b`, [bytes('2')]);
        expect(text(await store.get(`${prefix}a`, 0, 1))).toBe('1');
        await store.delete([`${prefix}a`, `${prefix}none`, `${prefix}b/none`]);
        await store.delete([]);
        expect(await store.get(`${prefix}a`, 0, 1)).toBeUndefined();
        expect(await store.head(`${prefix}a`)).toBeUndefined();
        expect(text(await store.get(`${prefix}b`, 0, 1))).toBe('2');
        expect(await store.put(`${prefix}a`, [bytes('3')])).toBe('created');
        expect(text(await store.get(`${prefix}a`, 0, 1))).toBe('3');
      }),
    );

    it(
      'lists keys in order, below a prefix, after a key, at most so many',
      run(async (store, prefix) => {
        const names = ['b/2', 'b/10', 'a', 'b.x', 'b-x', 'bb/1', 'c/d/e', 'c/d.e'];
        for (const each of names) await store.put(prefix + each, [bytes(each)]);
        const sorted = [...names].sort();
        const listed = async (below: string, after: string | undefined, limit: number) =>
          (await store.list(prefix + below, after === undefined ? undefined : prefix + after, limit)).map(({ key }) =>
            key.slice(prefix.length),
          );
        expect(await listed('', undefined, 1_000)).toEqual(sorted);
        expect(await listed('b', undefined, 1_000)).toEqual(sorted.filter((each) => each.startsWith('b')));
        expect(await listed('b/', undefined, 1_000)).toEqual(['b/10', 'b/2']);
        expect(await listed('b/1', undefined, 1_000)).toEqual(['b/10']);
        expect(await listed('', 'b/10', 2)).toEqual(['b/2', 'bb/1']);
        expect(await listed('', 'b', 3)).toEqual(['b-x', 'b.x', 'b/10']);
        expect(await listed('', 'c/d/e', 3)).toEqual([]);
        expect(await listed('none', undefined, 3)).toEqual([]);
        const [first] = await store.list(`${prefix}b/10`, undefined, 1);
        expect(first?.size).toBe(4);
      }),
    );

    it(
      'takes keys as long as a merged file has',
      run(async (store, prefix) => {
        const key = `${prefix}log/${randomUUID()}/9999/${'9'.repeat(20)}-${'f'.repeat(24)}.index`;
        await store.put(key, [bytes('x')]);
        expect((await store.list(`${prefix}log/`, undefined, 10)).map((info) => info.key)).toEqual([key]);
      }),
    );
  });
}
