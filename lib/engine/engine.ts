/**
 * The engine: every use case over the ports, as one object a process holds.
 *
 * It knows no service and no wire format. Processes are composed in `lib/runtime`.
 */
import { StratalogError } from '../core/errors.ts';
import type { PartitionKey } from '../core/ids.ts';
import { MemoryPool } from '../format/memory-pool.ts';
import type { Clock } from '../ports/clock.ts';
import type { GroupStore } from '../ports/group-store.ts';
import type { InlineStore } from '../ports/inline-store.ts';
import type { LeaseStore } from '../ports/lease-store.ts';
import type { Zone } from '../ports/object-store.ts';
import type { PageStore } from '../ports/page-store.ts';
import type { ProducerStore } from '../ports/producer-store.ts';
import type { Random } from '../ports/random.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { TopicStore } from '../ports/topic-store.ts';
import type { WorkStore } from '../ports/work-store.ts';
import { type AppendAnswer, type AppendRequest, AppendUseCase } from './append.ts';
import { Appender } from './appender.ts';
import { type DeleteRecordsRequest, deleteRecords } from './delete-records.ts';
import { type FetchAnswer, type FetchManyRequest, type FetchRequest, FetchUseCase } from './fetch.ts';
import { GroupCoordinator } from './groups/group-coordinator.ts';
import { logViewOf } from './groups/log-view.ts';
import type { GroupSettings } from './groups/settings.ts';
import { IndexReader } from './index-reader.ts';
import { LeaseWriter } from './lease-writer.ts';
import { type FoundOffset, type ListOffsetRequest, ListOffsetUseCase } from './list-offset.ts';
import { PartitionReader } from './partition-reader.ts';
import { type ProduceRecordsRequest, ProduceRecordsUseCase, type RecordResult } from './produce-records.ts';
import { type NewProducer, ProducerIds } from './producer-ids.ts';
import { type ReadRecordsAnswer, type ReadRecordsRequest, readRecords } from './read-records.ts';
import { RecentSegments } from './recent-segments.ts';
import { SegmentReader } from './segment-reader.ts';
import { SegmentStorage } from './segment-storage.ts';
import { ENGINE_DEFAULTS, type EngineSettings } from './settings.ts';
import { TopicCatalog } from './topics.ts';
import { Watch } from './watch.ts';

/** What an engine is built from. All engines over the same stores are one deployment. */
export interface EngineDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: Telemetry;
  readonly leases: LeaseStore;
  readonly pages: PageStore;
  readonly producers: ProducerStore;
  readonly topics: TopicStore;
  /** Where small segments go; without it every segment is an object. */
  readonly inline?: InlineStore | undefined;
  /** 1 to 30 zones. */
  readonly zones: readonly Zone[];
  readonly settings?: Partial<EngineSettings> | undefined;
  /** Consumer groups; without it and `work` there are none. */
  readonly groups?: GroupStore | undefined;
  /** Work leases and marks of work to do. */
  readonly work?: WorkStore | undefined;
  readonly groupSettings?: Partial<GroupSettings> | undefined;
  /** Where large buffers live, the doors' too. Default: one of its own. */
  readonly memory?: MemoryPool | undefined;
  /** Told when a partition has a new index page: there may be work for merge and retention. */
  readonly onRolled?: ((key: PartitionKey) => void) | undefined;
}

/** Producers that send something each few ms are there in between as well, ms. */
const APPENDING_FOR_MS = 250;

export class Engine {
  readonly topics: TopicCatalog;
  readonly settings: EngineSettings;
  /** Where large buffers live: what doors read requests into, and what fetches answer with. */
  readonly memory: MemoryPool;
  /** The parts that maintenance shares with the read path. */
  readonly index: IndexReader;
  readonly segments: SegmentReader;
  readonly storage: SegmentStorage;
  /** Partitions, as `<topicId>/<partition>`, with objects that a zone misses; the newest replication of this process says which. */
  underReplicated: ReadonlySet<string> = new Set();
  readonly #deps: EngineDeps;
  readonly #appender: Appender;
  readonly #append: AppendUseCase;
  readonly #fetch: FetchUseCase;
  readonly #reader: PartitionReader;
  readonly #listOffset: ListOffsetUseCase;
  readonly #produce: ProduceRecordsUseCase;
  readonly #producerIds: ProducerIds;
  readonly #watch: Watch;
  readonly #groups: GroupCoordinator | undefined;
  #closed = false;

  constructor(deps: EngineDeps) {
    const { clock, random, telemetry, leases, pages, producers, inline, zones } = deps;
    const settings: EngineSettings = Object.freeze({ ...ENGINE_DEFAULTS, ...deps.settings });
    this.#deps = deps;
    this.memory = deps.memory ?? new MemoryPool();
    this.settings = settings;
    this.topics = new TopicCatalog({ clock, random, topics: deps.topics, leases, settings });
    this.storage = new SegmentStorage({ clock, telemetry, inline, zones, settings });
    const recent = new RecentSegments(settings.readCacheBytes, settings.readCacheSegmentBytes);
    this.segments = new SegmentReader(this.storage, recent, this.memory);
    this.index = new IndexReader({ clock, leases, pages });
    this.#watch = new Watch({ clock, leases, settings });
    this.#appender = new Appender(
      {
        clock,
        random,
        telemetry,
        leases,
        pages,
        producers,
        writer: new LeaseWriter(leases),
        onGranted: (key, record) => this.#watch.grown(key, record),
        onRolled: (key) => deps.onRolled?.(key),
      },
      this.storage,
      { recent, memory: this.memory },
      settings,
    );
    this.#append = new AppendUseCase({
      clock,
      telemetry,
      topics: this.topics,
      appender: this.#appender,
      index: this.index,
      storage: this.storage,
      settings,
    });
    const { readAheadBytes } = settings;
    this.#reader = new PartitionReader({ clock, index: this.index, segments: this.segments, memory: this.memory, readAheadBytes });
    this.#fetch = new FetchUseCase({
      clock,
      telemetry,
      topics: this.topics,
      index: this.index,
      reader: this.#reader,
      watch: this.#watch,
      memory: this.memory,
      settings,
    });
    this.#listOffset = new ListOffsetUseCase({ topics: this.topics, index: this.index, segments: this.segments, pages });
    this.#produce = new ProduceRecordsUseCase({ clock, random, topics: this.topics, append: this.#append });
    this.#producerIds = new ProducerIds(producers);
    const { groups, work, groupSettings } = deps;
    if (groups && work) {
      const log = logViewOf(this);
      this.#groups = new GroupCoordinator({
        clock,
        random,
        telemetry,
        store: groups,
        work,
        topics: this.topics,
        log,
        settings: groupSettings,
      });
    }
  }

  /** Consumer groups. INVALID_REQUEST in a deployment that was built without a store for them. */
  get groups(): GroupCoordinator {
    if (this.#groups) return this.#groups;
    throw new StratalogError('INVALID_REQUEST', 'this deployment has no consumer groups');
  }

  /** The ports this engine was built from, for use cases that live beside it (groups, maintenance). */
  get deps(): EngineDeps {
    return this.#deps;
  }

  append(request: AppendRequest): Promise<AppendAnswer> {
    return this.#closed ? closed() : this.#append.append(request);
  }

  fetch(request: FetchRequest): Promise<FetchAnswer> {
    return this.#closed ? closed() : this.#fetch.fetch(request);
  }

  fetchMany(request: FetchManyRequest): Promise<readonly (FetchAnswer | StratalogError)[]> {
    return this.#closed ? closed() : this.#fetch.fetchMany(request);
  }

  listOffset(request: ListOffsetRequest): Promise<FoundOffset> {
    return this.#closed ? closed() : this.#listOffset.listOffset(request);
  }

  deleteRecords(request: DeleteRecordsRequest): Promise<{ readonly logStartOffset: number }> {
    const { clock, random, leases } = this.#deps;
    return this.#closed ? closed() : deleteRecords({ clock, random, leases, topics: this.topics }, request);
  }

  initProducerId(): Promise<NewProducer> {
    return this.#closed ? closed() : this.#producerIds.next();
  }

  produceRecords(request: ProduceRecordsRequest): Promise<readonly RecordResult[]> {
    return this.#closed ? closed() : this.#produce.produce(request);
  }

  readRecords(request: ReadRecordsRequest): Promise<ReadRecordsAnswer> {
    return this.#closed ? closed() : readRecords({ fetch: this.#fetch, topics: this.topics }, request);
  }

  /** Bytes accepted and not yet answered; at `settings.appendBufferBytes` producers are told to wait. */
  get acceptedBytes(): number {
    return this.#appender.acceptedBytes;
  }

  /** Whether something was appended within the last quarter of a second, or waits still. */
  get isAppending(): boolean {
    return this.acceptedBytes > 0 || this.#deps.clock.monotonic() - this.#appender.submittedAt < APPENDING_FOR_MS;
  }

  /** Whether a reader had an answer within about the last second that did not reach the end of its log. Always false without `readAheadBytes`. */
  get isReadingUp(): boolean {
    return this.#reader.isReadingUp;
  }

  /** Resolves when something accepted was answered. For doors that stop reading instead of refusing. */
  untilRoom(): Promise<void> {
    return this.#appender.untilRoom();
  }

  /** Refuses new work with CLOSED, wakes those who wait at the end of a log, and finishes what was accepted. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#watch.close();
    await this.#groups?.close();
    await this.#appender.drain();
    this.#appender.stop();
    await this.#reader.close();
  }
}

function closed(): Promise<never> {
  return Promise.reject(new StratalogError('CLOSED', 'the log is closed'));
}
