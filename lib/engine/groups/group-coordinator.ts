import { isStratalogError, StratalogError } from '../../core/errors.ts';
import { checkGroupId, type GroupView, newGroup, unknownGroup } from '../../core/groups/group-record.ts';
import { checkHeartbeat, EPOCH_JOIN, EPOCH_LEAVE, type HeartbeatRequest } from '../../core/groups/member-request.ts';
import { allowsDowngrade } from '../../core/groups/migration.ts';
import { byTopic } from '../../core/groups/partition-set.ts';
import type { StepInput } from '../../core/groups/retarget.ts';
import { topicIdFrom } from '../../core/ids.ts';
import { workShard } from '../../core/work-shard.ts';
import type { Clock } from '../../ports/clock.ts';
import type { GroupStore, GroupSummary } from '../../ports/group-store.ts';
import type { Random } from '../../ports/random.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import type { WorkStore } from '../../ports/work-store.ts';
import { CoordinatorLeases, GROUPS_JOB } from './coordinator-leases.ts';
import { deleteGroup, deleteOffsets, resetGroup } from './group-admin.ts';
import { GroupCell, type Preparation, type Transaction } from './group-cell.ts';
import { GroupOffsets } from './group-offsets.ts';
import { describeGroup } from './group-report.ts';
import type {
  CommittedOffset,
  CommittedPartition,
  GroupCommit,
  GroupDescription,
  GroupHeartbeat,
  GroupLag,
  GroupReset,
  HeartbeatAnswer,
  ResetPartition,
} from './group-request.ts';
import { LagWatch } from './lag-watch.ts';
import type { LogView } from './log-view.ts';
import { OffsetCommitter } from './offset-committer.ts';
import { GROUP_SETTINGS, type GroupSettings } from './settings.ts';
import { type TopicIndex, type TopicSource, topicsKnowing } from './topic-index.ts';

export interface GroupCoordinatorDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: Telemetry;
  readonly store: GroupStore;
  readonly work: WorkStore;
  readonly topics: TopicSource;
  readonly log: LogView;
  readonly settings?: Partial<GroupSettings> | undefined;
  /**
   * The zone a partition is read cheapest in, where that differs from partition to partition. Default: it does not, since every
   * zone has a copy of every partition and each member reads the copy next to it.
   */
  readonly zoneOf?: StepInput['zoneOf'];
}

/** What a sweep removed. */
export interface GroupSweep {
  readonly offsets: number;
  readonly groups: number;
  /** The last group that was looked at, when there are more. */
  readonly next: string | undefined;
}

/** Between two ticks at least, ms: a member that cannot be removed must not keep the process busy. */
const TICK_MS_MIN = 20;

type Wanted = readonly { readonly topic: string; readonly partitions?: readonly number[] }[];

/**
 * Consumer groups: members, offsets, lag. Any process may have one; two that work on the same group at once are slower and
 * never wrong. All errors are StratalogError; NOT_COORDINATOR names the process to ask in `details.coordinator`.
 */
export class GroupCoordinator {
  readonly settings: GroupSettings;
  readonly #deps: GroupCoordinatorDeps;
  readonly #leases: CoordinatorLeases;
  readonly #committer: OffsetCommitter;
  readonly #offsets: GroupOffsets;
  readonly #cells = new Map<string, GroupCell>();
  /** The newest connection a member's commits came by. */
  readonly #orders = new Map<string, number>();
  readonly #lag: LagWatch;
  readonly #closing = new AbortController();
  #loop: Promise<void> | undefined;
  #onDowngrade: (group: string) => void = () => undefined;

  constructor(deps: GroupCoordinatorDeps) {
    this.#deps = deps;
    this.settings = Object.freeze({ ...GROUP_SETTINGS, ...deps.settings });
    const { clock, random, store, log } = deps;
    this.#leases = new CoordinatorLeases(deps, this.settings, (shard) => this.#lost(shard));
    this.#committer = new OffsetCommitter({ clock, random, store }, this.#coordinates);
    this.#offsets = new GroupOffsets({
      store,
      clock,
      log,
      topics: deps.topics,
      committer: this.#committer,
      retentionMs: this.settings.offsetsRetentionMs,
    });
    this.#lag = new LagWatch({ ...deps, offsets: this.#offsets, settings: this.settings });
  }

  get #coordinates(): boolean {
    return this.settings.mode === 'coordinator';
  }

  /**
   * Joins, stays, gives partitions up, leaves. INVALID_REQUEST, UNKNOWN_MEMBER_ID, FENCED_MEMBER_EPOCH, FENCED_INSTANCE_ID,
   * UNRELEASED_INSTANCE_ID, GROUP_MAX_SIZE_REACHED, UNSUPPORTED_ASSIGNOR, INVALID_SESSION_TIMEOUT, INCONSISTENT_GROUP_PROTOCOL.
   * `prepare` shows the join the group as it is to be, and is stored with it. Cost: nothing when nothing changes and this process
   * coordinates; else see `writeGroup`.
   */
  async heartbeat(request: GroupHeartbeat, prepare?: Preparation): Promise<HeartbeatAnswer> {
    const { group, owned, memberId: given, ...rest } = request;
    checkGroupId(group);
    const named = await this.#topics((topics) => topics.hasPartitions(owned));
    const memberId = given || (request.memberEpoch === EPOCH_JOIN ? topicIdFrom(this.#deps.random.bytes(16)) : '');
    const asked: HeartbeatRequest = checkHeartbeat({ ...rest, memberId, ...(owned === undefined ? {} : { owned: named.toSet(owned) }) });
    const cell = this.#cell(group);
    const answer = await cell.heartbeat(asked, prepare);
    if (answer.kind === 'refused') {
      this.#dropUnused(cell);
      throw answer.error;
    }
    if (answer.kind !== 'heartbeat') throw new StratalogError('INTERNAL', 'a heartbeat was not answered');
    const ids = [...byTopic(answer.assigned).keys()];
    const assigned = await this.#topics((topics) => topics.hasIds(ids));
    const { heartbeatIntervalMs, movingIntervalMs } = this.settings;
    const moving = request.memberEpoch === EPOCH_JOIN || answer.state !== 'stable';
    return {
      memberId,
      memberEpoch: answer.memberEpoch,
      heartbeatIntervalMs: Math.min(
        heartbeatIntervalMs,
        moving ? movingIntervalMs : heartbeatIntervalMs,
        Math.floor(answer.sessionTimeoutMs / 3),
      ),
      assignment: assigned.fromSet(answer.assigned),
    };
  }

  /** Leaves for good, at once. May be repeated. */
  async leave(group: string, memberId: string): Promise<void> {
    await this.heartbeat({ group, memberId, memberEpoch: EPOCH_LEAVE });
  }

  /**
   * Commits offsets, of a member or of a consumer that is none. The whole request is refused with UNKNOWN_MEMBER_ID,
   * FENCED_MEMBER_EPOCH, FENCED_INSTANCE_ID, ILLEGAL_GENERATION; a partition by itself with STALE_MEMBER_EPOCH,
   * FENCED_MEMBER_EPOCH, UNKNOWN_TOPIC_OR_PARTITION, OFFSET_OUT_OF_RANGE, OFFSET_METADATA_TOO_LARGE. May be repeated.
   */
  async commit(request: GroupCommit): Promise<readonly CommittedPartition[]> {
    checkGroupId(request.group);
    const topics = await this.#topics((known) => known.hasPartitions(request.offsets));
    const view = await this.#view(request.group, request.memberId);
    const author = this.#offsets.authorOf(view, request);
    if (author.kind !== 'none' && this.#isOld(request)) {
      return request.offsets.map(({ topic, partition }) => ({ topic, partition, outcome: 'superseded' }));
    }
    if (author.kind === 'none' && view.group.version === 0) await this.#create(request.group);
    const answers = await this.#offsets.commit(request, author, topics);
    this.#lag.committed(request, topics, answers);
    return answers;
  }

  /** What is committed; every topic's when none is named. A group that is not there has committed nothing. */
  async fetchOffsets(group: string, wanted?: Wanted): Promise<readonly CommittedOffset[]> {
    checkGroupId(group);
    return this.#offsets.fetch(await this.#anyView(group), wanted);
  }

  /** Forgets committed offsets; answers how many. GROUP_SUBSCRIBED_TO_TOPIC, GROUP_ID_NOT_FOUND. */
  async deleteOffsets(group: string, wanted: Wanted): Promise<number> {
    const view = await this.#liveView(checkGroupId(group));
    const gone = await deleteOffsets(this.#admin(), view, await this.#topics((topics) => topics.hasPartitions(wanted)), wanted);
    this.#committer.forget(group);
    return gone;
  }

  /** Puts the offsets of a group without members elsewhere, or says where it would. NON_EMPTY_GROUP. */
  async reset(request: GroupReset): Promise<readonly ResetPartition[]> {
    const view = await this.#liveView(checkGroupId(request.group));
    const topics = await this.#topics((known) => known.hasPartitions(request.topics) && known.hasPartitions(request.offsets));
    if (view.group.version === 0 && request.dryRun !== true) {
      // What names nothing, or something wrong, leaves no group behind.
      const first = await resetGroup(this.#admin(), view, topics, { ...request, dryRun: true });
      if (first.length === 0) return first;
      await this.#create(request.group);
    }
    const plan = await resetGroup(this.#admin(), view, topics, request);
    this.#committer.forget(request.group);
    if (request.dryRun !== true) this.#lag.clear(request.group);
    return plan;
  }

  /** Removes a group without members and all its offsets. NON_EMPTY_GROUP, GROUP_ID_NOT_FOUND. */
  async delete(group: string): Promise<void> {
    await deleteGroup(this.#admin(), await this.#liveView(checkGroupId(group)));
    this.#forget(group);
  }

  list(after?: string, limit = 1_000): Promise<readonly GroupSummary[]> {
    return this.#deps.store.list(after, limit);
  }

  /** Members, assignment, offsets, lag and status. GROUP_ID_NOT_FOUND. */
  async describe(group: string, options: { readonly withTime?: boolean } = {}): Promise<GroupDescription> {
    const view = await this.#existing(group);
    return describeGroup(view, await this.#topics(), await this.#report(view, options.withTime));
  }

  /** Lag and status alone. GROUP_ID_NOT_FOUND. */
  async lag(group: string, options: { readonly withTime?: boolean } = {}): Promise<GroupLag> {
    return this.#report(await this.#existing(group), options.withTime);
  }

  /** Who coordinates the group, `HOST:PORT`; this process becomes it if nobody is. */
  async coordinatorOf(group: string): Promise<string> {
    return this.#coordinates ? this.#leases.ownerOf(checkGroupId(group)) : this.settings.owner;
  }

  /** Changes a group by other rules than KIP-848's, in one step with everything else that happens to it. */
  transact<Answer>(group: string, change: Transaction<Answer>): Promise<Answer> {
    return this.#cell(checkGroupId(group)).transact(change);
  }

  /** Notes a sign of life of a member of the classic protocol in a consumer group; see `GroupCell.attend`. */
  attend(group: string, memberId: string, dueMs?: number): void {
    this.#cells.get(group)?.attend(memberId, dueMs);
  }

  /** Calls back whenever a group with members has gone from the consumer protocol to the classic one. */
  onDowngrade(listener: (group: string) => void): void {
    this.#onDowngrade = listener;
  }

  /** The group as it stands; GROUP_ID_NOT_FOUND. */
  async view(group: string): Promise<GroupView> {
    return this.#existing(group);
  }

  /** Takes over groups that have members and whose coordinator is gone. Cost: 1 read a hundred groups, and 3 a group with members. */
  async adopt(): Promise<void> {
    for (let after: string | undefined; ; ) {
      const page = await this.list(after, 100);
      for (const { group, members } of page) if (members > 0) await this.#liveView(group);
      after = page.at(-1)?.group;
      if (page.length < 100) return;
    }
  }

  /**
   * Removes expired offsets, members that no process remembers, and groups that have nothing left. Part of maintenance; any process
   * may run it. When the signal ends it early, `next` is what to go on after. Cost: 1 read a hundred groups, and 2 a group.
   */
  async sweep(options: { readonly after?: string | undefined; readonly signal?: AbortSignal | undefined } = {}): Promise<GroupSweep> {
    let offsets = 0;
    let groups = 0;
    for (let { after } = options; ; ) {
      const page = await this.list(after, 100);
      for (const { group } of page) {
        if (options.signal?.aborted) return { offsets, groups, next: after };
        after = group;
        const view = await this.#liveView(group);
        if (view.group.version === 0) continue;
        offsets += await this.#offsets.sweep(view);
        const idleMs = this.#deps.clock.now() - (view.group.emptySinceMs ?? this.#deps.clock.now());
        const nothing =
          idleMs >= this.settings.offsetsRetentionMs &&
          (await this.#deps.store.allBlocks(group)).every((b) => [...b.entries.values()].every((e) => e.offset < 0));
        if (!nothing) continue;
        await deleteGroup(this.#admin(), view)
          .then(() => groups++)
          .catch(() => undefined);
        this.#forget(group);
      }
      if (page.length < 100) return { offsets, groups, next: undefined };
    }
  }

  /** One round of what a coordinator does by itself: renew leases, remove silent members, notice topics, look at lag. */
  async tick(): Promise<void> {
    if (!this.#coordinates) return;
    await this.#lookAfter();
    await this.#lookAtLag();
  }

  async #lookAfter(): Promise<void> {
    await this.#leases.renew();
    for (const cell of [...this.#cells.values()]) {
      if (!this.#leases.isHeld(cell.group)) continue;
      await cell
        .tick()
        .catch((error) =>
          this.#deps.telemetry.log('warn', 'a group could not be looked after', { group: cell.group, error: String(error) }),
        );
    }
  }

  /** Stops and gives the work leases free. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#loop;
    await this.#leases.releaseAll();
  }

  #admin() {
    const { store, clock, log } = this.#deps;
    return { store, clock, log, offsets: this.#offsets };
  }

  #topics(knows: (topics: TopicIndex) => boolean = () => true): Promise<TopicIndex> {
    return topicsKnowing(this.#deps.topics, knows);
  }

  #cell(group: string): GroupCell {
    if (this.#closing.signal.aborted) throw new StratalogError('CLOSED', 'this process is closing');
    let cell = this.#cells.get(group);
    if (!cell) {
      const { clock, random, telemetry, store, topics, work, zoneOf } = this.#deps;
      cell = new GroupCell(group, {
        clock,
        random,
        telemetry,
        store,
        topics: (options) => topics.list(options),
        coordinatorEpoch: async (id) => (this.#coordinates ? (await this.#leases.hold(id)).epoch : 0),
        coordinatedUntil: async (id) => (await work.read(GROUPS_JOB, workShard(id)))?.expiresAtMs ?? 0,
        checkMs: this.settings.heartbeatIntervalMs,
        keeper: this.#coordinates ? 'coordinator' : 'record',
        downgrade: allowsDowngrade(this.settings.migration),
        onDowngrade: (id) => this.#onDowngrade(id),
        ...(zoneOf === undefined ? {} : { zoneOf }),
      });
      this.#cells.set(group, cell);
    }
    if (this.#coordinates) this.#loop ??= this.#run();
    return cell;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    let looking = Promise.resolve();
    while (!signal.aborted) {
      await this.#deps.clock.sleep(this.#untilTickMs(), signal);
      if (signal.aborted) break;
      await this.#lookAfter().catch((error) =>
        this.#deps.telemetry.log('warn', 'groups could not be looked after', { error: String(error) }),
      );
      // Reads of logs may take long, and members must not be removed late for that.
      looking = this.#lookAtLag();
    }
    await looking;
  }

  #lookAtLag(): Promise<void> {
    const views = [...this.#cells.values()].flatMap(({ group, known }) => (known && this.#leases.isHeld(group) ? [known] : []));
    return this.#lag.lookAt(views.filter((view) => view.group.version > 0));
  }

  /** A member is removed when its session ends, not up to a tick later: those who wait for its partitions count from there. */
  #untilTickMs(): number {
    let waitMs = this.settings.tickMs;
    for (const cell of this.#cells.values()) if (this.#leases.isHeld(cell.group)) waitMs = Math.min(waitMs, cell.untilExpiryMs() + 1);
    return Math.max(waitMs, Math.min(TICK_MS_MIN, this.settings.tickMs));
  }

  #lost(shard: number): void {
    for (const group of this.#cells.keys()) if (workShard(group) === shard) this.#forget(group);
  }

  #forget(group: string): void {
    this.#cells.get(group)?.forget();
    this.#cells.delete(group);
    this.#committer.forget(group);
    this.#lag.forget(group);
  }

  /** A name that leads to no group costs no memory. */
  #dropUnused(cell: GroupCell): void {
    if (cell.known && cell.known.group.version === 0) this.#cells.delete(cell.group);
  }

  async #view(group: string, memberId = ''): Promise<GroupView> {
    const cell = this.#cell(group);
    const view = await cell.peek(memberId);
    this.#dropUnused(cell);
    return view;
  }

  /** What any process may read, coordinator or not. */
  async #anyView(group: string): Promise<GroupView> {
    const known = this.#leases.isHeld(group) ? this.#cells.get(group)?.known : undefined;
    return (
      known ?? (await this.#deps.store.load(group)) ?? { group: newGroup(group, 'simple', this.#deps.clock.now()), members: new Map() }
    );
  }

  /**
   * The same without members that are gone. A process that coordinates takes over a group with members that nobody else
   * does: after all of them and their coordinator have died, whoever asks first begins to count their sessions.
   */
  async #liveView(group: string): Promise<GroupView> {
    const view = await this.#anyView(group);
    if (view.members.size === 0 || (this.#leases.isHeld(group) && this.#cells.get(group)?.known)) return view;
    try {
      return await this.#cell(group).settled();
    } catch (error) {
      if (isStratalogError(error, 'NOT_COORDINATOR')) return view;
      throw error;
    }
  }

  async #existing(group: string): Promise<GroupView> {
    const view = await this.#liveView(checkGroupId(group));
    if (view.group.version === 0) throw unknownGroup(group);
    return view;
  }

  async #create(group: string): Promise<void> {
    await this.transact(group, (view) => ({
      view: view.group.version === 0 ? { ...view, group: { ...view.group } } : view,
      answer: undefined,
    }));
  }

  #report(view: GroupView, withTime = true): Promise<GroupLag> {
    const { group } = view.group;
    return this.#lag.report(view, { withTime, watched: this.#leases.isHeld(group) && this.#cells.has(group) });
  }

  #isOld({ group, memberId, order }: GroupCommit): boolean {
    if (order === undefined) return false;
    const key = `${group}\n${memberId}`;
    const newest = this.#orders.get(key) ?? 0;
    if (order < newest) return true;
    if (this.#orders.size > 100_000) this.#orders.clear();
    this.#orders.set(key, order);
    return false;
  }
}
