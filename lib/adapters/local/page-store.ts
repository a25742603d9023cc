import { type Offset, type PartitionKey, partitionName } from '../../core/ids.ts';
import type { IndexPage, PageRef } from '../../core/index-page.ts';
import { decodeIndexPage, encodeIndexPage } from '../../format/page-codec.ts';
import type { PageStore } from '../../ports/page-store.ts';
import type { PageRow } from './database-commands.ts';
import type { DatabaseThread } from './database-thread.ts';

/** Index pages as rows. */
export class LocalPageStore implements PageStore {
  readonly #thread: DatabaseThread;

  constructor(thread: DatabaseThread) {
    this.#thread = thread;
  }

  async put(key: PartitionKey, page: IndexPage): ReturnType<PageStore['put']> {
    const there = await this.#thread.call('page.put', { key: partitionName(key), ...rowOf(page) });
    return there === null ? { kind: 'created' } : { kind: 'exists', page: decodeIndexPage(there) };
  }

  async at(key: PartitionKey, offset: Offset): Promise<IndexPage | undefined> {
    const page = await this.#thread.call('page.at', { key: partitionName(key), offset });
    return page === null ? undefined : decodeIndexPage(page);
  }

  async range(key: PartitionKey, from: Offset, limit: number): Promise<readonly IndexPage[]> {
    const pages = await this.#thread.call('page.range', { key: partitionName(key), from, limit });
    return pages.map(decodeIndexPage);
  }

  async replace(key: PartitionKey, expected: readonly PageRef[], put: readonly IndexPage[]): Promise<'applied' | 'refused'> {
    const applied = await this.#thread.call('page.replace', {
      key: partitionName(key),
      expected: expected.map(refOf),
      put: put.map(rowOf),
    });
    return applied ? 'applied' : 'refused';
  }

  async remove(key: PartitionKey, page: PageRef): Promise<'applied' | 'refused'> {
    return (await this.#thread.call('page.remove', { key: partitionName(key), ...refOf(page) })) ? 'applied' : 'refused';
  }

  clear(key: PartitionKey, limit: number): Promise<number> {
    return this.#thread.call('page.clear', { key: partitionName(key), limit });
  }
}

function refOf({ firstOffset, version }: PageRef): { first: number; version: number } {
  return { first: firstOffset, version };
}

function rowOf(page: IndexPage): PageRow {
  return { ...refOf(page), page: encodeIndexPage(page) };
}
