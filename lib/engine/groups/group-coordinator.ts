import { StratalogError } from '../../core/errors.ts';
import { checkGroupId, type GroupView, newGroup, unknownGroup } from '../../core/groups/group-record.ts';
import { checkHeartbeat, EPOCH_JOIN, EPOCH_LEAVE, type HeartbeatRequest } from '../../core/groups/member-request.ts';
import type { StepInput } from '../../core/groups/retarget.ts';
import { topicIdFrom } from '../../core/ids.ts';
import { GROUP_LAG_TIMES_MAX } from '../../core/limits.ts';
import { workShard } from '../../core/work-shard.ts';
import type { Clock } from '../../ports/clock.ts';
import type { GroupStore, GroupSummary } from '../../ports/group-store.ts';
import type { Random } from '../../ports/random.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import type { WorkStore } from '../../ports/work-store.ts';
import { CoordinatorLeases, GROUPS_JOB } from './coordinator-leases.ts';
import { deleteGroup, deleteOffsets, resetGroup } from './group-admin.ts';
import { GroupCell, type Transaction } from './group-cell.ts';
import { GroupOffsets } from './group-offsets.ts';
import { describeGroup, reportLag } from './group-report.ts';
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
import { LagGauges } from './lag-gauges.ts';
import { LagMonitor } from './lag-monitor.ts';
import type { LogView } from './log-view.ts';
import { OffsetCommitter } from './offset-committer.ts';
import { GROUP_SETTINGS, type GroupSettings } from './settings.ts';
import { TopicIndex, type TopicSource } from './topic-index.ts';

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

/** A group without members is measured this many times more seldom: its lag grows and somebody should see it, but nothing moves. */
const EMPTY_SAMPLE_TIMES = 10;
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
  readonly #monitors = new Map<string, LagMonitor>();
  /** The newest connection a member's commits came by. */
  readonly #orders = new Map<string, number>();
  readonly #gauges: LagGauges;
  readonly #closing = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(deps: GroupCoordinatorDeps) {
    this.#deps = deps;
    this.settings = Object.freeze({ ...GROUP_SETTINGS, ...deps.settings });
    const { clock, random, store, log } = deps;
    this.#gauges = new LagGauges(deps.telemetry);
    this.#leases = new CoordinatorLeases(deps, this.settings, (shard) => this.#lost(shard));
    this.#committer = new OffsetCommitter({ clock, random, store }, this.#coordinates);
    this.#offsets = new GroupOffsets({ store, clock, log, committer: this.#committer, retentionMs: this.settings.offsetsRetentionMs });
  }

  get #coordinates(): boolean {
    return this.settings.mode === 'coordinator';
  }

  /**
   * Joins, stays, gives partitions up, leaves. INVALID_REQUEST, UNKNOWN_MEMBER_ID, FENCED_MEMBER_EPOCH, FENCED_INSTANCE_ID,
   * UNRELEASED_INSTANCE_ID, GROUP_MAX_SIZE_REACHED, UNSUPPORTED_ASSIGNOR, INVALID_SESSION_TIMEOUT, INCONSISTENT_GROUP_PROTOCOL.
   * Cost: nothing when nothing changes and this process coordinates; else see `writeGroup`.
   */
  async heartbeat(request: GroupHeartbeat): Promise<HeartbeatAnswer> {
    const { group, owned, memberId: given, ...rest } = request;
    checkGroupId(group);
    const topics = await this.#topics();
    const memberId = given || (request.memberEpoch === EPOCH_JOIN ? topicIdFrom(this.#deps.random.bytes(16)) : '');
    const asked: HeartbeatRequest = checkHeartbeat({ ...rest, memberId, ...(owned === undefined ? {} : { owned: topics.toSet(owned) }) });
    const cell = this.#cell(group);
    const answer = await cell.heartbeat(asked);
    if (answer.kind === 'refused') {
      this.#dropUnused(cell);
      throw answer.error;
    }
    if (answer.kind !== 'heartbeat') throw new StratalogError('INTERNAL', 'a heartbeat was not answered');
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
      assignment: topics.fromSet(answer.assigned),
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
    const topics = await this.#topics();
    const view = await this.#view(request.group, request.memberId);
    const author = this.#offsets.authorOf(view, request);
    if (author.kind !== 'none' && this.#isOld(request)) {
      return request.offsets.map(({ topic, partition }) => ({ topic, partition, outcome: 'superseded' }));
    }
    if (author.kind === 'none' && view.group.version === 0) await this.#create(request.group);
    const answers = await this.#offsets.commit(request, author, topics);
    this.#sample(request, topics, answers);
    return answers;
  }

  /** What is committed; every topic's when none is named. A group that is not there has committed nothing. */
  async fetchOffsets(group: string, wanted?: Wanted): Promise<readonly CommittedOffset[]> {
    checkGroupId(group);
    return this.#offsets.fetch(await this.#anyView(group), await this.#topics(), wanted);
  }

  /** Forgets committed offsets; answers how many. GROUP_SUBSCRIBED_TO_TOPIC, GROUP_ID_NOT_FOUND. */
  async deleteOffsets(group: string, wanted: Wanted): Promise<number> {
    const view = await this.#anyView(checkGroupId(group));
    const gone = await deleteOffsets(this.#admin(), view, await this.#topics(), wanted);
    this.#committer.forget(group);
    return gone;
  }

  /** Puts the offsets of a group without members elsewhere, or says where it would. NON_EMPTY_GROUP. */
  async reset(request: GroupReset): Promise<readonly ResetPartition[]> {
    const view = await this.#anyView(checkGroupId(request.group));
    const topics = await this.#topics();
    if (view.group.version === 0 && request.dryRun !== true) {
      // What names nothing, or something wrong, leaves no group behind.
      const first = await resetGroup(this.#admin(), view, topics, { ...request, dryRun: true });
      if (first.length === 0) return first;
      await this.#create(request.group);
    }
    const plan = await resetGroup(this.#admin(), view, topics, request);
    this.#committer.forget(request.group);
    return plan;
  }

  /** Removes a group without members and all its offsets. NON_EMPTY_GROUP, GROUP_ID_NOT_FOUND. */
  async delete(group: string): Promise<void> {
    await deleteGroup(this.#admin(), await this.#anyView(checkGroupId(group)));
    this.#forget(group);
  }

  list(after?: string, limit = 1_000): Promise<readonly GroupSummary[]> {
    return this.#deps.store.list(after, limit);
  }

  /** Members, assignment, offsets, lag and status. GROUP_ID_NOT_FOUND. */
  async describe(group: string, options: { readonly withTime?: boolean } = {}): Promise<GroupDescription> {
    const view = await this.#existing(group);
    return describeGroup(view, await this.#topics(), await this.#report(view, options.withTime ?? true));
  }

  /** Lag and status alone. GROUP_ID_NOT_FOUND. */
  async lag(group: string, options: { readonly withTime?: boolean } = {}): Promise<GroupLag> {
    return this.#report(await this.#existing(group), options.withTime ?? true);
  }

  /** Who coordinates the group, `HOST:PORT`; this process becomes it if nobody is. */
  async coordinatorOf(group: string): Promise<string> {
    return this.#coordinates ? this.#leases.ownerOf(checkGroupId(group)) : this.settings.owner;
  }

  /** Changes a group by other rules than KIP-848's, in one step with everything else that happens to it. */
  transact<Answer>(group: string, change: Transaction<Answer>): Promise<Answer> {
    return this.#cell(checkGroupId(group)).transact(change);
  }

  /** The group as it stands; GROUP_ID_NOT_FOUND. */
  async view(group: string): Promise<GroupView> {
    return this.#existing(group);
  }

  /**
   * Removes expired offsets, and groups that have nothing left. Part of maintenance; any process may run it. When the signal
   * ends it early, `next` is what to go on after. Cost: 1 read a hundred groups, and 2 a group.
   */
  async sweep(options: { readonly after?: string | undefined; readonly signal?: AbortSignal | undefined } = {}): Promise<GroupSweep> {
    let offsets = 0;
    let groups = 0;
    const topics = await this.#topics();
    for (let { after } = options; ; ) {
      const page = await this.list(after, 100);
      for (const { group } of page) {
        if (options.signal?.aborted) return { offsets, groups, next: after };
        after = group;
        const view = await this.#deps.store.load(group);
        if (!view) continue;
        offsets += await this.#offsets.sweep(view, topics);
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

  /** One round of what a coordinator does by itself: renew leases, remove silent members, notice topics, sample lag. */
  async tick(): Promise<void> {
    if (!this.#coordinates) return;
    await this.#leases.renew();
    for (const cell of [...this.#cells.values()]) {
      if (!this.#leases.isHeld(cell.group)) continue;
      await cell
        .tick()
        .catch((error) =>
          this.#deps.telemetry.log('warn', 'a group could not be looked after', { group: cell.group, error: String(error) }),
        );
      const view = cell.known;
      if (!view || view.group.version === 0) continue;
      const times = view.members.size > 0 ? 1 : EMPTY_SAMPLE_TIMES;
      if (this.#monitor(cell.group).isDue(this.#deps.clock.now(), times)) await this.#measure(view).catch(() => undefined);
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

  async #topics(): Promise<TopicIndex> {
    return new TopicIndex(await this.#deps.topics.list());
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
        topics: () => topics.list(),
        coordinatorEpoch: async (id) => (this.#coordinates ? (await this.#leases.hold(id)).epoch : 0),
        coordinatedUntil: async (id) => (await work.read(GROUPS_JOB, workShard(id)))?.expiresAtMs ?? 0,
        checkMs: this.settings.heartbeatIntervalMs,
        keeper: this.#coordinates ? 'coordinator' : 'record',
        ...(zoneOf === undefined ? {} : { zoneOf }),
      });
      this.#cells.set(group, cell);
    }
    if (this.#coordinates) this.#loop ??= this.#run();
    return cell;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await this.#deps.clock.sleep(this.#untilTickMs(), signal);
      if (!signal.aborted)
        await this.tick().catch((error) => this.#deps.telemetry.log('warn', 'groups could not be looked after', { error: String(error) }));
    }
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
    this.#monitors.delete(group);
    this.#gauges.forget(group);
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

  async #existing(group: string): Promise<GroupView> {
    const view = await this.#anyView(checkGroupId(group));
    if (view.group.version === 0) throw unknownGroup(group);
    return view;
  }

  async #create(group: string): Promise<void> {
    await this.transact(group, (view) => ({
      view: view.group.version === 0 ? { ...view, group: { ...view.group } } : view,
      answer: undefined,
    }));
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

  #monitor(group: string): LagMonitor {
    let monitor = this.#monitors.get(group);
    if (!monitor) {
      monitor = new LagMonitor(this.settings.lagSampleMs);
      this.#monitors.set(group, monitor);
    }
    return monitor;
  }

  #sample(request: GroupCommit, topics: TopicIndex, answers: readonly CommittedPartition[]): void {
    const nowMs = this.#deps.clock.now();
    answers.forEach(({ outcome }, i) => {
      const commit = request.offsets[i];
      const fact = commit && topics.named(commit.topic);
      if (fact && (outcome === 'committed' || outcome === 'unchanged'))
        this.#monitor(request.group).committed(`${fact.id}/${commit.partition}`, commit.offset, nowMs);
    });
    this.#deps.telemetry.count('group_commits_total', answers.length);
  }

  async #report(view: GroupView, withTime: boolean, timesMax?: number): Promise<GroupLag> {
    const topics = await this.#topics();
    const { clock, log } = this.#deps;
    const committed = await this.#offsets.fetch(view, topics);
    const monitor = this.#monitor(view.group.group);
    return reportLag({
      view,
      topics,
      committed,
      monitor,
      log,
      nowMs: clock.now(),
      withTime,
      ...(timesMax === undefined ? {} : { timesMax }),
    });
  }

  /** Looks at the logs' ends and shows the group's lag. Cost: 1 read a partition, 1 a block, and a few GETs while there is lag. */
  async #measure(view: GroupView): Promise<void> {
    this.#gauges.show(await this.#report(view, true, GROUP_LAG_TIMES_MAX), view.members.size);
  }
}
