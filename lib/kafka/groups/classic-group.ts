import type { ClassicGroup as StoredGroup } from '../../core/groups/group-record.ts';
import { GROUP_MEMBERS_MAX } from '../../core/limits.ts';
import { ERROR_NUMBERS, KAFKA_ERROR } from '../error-numbers.ts';
import type { SyncGroupRequest } from '../messages/sync-group.ts';
import {
  ClassicMember,
  commonProtocols,
  electProtocol,
  type JoinReply,
  type MemberIntroduction,
  NO_ASSIGNMENT,
  type SyncReply,
} from './classic-member.ts';

/** Kafka's states of a classic group; a group that is not there is `Dead`. */
export type ClassicState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable';

/** What the group needs of the world. */
export interface ClassicGroupPorts {
  /** A new member's id. */
  readonly newMemberId: (prefix: string) => string;
  /** Kafka's `group.initial.rebalance.delay.ms`. */
  readonly initialRebalanceDelayMs: number;
  /**
   * Stores the generation with its members and assignments, and tells the group by `stored`. Called when the leader has
   * divided the partitions, when the last member has left, and when a static member was replaced.
   */
  readonly store: () => void;
}

export interface JoinRequest extends MemberIntroduction {
  readonly memberId: string;
  readonly protocolType: string;
  /** Since version 4 a member is told its id before it is counted (KIP-394). */
  readonly needsKnownId: boolean;
  /** Since version 9 a static leader may be told not to divide again (KIP-814). */
  readonly maySkipAssignment: boolean;
}

/** A member that joins for the first time may hang in its join for as long as others need, ms. */
const NEW_MEMBER_TIMEOUT_MS = 5 * 60_000;

/**
 * One group of the classic protocol, as rules without waiting: requests and the passing of time come in by calls, answers
 * go out by replies. States, errors and times are those of Kafka's coordinator (`ClassicGroup`, `GroupMetadataManager`).
 *
 *     Empty --join--> PreparingRebalance --all joined, or time is up--> CompletingRebalance --leader's sync--> Stable
 *       ^                    ^                                                 |                             |
 *       +---- nobody left ---+------------- member comes, goes, changes -------+-----------------------------+
 */
export class ClassicGroup {
  readonly members = new Map<string, ClassicMember>();
  state: ClassicState = 'Empty';
  generation = 0;
  protocolType: string | null = null;
  protocol: string | null = null;
  leader: string | null = null;
  /** The generation whose assignments are being stored; -1 when none is. */
  #storing = -1;
  readonly #ports: ClassicGroupPorts;
  readonly #instances = new Map<string, string>();
  /** Ids that were given out and not yet come back with, and when they expire. */
  readonly #pending = new Map<string, number>();
  /** When the rebalance goes on with those who have joined. */
  #joinEndsAt = Number.POSITIVE_INFINITY;
  /** What is left of the first rebalance's time; it waits in steps while new members come. */
  #initialLeftMs = 0;
  #initial = false;
  #memberCame = false;
  #syncEndsAt = Number.POSITIVE_INFINITY;

  constructor(ports: ClassicGroupPorts) {
    this.#ports = ports;
  }

  /** Takes up a generation that another process, an earlier life of this one, or the group's time as a consumer group has left. */
  restore(generation: number, stored: StoredGroup | undefined, members: readonly ClassicMember[], now: number): void {
    this.generation = generation;
    if (members.length === 0) return;
    this.state = 'Stable';
    this.protocolType = stored?.protocolType ?? null;
    this.protocol = stored?.protocol || null;
    this.leader = stored?.leader || null;
    for (const member of members) {
      member.synced = true;
      this.#add(member);
    }
    // Nobody has divided the partitions in this generation.
    if (stored?.synced === false) this.#prepare(now);
  }

  get idle(): boolean {
    return this.state === 'Empty' && this.#pending.size === 0;
  }

  join(request: JoinRequest, now: number, reply: JoinReply): void {
    const errorCode = this.#joinError(request);
    if (errorCode !== KAFKA_ERROR.NONE) reply(refusedJoin(errorCode, request.memberId));
    else if (request.memberId === '') this.#joinNew(request, now, reply);
    else this.#joinKnown(request, now, reply);
  }

  #joinError({ memberId, protocolType, protocols }: JoinRequest): number {
    const known = this.members.has(memberId) || this.#pending.has(memberId);
    if (!known && this.members.size + this.#pending.size >= GROUP_MEMBERS_MAX) return ERROR_NUMBERS.GROUP_MAX_SIZE_REACHED;
    if (protocolType === '' || protocols.length === 0) return ERROR_NUMBERS.INCONSISTENT_GROUP_PROTOCOL;
    if (this.members.size === 0) return KAFKA_ERROR.NONE;
    if (this.protocolType !== protocolType) return ERROR_NUMBERS.INCONSISTENT_GROUP_PROTOCOL;
    const others = [...this.members.values()].filter(({ id }) => id !== memberId);
    if (others.length === 0) return KAFKA_ERROR.NONE;
    const common = commonProtocols(others);
    return protocols.some(({ name }) => common.has(name)) ? KAFKA_ERROR.NONE : ERROR_NUMBERS.INCONSISTENT_GROUP_PROTOCOL;
  }

  #joinNew(request: JoinRequest, now: number, reply: JoinReply): void {
    const { instanceId, needsKnownId } = request;
    const memberId = this.#ports.newMemberId(instanceId ?? request.clientId);
    const old = instanceId === null ? undefined : this.#instances.get(instanceId);
    if (old !== undefined) this.#replaceStatic(old, memberId, request, now, reply);
    else if (instanceId !== null || !needsKnownId) this.#admit(memberId, request, now, reply);
    else {
      this.#pending.set(memberId, now + request.sessionTimeoutMs);
      reply(refusedJoin(ERROR_NUMBERS.MEMBER_ID_REQUIRED, memberId));
    }
  }

  #joinKnown(request: JoinRequest, now: number, reply: JoinReply): void {
    const { memberId, instanceId } = request;
    const errorCode = this.#memberError(memberId, instanceId);
    const member = this.members.get(memberId);
    if (this.#pending.has(memberId)) this.#admit(memberId, request, now, reply);
    else if (member === undefined || errorCode !== KAFKA_ERROR.NONE) reply(refusedJoin(errorCode, memberId));
    else if (this.#isSettled(member) && member.matches(request.protocols)) {
      // The answer to its join was lost, or it only looks again: it gets the generation as it stands.
      this.#extend(member, now);
      reply(this.#joined(member, false));
    } else {
      member.about = request;
      this.#await(member, reply);
      this.#rebalanceOrComplete(now);
    }
  }

  /** Whether nothing waits for the member; a leader that joins again wants the partitions to be divided anew. */
  #isSettled({ id }: ClassicMember): boolean {
    return this.state === 'CompletingRebalance' || (this.state === 'Stable' && id !== this.leader);
  }

  #admit(memberId: string, request: JoinRequest, now: number, reply: JoinReply): void {
    this.#pending.delete(memberId);
    const member = new ClassicMember(memberId, request, now + NEW_MEMBER_TIMEOUT_MS);
    if (this.members.size === 0) this.protocolType = request.protocolType;
    if (this.state === 'PreparingRebalance' && this.#initial) this.#memberCame = true;
    this.#add(member);
    this.#await(member, reply);
    this.#rebalanceOrComplete(now);
  }

  /** A static member's new process takes the old one's place; a stable group goes on as it was (KIP-345). */
  #replaceStatic(old: string, memberId: string, request: JoinRequest, now: number, reply: JoinReply): void {
    const before = this.members.get(old) as ClassicMember;
    const oldLeader = this.leader;
    before.joining?.(refusedJoin(ERROR_NUMBERS.FENCED_INSTANCE_ID, old));
    before.syncing?.(refusedSync(ERROR_NUMBERS.FENCED_INSTANCE_ID));
    this.members.delete(old);
    const member = new ClassicMember(memberId, request, now + request.sessionTimeoutMs);
    member.assignment = before.assignment;
    member.synced = before.synced;
    this.#add(member);
    if (oldLeader === old) this.leader = memberId;
    if (this.state === 'Stable' && electProtocol([...this.members.values()]) === this.protocol) {
      this.#ports.store();
      const leads = this.leader === memberId;
      // A client that cannot skip its assignment is not told that it leads, or it would divide anew.
      const unled = { ...this.#joined(member, false), leader: oldLeader ?? '', members: [] };
      reply(request.maySkipAssignment ? this.#joined(member, leads) : unled);
      return;
    }
    this.#await(member, reply);
    this.#rebalanceOrComplete(now);
  }

  sync(request: SyncGroupRequest, now: number, reply: SyncReply): void {
    const errorCode = this.#syncError(request);
    const member = this.members.get(request.memberId);
    if (member === undefined || errorCode !== KAFKA_ERROR.NONE) {
      reply(refusedSync(errorCode));
      return;
    }
    member.synced = true;
    this.#extend(member, now);
    if (this.state === 'Stable') {
      reply(this.#synced(member));
      return;
    }
    member.syncing = reply;
    if (member.id !== this.leader || this.#storing === this.generation) return;
    const given = new Map(request.assignments.map((one) => [one.memberId, one.assignment]));
    for (const one of this.members.values()) one.assignment = given.get(one.id) ?? NO_ASSIGNMENT;
    this.#storing = this.generation;
    this.#ports.store();
  }

  #syncError({ memberId, groupInstanceId, generationId, protocolType, protocolName }: SyncGroupRequest): number {
    const errorCode = this.#memberError(memberId, groupInstanceId);
    if (errorCode !== KAFKA_ERROR.NONE) return errorCode;
    if (generationId !== this.generation) return ERROR_NUMBERS.ILLEGAL_GENERATION;
    const otherType = protocolType !== null && protocolType !== this.protocolType;
    if (otherType || (protocolName !== null && protocolName !== this.protocol)) return ERROR_NUMBERS.INCONSISTENT_GROUP_PROTOCOL;
    return this.state === 'PreparingRebalance' ? ERROR_NUMBERS.REBALANCE_IN_PROGRESS : KAFKA_ERROR.NONE;
  }

  /** The generation is stored, or it is not: then everybody is told and joins again. */
  stored(generation: number, errorCode: number, now: number): void {
    if (generation === this.#storing) this.#storing = -1;
    if (generation !== this.generation || this.state !== 'CompletingRebalance') return;
    if (errorCode !== KAFKA_ERROR.NONE) {
      this.#endSyncs(errorCode);
      this.#prepare(now);
      return;
    }
    this.state = 'Stable';
    for (const member of this.members.values()) {
      const { syncing } = member;
      member.syncing = undefined;
      if (syncing === undefined) continue;
      this.#extend(member, now);
      syncing(this.#synced(member));
    }
  }

  heartbeat(memberId: string, instanceId: string | null, generation: number, now: number): number {
    const errorCode = this.#memberError(memberId, instanceId);
    const member = this.members.get(memberId);
    if (member === undefined || errorCode !== KAFKA_ERROR.NONE) return errorCode;
    if (generation !== this.generation) return ERROR_NUMBERS.ILLEGAL_GENERATION;
    this.#extend(member, now);
    return this.state === 'PreparingRebalance' ? ERROR_NUMBERS.REBALANCE_IN_PROGRESS : KAFKA_ERROR.NONE;
  }

  /** Whether a member, or a consumer that is none (generation -1), may commit; a commit is a sign of life. */
  commitError(memberId: string, instanceId: string | null, generation: number, now: number): number {
    if (generation < 0 && this.state === 'Empty') return KAFKA_ERROR.NONE;
    if (generation < 0 && memberId === '' && instanceId === null) return ERROR_NUMBERS.UNKNOWN_MEMBER_ID;
    const errorCode = this.#memberError(memberId, instanceId);
    const member = this.members.get(memberId);
    if (member === undefined || errorCode !== KAFKA_ERROR.NONE) return errorCode;
    if (generation !== this.generation) return ERROR_NUMBERS.ILLEGAL_GENERATION;
    if (this.state === 'CompletingRebalance') return ERROR_NUMBERS.REBALANCE_IN_PROGRESS;
    this.#extend(member, now);
    return KAFKA_ERROR.NONE;
  }

  leave(memberId: string, instanceId: string | null, now: number): number {
    if (this.#pending.delete(memberId)) {
      this.#completeIfAllJoined(now);
      return KAFKA_ERROR.NONE;
    }
    const id = memberId === '' && instanceId !== null ? (this.#instances.get(instanceId) ?? '') : memberId;
    const errorCode = this.#memberError(id, instanceId);
    if (errorCode === KAFKA_ERROR.NONE) this.#remove(id, now);
    return errorCode;
  }

  /** When `tick` has to be called next; earlier calls do no harm. */
  get wakeAt(): number {
    let at = Math.min(this.#joinEndsAt, this.#syncEndsAt);
    for (const endsAt of this.#pending.values()) at = Math.min(at, endsAt);
    for (const member of this.members.values()) if (!member.waits) at = Math.min(at, member.sessionEndsAt);
    return at;
  }

  /** Does what the time brings: sessions end, a rebalance goes on without those who have not come. */
  tick(now: number): void {
    for (const [memberId, endsAt] of this.#pending) if (endsAt <= now) this.leave(memberId, null, now);
    for (const member of [...this.members.values()]) {
      if (!member.waits && member.sessionEndsAt <= now) this.#remove(member.id, now);
    }
    if (this.#joinEndsAt <= now) this.#joinTimeIsUp(now);
    if (this.#syncEndsAt <= now) this.#syncTimeIsUp(now);
  }

  /** Ends every wait: this process coordinates the group no more. */
  dismiss(errorCode: number): void {
    for (const member of this.members.values()) {
      member.joining?.(refusedJoin(errorCode, member.id));
      member.joining = undefined;
    }
    this.#endSyncs(errorCode);
  }

  #memberError(memberId: string, instanceId: string | null): number {
    if (instanceId !== null) {
      const holder = this.#instances.get(instanceId);
      if (holder === undefined) return ERROR_NUMBERS.UNKNOWN_MEMBER_ID;
      if (holder !== memberId) return ERROR_NUMBERS.FENCED_INSTANCE_ID;
    }
    return this.members.has(memberId) ? KAFKA_ERROR.NONE : ERROR_NUMBERS.UNKNOWN_MEMBER_ID;
  }

  #add(member: ClassicMember): void {
    this.members.set(member.id, member);
    if (member.about.instanceId !== null) this.#instances.set(member.about.instanceId, member.id);
    this.leader ??= member.id;
  }

  #await(member: ClassicMember, reply: JoinReply): void {
    // A client that has given up waiting and asks again is answered where it asked last.
    member.joining?.(refusedJoin(ERROR_NUMBERS.REBALANCE_IN_PROGRESS, member.id));
    member.joining = reply;
  }

  #extend(member: ClassicMember, now: number): void {
    member.sessionEndsAt = now + member.about.sessionTimeoutMs;
  }

  #remove(memberId: string, now: number): void {
    const member = this.members.get(memberId);
    if (member === undefined) return;
    this.members.delete(memberId);
    const { instanceId } = member.about;
    if (instanceId !== null && this.#instances.get(instanceId) === memberId) this.#instances.delete(instanceId);
    if (this.leader === memberId) this.leader = this.members.keys().next().value ?? null;
    member.joining?.(refusedJoin(ERROR_NUMBERS.UNKNOWN_MEMBER_ID, memberId));
    member.syncing?.(refusedSync(ERROR_NUMBERS.UNKNOWN_MEMBER_ID));
    this.#rebalanceOrComplete(now);
  }

  #rebalanceOrComplete(now: number): void {
    if (this.state === 'PreparingRebalance') this.#completeIfAllJoined(now);
    else this.#prepare(now);
  }

  #prepare(now: number): void {
    if (this.state === 'CompletingRebalance') this.#endSyncs(ERROR_NUMBERS.REBALANCE_IN_PROGRESS);
    this.#syncEndsAt = Number.POSITIVE_INFINITY;
    this.#initial = this.state === 'Empty';
    this.state = 'PreparingRebalance';
    const timeoutMs = this.#rebalanceTimeoutMs;
    if (!this.#initial) {
      this.#joinEndsAt = now + timeoutMs;
      this.#completeIfAllJoined(now);
      return;
    }
    const delayMs = Math.min(this.#ports.initialRebalanceDelayMs, timeoutMs);
    this.#memberCame = false;
    this.#initialLeftMs = timeoutMs - delayMs;
    this.#joinEndsAt = now + delayMs;
    if (delayMs <= 0) this.#joinTimeIsUp(now);
  }

  get #rebalanceTimeoutMs(): number {
    let most = 0;
    for (const { about } of this.members.values()) most = Math.max(most, about.rebalanceTimeoutMs);
    return most;
  }

  #completeIfAllJoined(now: number): void {
    if (this.state !== 'PreparingRebalance' || this.#initial || this.#pending.size > 0) return;
    for (const { joining } of this.members.values()) if (joining === undefined) return;
    this.#complete(now);
  }

  #joinTimeIsUp(now: number): void {
    if (this.#initial && this.#memberCame && this.#initialLeftMs > 0) {
      const delayMs = Math.min(this.#ports.initialRebalanceDelayMs, this.#initialLeftMs);
      this.#memberCame = false;
      this.#initialLeftMs -= delayMs;
      this.#joinEndsAt = now + delayMs;
      return;
    }
    this.#complete(now);
  }

  /** Goes on with those who have joined; who has not is no member any more, static members excepted. */
  #complete(now: number): void {
    for (const member of [...this.members.values()]) {
      if (member.joining !== undefined || member.about.instanceId !== null) continue;
      this.members.delete(member.id);
      if (this.leader === member.id) this.leader = null;
    }
    const joined = [...this.members.values()].filter(({ joining }) => joining !== undefined);
    if (this.members.size > 0 && joined.length === 0) {
      // Only static members that are away are left, and nobody could lead: they get the same time once more.
      this.#initial = false;
      this.#joinEndsAt = now + this.#rebalanceTimeoutMs;
      return;
    }
    this.#joinEndsAt = Number.POSITIVE_INFINITY;
    this.#initial = false;
    this.generation = this.generation === 0x7fff_ffff ? 1 : this.generation + 1;
    if (this.members.size === 0) {
      this.#becomeEmpty();
      return;
    }
    if (!joined.some(({ id }) => id === this.leader)) this.leader = joined[0]?.id ?? null;
    this.protocol = electProtocol([...this.members.values()]);
    this.state = 'CompletingRebalance';
    this.#syncEndsAt = now + this.#rebalanceTimeoutMs;
    for (const member of this.members.values()) {
      member.synced = false;
      member.fresh = false;
      member.assignment = NO_ASSIGNMENT;
      const { joining } = member;
      member.joining = undefined;
      this.#extend(member, now);
      joining?.(this.#joined(member, false));
    }
  }

  #becomeEmpty(): void {
    this.state = 'Empty';
    this.protocol = null;
    this.leader = null;
    this.#instances.clear();
    this.#ports.store();
  }

  #syncTimeIsUp(now: number): void {
    this.#syncEndsAt = Number.POSITIVE_INFINITY;
    if (this.state !== 'CompletingRebalance' && this.state !== 'Stable') return;
    const late = [...this.members.values()].filter(({ synced }) => !synced);
    for (const { id } of late) this.#remove(id, now);
  }

  #endSyncs(errorCode: number): void {
    for (const member of this.members.values()) {
      const { syncing } = member;
      member.syncing = undefined;
      member.assignment = NO_ASSIGNMENT;
      syncing?.(refusedSync(errorCode));
    }
  }

  #joined(member: ClassicMember, skipAssignment: boolean) {
    const members = member.id === this.leader ? [...this.members.values()] : [];
    return {
      errorCode: KAFKA_ERROR.NONE,
      generationId: this.generation,
      protocolType: this.protocolType,
      protocolName: this.protocol,
      leader: this.leader ?? '',
      skipAssignment,
      memberId: member.id,
      members: members.map((one) => ({
        memberId: one.id,
        groupInstanceId: one.about.instanceId,
        metadata: one.metadataFor(this.protocol),
      })),
    };
  }

  #synced(member: ClassicMember) {
    const { protocolType, protocol } = this;
    return { errorCode: KAFKA_ERROR.NONE, protocolType, protocolName: protocol, assignment: member.assignment };
  }
}

export function refusedJoin(errorCode: number, memberId: string) {
  return { errorCode, generationId: -1, protocolType: null, protocolName: null, leader: '', memberId, members: [] };
}

export function refusedSync(errorCode: number) {
  return { errorCode, assignment: NO_ASSIGNMENT };
}
