import { describe, expect, it } from 'vitest';
import type { IndexPage } from '../../lib/core/index-page.ts';
import type { PageStore } from '../../lib/ports/page-store.ts';
import { entryOf, freshKey } from './partition-key.ts';
import { onSubject, type Subject } from './subject.ts';

function pageOf(firstOffset: number, more: Partial<IndexPage> = {}): IndexPage {
  return { firstOffset, version: 0, entries: [entryOf(6), entryOf(4)], maxTimestampBefore: -1, bytesBefore: firstOffset * 100, ...more };
}

const refOf = ({ firstOffset, version }: IndexPage) => ({ firstOffset, version });

/** What every store of index pages must do. */
export function pageStoreContract(name: string, open: () => Promise<Subject<PageStore>>): void {
  describe(`page store: ${name}`, () => {
    const run = onSubject(open);

    it(
      'puts a page once and answers the one that is there',
      run(async (store) => {
        const key = freshKey();
        const page = pageOf(10, { maxTimestampBefore: 5 });
        expect(await store.put(key, page)).toEqual({ kind: 'created' });
        expect(await store.put(key, pageOf(10, { bytesBefore: 1 }))).toEqual({ kind: 'exists', page });
        expect(await store.at(key, 10)).toEqual(page);
      }),
    );

    it(
      'finds the page that begins at or below an offset',
      run(async (store) => {
        const key = freshKey();
        const pages = [pageOf(0), pageOf(10), pageOf(1_000_000_000_000)];
        for (const page of [...pages].reverse()) await store.put(key, page);
        expect(await store.at(key, 0)).toEqual(pages[0]);
        expect(await store.at(key, 9)).toEqual(pages[0]);
        expect(await store.at(key, 10)).toEqual(pages[1]);
        expect(await store.at(key, 999_999_999_999)).toEqual(pages[1]);
        expect(await store.at(key, 2 ** 52)).toEqual(pages[2]);
        const other = freshKey();
        await store.put(other, pageOf(5));
        expect(await store.at(other, 4)).toBeUndefined();
        expect(await store.at(freshKey(), 4)).toBeUndefined();
      }),
    );

    it(
      'keeps partitions of one topic apart, whose numbers begin alike',
      run(async (store) => {
        const { topicId } = freshKey();
        await store.put({ topicId, partition: 1 }, pageOf(1));
        await store.put({ topicId, partition: 10 }, pageOf(2));
        await store.put({ topicId, partition: 11 }, pageOf(3));
        expect((await store.range({ topicId, partition: 1 }, 0, 10)).map((page) => page.firstOffset)).toEqual([1]);
        expect((await store.at({ topicId, partition: 10 }, 100))?.firstOffset).toBe(2);
      }),
    );

    it(
      'answers a range in ascending order, from an offset inclusive, at most so many',
      run(async (store) => {
        const key = freshKey();
        for (const first of [30, 0, 20, 10]) await store.put(key, pageOf(first));
        const firsts = async (from: number, limit: number) => (await store.range(key, from, limit)).map((page) => page.firstOffset);
        expect(await firsts(0, 10)).toEqual([0, 10, 20, 30]);
        expect(await firsts(10, 2)).toEqual([10, 20]);
        expect(await firsts(11, 2)).toEqual([20, 30]);
        expect(await firsts(31, 2)).toEqual([]);
      }),
    );

    it(
      'keeps stubs, which count as pages',
      run(async (store) => {
        const key = freshKey();
        const stub = pageOf(10, { version: 2, entries: [], mergedInto: 0, mergedAtMs: 1_700_000_000_000 });
        await store.put(key, pageOf(0));
        await store.put(key, stub);
        expect(await store.at(key, 15)).toEqual(stub);
        expect(await store.range(key, 0, 10)).toEqual([pageOf(0, { entries: (await store.at(key, 0))?.entries ?? [] }), stub]);
        expect(await store.put(key, pageOf(10))).toEqual({ kind: 'exists', page: stub });
      }),
    );

    it(
      'replaces pages when all are as they were read',
      run(async (store) => {
        const key = freshKey();
        const pages = [pageOf(0), pageOf(10), pageOf(20)];
        for (const page of pages) await store.put(key, page);
        const merged = pageOf(0, { version: 1, entries: [entryOf(20, { kind: 'log' })] });
        const stub = pageOf(10, { version: 1, entries: [], mergedInto: 0, mergedAtMs: 1 });
        expect(await store.replace(key, pages.slice(0, 2).map(refOf), [merged, stub])).toBe('applied');
        expect(await store.range(key, 0, 10)).toEqual([merged, stub, pages[2]]);
      }),
    );

    it(
      'removes expected pages that are not put, and puts new ones',
      run(async (store) => {
        const key = freshKey();
        const pages = [pageOf(0), pageOf(10)];
        for (const page of pages) await store.put(key, page);
        const split = pageOf(5, { version: 0 });
        expect(await store.replace(key, pages.map(refOf), [split])).toBe('applied');
        expect(await store.range(key, 0, 10)).toEqual([split]);
      }),
    );

    it(
      'refuses to replace when any page has another version or is gone, and writes nothing',
      run(async (store) => {
        const key = freshKey();
        const pages = [pageOf(0), pageOf(10)];
        for (const page of pages) await store.put(key, page);
        const put = [pageOf(0, { version: 1 })];
        expect(await store.replace(key, [refOf(pages[0] as IndexPage), { firstOffset: 10, version: 3 }], put)).toBe('refused');
        expect(await store.replace(key, [refOf(pages[0] as IndexPage), { firstOffset: 99, version: 0 }], put)).toBe('refused');
        expect(await store.range(key, 0, 10)).toEqual(pages);
      }),
    );

    it(
      'refuses to put a new page where another one is',
      run(async (store) => {
        const key = freshKey();
        const pages = [pageOf(0), pageOf(10)];
        for (const page of pages) await store.put(key, page);
        expect(await store.replace(key, [refOf(pages[0] as IndexPage)], [pageOf(0, { version: 1 }), pageOf(10, { version: 1 })])).toBe(
          'refused',
        );
        expect(await store.range(key, 0, 10)).toEqual(pages);
      }),
    );

    it(
      'lets one of several replacers win',
      run(async (store) => {
        const key = freshKey();
        const page = pageOf(0);
        await store.put(key, page);
        const results = await Promise.all(
          Array.from({ length: 8 }, (_, i) => store.replace(key, [refOf(page)], [pageOf(0, { version: 1, bytesBefore: i })])),
        );
        expect(results.filter((result) => result === 'applied')).toHaveLength(1);
        expect(results[(await store.at(key, 0))?.bytesBefore ?? -1]).toBe('applied');
      }),
    );

    it(
      'replaces as many pages as one transaction may hold',
      run(async (store) => {
        const key = freshKey();
        const pages = Array.from({ length: 50 }, (_, i) => pageOf(i * 10));
        for (const page of pages) await store.put(key, page);
        const put = pages.map((page) => ({ ...page, version: 1 }));
        expect(await store.replace(key, pages.map(refOf), put)).toBe('applied');
        expect((await store.range(key, 0, 100)).every((page) => page.version === 1)).toBe(true);
      }),
    );

    it(
      'removes a page of the version that was read, and no other',
      run(async (store) => {
        const key = freshKey();
        await store.put(key, pageOf(10));
        expect(await store.remove(key, { firstOffset: 10, version: 1 })).toBe('refused');
        expect(await store.remove(key, { firstOffset: 11, version: 0 })).toBe('refused');
        expect(await store.remove(key, { firstOffset: 10, version: 0 })).toBe('applied');
        expect(await store.remove(key, { firstOffset: 10, version: 0 })).toBe('refused');
        expect(await store.at(key, 10)).toBeUndefined();
      }),
    );

    it(
      'clears a partition step by step and leaves the others',
      run(async (store) => {
        const [key, other] = [freshKey(0), freshKey(0)];
        for (const first of [0, 10, 20]) await store.put(key, pageOf(first));
        await store.put(other, pageOf(0));
        expect(await store.clear(key, 2)).toBe(2);
        expect(await store.clear(key, 2)).toBe(1);
        expect(await store.clear(key, 2)).toBe(0);
        expect(await store.range(key, 0, 10)).toEqual([]);
        expect(await store.range(other, 0, 10)).toHaveLength(1);
      }),
    );
  });
}
