/**
 * Index pages whose transactions are applied item by item in the eyes of a query.
 *
 * DynamoDB isolates a transaction from other transactions, not from a query: until it has settled, a query may see some
 * items as they were before and some as they are after. A second transaction on the same partition waits for the first.
 */
import type { Offset, PartitionKey } from '../../lib/core/ids.ts';
import { partitionName } from '../../lib/core/ids.ts';
import type { IndexPage } from '../../lib/core/index-page.ts';
import type { PageStore } from '../../lib/ports/page-store.ts';
import type { Scheduler } from './scheduler.ts';
import type { SeededRandom } from './seeded-random.ts';

/** Longest time a transaction stays half visible; sweep waits a minute because of it. */
const UNSETTLED_MS_MAX = 5_000;
const ALL_PAGES = 100_000;

interface Unsettled {
  /** The touched items as they were, undefined where there was none. */
  readonly before: ReadonlyMap<Offset, IndexPage | undefined>;
  readonly settled: Promise<void>;
}

export function unsettledPages(inner: PageStore, scheduler: Scheduler, random: SeededRandom): PageStore {
  const open = new Map<string, Unsettled>();

  const view = async (key: PartitionKey): Promise<readonly IndexPage[]> => {
    const after = await inner.range(key, 0, ALL_PAGES);
    const unsettled = open.get(partitionName(key));
    if (unsettled === undefined) return after;
    const pages = new Map(after.map((page) => [page.firstOffset, page]));
    for (const [firstOffset, page] of unsettled.before) {
      if (random.chance(0.5)) continue;
      if (page === undefined) pages.delete(firstOffset);
      else pages.set(firstOffset, page);
    }
    return [...pages.values()].sort((one, other) => one.firstOffset - other.firstOffset);
  };
  const settle = async (key: PartitionKey): Promise<void> => {
    for (let waits = open.get(partitionName(key)); waits !== undefined; waits = open.get(partitionName(key))) await waits.settled;
  };

  return {
    clear: (key, limit) => inner.clear(key, limit),
    put: async (key, page) => {
      await settle(key);
      return inner.put(key, page);
    },
    remove: async (key, page) => {
      await settle(key);
      return inner.remove(key, page);
    },
    at: async (key, offset) => (await view(key)).findLast((page) => page.firstOffset <= offset),
    range: async (key, from, limit) => (await view(key)).filter((page) => page.firstOffset >= from).slice(0, limit),
    replace: async (key, expected, put) => {
      await settle(key);
      const pages = new Map((await inner.range(key, 0, ALL_PAGES)).map((page) => [page.firstOffset, page]));
      const touched = [...expected, ...put].map((page) => page.firstOffset);
      const before = new Map(touched.map((firstOffset) => [firstOffset, pages.get(firstOffset)]));
      const outcome = await inner.replace(key, expected, put);
      if (outcome === 'applied') {
        const settled = scheduler.wait(random.between(0, UNSETTLED_MS_MAX), `pages of ${key.topicId.slice(0, 4)}-${key.partition} settle`);
        open.set(partitionName(key), { before, settled });
        settled.then(() => open.delete(partitionName(key)));
      }
      return outcome;
    },
  };
}
