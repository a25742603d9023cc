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

/** How often a partition is looked at. It outlives who waits, or a reader that asks again would begin anew each time. */
interface Pace {
  intervalMs: number;
  /** When it is looked at next, by the monotonic clock. */
  dueAt: number;
  /** The furthest end that anybody has seen. */
  seenEnd: Offset;
}

const POLL_BATCH = 100;
const GROWTH = 1.5;
/** Partitions that are due this share of their interval later are looked at along with the others. */
const SLACK = 0.1;
/** Paces of partitions that nobody waits for are dropped beyond this number. */
const PACES_MAX = 10_000;

/**
 * Waits at the end of the log. An append of this process wakes at once; appends of others are seen by polling the lease
 * records, in batches of 100, once per process for all who wait, each partition at an interval that grows while nothing
 * happens in it. Cost of a partition at rest: 1 read every `pollMaxMs`, however often its readers ask again.
 */
export class Watch {
  readonly #clock: Clock;
  readonly #leases: LeaseStore;
  readonly #settings: EngineSettings;
  readonly #watchers = new Map<string, Set<Watcher>>();
  readonly #paces = new Map<string, Pace>();
  #polling: AbortController | undefined;
  /** Ends the poller's rest: somebody has come who is due sooner. */
  #rest: { readonly until: number; readonly end: AbortController } | undefined;
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
    for (const watcher of watchers) {
      this.#keepPace(watcher);
      this.#setOf(watcher.key).add(watcher);
    }
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

  get #firstMs(): number {
    return Math.max(1, this.#settings.pollMinMs);
  }

  /** Whoever comes has just looked: a partition that grew is looked at soon, one at rest not before its time. */
  #keepPace({ key, seenEnd }: Watched): void {
    const name = partitionName(key);
    const pace = this.#paces.get(name) ?? { intervalMs: this.#firstMs, dueAt: Number.POSITIVE_INFINITY, seenEnd };
    const grew = seenEnd > pace.seenEnd;
    if (grew) Object.assign(pace, { intervalMs: this.#firstMs, seenEnd });
    if (grew || !this.#watchers.has(name)) pace.dueAt = this.#clock.monotonic() + pace.intervalMs;
    this.#paces.set(name, pace);
    if (this.#rest !== undefined && pace.dueAt < this.#rest.until) this.#rest.end.abort();
    if (this.#paces.size > PACES_MAX) for (const other of this.#paces.keys()) if (!this.#watchers.has(other)) this.#paces.delete(other);
  }

  #poll(): void {
    // Whoever waits for no partition at all waits for the time alone.
    if (this.#settings.soleWriter || this.#polling !== undefined || this.#watchers.size === 0) return;
    const stop = new AbortController();
    this.#polling = stop;
    void this.#pollUntil(stop.signal).finally(() => {
      this.#polling = undefined;
      if (this.#watchers.size > 0 && !this.#closed) this.#poll();
    });
  }

  async #pollUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#watchers.size > 0) {
      const until = Math.min(...[...this.#watchers.keys()].map((name) => this.#paces.get(name)?.dueAt ?? 0));
      const waitMs = until - this.#clock.monotonic();
      if (waitMs > 0) {
        await this.#restUntil(until, waitMs, signal);
        continue;
      }
      await this.#look();
    }
  }

  async #restUntil(until: number, waitMs: number, signal: AbortSignal): Promise<void> {
    const end = new AbortController();
    const onAbort = () => end.abort();
    signal.addEventListener('abort', onAbort, { once: true });
    this.#rest = { until, end };
    // Timers know whole milliseconds: one that ends a fraction early would be set again and again.
    await this.#clock.sleep(Math.ceil(waitMs), end.signal);
    this.#rest = undefined;
    signal.removeEventListener('abort', onAbort);
  }

  /** Looks at the partitions that are due. One that cannot be read is due again in its time. */
  async #look(): Promise<void> {
    const now = this.#clock.monotonic();
    const due = [...this.#watchers].flatMap(([name, set]) => {
      const pace = this.#paces.get(name);
      const [first] = set;
      return first !== undefined && pace !== undefined && pace.dueAt - now <= pace.intervalMs * SLACK ? [{ key: first.key, pace }] : [];
    });
    for (let from = 0; from < due.length; from += POLL_BATCH) {
      const batch = due.slice(from, from + POLL_BATCH);
      const records = await this.#leases.read(batch.map(({ key }) => key)).catch(() => []);
      for (const [i, { key, pace }] of batch.entries()) {
        const record = records[i];
        const grew = record !== undefined && record.next > pace.seenEnd;
        pace.intervalMs = grew ? this.#firstMs : Math.min(pace.intervalMs * GROWTH, this.#settings.pollMaxMs);
        pace.dueAt = this.#clock.monotonic() + pace.intervalMs;
        if (record === undefined) continue;
        pace.seenEnd = Math.max(pace.seenEnd, record.next);
        this.grown(key, record);
      }
    }
  }
}
