import type { Offset, PartitionKey } from '../../core/ids.ts';
import { partitionName } from '../../core/ids.ts';
import type { IndexPage, PageRef } from '../../core/index-page.ts';
import type { PageStore } from '../../ports/page-store.ts';

/** Index pages, a sorted list a partition. */
export class MemoryPageStore implements PageStore {
  readonly #pages = new Map<string, IndexPage[]>();

  async put(key: PartitionKey, page: IndexPage): Promise<{ kind: 'created' } | { kind: 'exists'; page: IndexPage }> {
    const pages = this.#of(key);
    const at = floorIndex(pages, page.firstOffset);
    const there = pages[at];
    if (there?.firstOffset === page.firstOffset) return { kind: 'exists', page: there };
    pages.splice(at + 1, 0, page);
    return { kind: 'created' };
  }

  async at(key: PartitionKey, offset: Offset): Promise<IndexPage | undefined> {
    const pages = this.#of(key);
    return pages[floorIndex(pages, offset)];
  }

  async range(key: PartitionKey, from: Offset, limit: number): Promise<readonly IndexPage[]> {
    const pages = this.#of(key);
    const start = floorIndex(pages, from - 1) + 1;
    return pages.slice(start, start + limit);
  }

  async replace(key: PartitionKey, expected: readonly PageRef[], put: readonly IndexPage[]): Promise<'applied' | 'refused'> {
    const pages = this.#of(key);
    const stands = expected.every(
      (ref) => pages[floorIndex(pages, ref.firstOffset)]?.firstOffset === ref.firstOffset && this.#is(pages, ref),
    );
    const firsts = new Set(expected.map((ref) => ref.firstOffset));
    const free = put.every(
      (page) => firsts.has(page.firstOffset) || pages[floorIndex(pages, page.firstOffset)]?.firstOffset !== page.firstOffset,
    );
    if (!stands || !free) return 'refused';
    const kept = pages.filter((page) => !firsts.has(page.firstOffset));
    this.#pages.set(
      partitionName(key),
      [...kept, ...put].sort((a, b) => a.firstOffset - b.firstOffset),
    );
    return 'applied';
  }

  async remove(key: PartitionKey, ref: PageRef): Promise<'applied' | 'refused'> {
    const pages = this.#of(key);
    if (!this.#is(pages, ref)) return 'refused';
    pages.splice(floorIndex(pages, ref.firstOffset), 1);
    return 'applied';
  }

  async clear(key: PartitionKey, limit: number): Promise<number> {
    return this.#of(key).splice(0, limit).length;
  }

  #is(pages: readonly IndexPage[], ref: PageRef): boolean {
    const page = pages[floorIndex(pages, ref.firstOffset)];
    return page !== undefined && page.firstOffset === ref.firstOffset && page.version === ref.version;
  }

  #of(key: PartitionKey): IndexPage[] {
    const name = partitionName(key);
    let pages = this.#pages.get(name);
    if (pages === undefined) {
      pages = [];
      this.#pages.set(name, pages);
    }
    return pages;
  }
}

/** Index of the last page that begins at or below `offset`, -1 if there is none. */
function floorIndex(pages: readonly IndexPage[], offset: Offset): number {
  let low = 0;
  let high = pages.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((pages[middle] as IndexPage).firstOffset <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
