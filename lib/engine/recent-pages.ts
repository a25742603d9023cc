import { type Offset, type PartitionKey, partitionName } from '../core/ids.ts';
import { type IndexPage, pageEnd } from '../core/index-page.ts';
import type { Clock } from '../ports/clock.ts';

/** For how long pages are gone by, ms: whoever reads on comes back within that. */
const KEPT_MS = 1_000;
/** Partitions whose pages are kept: some 30 pages each, with a dozen entries of 100 bytes in a page. */
const PARTITIONS_MAX = 64;

interface KeptPages {
  readonly pages: readonly IndexPage[];
  readonly readAt: number;
}

/**
 * The index pages that the last reads of a partition looked up: they cover what its reader asks for next, and looking one up takes about as
 * long as reading a MiB. Pages of a moment ago may name objects that were merged since; whoever finds one missing has to
 * {@link forget} them and look again.
 */
export class RecentPages {
  readonly #clock: Clock;
  readonly #kept = new Map<string, KeptPages>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The page that covers an offset, if it was read a moment ago. */
  covering(key: PartitionKey, offset: Offset): IndexPage | undefined {
    const kept = this.#kept.get(partitionName(key));
    if (kept === undefined || this.#clock.monotonic() - kept.readAt > KEPT_MS) return undefined;
    const page = kept.pages.findLast(({ firstOffset }) => firstOffset <= offset);
    return page !== undefined && offset < pageEnd(page) ? page : undefined;
  }

  /** Keeps pages that were just read, instead of those before them. */
  keep(key: PartitionKey, pages: readonly IndexPage[]): void {
    const name = partitionName(key);
    this.#kept.delete(name);
    this.#kept.set(name, { pages, readAt: this.#clock.monotonic() });
    if (this.#kept.size <= PARTITIONS_MAX) return;
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined) this.#kept.delete(oldest);
  }

  forget(key: PartitionKey): void {
    this.#kept.delete(partitionName(key));
  }
}
