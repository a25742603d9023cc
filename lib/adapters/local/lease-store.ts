import { isStratalogError } from '../../core/errors.ts';
import { type PartitionKey, partitionName } from '../../core/ids.ts';
import type { LeaseRecord } from '../../core/lease-record.ts';
import { LEASE_PRODUCERS_MAX_EMBEDDED, TAIL_ENTRIES_MAX, TAIL_ENTRIES_ROLL } from '../../core/limits.ts';
import { decodeLeaseRecord, encodeLeaseRecord } from '../../format/lease-codec.ts';
import type { LeaseStore, LeaseWrite, LeaseWriteOutcome } from '../../ports/lease-store.ts';
import type { DatabaseThread } from './database-thread.ts';

/** Records kept unpacked for readers; others are read from their rows. */
const RECORDS_CACHED_MAX = 16_384;

/**
 * Lease records as rows.
 *
 * This process alone writes the folder, so that the last record it saw committed is the record: reads are answered from
 * memory. The thread answers in order, and the memory is filled as its answers arrive, hence never with an older one.
 */
export class LocalLeaseStore implements LeaseStore {
  readonly capacity = { tailEntriesRoll: TAIL_ENTRIES_ROLL, tailEntriesMax: TAIL_ENTRIES_MAX, producersMax: LEASE_PRODUCERS_MAX_EMBEDDED };
  readonly #thread: DatabaseThread;
  readonly #cache = new Map<string, LeaseRecord>();

  constructor(thread: DatabaseThread) {
    this.#thread = thread;
  }

  async create(keys: readonly PartitionKey[], record: LeaseRecord): Promise<void> {
    if (keys.length === 0) return;
    await this.#thread.call('lease.create', { keys: keys.map(partitionName), version: record.version, record: encodeLeaseRecord(record) });
  }

  async read(keys: readonly PartitionKey[]): Promise<readonly (LeaseRecord | undefined)[]> {
    const names = keys.map(partitionName);
    const records = names.map((name) => this.#cache.get(name));
    const missing = names.filter((_, i) => records[i] === undefined);
    if (missing.length === 0) return records;
    const rows = await this.#thread.call('lease.read', { keys: missing });
    const read = new Map(missing.map((name, i) => [name, this.#remember(name, rows[i] ?? null)]));
    return names.map((name, i) => records[i] ?? read.get(name));
  }

  async write(writes: readonly LeaseWrite[]): Promise<readonly LeaseWriteOutcome[]> {
    if (writes.length === 0) return [];
    const keys = writes.map(({ key }) => partitionName(key));
    try {
      const rows = await this.#thread.call('lease.write', {
        keys,
        expected: writes.map(({ expected }) => expected),
        records: writes.map(({ record }) => encodeLeaseRecord(record)),
      });
      return rows.map((row, i): LeaseWriteOutcome => {
        const name = keys[i] as string;
        if (row !== true) return { kind: 'refused', current: this.#remember(name, row) };
        this.#keep(name, (writes[i] as LeaseWrite).record);
        return { kind: 'applied' };
      });
    } catch (cause) {
      if (!isStratalogError(cause)) throw cause;
      return writes.map(() => ({ kind: 'unknown', cause }));
    }
  }

  async remove(keys: readonly PartitionKey[]): Promise<void> {
    if (keys.length === 0) return;
    const names = keys.map(partitionName);
    await this.#thread.call('lease.remove', { keys: names });
    for (const name of names) this.#cache.delete(name);
  }

  #remember(name: string, row: Uint8Array | null): LeaseRecord | undefined {
    if (row === null) {
      this.#cache.delete(name);
      return undefined;
    }
    const record = decodeLeaseRecord(row);
    this.#keep(name, record);
    return record;
  }

  #keep(name: string, record: LeaseRecord): void {
    if (this.#cache.size >= RECORDS_CACHED_MAX && !this.#cache.has(name)) {
      const oldest = this.#cache.keys().next();
      if (!oldest.done) this.#cache.delete(oldest.value);
    }
    this.#cache.set(name, record);
  }
}
