import type { PartitionKey } from '../../core/ids.ts';
import type { LeaseRecord } from '../../core/lease-record.ts';
import { LEASE_PRODUCERS_MAX, TAIL_ENTRIES_MAX, TAIL_ENTRIES_ROLL } from '../../core/limits.ts';
import type { LeaseStore, LeaseWrite, LeaseWriteOutcome } from '../../ports/lease-store.ts';
import { ABSENT, atVersion } from './conditions.ts';
import { leaseKey } from './key-space.ts';
import { fromItem, toItem } from './lease-item.ts';
import { type DynamoTable, inParallel } from './table.ts';

/**
 * Lease records as items, written by one conditional put each and never within a transaction. A refusal brings the
 * record back, so that the next attempt needs no read. Cost of a write: 1 write unit a KB, refused or not.
 */
export class DynamoLeaseStore implements LeaseStore {
  readonly capacity = {
    tailEntriesRoll: TAIL_ENTRIES_ROLL,
    tailEntriesMax: TAIL_ENTRIES_MAX,
    producersMax: LEASE_PRODUCERS_MAX,
  };
  readonly #table: DynamoTable;

  constructor(table: DynamoTable) {
    this.#table = table;
  }

  async create(keys: readonly PartitionKey[], record: LeaseRecord): Promise<void> {
    await inParallel(keys, (partition) => {
      const { key, attributes } = toItem(partition, record);
      return this.#table.put(key, attributes, ABSENT);
    });
  }

  async read(keys: readonly PartitionKey[]): Promise<readonly (LeaseRecord | undefined)[]> {
    const items = await this.#table.getMany(keys.map(leaseKey));
    return items.map((item) => item && fromItem(item));
  }

  write(writes: readonly LeaseWrite[]): Promise<readonly LeaseWriteOutcome[]> {
    return inParallel(writes, (write) => this.#write(write));
  }

  async #write({ key: partition, expected, record }: LeaseWrite): Promise<LeaseWriteOutcome> {
    try {
      const { key, attributes } = toItem(partition, record);
      const outcome = await this.#table.put(key, attributes, atVersion(expected));
      if (outcome.kind === 'applied') return outcome;
      return { kind: 'refused', current: outcome.current && fromItem(outcome.current) };
    } catch (cause) {
      return { kind: 'unknown', cause };
    }
  }

  async remove(keys: readonly PartitionKey[]): Promise<void> {
    await inParallel(keys, (key) => this.#table.delete(leaseKey(key)));
  }
}
