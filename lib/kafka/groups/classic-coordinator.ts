import { isStratalogError, StratalogError } from '../../core/errors.ts';
import { checkGroupId, type GroupView } from '../../core/groups/group-record.ts';
import { topicIdFrom } from '../../core/ids.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Preparation } from '../../engine/groups/group-cell.ts';
import { ERROR_NUMBERS, errorNumber, KAFKA_ERROR } from '../error-numbers.ts';
import type { KafkaLog } from '../handler.ts';
import { ClassicGroup } from './classic-group.ts';
import { restoredMembers, snapshotOf, withSnapshot } from './classic-store.ts';
import { upgraded } from './group-upgrade.ts';

export interface ClassicCoordinatorOptions {
  readonly engine: Engine;
  readonly log: KafkaLog;
  readonly initialRebalanceDelayMs: number;
}

interface Cell {
  readonly name: string;
  readonly group: ClassicGroup;
  /** Ends the wait for the group's next moment, so that a nearer one is waited for. */
  wake: AbortController;
  /** Until when that wait goes; infinite while nothing waits. */
  waitsUntil: number;
  running: boolean;
  /** Writes of the group follow one another. */
  writing: Promise<void>;
}

/** Any wait ends after this long; then it goes on. */
const WAIT_MS_MAX = 60_000;
const GROUPS_PAGE = 100;

/**
 * The classic groups that this gateway coordinates: loads them when it gets their work lease, drives them by the clock,
 * stores each generation, and lets go of them when the lease is lost.
 */
export class ClassicCoordinator {
  readonly #engine: Engine;
  readonly #log: KafkaLog;
  readonly #initialRebalanceDelayMs: number;
  readonly #cells = new Map<string, Cell>();
  readonly #loading = new Map<string, Promise<void>>();
  /** Groups that are going over to the consumer protocol: until that is written, nothing else happens to them. */
  readonly #upgrading = new Map<string, Promise<unknown>>();
  readonly #closing = new AbortController();

  constructor({ engine, log, initialRebalanceDelayMs }: ClassicCoordinatorOptions) {
    this.#engine = engine;
    this.#log = log;
    this.#initialRebalanceDelayMs = initialRebalanceDelayMs;
    // Members that go silent right after it would be noticed by nobody if none of them asked.
    engine.groups.onDowngrade((group) => void this.#adopt(group));
  }

  /**
   * Does something with the group, in memory and at once. NOT_COORDINATOR when another gateway coordinates it,
   * INVALID_GROUP_ID, INCONSISTENT_GROUP_PROTOCOL while members of the consumer protocol are in it.
   */
  async run<Answer>(name: string, action: (group: ClassicGroup, now: number) => Answer): Promise<Answer> {
    for (;;) {
      const cell = await this.#loaded(name);
      // Between the load and here the group may have been let go again; what follows is done in one turn.
      if (this.#cells.get(name) !== cell || this.#upgrading.has(name)) continue;
      const answer = action(cell.group, this.#now());
      this.#drive(cell);
      return answer;
    }
  }

  /** The group in memory, once it is not about to change its protocol. */
  async #loaded(name: string): Promise<Cell> {
    await this.checkLease(name);
    for (;;) {
      await this.#upgrading.get(name)?.catch(() => undefined);
      const cell = this.#cells.get(name);
      if (cell !== undefined && !this.#upgrading.has(name)) return cell;
      if (cell === undefined) await this.#ensureLoaded(name);
    }
  }

  /**
   * Has a group go over to the consumer protocol with a member of that which joins: `join` is given what turns the group as it is stored
   * into what the member is to find. What members wait for ends with REBALANCE_IN_PROGRESS, and they join again. GROUP_ID_NOT_FOUND when
   * the group cannot, INCONSISTENT_GROUP_PROTOCOL when it has done so already, NOT_COORDINATOR, and what the join is refused with; the
   * group then goes on as it was. Cost: a write a member and block of offsets.
   */
  async upgrade<Answer>(name: string, join: (prepare: Preparation) => Promise<Answer>): Promise<Answer> {
    let cell = await this.#loaded(name);
    while (this.#cells.get(name) !== cell || this.#upgrading.has(name)) cell = await this.#loaded(name);
    const upgrade = this.#upgrade(cell, join);
    this.#upgrading.set(name, upgrade);
    try {
      return await upgrade;
    } finally {
      this.#upgrading.delete(name);
      if (this.#cells.get(name) === cell) this.#drive(cell);
    }
  }

  async #upgrade<Answer>(cell: Cell, join: (prepare: Preparation) => Promise<Answer>): Promise<Answer> {
    const { groups } = this.#engine;
    await cell.writing;
    let refusal: string | undefined;
    const prepare: Preparation = (view, input) => {
      const upgrade = upgraded(view, snapshotOf(cell.group), groups.settings.migration, input);
      refusal = upgrade.kind === 'refused' ? upgrade.why : undefined;
      return upgrade.kind === 'refused' ? view : upgrade.view;
    };
    // Members get what they own while the group is still classic, where that has no effect. Were it one step, a process that stopped in
    // the middle would leave a consumer group whose members seem to own nothing.
    await groups.transact(cell.name, (view, _nowMs, input) => ({
      view: { ...view, members: prepare(view, input).members },
      answer: undefined,
    }));
    if (refusal !== undefined) throw new StratalogError('GROUP_ID_NOT_FOUND', refusal, { field: 'group', value: cell.name });
    const answer = await join(prepare);
    this.#dismiss(cell.name, ERROR_NUMBERS.REBALANCE_IN_PROGRESS);
    return answer;
  }

  /**
   * Loads the groups with members whose coordinator is gone, so that members which died with it are removed when their sessions
   * end, though no client ever asks. Looks at once, and again when the leases of who died have run out. Cost: 1 read a hundred groups.
   */
  async adopt(): Promise<void> {
    const { groups, deps } = this.#engine;
    const { signal } = this.#closing;
    for (let round = 0; round < 2 && !signal.aborted; round++) {
      if (round > 0) await deps.clock.sleep(groups.settings.workLeaseMs, signal);
      for (let after: string | undefined, more = true; more && !signal.aborted; ) {
        const page = await groups.list(after, GROUPS_PAGE);
        for (const { group, kind, members } of page) if (kind === 'classic' && members > 0 && !signal.aborted) await this.#adopt(group);
        after = page.at(-1)?.group;
        more = page.length === GROUPS_PAGE;
      }
    }
  }

  async #adopt(group: string): Promise<void> {
    try {
      await this.run(group, () => undefined);
    } catch (error) {
      if (!isStratalogError(error, 'NOT_COORDINATOR')) this.#log.warn('a group could not be taken over', { group, error: String(error) });
    }
  }

  /** The group if this gateway has it in memory. */
  known(name: string): ClassicGroup | undefined {
    return this.#cells.get(name)?.group;
  }

  /** The group if this gateway has it in memory, once sessions that have run out are ended and what follows from it is stored. */
  async settled(name: string): Promise<ClassicGroup | undefined> {
    const cell = this.#cells.get(name);
    if (cell === undefined) return undefined;
    const now = this.#now();
    if (cell.group.wakeAt <= now && !this.#upgrading.has(name)) cell.group.tick(now);
    if (cell.group.members.size === 0) await cell.writing;
    this.#drive(cell);
    return this.known(name);
  }

  /** Forgets a group that was deleted. */
  forget(name: string): void {
    this.#dismiss(name);
  }

  /** Ends every wait with NOT_COORDINATOR, so that clients look for the next coordinator. */
  close(): void {
    this.#closing.abort();
    for (const name of [...this.#cells.keys()]) this.#dismiss(name);
  }

  #now(): number {
    return this.#engine.deps.clock.monotonic();
  }

  /** NOT_COORDINATOR when another gateway coordinates the group, INVALID_GROUP_ID. Free while the lease is held. */
  async checkLease(name: string): Promise<void> {
    const { groups } = this.#engine;
    checkGroupId(name);
    const owner = await groups.coordinatorOf(name);
    if (owner === groups.settings.owner) return;
    this.#dismiss(name);
    throw new StratalogError('NOT_COORDINATOR', `'${owner}' coordinates group '${name}'`, { coordinator: owner });
  }

  #ensureLoaded(name: string): Promise<void> {
    let loading = this.#loading.get(name);
    if (loading === undefined) {
      loading = this.#load(name).finally(() => this.#loading.delete(name));
      this.#loading.set(name, loading);
    }
    return loading;
  }

  async #load(name: string): Promise<void> {
    const view = await this.#stored(name);
    const topics = view?.group.classic?.synced === false ? await this.#engine.topics.list() : [];
    if (view !== undefined && view.group.kind === 'consumer' && view.members.size > 0) {
      throw new StratalogError('INCONSISTENT_GROUP_PROTOCOL', `group '${name}' is used by members of the consumer protocol`, {
        field: 'group',
        value: name,
      });
    }
    const { random } = this.#engine.deps;
    const cell: Cell = {
      name,
      group: new ClassicGroup({
        newMemberId: (prefix) => `${prefix}-${topicIdFrom(random.bytes(16))}`,
        initialRebalanceDelayMs: this.#initialRebalanceDelayMs,
        store: () => this.#store(cell),
      }),
      wake: new AbortController(),
      waitsUntil: Number.POSITIVE_INFINITY,
      running: false,
      writing: Promise.resolve(),
    };
    if (view !== undefined) {
      const now = this.#now();
      // A group that was a consumer group has nothing left of what it was before.
      const classic = view.group.kind === 'classic' ? view.group.classic : undefined;
      cell.group.restore(view.group.epoch, classic, restoredMembers(view, now, topics), now);
    }
    this.#cells.set(name, cell);
  }

  async #stored(name: string): Promise<GroupView | undefined> {
    try {
      return await this.#engine.groups.view(name);
    } catch (error) {
      if (isStratalogError(error, 'GROUP_ID_NOT_FOUND')) return undefined;
      throw error;
    }
  }

  #store(cell: Cell): void {
    const snapshot = snapshotOf(cell.group);
    cell.writing = cell.writing.then(async () => {
      let errorCode: number = KAFKA_ERROR.NONE;
      try {
        const outcome = await this.#engine.groups.transact(cell.name, (view, nowMs) => withSnapshot(view, snapshot, nowMs));
        if (outcome === 'stale') errorCode = ERROR_NUMBERS.NOT_COORDINATOR;
      } catch (error) {
        errorCode = errorNumber(error);
        this.#log.warn('a group could not be stored', { group: cell.name, error: String(error) });
      }
      cell.group.stored(snapshot.generation, errorCode, this.#now());
      if (this.#cells.get(cell.name) !== cell) return;
      if (errorCode === ERROR_NUMBERS.NOT_COORDINATOR) this.#dismiss(cell.name);
      else this.#drive(cell);
    });
  }

  #dismiss(name: string, errorCode: number = ERROR_NUMBERS.NOT_COORDINATOR): void {
    const cell = this.#cells.get(name);
    if (cell === undefined) return;
    this.#cells.delete(name);
    cell.group.dismiss(errorCode);
    cell.wake.abort();
  }

  /** Waits for the group's next moment, unless that is done already; wakes the waiter when the moment has come nearer. */
  #drive(cell: Cell): void {
    if (!cell.running) void this.#wait(cell);
    else if (cell.group.idle || cell.group.wakeAt < cell.waitsUntil) cell.wake.abort();
  }

  async #wait(cell: Cell): Promise<void> {
    cell.running = true;
    const { clock } = this.#engine.deps;
    while (await this.#isKept(cell)) {
      const now = this.#now();
      if (cell.group.wakeAt <= now) {
        cell.group.tick(now);
        continue;
      }
      cell.waitsUntil = Math.min(cell.group.wakeAt, now + WAIT_MS_MAX);
      cell.wake = new AbortController();
      await clock.sleep(cell.waitsUntil - now, cell.wake.signal);
      cell.waitsUntil = Number.POSITIVE_INFINITY;
    }
    cell.running = false;
  }

  /** A group without members needs no memory: it is loaded again when somebody comes. */
  async #isKept(cell: Cell): Promise<boolean> {
    if (cell.group.idle) await cell.writing;
    await this.#upgrading.get(cell.name)?.catch(() => undefined);
    if (this.#cells.get(cell.name) !== cell) return false;
    if (!cell.group.idle) return true;
    this.#cells.delete(cell.name);
    return false;
  }
}
