import { randomInt } from 'node:crypto';
import type { PartitionKey } from '../../core/ids.ts';
import { markShard } from '../../core/work-shard.ts';
import type { AcquireOutcome, WorkLease, WorkMark, WorkStore } from '../../ports/work-store.ts';
import { ABSENT, heldBy, leaseAsRead, stampedWith } from './conditions.ts';
import { number } from './item.ts';
import { LAST, markKey, markPk, workLeaseKey } from './key-space.ts';
import { type DynamoTable, inParallel } from './table.ts';
import { fromLease, toLease, toMark } from './work-item.ts';

/** Stamps are drawn from this many, so that no later mark of a partition has the stamp of an earlier one. */
const STAMPS = 2 ** 48 - 1;

/** Work leases, each an item written on the condition of what was read, and marks with a random stamp. */
export class DynamoWorkStore implements WorkStore {
  readonly #table: DynamoTable;

  constructor(table: DynamoTable) {
    this.#table = table;
  }

  async read(job: string, shard: number): Promise<WorkLease | undefined> {
    const item = await this.#table.get(workLeaseKey(job, shard));
    return item && toLease(job, shard, item);
  }

  async acquire(job: string, shard: number, owner: string, nowMs: number, ttlMs: number): Promise<AcquireOutcome> {
    let stored = await this.read(job, shard);
    for (;;) {
      const live = stored !== undefined && stored.expiresAtMs > nowMs;
      if (live && stored !== undefined && stored.owner !== owner) return { kind: 'taken', lease: stored };
      const lease: WorkLease = { job, shard, owner, epoch: (stored?.epoch ?? 0) + (live ? 0 : 1), expiresAtMs: nowMs + ttlMs };
      const condition = stored === undefined ? ABSENT : leaseAsRead(stored.owner, stored.epoch, stored.expiresAtMs);
      const outcome = await this.#table.put(workLeaseKey(job, shard), fromLease(lease), condition);
      if (outcome.kind === 'applied') return { kind: 'held', lease };
      stored = outcome.current && toLease(job, shard, outcome.current);
    }
  }

  async renew(lease: WorkLease, expiresAtMs: number): Promise<'renewed' | 'lost'> {
    const { job, shard, owner, epoch } = lease;
    const outcome = await this.#table.put(workLeaseKey(job, shard), fromLease({ ...lease, expiresAtMs }), heldBy(owner, epoch));
    return outcome.kind === 'applied' ? 'renewed' : 'lost';
  }

  async release(lease: WorkLease): Promise<void> {
    await this.renew(lease, 0);
  }

  async mark(keys: readonly PartitionKey[]): Promise<void> {
    await inParallel(keys, (key) => this.#table.put(markKey(markShard(key), key), { s: number(randomInt(STAMPS)) }));
  }

  async marks(shard: number, limit: number): Promise<readonly WorkMark[]> {
    if (limit <= 0) return [];
    return (await this.#table.query({ pk: markPk(shard), from: '0', to: LAST, limit })).map(toMark);
  }

  async unmark(marks: readonly WorkMark[]): Promise<void> {
    await inParallel(marks, ({ key, stamp }) => this.#table.delete(markKey(markShard(key), key), stampedWith(stamp)));
  }
}
