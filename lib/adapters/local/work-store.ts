import { partitionOf } from '../../core/groups/partition-set.ts';
import { type PartitionKey, partitionName } from '../../core/ids.ts';
import { markShard } from '../../core/work-shard.ts';
import type { AcquireOutcome, WorkLease, WorkMark, WorkStore } from '../../ports/work-store.ts';
import type { DatabaseThread } from './database-thread.ts';

/** Work leases and marks as rows. */
export class LocalWorkStore implements WorkStore {
  readonly #thread: DatabaseThread;

  constructor(thread: DatabaseThread) {
    this.#thread = thread;
  }

  async read(job: string, shard: number): Promise<WorkLease | undefined> {
    return (await this.#thread.call('work.read', { job, shard })) ?? undefined;
  }

  async acquire(job: string, shard: number, owner: string, nowMs: number, ttlMs: number): Promise<AcquireOutcome> {
    const { held, lease } = await this.#thread.call('work.acquire', { job, shard, owner, nowMs, ttlMs });
    return { kind: held ? 'held' : 'taken', lease };
  }

  async renew(lease: WorkLease, expiresAtMs: number): Promise<'renewed' | 'lost'> {
    const { job, shard, owner, epoch } = lease;
    return (await this.#thread.call('work.renew', { job, shard, owner, epoch, expiresAtMs })) ? 'renewed' : 'lost';
  }

  async release(lease: WorkLease): Promise<void> {
    await this.renew(lease, 0);
  }

  async mark(keys: readonly PartitionKey[]): Promise<void> {
    if (keys.length > 0) await this.#thread.call('work.mark', { shards: keys.map(markShard), keys: keys.map(partitionName) });
  }

  async marks(shard: number, limit: number): Promise<readonly WorkMark[]> {
    const rows = await this.#thread.call('work.marks', { shard, limit });
    return rows.map(({ key, stamp }) => ({ key: partitionOf(key), stamp }));
  }

  async unmark(marks: readonly WorkMark[]): Promise<void> {
    if (marks.length === 0) return;
    const rows = marks.map(({ key, stamp }) => ({ key: partitionName(key), stamp }));
    await this.#thread.call('work.unmark', { shards: marks.map(({ key }) => markShard(key)), marks: rows });
  }
}
