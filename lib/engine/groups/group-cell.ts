import { StratalogError } from '../../core/errors.ts';
import { type GroupView, type MemberRecord, newGroup } from '../../core/groups/group-record.ts';
import type { HeartbeatRequest } from '../../core/groups/member-request.ts';
import { type StepInput, type TopicFact, topicsChanged } from '../../core/groups/retarget.ts';
import { type GroupEvent, type StepAnswer, steadyAnswer, step } from '../../core/groups/step.ts';
import type { Clock } from '../../ports/clock.ts';
import type { GroupStore } from '../../ports/group-store.ts';
import type { Random } from '../../ports/random.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import { CONFLICT, writeGroup } from './group-writer.ts';
import { TopicIndex, type TopicSource } from './topic-index.ts';

export interface CellPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: Telemetry;
  readonly store: GroupStore;
  readonly topics: TopicSource['list'];
  /** Epoch of the work lease; 0 where there is none. Throws NOT_COORDINATOR. */
  readonly coordinatorEpoch: (group: string) => Promise<number>;
  /** Until when a coordinator holds the group's work lease, ms; 0 when none does. Asked only where there is no lease. */
  readonly coordinatedUntil: (group: string) => Promise<number>;
  /** How often a kept view is compared with the store, ms. */
  readonly checkMs: number;
  readonly keeper: MemberRecord['keeper'];
  readonly zoneOf?: StepInput['zoneOf'];
  readonly downgrade: boolean;
  /** Called when a group with members was found to have gone from the consumer protocol to the classic one. */
  readonly onDowngrade: (group: string) => void;
}

/** A change of the group by somebody else's rules (the classic protocol): the next view and what to answer. Must not throw. */
export type Transaction<Answer> = (
  view: GroupView,
  nowMs: number,
  input: StepInput,
) => { readonly view: GroupView; readonly answer: Answer };

/** What a join finds instead of the group as it is stored: the same group with a classic one's members taken over. Must not throw. */
export type Preparation = (view: GroupView, input: StepInput) => GroupView;

interface Waiting {
  readonly event: GroupEvent | Transaction<unknown>;
  readonly answer: (value: unknown) => void;
  readonly fail: (error: unknown) => void;
}

const TRIES = 12;
const RETRY_MS = 20;

/**
 * One group in this process: what waits is taken together as one step, decided on the last known view, and written. With
 * a work lease the view stays in memory; without, it is read for every step.
 */
export class GroupCell {
  readonly group: string;
  readonly #ports: CellPorts;
  #view: GroupView | undefined;
  /** The protocol that the group was last seen to have. */
  #kind: GroupView['group']['kind'] = 'simple';
  #waiting: Waiting[] = [];
  #draining: Promise<void> | undefined;
  #comparedAt = 0;
  /** Last heartbeat by the monotonic clock. */
  readonly #seen = new Map<string, number>();
  /** Until when members of the classic protocol must have done what they were told to: join again, ask for their part. */
  readonly #due = new Map<string, number>();

  constructor(group: string, ports: CellPorts) {
    this.group = group;
    this.#ports = ports;
  }

  /** Forgets the view; the next step reads it. */
  forget(): void {
    this.#view = undefined;
    this.#seen.clear();
    this.#due.clear();
  }

  /**
   * Takes a sign of life that is no heartbeat of the consumer protocol. `dueMs`: within what time the member must do what it was
   * told to, unless it has been told so before; it is removed otherwise. 0: it has done it.
   */
  attend(memberId: string, dueMs?: number): void {
    if (this.#view?.members.has(memberId) !== true) return;
    const now = this.#ports.clock.monotonic();
    this.#seen.set(memberId, now);
    if (dueMs === 0) this.#due.delete(memberId);
    else if (dueMs !== undefined && !this.#due.has(memberId)) this.#due.set(memberId, now + dueMs);
  }

  /** The group as it was last read or written; read now where nothing is kept. */
  async view(): Promise<GroupView> {
    await this.#ports.coordinatorEpoch(this.group);
    if (this.#view && this.#ports.keeper === 'coordinator') return this.#view;
    return this.#load();
  }

  /**
   * The group without the members that are long gone, where no process remembers them: nobody else may ever come to find out.
   * Cost: 1 read, and a step's writes where there are any. With a work lease the ticks find them.
   */
  async settled(): Promise<GroupView> {
    if (this.#ports.keeper === 'coordinator') return this.view();
    const view = await this.#load();
    const gone = [...this.#silent(view), ...(await this.#orphans(view))];
    if (gone.length > 0) await this.#submit({ kind: 'refresh' });
    return this.#view ?? view;
  }

  get known(): GroupView | undefined {
    return this.#view;
  }

  async heartbeat(request: HeartbeatRequest, prepare?: Preparation): Promise<StepAnswer> {
    const { clock, keeper, store } = this.#ports;
    await this.#ports.coordinatorEpoch(this.group);
    if (prepare !== undefined) return this.transact((view, _nowMs, input) => prepared(view, { kind: 'request', request }, input, prepare));
    const input = { nowMs: clock.now(), keeper };
    const known =
      keeper === 'record'
        ? await store.peek(this.group, request.memberId)
        : this.#view && { group: this.#view.group, member: this.#view.members.get(request.memberId) };
    const steady = known && steadyAnswer(known, request, input);
    if (steady && (keeper === 'coordinator' || !topicsChanged(known.group, await this.#ports.topics()))) {
      this.#seen.set(request.memberId, clock.monotonic());
      return steady;
    }
    if (keeper === 'record' && known?.member && (await this.#noted(known.group, known.member, request))) {
      const { epoch, assigned, state, sessionTimeoutMs } = known.member;
      return { kind: 'heartbeat', memberEpoch: epoch, assigned, state, sessionTimeoutMs };
    }
    return this.#submit({ kind: 'request', request }) as Promise<StepAnswer>;
  }

  /**
   * Writes that a member lives, where a third of its session has passed and nothing else is new. Twice in a third of a
   * session somebody of the group takes the long way instead and looks for members that are gone. Cost: 1 write.
   */
  async #noted(group: GroupView['group'], member: MemberRecord, request: HeartbeatRequest): Promise<boolean> {
    const { clock, keeper, random, store, topics } = this.#ports;
    const nowMs = clock.now();
    const next = { ...member, version: member.version + 1, seenAtMs: nowMs };
    if (!steadyAnswer({ group, member: next }, request, { nowMs, keeper }) || topicsChanged(group, await topics())) return false;
    if (random.fraction() * group.members < 2) return false;
    const [outcome] = await store.write(this.group, [{ kind: 'member', memberId: member.memberId, expected: member.version, next }]);
    return outcome?.kind === 'applied';
  }

  /** The group's record and one member, as cheaply as they are to be had. */
  async peek(memberId: string): Promise<GroupView> {
    if (this.#ports.keeper === 'coordinator') return this.view();
    const found = await this.#ports.store.peek(this.group, memberId);
    const group = found?.group ?? newGroup(this.group, 'simple', this.#ports.clock.now());
    return { group, members: new Map(found?.member ? [[memberId, found.member]] : []) };
  }

  transact<Answer>(change: Transaction<Answer>): Promise<Answer> {
    return this.#submit(change as Transaction<unknown>) as Promise<Answer>;
  }

  /** Looks for members that have gone silent and for topics that have changed. Cost: nothing when there are none. */
  async tick(): Promise<void> {
    await this.#compare();
    const view = this.#view;
    if (!view || view.members.size === 0) return;
    const gone = this.#silent(view);
    // A member that another process keeps in its record is read again before it is given up.
    if (gone.some((member) => member.keeper === 'record')) await this.#load();
    const silent = this.#silent(this.#view ?? view).map((member): GroupEvent => ({ kind: 'expire', memberId: member.memberId }));
    const changed = topicsChanged(view.group, await this.#ports.topics());
    if (silent.length === 0 && !changed) return;
    for (const event of silent)
      if (event.kind === 'expire')
        this.#ports.telemetry.log('warn', 'a member was removed: it was silent or did not give up its partitions in time', {
          group: this.group,
          memberId: event.memberId,
        });
    if (silent.length > 0) this.#ports.telemetry.count('group_members_expired_total', silent.length, { group: this.group });
    await Promise.all([...silent, { kind: 'refresh' as const }].map((event) => this.#submit(event)));
  }

  /** Milliseconds until the first member will have been silent for its session; infinite when none is kept in memory. */
  untilExpiryMs(): number {
    const now = this.#ports.clock.monotonic();
    let soonest = Number.POSITIVE_INFINITY;
    if (this.#view === undefined || this.#view.group.kind === 'classic') return soonest;
    for (const member of this.#view.members.values()) {
      const seen = this.#seen.get(member.memberId);
      if (seen !== undefined) soonest = Math.min(soonest, seen + member.sessionTimeoutMs - now);
      soonest = Math.min(soonest, (this.#due.get(member.memberId) ?? Number.POSITIVE_INFINITY) - now);
    }
    return soonest;
  }

  /** A function without lease may have changed the group: its version says so. Cost: 2 reads each `checkMs`. */
  async #compare(): Promise<void> {
    const { clock, store, checkMs } = this.#ports;
    const before = this.#view;
    if (!before || before.members.size === 0 || clock.monotonic() - this.#comparedAt < checkMs) return;
    this.#comparedAt = clock.monotonic();
    const stored = await store.peek(this.group, '');
    if (this.#view === before && stored?.group.version !== before.group.version) this.#view = undefined;
    if (!this.#view && !this.#draining) await this.#load();
  }

  /** Members whose coordinator is gone and that nobody has taken over. */
  async #orphans(view: GroupView): Promise<readonly MemberRecord[]> {
    const kept = [...view.members.values()].filter((member) => member.keeper === 'coordinator');
    if (kept.length === 0) return [];
    const until = await this.#ports.coordinatedUntil(this.group);
    return kept.filter((member) => until + member.sessionTimeoutMs < this.#ports.clock.now());
  }

  #silent(view: GroupView): readonly MemberRecord[] {
    const { clock } = this.#ports;
    const now = clock.now();
    const monotonic = clock.monotonic();
    // A classic group's members are looked after by those who speak that protocol.
    if (view.group.kind === 'classic') return [];
    return [...view.members.values()].filter((member) => {
      if ((this.#due.get(member.memberId) ?? Number.POSITIVE_INFINITY) < monotonic) return true;
      if (member.revokeByMs !== null && member.revokeByMs < now) return true;
      if (this.#ports.keeper === 'coordinator' && member.keeper === 'coordinator') {
        const seen = this.#seen.get(member.memberId);
        if (seen === undefined) this.#seen.set(member.memberId, monotonic);
        return seen !== undefined && monotonic - seen > member.sessionTimeoutMs;
      }
      return member.keeper === 'record' && now - member.seenAtMs > member.sessionTimeoutMs;
    });
  }

  #submit(event: Waiting['event']): Promise<unknown> {
    return new Promise((answer, fail) => {
      this.#waiting.push({ event, answer, fail });
      this.#draining ??= this.#drain().finally(() => {
        this.#draining = undefined;
      });
    });
  }

  async #drain(): Promise<void> {
    // What arrives in the same turn of the event loop is one step.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#settle(batch);
      } catch (error) {
        for (const { fail } of batch) fail(error);
      }
    }
  }

  async #settle(batch: readonly Waiting[]): Promise<void> {
    const { clock, random, telemetry } = this.#ports;
    for (let tries = 0; tries < TRIES; tries++) {
      if (tries > 0) await clock.sleep(random.fraction() * RETRY_MS * tries);
      const epoch = await this.#ports.coordinatorEpoch(this.group);
      const before = this.#view && this.#ports.keeper === 'coordinator' ? this.#view : await this.#load();
      const { view, answers } = await this.#decide(before, batch);
      const written = await writeGroup(this.#ports.store, before, view, epoch);
      if (written === CONFLICT) {
        telemetry.count('group_conflicts_total', 1);
        this.#view = undefined;
        continue;
      }
      this.#keep(written);
      if (before.group.epoch !== written.group.epoch) telemetry.count('group_rebalances_total', 1, { group: this.group });
      const now = clock.monotonic();
      batch.forEach(({ event, answer }, i) => {
        if (typeof event === 'object' && event.kind === 'request') this.#seen.set(event.request.memberId, now);
        answer(answers[i]);
      });
      for (const memberId of this.#seen.keys()) if (!written.members.has(memberId)) this.#seen.delete(memberId);
      for (const memberId of this.#due.keys()) if (!written.members.has(memberId)) this.#due.delete(memberId);
      return;
    }
    throw new StratalogError('COORDINATOR_NOT_AVAILABLE', `group '${this.group}' is being changed by too many at once; try again`, {
      retryAfterMs: 200,
    });
  }

  async #decide(before: GroupView, batch: readonly Waiting[]): Promise<{ view: GroupView; answers: readonly unknown[] }> {
    const { clock, keeper, zoneOf, downgrade } = this.#ports;
    const topics = await this.#topicsFor(before, batch);
    const nowMs = clock.now();
    const input: StepInput = { nowMs, topics, keeper, downgrade, ...(zoneOf === undefined ? {} : { zoneOf }) };
    const events = batch.flatMap(({ event }) => (typeof event === 'object' ? [event] : []));
    // Without a coordinator nobody else looks for silent members.
    const silent = keeper === 'record' ? [...this.#silent(before), ...(await this.#orphans(before))] : [];
    const expiries = silent.map((member): GroupEvent => ({ kind: 'expire', memberId: member.memberId }));
    const stepped = events.length > 0 ? step(before, [...expiries, ...events], input) : { view: before, answers: [] };
    let { view } = stepped;
    let next = expiries.length;
    const answers = batch.map(({ event }) => {
      if (typeof event === 'object') return stepped.answers[next++];
      const result = event(view, nowMs, input);
      view = result.view;
      return result.answer;
    });
    return { view, answers };
  }

  /**
   * A copy of the topics that differs from what the group was last divided by may be newer than that, or older: partitions
   * are given and taken by a new look only. Cost: 1 read where it differs or where somebody subscribes to what it lacks.
   */
  async #topicsFor({ group }: GroupView, batch: readonly Waiting[]): Promise<readonly TopicFact[]> {
    const topics = await this.#ports.topics();
    const names = batch.flatMap(({ event }) => (typeof event === 'object' && event.kind === 'request' ? (event.request.topics ?? []) : []));
    const isKnown = names.length === 0 || TopicIndex.of(topics).hasNames(names);
    return isKnown && !topicsChanged(group, topics) ? topics : this.#ports.topics({ fresh: true });
  }

  async #load(): Promise<GroupView> {
    const { store, clock } = this.#ports;
    const view = (await store.load(this.group)) ?? { group: newGroup(this.group, 'simple', clock.now()), members: new Map() };
    this.#keep(view);
    return view;
  }

  #keep(view: GroupView): void {
    const went = this.#kind === 'consumer' && view.group.kind === 'classic' && view.members.size > 0;
    this.#view = view;
    this.#kind = view.group.kind;
    if (view.group.kind === 'classic') {
      // Who looks after its members counts for itself; what was counted here would be old when they come back.
      this.#seen.clear();
      this.#due.clear();
    }
    if (went) this.#ports.onDowngrade(this.group);
  }
}

/** A join of a group that goes over to the consumer protocol with it, or stays what it is when the join is refused. */
function prepared(view: GroupView, event: GroupEvent, input: StepInput, prepare: Preparation): { view: GroupView; answer: StepAnswer } {
  const { view: next, answers } = step(prepare(view, input), [event], input);
  const answer = answers[0] ?? { kind: 'done' };
  return { view: answer.kind === 'refused' ? view : next, answer };
}
