import type { PartitionKey } from '../../core/ids.ts';
import { partitionName } from '../../core/ids.ts';
import type { LeaseRecord } from '../../core/lease-record.ts';
import { LEASE_PRODUCERS_MAX, TAIL_ENTRIES_MAX, TAIL_ENTRIES_ROLL } from '../../core/limits.ts';
import type { LeaseStore, LeaseWrite, LeaseWriteOutcome } from '../../ports/lease-store.ts';

/** Lease records in a map. Records are immutable values, so they are stored as they are. */
export class MemoryLeaseStore implements LeaseStore {
  readonly capacity = {
    tailEntriesRoll: TAIL_ENTRIES_ROLL,
    tailEntriesMax: TAIL_ENTRIES_MAX,
    producersMax: LEASE_PRODUCERS_MAX,
  };
  readonly #records = new Map<string, LeaseRecord>();

  async create(keys: readonly PartitionKey[], record: LeaseRecord): Promise<void> {
    for (const key of keys) {
      const name = partitionName(key);
      if (!this.#records.has(name)) this.#records.set(name, record);
    }
  }

  async read(keys: readonly PartitionKey[]): Promise<readonly (LeaseRecord | undefined)[]> {
    return keys.map((key) => this.#records.get(partitionName(key)));
  }

  async write(writes: readonly LeaseWrite[]): Promise<readonly LeaseWriteOutcome[]> {
    return writes.map(({ key, expected, record }): LeaseWriteOutcome => {
      const name = partitionName(key);
      const current = this.#records.get(name);
      if (current?.version !== expected) return { kind: 'refused', current };
      this.#records.set(name, record);
      return { kind: 'applied' };
    });
  }

  async remove(keys: readonly PartitionKey[]): Promise<void> {
    for (const key of keys) this.#records.delete(partitionName(key));
  }
}
