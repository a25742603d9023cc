import { assert } from '../../core/errors.ts';
import type { Offset, PartitionKey } from '../../core/ids.ts';
import type { IndexPage, PageRef } from '../../core/index-page.ts';
import type { PageStore } from '../../ports/page-store.ts';
import { ABSENT, atVersion } from './conditions.ts';
import { skOf } from './item.ts';
import { LAST, LEASE_SK, PAGE_PREFIX, pageKey, pageSk, partitionPk } from './key-space.ts';
import { fromItem, toItem } from './page-item.ts';
import { type DynamoTable, inParallel, type TransactionStep } from './table.ts';

/** A transaction takes 100 items; the port promises half of that. */
const REPLACE_PAGES_MAX = 50;

/** Index pages as items beside their partition's lease record. */
export class DynamoPageStore implements PageStore {
  readonly #table: DynamoTable;

  constructor(table: DynamoTable) {
    this.#table = table;
  }

  async put(partition: PartitionKey, page: IndexPage): Promise<{ kind: 'created' } | { kind: 'exists'; page: IndexPage }> {
    const { key, attributes } = toItem(partition, page);
    const outcome = await this.#table.put(key, attributes, ABSENT);
    if (outcome.kind === 'applied') return { kind: 'created' };
    const item = outcome.current ?? (await this.#table.get(key));
    // Removed between the refusal and the look: the page that was asked for is free again.
    return item === undefined ? this.put(partition, page) : { kind: 'exists', page: fromItem(item) };
  }

  async at(partition: PartitionKey, offset: Offset): Promise<IndexPage | undefined> {
    const [item] = await this.#table.query({
      pk: partitionPk(partition),
      from: PAGE_PREFIX,
      to: pageSk(offset),
      limit: 1,
      descending: true,
    });
    return item && fromItem(item);
  }

  async range(partition: PartitionKey, from: Offset, limit: number): Promise<readonly IndexPage[]> {
    if (limit <= 0) return [];
    const items = await this.#table.query({ pk: partitionPk(partition), from: pageSk(from), to: PAGE_PREFIX + LAST, limit });
    return items.map(fromItem);
  }

  /** A repetition after a lost answer is refused by the pages it wrote itself: the caller looks at them again. */
  async replace(partition: PartitionKey, expected: readonly PageRef[], put: readonly IndexPage[]): Promise<'applied' | 'refused'> {
    const versions = new Map(expected.map((ref) => [ref.firstOffset, ref.version]));
    const written = new Set(put.map((page) => page.firstOffset));
    const steps: TransactionStep[] = put.map((page) => {
      const version = versions.get(page.firstOffset);
      return { kind: 'put', ...toItem(partition, page), condition: version === undefined ? ABSENT : atVersion(version) };
    });
    for (const ref of expected) {
      if (!written.has(ref.firstOffset)) {
        steps.push({ kind: 'delete', key: pageKey(partition, ref.firstOffset), condition: atVersion(ref.version) });
      }
    }
    if (steps.length === 0) return 'applied';
    assert(steps.length <= 2 * REPLACE_PAGES_MAX, `a replace of ${steps.length} pages, at most ${REPLACE_PAGES_MAX} fit`);
    return this.#table.transact(steps);
  }

  async remove(partition: PartitionKey, page: PageRef): Promise<'applied' | 'refused'> {
    const outcome = await this.#table.delete(pageKey(partition, page.firstOffset), atVersion(page.version));
    return outcome.kind;
  }

  /** Removes pages and producers; the lease record goes last, by its own store. */
  async clear(partition: PartitionKey, limit: number): Promise<number> {
    const pk = partitionPk(partition);
    // One more, since the lease record may be among them.
    const items = await this.#table.query({ pk, from: PAGE_PREFIX, to: LAST, limit: limit + 1 });
    const gone = items
      .map(skOf)
      .filter((sk) => sk !== LEASE_SK)
      .slice(0, limit);
    await inParallel(gone, (sk) => this.#table.delete({ pk, sk }));
    return gone.length;
  }
}
