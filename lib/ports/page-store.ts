import type { Offset, PartitionKey } from '../core/ids.ts';
import type { IndexPage, PageRef } from '../core/index-page.ts';

/** The index pages of every partition, found by first offset. All reads are strongly consistent. */
export interface PageStore {
  /**
   * Puts a page if there is none (nor a stub) at its first offset; else answers the one that is there.
   * May be repeated. Cost: 1 write. Throws OUTCOME_UNKNOWN when no answer came.
   */
  put(key: PartitionKey, page: IndexPage): Promise<{ readonly kind: 'created' } | { readonly kind: 'exists'; readonly page: IndexPage }>;

  /** The page with the largest first offset at or below `offset`; stubs count. Cost: 1 query of one item. */
  at(key: PartitionKey, offset: Offset): Promise<IndexPage | undefined>;

  /** Pages with first offset >= `from`, ascending, at most `limit`; stubs included. Cost: 1 query. */
  range(key: PartitionKey, from: Offset, limit: number): Promise<readonly IndexPage[]>;

  /**
   * In one transaction: every page of `expected` is as it was read; then those in `put` are written (new or in place of
   * an expected one) and expected ones that are not put are removed. At most 50 pages in all. A query that runs
   * meanwhile may see some items before and some after. `refused` when a page has changed; nothing was written then.
   * Throws OUTCOME_UNKNOWN when no answer came. Cost: 2 writes a page.
   */
  replace(key: PartitionKey, expected: readonly PageRef[], put: readonly IndexPage[]): Promise<'applied' | 'refused'>;

  /** Removes one page if it has the version that was read. Cost: 1 write. Throws OUTCOME_UNKNOWN when no answer came. */
  remove(key: PartitionKey, page: PageRef): Promise<'applied' | 'refused'>;

  /** Removes everything a deleted topic's partition has left, at most `limit` items; answers how many went. */
  clear(key: PartitionKey, limit: number): Promise<number>;
}
