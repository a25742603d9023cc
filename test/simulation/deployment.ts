/** The stores of a simulated deployment, and the engines of its processes over them. */

import { MemoryGroupStore } from '../../lib/adapters/memory/group-store.ts';
import { MemoryInlineStore } from '../../lib/adapters/memory/inline-store.ts';
import { MemoryLeaseStore } from '../../lib/adapters/memory/lease-store.ts';
import { MemoryObjectStore } from '../../lib/adapters/memory/object-store.ts';
import { MemoryPageStore } from '../../lib/adapters/memory/page-store.ts';
import { MemoryProducerStore } from '../../lib/adapters/memory/producer-store.ts';
import { MemoryTopicStore } from '../../lib/adapters/memory/topic-store.ts';
import { MemoryWorkStore } from '../../lib/adapters/memory/work-store.ts';
import type { PartitionKey } from '../../lib/core/ids.ts';
import type { IndexPage } from '../../lib/core/index-page.ts';
import { type Entry, spanOf, tailBase } from '../../lib/core/lease-record.ts';
import { logIndexKey, logKey, walKey } from '../../lib/core/segment-key.ts';
import type { Topic } from '../../lib/core/topic.ts';
import { Engine, type EngineDeps } from '../../lib/engine/engine.ts';
import type { EngineSettings } from '../../lib/engine/settings.ts';
import type { GroupStore } from '../../lib/ports/group-store.ts';
import type { LeaseStore } from '../../lib/ports/lease-store.ts';
import type { ObjectStore } from '../../lib/ports/object-store.ts';
import type { PageStore } from '../../lib/ports/page-store.ts';
import { SILENT } from '../../lib/ports/telemetry.ts';
import type { TopicStore } from '../../lib/ports/topic-store.ts';
import type { WorkStore } from '../../lib/ports/work-store.ts';
import { gatedLeaseStore, INLINE_METHODS, OBJECT_METHODS, PAGE_METHODS, PRODUCER_METHODS, StoreGate, TOPIC_METHODS } from './faults.ts';
import { GroupWatch, gatedGroupStore, WORK_METHODS } from './group-faults.ts';
import { halfSeenGroups, lateCounter } from './half-seen.ts';
import type { FinalStorage } from './history.ts';
import type { Plan } from './plan.ts';
import { poisonedMemory } from './pooled-memory.ts';
import type { Scheduler } from './scheduler.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { SimProcess } from './sim-process.ts';
import { MAYFLY } from './topic-client.ts';
import { unsettledPages } from './unsettled-pages.ts';
import { tearing, ZoneFaults } from './zone-faults.ts';

const ALL = 1_000_000;
/** Rarer than by default: a tick costs a step of the scheduler, and virtual hours go by. */
const GROUP_TICK_MS = 2_000;
const LAG_SAMPLE_MS = 10 * 60_000;

interface SimZone {
  readonly faults: ZoneFaults;
  readonly objects: MemoryObjectStore;
}

export class Deployment {
  readonly plan: Plan;
  readonly gate: StoreGate;
  readonly zones: readonly SimZone[];
  readonly leases: LeaseStore;
  readonly #pages: PageStore;
  readonly #queriedPages: PageStore;
  readonly #producers = new MemoryProducerStore();
  readonly #topics: TopicStore;
  readonly #inline: MemoryInlineStore | undefined;
  readonly #groups: GroupStore;
  readonly #work = new MemoryWorkStore();
  readonly #tears: SeededRandom;
  readonly groupWatch: GroupWatch;
  /** When topics were gone, by the first letters of their ids. */
  readonly goneTopics = new Map<string, number>();

  constructor(plan: Plan, scheduler: Scheduler) {
    const clock = { now: () => scheduler.nowMs };
    this.plan = plan;
    this.groupWatch = new GroupWatch(scheduler);
    this.gate = new StoreGate(scheduler, scheduler.random.fork(), plan.faults);
    this.zones = Array.from({ length: plan.zones }, (_, zone) => ({
      faults: new ZoneFaults(`zone${zone}`),
      objects: new MemoryObjectStore(clock),
    }));
    this.#tears = scheduler.random.fork();
    this.leases = smallLeaseStore(plan);
    this.#pages = new MemoryPageStore();
    this.#queriedPages = unsettledPages(this.#pages, scheduler, scheduler.random.fork());
    this.#topics = this.#watched(lateCounter(new MemoryTopicStore(), scheduler, scheduler.random.fork()), scheduler);
    this.#groups = halfSeenGroups(new MemoryGroupStore(), scheduler, scheduler.random.fork());
    this.#inline = plan.inlineBytesMax > 0 ? new MemoryInlineStore(clock, plan.inlineBytesMax) : undefined;
  }

  /** Notes when a topic's name becomes free. */
  #watched(inner: TopicStore, scheduler: Scheduler): TopicStore {
    return {
      ...inner,
      remove: async (name, id) => {
        await inner.remove(name, id);
        const gone = id.slice(0, 8);
        if (name === MAYFLY && !this.goneTopics.has(gone)) this.goneTopics.set(gone, scheduler.nextTick());
      },
    };
  }

  /** The work store as a process sees it. */
  workOf(process: SimProcess): WorkStore {
    return this.gate.wrap(process, 'work', this.#work, WORK_METHODS);
  }

  /** The topic that has this name now, past the network. */
  topicNow(name: string): Promise<Topic | undefined> {
    return this.#topics.get(name);
  }

  /** An engine whose every store call goes through the network of this simulation. */
  engineOf(process: SimProcess, mode: 'coordinator' | 'stateless' = 'stateless', settings: Partial<EngineSettings> = {}): Engine {
    const { gate } = this;
    const work = this.workOf(process);
    const deps: EngineDeps = {
      clock: process.clock,
      random: process.random,
      telemetry: SILENT,
      leases: gatedLeaseStore(gate, process, this.leases),
      pages: gate.wrap(process, 'pages', this.#queriedPages, PAGE_METHODS),
      producers: gate.wrap(process, 'producers', this.#producers, PRODUCER_METHODS),
      topics: gate.wrap(process, 'topics', this.#topics, TOPIC_METHODS),
      zones: this.zones.map(({ faults, objects }) => ({
        name: faults.name,
        objects: gate.wrap(process, faults.name, this.#zoneOf(process, faults, objects), OBJECT_METHODS),
      })),
      groups: gatedGroupStore(gate, process, this.#groups, this.groupWatch),
      work,
      settings,
      memory: poisonedMemory(),
      groupSettings: { mode, owner: process.name, tickMs: GROUP_TICK_MS, lagSampleMs: LAG_SAMPLE_MS },
      onRolled: (key) => void work.mark([key]).catch(() => undefined),
      ...(this.#inline === undefined ? {} : { inline: gate.wrap(process, 'inline', this.#inline, INLINE_METHODS) }),
    };
    return new Engine(deps);
  }

  #zoneOf(process: SimProcess, faults: ZoneFaults, objects: ObjectStore): ObjectStore {
    const reached = faults.wrap(objects);
    return this.plan.tornPuts ? tearing(faults, reached, process, this.#tears) : reached;
  }

  /** What is named and what is stored, read past the network. */
  async storage(keys: readonly PartitionKey[], nowMs: number, garbageAfterMs: number): Promise<FinalStorage> {
    const named = new Set<string>();
    for (const key of keys) {
      const [record] = await this.leases.read([key]);
      if (record === undefined) continue;
      nameAll(named, key, tailBase(record), record.tail);
      const pages: readonly IndexPage[] = await this.#pages.range(key, 0, ALL);
      for (const page of pages) nameAll(named, key, page.firstOffset, page.entries);
    }
    const stored = new Map<string, number>();
    const places = new Map<string, number>();
    for (const { objects } of this.zones) {
      for (const { key, putAtMs } of await objects.list('', undefined, ALL)) {
        stored.set(key, putAtMs);
        places.set(key, (places.get(key) ?? 0) + 1);
      }
    }
    const isScarce = (key: string): boolean => (places.get(key) ?? 0) < this.zones.length;
    const lacking = garbageAfterMs === Number.POSITIVE_INFINITY ? undefined : [...named].filter((key) => places.has(key) && isScarce(key));
    // The store tells no times, only what is older than one.
    const old = Math.max(0, nowMs - garbageAfterMs);
    for (const { lease } of (await this.#inline?.list(undefined, Number.MAX_SAFE_INTEGER, ALL)) ?? []) stored.set(`inline/${lease}`, nowMs);
    for (const { lease } of (await this.#inline?.list(undefined, old, ALL)) ?? []) stored.set(`inline/${lease}`, old - 1);
    return { named, stored, garbageAfterMs, ...(lacking === undefined ? {} : { lacking }) };
  }
}

function nameAll(named: Set<string>, key: PartitionKey, base: number, entries: readonly Entry[]): void {
  for (const [at, entry] of entries.entries()) {
    const first = base + spanOf(entries.slice(0, at));
    if (entry.kind === 'wal') named.add(walKey(entry.lease));
    if (entry.kind === 'inline') named.add(`inline/${entry.lease}`);
    if (entry.kind === 'log') named.add(logKey(key, first, entry.lease)).add(logIndexKey(key, first, entry.lease));
  }
}

/** Records with room for little, so that rolls and evictions come often. */
function smallLeaseStore(plan: Plan): LeaseStore {
  const store = new MemoryLeaseStore();
  const { tailEntriesRoll, producersMax } = plan;
  const capacity = { tailEntriesRoll, tailEntriesMax: tailEntriesRoll * 2 + 4, producersMax };
  return {
    capacity,
    create: (keys, record) => store.create(keys, record),
    read: (keys) => store.read(keys),
    write: (writes) => store.write(writes),
    remove: (keys) => store.remove(keys),
  };
}
