import { type Offset, type PartitionKey, partitionName } from '../core/ids.ts';
import type { LeaseRecord } from '../core/lease-record.ts';
import type { Clock } from '../ports/clock.ts';
import type { LeaseStore } from '../ports/lease-store.ts';
import type { EngineSettings } from './settings.ts';

/** A partition, and the end of its log that somebody has seen already. */
export interface Watched {
  readonly key: PartitionKey;
  readonly seenEnd: Offset;
}

interface Watcher extends Watched {
  readonly wake: () => void;
}

const POLL_BATCH = 100;

/**
 * Waits at the end of the log. An append of this process wakes at once; appends of others are seen by polling the lease
 * records, in batches of 100, once per process for all who wait, at an interval that grows while nothing happens.
 */
export class Watch {
  readonly #clock: Clock;
  readonly #leases: LeaseStore;
  readonly #settings: EngineSettings;
  readonly #watchers = new Map<string, Set<Watcher>>();
  #polling: AbortController | undefined;
  #closed = false;

  constructor(ports: { readonly clock: Clock; readonly leases: LeaseStore; readonly settings: EngineSettings }) {
    this.#clock = ports.clock;
    this.#leases = ports.leases;
    this.#settings = ports.settings;
  }

  /** Resolves when any of the partitions has grown past what was seen, at the deadline, on abort or on close. */
  async any(watched: readonly Watched[], waitMs: number, signal?: AbortSignal): Promise<void> {
    if (this.#closed || waitMs <= 0) return;
    const stop = new AbortController();
    const onAbort = () => stop.abort();
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted === true) stop.abort();
    const watchers = watched.map((one): Watcher => ({ ...one, wake: () => stop.abort() }));
    for (const watcher of watchers) this.#setOf(watcher.key).add(watcher);
    this.#poll();
    await this.#clock.sleep(waitMs, stop.signal);
    signal?.removeEventListener('abort', onAbort);
    for (const watcher of watchers) this.#remove(watcher);
  }

  /** Tells those who wait that a partition's log ends at `record.next` now. */
  grown(key: PartitionKey, record: LeaseRecord): void {
    const set = this.#watchers.get(partitionName(key));
    if (set === undefined) return;
    for (const watcher of set) if (record.next > watcher.seenEnd) watcher.wake();
  }

  close(): void {
    this.#closed = true;
    this.#polling?.abort();
    for (const set of this.#watchers.values()) for (const watcher of set) watcher.wake();
  }

  #setOf(key: PartitionKey): Set<Watcher> {
    const name = partitionName(key);
    let set = this.#watchers.get(name);
    if (set === undefined) {
      set = new Set();
      this.#watchers.set(name, set);
    }
    return set;
  }

  #remove(watcher: Watcher): void {
    const name = partitionName(watcher.key);
    const set = this.#watchers.get(name);
    set?.delete(watcher);
    if (set?.size === 0) this.#watchers.delete(name);
    if (this.#watchers.size === 0) this.#polling?.abort();
  }

  #poll(): void {
    if (this.#settings.soleWriter || this.#polling !== undefined) return;
    const stop = new AbortController();
    this.#polling = stop;
    void this.#pollUntil(stop.signal).finally(() => {
      this.#polling = undefined;
      if (this.#watchers.size > 0 && !this.#closed) this.#poll();
    });
  }

  async #pollUntil(signal: AbortSignal): Promise<void> {
    let intervalMs = this.#settings.pollMinMs;
    while (!signal.aborted) {
      await this.#clock.sleep(intervalMs, signal);
      if (signal.aborted) return;
      const grew = await this.#look().catch(() => false);
      intervalMs = grew ? this.#settings.pollMinMs : Math.min(intervalMs * 1.5, this.#settings.pollMaxMs);
    }
  }

  async #look(): Promise<boolean> {
    const sets = [...this.#watchers.values()];
    let grew = false;
    for (let from = 0; from < sets.length; from += POLL_BATCH) {
      const keys = sets.slice(from, from + POLL_BATCH).flatMap((set) => [...set].slice(0, 1).map(({ key }) => key));
      const records = await this.#leases.read(keys);
      for (const [i, key] of keys.entries()) {
        const record = records[i];
        if (record === undefined) continue;
        const before = [...(this.#watchers.get(partitionName(key)) ?? [])];
        if (before.some(({ seenEnd }) => record.next > seenEnd)) grew = true;
        this.grown(key, record);
      }
    }
    return grew;
  }
}
