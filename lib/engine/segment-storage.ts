/**
 * Where a segment's bytes go and where they are read from: the inline store when they are few, else the zones.
 *
 * acks=1 answers after one zone, acks=all after `min.insync.replicas` of them, in parallel; stragglers are not waited
 * for, and a zone that is slow or fails gives its place to the next.
 */
import { isStratalogError, StratalogError } from '../core/errors.ts';
import type { LeaseId } from '../core/ids.ts';
import type { EntryKind } from '../core/lease-record.ts';
import { walKey } from '../core/segment-key.ts';
import type { Clock } from '../ports/clock.ts';
import type { InlineStore } from '../ports/inline-store.ts';
import type { Zone } from '../ports/object-store.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { EngineSettings } from './settings.ts';

export interface StoredSegment {
  readonly kind: EntryKind;
  /** Bit n for zone n. */
  readonly zones: number;
  /** Whether nobody refers to the chunks any more. Zones that were not waited for, and attempts that were repeated, may. */
  readonly isLetGo: boolean;
}

interface StoragePorts {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly inline?: InlineStore | undefined;
  readonly zones: readonly Zone[];
  readonly settings: EngineSettings;
}

export class SegmentStorage {
  readonly #ports: StoragePorts;
  #changes = 0;

  constructor(ports: StoragePorts) {
    this.#ports = ports;
  }

  /** Copies that `acks=all` may ask for here. */
  get zoneCount(): number {
    return this.#ports.zones.length;
  }

  /** Moves when an object was put, or a zone was found to lack one that it had: what replication has work from. */
  get changes(): number {
    return this.#changes;
  }

  /** Zones in the order this process prefers them. */
  get preference(): readonly number[] {
    const { zones, settings } = this.#ports;
    return zones.map((_, i) => (i + settings.preferredZone) % zones.length);
  }

  /**
   * Stores a segment under its lease in `copies` zones; durable when it resolves. Inline segments count as all zones.
   * Cost: 1 PUT a zone, or 1 write a KB inline. NOT_ENOUGH_REPLICAS when fewer zones took it.
   */
  async put(lease: LeaseId, chunks: readonly Uint8Array[], size: number, copies: number): Promise<StoredSegment> {
    const { inline, zones } = this.#ports;
    if (inline !== undefined && size <= inline.maxBytes) {
      await inline.put(lease, chunks);
      return { kind: 'inline', zones: 2 ** zones.length - 1, isLetGo: true };
    }
    return { kind: 'wal', zones: await this.putObject(walKey(lease), chunks, copies), isLetGo: false };
  }

  /** Puts one object in `copies` zones and answers the bits of those that have it. */
  async putObject(key: string, chunks: readonly Uint8Array[], copies: number): Promise<number> {
    this.#changes++;
    const order = this.preference;
    let stored = 0;
    let count = 0;
    let next = 0;
    const failures: unknown[] = [];
    const open = new Set<Promise<void>>();
    const start = (zone: number): void => {
      const put = this.#putInZone(zone, key, chunks)
        .then(() => {
          stored |= 1 << zone;
          count++;
        })
        .catch((error: unknown) => {
          failures.push(error);
        })
        .finally(() => open.delete(put));
      open.add(put);
    };
    while (count < copies) {
      while (open.size + count < copies && next < order.length) start(order[next++] as number);
      if (open.size === 0) throw this.#notEnough(key, count, copies, failures);
      if (next >= order.length) await Promise.race(open);
      else if ((await this.#raceHedge(open)) === 'slow') start(order[next++] as number);
    }
    return stored;
  }

  async #raceHedge(open: ReadonlySet<Promise<void>>): Promise<'done' | 'slow'> {
    const stop = new AbortController();
    const slow = this.#ports.clock.sleep(this.#ports.settings.zoneHedgeMs, stop.signal).then(() => 'slow' as const);
    const done = Promise.race(open).then(() => 'done' as const);
    const first = await Promise.race([done, slow]);
    stop.abort();
    return first;
  }

  async #putInZone(zone: number, key: string, chunks: readonly Uint8Array[]): Promise<void> {
    const { name, objects } = this.#ports.zones[zone] as Zone;
    try {
      await objects.put(key, chunks);
    } catch (error) {
      this.#ports.telemetry.count('zone_put_errors_total', 1, { zone: name });
      throw error;
    }
  }

  #notEnough(key: string, count: number, copies: number, failures: readonly unknown[]): StratalogError {
    const [first] = failures;
    // Where no zone can take it for a reason that stays (a missing permission), the caller should hear that reason at once.
    const hopeless = failures.every((failure) => isStratalogError(failure) && !failure.retriable);
    if (isStratalogError(first) && (this.#ports.zones.length === 1 || hopeless)) return first;
    return new StratalogError(
      'NOT_ENOUGH_REPLICAS',
      `${count} of ${copies} zones took ${key}: ${String(first)}`,
      { value: count, limit: copies },
      first,
    );
  }

  /** The bits of the zones that say that they have an object; one that does not answer counts as without. Cost: 1 HEAD a zone. */
  async copiesOf(key: string): Promise<number> {
    const ends = await Promise.allSettled(this.#ports.zones.map(({ objects }) => objects.head(key)));
    return ends.reduce((bits, end, zone) => (end.status === 'fulfilled' && end.value !== undefined ? bits | (1 << zone) : bits), 0);
  }

  /**
   * Bytes of an object from the first zone that has them, those in `zones` first. Undefined when no zone has the object.
   * `valid` decides whether the bytes are whole; a copy that is not is passed over and reported. `allocate` as for the ports.
   */
  async getObject(
    key: string,
    position: number,
    length: number,
    zones: number,
    valid: (bytes: Buffer) => boolean,
    allocate?: (bytes: number) => Buffer,
  ): Promise<Buffer | undefined> {
    let failure: unknown;
    let corrupt = false;
    for (const zone of this.#order(zones)) {
      const { name, objects } = this.#ports.zones[zone] as Zone;
      try {
        const bytes = await objects.get(key, position, length, allocate);
        if (bytes === undefined) {
          if ((zones & (1 << zone)) !== 0) this.#changes++;
          continue;
        }
        if (bytes.length === length && valid(bytes)) return bytes;
        corrupt = true;
        this.#changes++;
        this.#ports.telemetry.count('corrupt_reads_total', 1, { zone: name });
        this.#ports.telemetry.log('error', 'a copy of an object is corrupt', { key, zone: name, position, length });
      } catch (error) {
        failure = error;
        this.#ports.telemetry.count('zone_get_errors_total', 1, { zone: name });
      }
    }
    if (corrupt)
      throw new StratalogError('CORRUPT_OBJECT', `no zone has whole bytes ${position} to ${position + length} of ${key}`, {
        field: key,
        value: position,
      });
    if (failure !== undefined) throw failure;
    return undefined;
  }

  /**
   * A whole object of at most `bytesMax` bytes, as `parse` makes it, from the first zone whose copy `parse` takes. Undefined
   * when no zone has it; what `parse` threw when none has it right.
   */
  async getWhole<Parsed>(key: string, bytesMax: number, zones: number, parse: (bytes: Buffer) => Parsed): Promise<Parsed | undefined> {
    let failure: unknown;
    for (const zone of this.#order(zones)) {
      try {
        const bytes = await (this.#ports.zones[zone] as Zone).objects.get(key, 0, bytesMax);
        if (bytes !== undefined) return parse(bytes);
      } catch (error) {
        failure = error;
      }
    }
    if (failure !== undefined) throw failure;
    return undefined;
  }

  /** Zones to read from: those that had the object first, each group in order of preference. */
  #order(zones: number): readonly number[] {
    return [...this.preference].sort((a, b) => Number((zones & (1 << a)) === 0) - Number((zones & (1 << b)) === 0));
  }

  /** Bytes of an inline segment, by default all; undefined when it is not there. */
  async getInline(lease: LeaseId, position?: number, length?: number, allocate?: (bytes: number) => Buffer): Promise<Buffer | undefined> {
    return this.#ports.inline?.get(lease, position, length, allocate);
  }
}
