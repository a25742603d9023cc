/** What readers will ask for next, read while they work on what they have. */
import type { Clock } from '../ports/clock.ts';

/** What waits at an offset for the reader whose last answer ended there. */
export interface Awaited<Read, Rest> {
  /** The batches that follow, being read or read; undefined for a reader that is not known to read on, or when that came to nothing. */
  readonly read: Promise<Read | undefined> | undefined;
  /** What was read already and did not fit the last answer. */
  readonly rest: Rest | undefined;
}

/** Asks for room for so many bytes; false when there is none, and then nothing must be read. */
export type Reserve = (bytes: number) => boolean;

interface Slot<Read, Rest> extends Awaited<Read, Rest> {
  bytes: number;
  read: Promise<Read | undefined> | undefined;
  rest: Rest | undefined;
  /** Whether its read has ended: before that it is not dropped, since its memory would go on to be there and not be counted. */
  isRead: boolean;
  taken: boolean;
}

/** What nobody came for between two of these ticks is dropped at the second, ms. */
const TICK_MS = 600;
/** Readers that are waited for; further ones are read for when they ask. */
const SLOTS_MAX = 4_096;

/**
 * A bounded room for what is read ahead, by a name that says partition and offset. Each is given out once, and dropped when
 * nobody comes for it within about a second. While the room is full nothing new is read ahead: pushing out what is young would
 * let many readers take each other's place, and everything would be read twice.
 */
export class ReadAhead<Read, Rest> {
  readonly #clock: Clock;
  readonly #bytesMax: number;
  readonly #stop = new AbortController();
  readonly #reading = new Set<Promise<unknown>>();
  #young = new Map<string, Slot<Read, Rest>>();
  #old = new Map<string, Slot<Read, Rest>>();
  #bytes = 0;
  #ticking = false;

  /** `bytesMax` 0 keeps nothing. */
  constructor(clock: Clock, bytesMax: number) {
    this.#clock = clock;
    this.#bytesMax = bytesMax;
  }

  /** Readers that had an answer within about the last second which did not reach the end of the log. */
  get readers(): number {
    return this.#young.size + this.#old.size;
  }

  /** Bytes that are held, or will be by the reads under way. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Gives out what waits under a name. From now on its bytes are the caller's. */
  take(name: string): Awaited<Read, Rest> | undefined {
    const slots = this.#young.has(name) ? this.#young : this.#old;
    const slot = slots.get(name);
    if (slot === undefined) return undefined;
    slots.delete(name);
    this.#bytes -= slot.bytes;
    slot.taken = true;
    return slot;
  }

  /**
   * Waits for a reader that has to come back. `rest` of `restBytes` is kept for it if there is room, which is answered, and what
   * `read` gives, if it is there, which must ask for room first. A failure of `read` is nobody's: the reader reads for itself.
   */
  await(
    name: string,
    rest: Rest | undefined,
    restBytes: number,
    read?: (reserve: Reserve, rest: Rest | undefined) => Promise<Read | undefined>,
  ): boolean {
    if (this.#bytesMax === 0 || this.#stop.signal.aborted || this.readers >= SLOTS_MAX) return false;
    if (this.#young.has(name) || this.#old.has(name)) return false;
    const slot: Slot<Read, Rest> = { bytes: 0, read: undefined, rest: undefined, isRead: true, taken: false };
    this.#young.set(name, slot);
    const reserve = (bytes: number) => this.#reserve(slot, bytes);
    if (rest !== undefined && reserve(restBytes)) slot.rest = rest;
    if (read !== undefined) slot.read = this.#follow(slot, read(reserve, slot.rest));
    this.#tick();
    return slot.rest !== undefined;
  }

  /** Drops everything. Resolves when nothing is being read any more. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#reading);
    this.#young.clear();
    this.#old.clear();
    this.#bytes = 0;
  }

  #reserve(slot: Slot<Read, Rest>, bytes: number): boolean {
    // What its reader waits for already is one of the fetches under way.
    if (slot.taken) return true;
    if (this.#bytes + bytes > this.#bytesMax || this.#stop.signal.aborted) return false;
    slot.bytes += bytes;
    this.#bytes += bytes;
    return true;
  }

  #follow(slot: Slot<Read, Rest>, read: Promise<Read | undefined>): Promise<Read | undefined> {
    slot.isRead = false;
    const settled = read
      .catch(() => undefined)
      .finally(() => {
        slot.isRead = true;
        this.#reading.delete(settled);
      });
    this.#reading.add(settled);
    return settled;
  }

  #tick(): void {
    if (this.#ticking) return;
    this.#ticking = true;
    void this.#clock.sleep(TICK_MS, this.#stop.signal).then(() => {
      this.#ticking = false;
      this.#age();
      if (this.readers > 0 && !this.#stop.signal.aborted) this.#tick();
    });
  }

  #age(): void {
    const before = this.#old;
    this.#old = this.#young;
    this.#young = new Map();
    for (const [name, slot] of before) {
      if (slot.isRead) this.#bytes -= slot.bytes;
      else this.#young.set(name, slot);
    }
  }
}
