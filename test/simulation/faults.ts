/**
 * The way between a simulated process and a store: every call waits at the scheduler before its effect and again
 * before its answer, and may meet a fault in between.
 *
 * A fault is drawn per call from the profile. The table of each port says what its methods are, so that no method can
 * be forgotten: reads may fail and wait; writes may besides fail after their effect, be applied twice because the client
 * library sent them again, or be applied long after their sender gave up.
 */
import { StratalogError } from '../../lib/core/errors.ts';
import type { InlineStore } from '../../lib/ports/inline-store.ts';
import type { LeaseStore, LeaseWrite, LeaseWriteOutcome } from '../../lib/ports/lease-store.ts';
import type { ObjectStore } from '../../lib/ports/object-store.ts';
import type { PageStore } from '../../lib/ports/page-store.ts';
import type { ProducerStore } from '../../lib/ports/producer-store.ts';
import type { TopicStore } from '../../lib/ports/topic-store.ts';
import type { Scheduler } from './scheduler.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { SimProcess } from './sim-process.ts';

/** Probabilities per call, and virtual times. */
export interface FaultProfile {
  readonly throttle: number;
  readonly failBefore: number;
  readonly failAfter: number;
  readonly twice: number;
  readonly late: number;
  /** A call's way to the store and its answer's way back, each from 1 ms to this. */
  readonly latencyMsMax: number;
  /** Probability that a way takes up to a hundred times as long. */
  readonly slow: number;
}

export const NO_FAULTS: FaultProfile = { throttle: 0, failBefore: 0, failAfter: 0, twice: 0, late: 0, latencyMsMax: 20, slow: 0 };

/** A client library gives up on an answer after this long. */
const CLIENT_TIMEOUT_MS = 2_000;
/** A lost request may still be applied this long after it was sent. */
const LATE_MS_MAX = 2 * 60 * 60 * 1000;
const SLOW_FACTOR = 100;

export type MethodKind = 'read' | 'write';
type MethodName<Port> = { [Name in keyof Port]: Port[Name] extends (...args: never[]) => Promise<unknown> ? Name : never }[keyof Port];
export type MethodTable<Port> = Readonly<Record<MethodName<Port>, MethodKind>>;

export const OBJECT_METHODS: MethodTable<ObjectStore> = {
  put: 'write',
  replace: 'write',
  beginUpload: 'write',
  uploadPart: 'write',
  finishUpload: 'write',
  abandonUpload: 'write',
  get: 'read',
  head: 'read',
  delete: 'write',
  list: 'read',
};
export const INLINE_METHODS: MethodTable<InlineStore> = { put: 'write', get: 'read', delete: 'write', list: 'read' };
export const PAGE_METHODS: MethodTable<PageStore> = {
  put: 'write',
  at: 'read',
  range: 'read',
  replace: 'write',
  remove: 'write',
  clear: 'write',
};
export const PRODUCER_METHODS: MethodTable<ProducerStore> = { get: 'read', put: 'write', allocateIds: 'write' };
export const TOPIC_METHODS: MethodTable<TopicStore> = {
  create: 'write',
  get: 'read',
  list: 'read',
  update: 'write',
  remove: 'write',
  version: 'read',
};

type Fate = 'clean' | 'throttle' | 'failBefore' | 'failAfter' | 'twice' | 'late';

/** The network of a simulation: what every process's calls go through. */
export class StoreGate {
  readonly #scheduler: Scheduler;
  readonly #random: SeededRandom;
  profile: FaultProfile;
  calls = 0;
  faults = 0;
  /** Told of each call as it is made, and whether a fault will befall it. */
  onCall: ((process: SimProcess, what: string, isFaulty: boolean) => void) | undefined;

  constructor(scheduler: Scheduler, random: SeededRandom, profile: FaultProfile) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.profile = profile;
  }

  /** The port as `process` sees it. */
  wrap<Port extends object>(process: SimProcess, name: string, port: Port, methods: MethodTable<Port>): Port {
    const table = methods as Readonly<Record<string, MethodKind>>;
    return new Proxy(port, {
      get: (target, method) => {
        const value: unknown = Reflect.get(target, method, target);
        if (typeof value !== 'function') return value;
        const kind = typeof method === 'string' ? table[method] : undefined;
        if (kind === undefined) throw new Error(`the fault table of ${name} lacks ${String(method)}`);
        return (...args: unknown[]): Promise<unknown> =>
          this.call(
            process,
            `${name}.${String(method)}(${args.map(shown).join(', ')})`,
            kind,
            () => Reflect.apply(value, target, args) as Promise<unknown>,
          );
      },
    });
  }

  /** One call: waits, has its effect as its fate says, waits, and answers if the process still listens. */
  call<Answer>(process: SimProcess, what: string, kind: MethodKind, effect: () => Promise<Answer>): Promise<Answer> {
    this.calls += 1;
    const fate = this.#draw(kind);
    if (fate !== 'clean') this.faults += 1;
    this.onCall?.(process, what, fate !== 'clean');
    const label = `${process.name} ${what}${fate === 'clean' ? '' : ` [${fate}]`}`;
    return new Promise<Answer>((resolve, reject) => {
      // The answer is made when it is delivered, so that a dead process costs nothing and no rejection goes unheard.
      const answer = (delayMs: number, send: () => void): void => {
        this.#scheduler.at(delayMs, `${label} answers`, () => process.deliver(send));
      };
      const apply = (): void => {
        effect().then(
          (value) => answer(this.#wayMs(), () => resolve(value)),
          (error: unknown) => answer(this.#wayMs(), () => reject(error)),
        );
      };
      const ignore = (): void => {
        effect().catch(() => undefined);
      };
      const unknown = (): void => reject(new StratalogError('OUTCOME_UNKNOWN', `no answer came to ${what}`));
      const wayMs = this.#wayMs();
      if (fate === 'throttle') answer(wayMs, () => reject(new StratalogError('THROTTLED', `${what} was throttled`)));
      else if (fate === 'failBefore') answer(wayMs, () => reject(new StratalogError('STORAGE_ERROR', `${what} failed`)));
      else if (fate === 'clean') this.#arrive(process, wayMs, label, apply);
      else if (fate === 'twice') {
        this.#arrive(process, wayMs, `${label} first`, ignore);
        this.#arrive(process, wayMs + this.#wayMs(), `${label} again`, apply);
      } else {
        const arrivesMs = fate === 'late' ? this.#random.between(wayMs, LATE_MS_MAX) : wayMs;
        this.#scheduler.at(arrivesMs, label, ignore);
        answer(CLIENT_TIMEOUT_MS, unknown);
      }
    });
  }

  /** A process that died before its request arrived may have sent it, or not. */
  #arrive(process: SimProcess, delayMs: number, label: string, effect: () => void): void {
    const sent = this.#random.chance(0.5);
    this.#scheduler.at(delayMs, label, () => {
      if (process.state !== 'dead' || sent) effect();
    });
  }

  #wayMs(): number {
    const { latencyMsMax, slow } = this.profile;
    return this.#random.between(1, this.#random.chance(slow) ? latencyMsMax * SLOW_FACTOR : latencyMsMax);
  }

  #draw(kind: MethodKind): Fate {
    const { throttle, failBefore, failAfter, twice, late } = this.profile;
    let drawn = this.#random.fraction();
    const hit = (probability: number): boolean => {
      drawn -= probability;
      return drawn < 0;
    };
    if (hit(throttle)) return 'throttle';
    if (hit(failBefore)) return 'failBefore';
    if (kind === 'read') return 'clean';
    if (hit(failAfter)) return 'failAfter';
    if (hit(twice)) return 'twice';
    return hit(late) ? 'late' : 'clean';
  }
}

/**
 * Lease records are written each by itself: nothing orders the writes of one call, and each has its own fate. A fault
 * is an outcome here and never an exception.
 */
export function gatedLeaseStore(gate: StoreGate, process: SimProcess, store: LeaseStore): LeaseStore {
  const writeOne = async (write: LeaseWrite): Promise<LeaseWriteOutcome> => {
    const what = `leases.write(${shown(write.key)} v${write.record.version} next ${write.record.next} tail ${write.record.tail.length})`;
    try {
      return await gate.call(process, what, 'write', async () => {
        const [outcome] = await store.write([write]);
        if (outcome === undefined) throw new Error('the store answered no outcome');
        return outcome;
      });
    } catch (cause) {
      return { kind: 'unknown', cause };
    }
  };
  return {
    capacity: store.capacity,
    create: (keys, record) => gate.call(process, `leases.create(${shown(keys)})`, 'write', () => store.create(keys, record)),
    // Each record is read as it is at some moment of the call; several are no snapshot.
    read: async (keys) =>
      (await Promise.all(keys.map((key) => gate.call(process, `leases.read(${shown(key)})`, 'read', () => store.read([key]))))).flat(),
    remove: (keys) => gate.call(process, `leases.remove(${shown(keys)})`, 'write', () => store.remove(keys)),
    write: (writes) => Promise.all(writes.map(writeOne)),
  };
}

/** An argument in the trace: short, and the same in every run. */
function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return value.length === 1 ? `[${shown(value[0])}]` : `${value.length} of [${shown(value[0])}...]`;
  const fields = value as Readonly<Record<string, unknown>>;
  if (typeof fields.topicId === 'string') return `${fields.topicId.slice(0, 4)}-${String(fields.partition)}`;
  if (typeof fields.firstOffset === 'number') return `@${fields.firstOffset} v${String(fields.version)}`;
  if (typeof fields.name === 'string') return `${fields.name} v${String(fields.version)}`;
  return typeof fields.lease === 'string' ? fields.lease : `{${Object.keys(fields).length}}`;
}
