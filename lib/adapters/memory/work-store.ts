import type { PartitionKey } from '../../core/ids.ts';
import { partitionName } from '../../core/ids.ts';
import { markShard } from '../../core/work-shard.ts';
import type { AcquireOutcome, WorkLease, WorkMark, WorkStore } from '../../ports/work-store.ts';

/** Work leases and marks in maps. */
export class MemoryWorkStore implements WorkStore {
  readonly #leases = new Map<string, WorkLease>();
  /** By shard, so that a look at one does not walk the marks of all others. */
  readonly #marks = new Map<number, Map<string, WorkMark>>();
  #stamp = 0;

  async read(job: string, shard: number): Promise<WorkLease | undefined> {
    return this.#leases.get(`${job}#${shard}`);
  }

  async acquire(job: string, shard: number, owner: string, nowMs: number, ttlMs: number): Promise<AcquireOutcome> {
    const stored = this.#leases.get(`${job}#${shard}`);
    const live = stored !== undefined && stored.expiresAtMs > nowMs;
    if (live && stored.owner !== owner) return { kind: 'taken', lease: stored };
    const epoch = (stored?.epoch ?? 0) + (live ? 0 : 1);
    const lease: WorkLease = { job, shard, owner, epoch, expiresAtMs: nowMs + ttlMs };
    this.#leases.set(`${job}#${shard}`, lease);
    return { kind: 'held', lease };
  }

  async renew(lease: WorkLease, expiresAtMs: number): Promise<'renewed' | 'lost'> {
    if (!this.#isHeld(lease)) return 'lost';
    this.#leases.set(`${lease.job}#${lease.shard}`, { ...lease, expiresAtMs });
    return 'renewed';
  }

  async release(lease: WorkLease): Promise<void> {
    if (this.#isHeld(lease)) this.#leases.set(`${lease.job}#${lease.shard}`, { ...lease, expiresAtMs: 0 });
  }

  #isHeld(lease: WorkLease): boolean {
    const stored = this.#leases.get(`${lease.job}#${lease.shard}`);
    return stored?.owner === lease.owner && stored.epoch === lease.epoch;
  }

  async mark(keys: readonly PartitionKey[]): Promise<void> {
    for (const key of keys) {
      const shard = markShard(key);
      const marks = this.#marks.get(shard) ?? new Map<string, WorkMark>();
      this.#marks.set(shard, marks.set(partitionName(key), { key, stamp: ++this.#stamp }));
    }
  }

  async marks(shard: number, limit: number): Promise<readonly WorkMark[]> {
    const found = [...(this.#marks.get(shard) ?? [])];
    return found
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .slice(0, limit)
      .map(([, mark]) => mark);
  }

  async unmark(marks: readonly WorkMark[]): Promise<void> {
    for (const mark of marks) {
      const shard = this.#marks.get(markShard(mark.key));
      const name = partitionName(mark.key);
      if (shard?.get(name)?.stamp === mark.stamp) shard.delete(name);
    }
  }
}
