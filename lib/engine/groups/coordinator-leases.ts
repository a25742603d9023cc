import { StratalogError } from '../../core/errors.ts';
import { workShard } from '../../core/work-shard.ts';
import type { Clock } from '../../ports/clock.ts';
import type { AcquireOutcome, WorkLease, WorkStore } from '../../ports/work-store.ts';
import type { GroupSettings } from './settings.ts';

/** The job whose 64 shards are the groups' coordinators. */
export const GROUPS_JOB = 'groups';

interface Held {
  readonly lease: WorkLease;
  /** By this process's own monotonic clock, counted from before the lease was asked for. */
  readonly untilMs: number;
  readonly renewAtMs: number;
}

/** The work leases this process holds: they say that it coordinates the groups of a shard. */
export class CoordinatorLeases {
  readonly #work: WorkStore;
  readonly #clock: Clock;
  readonly #settings: GroupSettings;
  readonly #held = new Map<number, Held>();
  readonly #asking = new Map<number, Promise<WorkLease>>();
  readonly #onLost: (shard: number) => void;

  constructor(ports: { readonly work: WorkStore; readonly clock: Clock }, settings: GroupSettings, onLost: (shard: number) => void) {
    this.#work = ports.work;
    this.#clock = ports.clock;
    this.#settings = settings;
    this.#onLost = onLost;
  }

  /** The lease over the group, taken if it is free; NOT_COORDINATOR with the other's name when it is not. Free while it is held. */
  async hold(group: string): Promise<WorkLease> {
    const shard = workShard(group);
    const held = this.#held.get(shard);
    if (held && this.#clock.monotonic() < held.untilMs) return held.lease;
    const asking = this.#asking.get(shard) ?? this.#acquire(shard).finally(() => this.#asking.delete(shard));
    this.#asking.set(shard, asking);
    return asking;
  }

  /** Who coordinates the group; this process if nobody does. */
  async ownerOf(group: string): Promise<string> {
    try {
      return (await this.hold(group)).owner;
    } catch (error) {
      if (error instanceof StratalogError && error.code === 'NOT_COORDINATOR') return String(error.details.coordinator);
      throw error;
    }
  }

  isHeld(group: string): boolean {
    const held = this.#held.get(workShard(group));
    return held !== undefined && this.#clock.monotonic() < held.untilMs;
  }

  async #acquire(shard: number): Promise<WorkLease> {
    const askedAt = this.#clock.monotonic();
    const before = this.#held.get(shard);
    const outcome = await this.#take(shard);
    if (before && (outcome.kind === 'taken' || outcome.lease.epoch !== before.lease.epoch)) this.#drop(shard);
    if (outcome.kind === 'taken') {
      throw new StratalogError('NOT_COORDINATOR', `'${outcome.lease.owner}' coordinates this group`, {
        coordinator: outcome.lease.owner,
        retryAfterMs: Math.max(0, Math.min(1_000, outcome.lease.expiresAtMs - this.#clock.now())),
      });
    }
    this.#keep(shard, outcome.lease, askedAt);
    return outcome.lease;
  }

  /** The lease if it is free or its holder is gone. */
  async #take(shard: number): Promise<AcquireOutcome> {
    const { workLeaseMs, owner, isGone } = this.#settings;
    const outcome = await this.#work.acquire(GROUPS_JOB, shard, owner, this.#clock.now(), workLeaseMs);
    if (outcome.kind === 'held' || isGone?.(outcome.lease.owner) !== true) return outcome;
    // As of the moment when it will have run out, and no longer than from now on: a holder that has renewed it meanwhile keeps it.
    const { expiresAtMs } = outcome.lease;
    const ttlMs = Math.max(1, this.#clock.now() + workLeaseMs - expiresAtMs);
    return this.#work.acquire(GROUPS_JOB, shard, owner, expiresAtMs, ttlMs);
  }

  #keep(shard: number, lease: WorkLease, askedAt: number): void {
    const { workLeaseMs } = this.#settings;
    this.#held.set(shard, { lease, untilMs: askedAt + workLeaseMs, renewAtMs: askedAt + workLeaseMs / 3 });
  }

  #drop(shard: number): void {
    this.#held.delete(shard);
    this.#onLost(shard);
  }

  /** Renews what has run for a third of its time. Cost: 1 write a held shard every 15 s at the defaults. */
  async renew(): Promise<void> {
    for (const [shard, { lease, renewAtMs }] of this.#held) {
      const askedAt = this.#clock.monotonic();
      if (askedAt < renewAtMs) continue;
      const outcome = await this.#work.renew(lease, this.#clock.now() + this.#settings.workLeaseMs).catch(() => 'unknown' as const);
      if (outcome === 'lost') this.#drop(shard);
      if (outcome === 'renewed') this.#keep(shard, lease, askedAt);
    }
  }

  /** Gives everything free, so that another process need not wait. */
  async releaseAll(): Promise<void> {
    const held = [...this.#held.values()];
    this.#held.clear();
    await Promise.all(held.map(({ lease }) => this.#work.release(lease).catch(() => undefined)));
  }
}
